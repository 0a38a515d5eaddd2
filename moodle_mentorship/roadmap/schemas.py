"""The road map's border: one schema for the page and the REST API."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from marshmallow import Schema, ValidationError, fields, post_load, validate

from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.i18n import N_
from moodle_mentorship.core.schemas import (
    NOT_A_DATE,
    NOT_OFFERED,
    REQUIRED,
    Day,
    Line,
    Prose,
    Switch,
    Whole,
    row_id,
)
from moodle_mentorship.roadmap.enums import ActKind, How, Moved, Standing, Timing
from moodle_mentorship.roadmap.models import LONGEST_CONTENT, LONGEST_NOTE, LONGEST_WORDS, STAGES
from moodle_mentorship.roadmap.words import RESPONSIBLE

OFFERED: dict[str, str | list[Any] | dict[Any, Any]] = {"unknown": NOT_OFFERED, "required": REQUIRED}


class Responsible(fields.Field[Any]):
    """«role:curator», «person:12», «words» or nothing: role, person's number, whether words follow."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any
    ) -> tuple[Role | None, int | None, bool]:
        text = value if isinstance(value, str) else "?"
        kind, _colon, rest = text.partition(":")
        if kind == "role" and rest in {role.value for role in RESPONSIBLE}:
            return Role(rest), None, False
        if kind == "person" and (number := row_id(rest)) is not None:
            return None, number, False
        if text in ("", "words"):
            return None, None, text == "words"
        raise ValidationError(NOT_OFFERED)


class LineSchema(Schema):
    """A line as its form sends it. Of what is done all year the days may be left empty."""

    stage = Whole(required=True, validate=validate.OneOf(list(STAGES), error=NOT_OFFERED))
    content = Prose(LONGEST_CONTENT, required=True, validate=validate.Length(1, error=REQUIRED))
    timing = fields.Enum(Timing, by_value=True, required=True, error_messages=OFFERED)
    starts_on = Day(allow_none=True, load_default=None)
    ends_on = Day(allow_none=True, load_default=None)
    responsible = Responsible(load_default=(None, None, False))
    responsible_words = Line(LONGEST_WORDS, allow_none=True, load_default=None)
    product = Line(500, allow_none=True, load_default=None)
    evidence = fields.List(fields.String(), load_default=list)

    @post_load
    def _together(self, values: dict[str, Any], **_options: Any) -> dict[str, Any]:
        role, person_id, in_words = values.pop("responsible")
        words = values.pop("responsible_words")
        if in_words and words is None:
            raise ValidationError({"responsible_words": [N_("Write who is responsible")]})
        return values | {"responsible": (role, person_id, words if in_words else None)}


def link(value: str | None) -> None:
    """An address on the web, to be followed by a click."""
    if value is None:
        return
    try:
        parts = urlsplit(value)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.netloc or re.search(r"\s", value):
        raise ValidationError(N_("Write an address that begins with https://"))


class TickSchema(Schema):
    """That a line, or a month of it, is done. `part` is 0 for the whole line; of a monthly one the number of the month,
    in the second calendar year plus 12."""

    part = Whole(load_default=0, validate=validate.Range(0, 24, error=NOT_OFFERED))
    done_on = Day(required=True, error_messages={"required": NOT_A_DATE, "null": NOT_A_DATE})
    note = Line(LONGEST_NOTE, allow_none=True, load_default=None)
    link = Line(500, allow_none=True, load_default=None, validate=link)


class PartSchema(Schema):
    part = Whole(required=True, validate=validate.Range(0, 24, error=NOT_OFFERED))


class MoveSchema(Schema):
    where = fields.Enum(Moved, by_value=True, required=True, error_messages=OFFERED)


class RemindersSchema(Schema):
    """A form's box that is not marked sends nothing."""

    reminds = Switch(load_default=False)


class ApproveSchema(Schema):
    """An order that was made elsewhere."""

    order_date = Day(required=True)
    order_number = Line(40, required=True)


class EditionSchema(Schema):
    """An edition of a local act; its file comes beside it."""

    number = Line(60, allow_none=True, load_default=None)
    dated = Day(required=True)
    in_force_from = Day(required=True)
    in_force_until = Day(allow_none=True, load_default=None)


class ActSchema(EditionSchema):
    """A local act with its first edition."""

    kind = fields.Enum(ActKind, by_value=True, required=True, error_messages=OFFERED)
    title = Line(300, required=True)


class ShownSchema(Schema):
    """What the page is asked for."""

    show = fields.Enum(Standing, by_value=True, load_default=None, allow_none=True)
    year = Whole(load_default=None, allow_none=True)


class TickShownSchema(Schema):
    """A mark. `proof`: what its evidence said, by source."""

    part = fields.Integer()
    done_on = fields.Date()
    how = fields.Enum(How, by_value=True)
    note = fields.String(allow_none=True)
    link = fields.String(allow_none=True)
    proof = fields.List(fields.Dict())


class LineShownSchema(Schema):
    """A line as it stands today; `due` is the last day of what waits next, `left_over` says that the year before left
    it undone."""

    id = fields.Integer(attribute="line.id")
    number = fields.String()
    stage = fields.Integer(attribute="line.stage")
    content = fields.String(attribute="line.content")
    timing = fields.Enum(Timing, by_value=True, attribute="line.timing")
    starts_on = fields.Date(attribute="line.starts_on")
    ends_on = fields.Date(attribute="line.ends_on")
    responsible_role = fields.Enum(Role, by_value=True, attribute="line.responsible_role", allow_none=True)
    responsible_person_id = fields.Integer(attribute="line.responsible_person_id", allow_none=True)
    responsible_words = fields.String(attribute="line.responsible_words", allow_none=True)
    product = fields.String(attribute="line.product", allow_none=True)
    evidence = fields.List(fields.String(), attribute="line.evidence")
    left_over = fields.Boolean(attribute="line.left_over")
    standing = fields.Enum(Standing, by_value=True)
    due = fields.Date(attribute="progress.due", allow_none=True)
    marks = fields.List(fields.Nested(TickShownSchema))


class MapSchema(Schema):
    """A school year's road map; `version` is the number of the approved version that holds, `changed` whether the lines
    differ from it."""

    year_start = fields.Integer()
    version = fields.Integer(allow_none=True)
    changed = fields.Boolean()
    lines = fields.List(fields.Nested(LineShownSchema))
