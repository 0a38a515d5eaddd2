"""The room's border: one schema for the page and the REST API."""

from typing import Any

from marshmallow import Schema, fields, pre_load, validate

from moodle_mentorship.core.schemas import REQUIRED, Day, Line, Prose, Whole
from moodle_mentorship.documents.enums import DocumentState, Order

#: More people than one document names.
MOST_PEOPLE = 2000


class ListSchema(Schema):
    """What the list of documents is asked for; `year`: of the number."""

    q = Line(200, allow_none=True, load_default=None)
    # Not `kind`: that is what a list's file is called by.
    type = Line(40, allow_none=True, load_default=None)
    state = fields.Enum(DocumentState, by_value=True, allow_none=True, load_default=None)
    year = Whole(allow_none=True, load_default=None)
    sort = fields.Enum(Order, by_value=True, load_default=Order.NEWEST)
    cursor = fields.String(load_default=None)


class RemarkSchema(Schema):
    """Why a document goes back."""

    remark = Prose(2000, required=True, validate=validate.Length(1, error=REQUIRED))


class SignSchema(Schema):
    """The day of the signature; what shows it comes as a file."""

    signed_on = Day(required=True)


class NumberSchema(Schema):
    """The number from the school's journal (empty: issued here), and until when people are to be acquainted."""

    number = Line(40, allow_none=True, load_default=None)
    acquaint_until = Day(allow_none=True, load_default=None)

    @pre_load
    def without_sign(self, data: Any, **options: Any) -> Any:
        """«№ 143-ОД» and «143-ОД» are the same number; pages write the sign themselves."""
        number = data.get("number") if hasattr(data, "get") else None
        if isinstance(number, str):
            return {**data, "number": number.strip().removeprefix("№").strip()}
        return data


class CancellersSchema(Schema):
    """Which documents are offered to cancel another one."""

    q = Line(200, allow_none=True, load_default=None)
    cursor = fields.String(load_default=None)


class CancelSchema(Schema):
    """Which registered document cancels this one."""

    by_id = Whole(required=True)


class AcquaintedSchema(Schema):
    """Who has signed the acquaintance sheet, and when; no day takes a wrong mark back."""

    person_ids = fields.List(Whole(), required=True, validate=validate.Length(1, MOST_PEOPLE))
    acquainted_on = Day(allow_none=True, load_default=None)
