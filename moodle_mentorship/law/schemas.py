"""The room's border: one schema for the page and the REST API."""

import re
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from moodle_mentorship.core.i18n import N_
from moodle_mentorship.core.schemas import REQUIRED, TOO_LONG, Day, Line
from moodle_mentorship.law.enums import Standing, Verdict

#: Characters of a text that is checked: a local act has some ten thousand.
LONGEST_TEXT = 400_000


def check_article(value: str | None) -> None:
    """The number alone; an empty field is the act as a whole."""
    if value is not None and not re.fullmatch(r"[0-9]+(\.[0-9]+)*", value):
        raise ValidationError(N_("Write the article's number alone, such as 351.8"))


class ReferenceSchema(Schema):
    """A row of the table."""

    number = Line(60, required=True)
    act = Line(300, required=True)
    article = Line(
        20,
        allow_none=True,
        load_default=None,
        validate=check_article,
    )
    edition = Line(200, allow_none=True, load_default=None)
    issuer = Line(200, allow_none=True, load_default=None)
    dated = Day(allow_none=True, load_default=None)
    in_force_from = Day(allow_none=True, load_default=None)
    in_force_until = Day(allow_none=True, load_default=None)
    standing = fields.Enum(Standing, by_value=True, load_default=Standing.VALID)
    instead = Line(300, allow_none=True, load_default=None)
    note = Line(1000, allow_none=True, load_default=None)
    source = Line(300, required=True)

    @validates_schema
    def _period(self, values: dict[str, Any], **options: Any) -> None:
        begins, ends = values.get("in_force_from"), values.get("in_force_until")
        if begins is not None and ends is not None and ends < begins:
            raise ValidationError(N_("It would end before it begins"), "in_force_until")
        if values.get("standing") is not Standing.VALID and values.get("instead") is None:
            raise ValidationError(REQUIRED, "instead")
        if values["number"].isdigit() and values.get("issuer") is None:
            raise ValidationError(N_("A bare number needs the name of whose order it is"), "issuer")


class EntrySchema(ReferenceSchema):
    """A row as the REST API gives it. `outdated`: the product's row has changed since the school's was put over it."""

    key = fields.String()
    own = fields.Boolean()
    outdated = fields.Boolean()


class CheckSchema(Schema):
    """A local act's text, and the day that it is judged for."""

    text = fields.String(load_default="", validate=validate.Length(max=LONGEST_TEXT, error=TOO_LONG))
    on = Day(required=True)


class RemarkSchema(Schema):
    """A citation that was found."""

    paragraph = fields.Integer()
    quoted = fields.String()
    excerpt = fields.String()
    verdict = fields.Enum(Verdict, by_value=True)
    instead = fields.String(allow_none=True)
    key = fields.String(attribute="reference.key", dump_default=None, allow_none=True)
