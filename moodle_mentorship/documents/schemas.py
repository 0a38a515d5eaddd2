"""The room's border: one schema for the page and the REST API."""

from typing import Any

from marshmallow import Schema, fields, pre_load, validate

from moodle_mentorship.core.schemas import NOT_A_NUMBER, NOT_OFFERED, REQUIRED, Day, Line, Prose, Whole
from moodle_mentorship.documents.enums import DocumentState, Numbering, Order, RegisterCode
from moodle_mentorship.documents.registers import LARGEST

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


class SendBackSchema(Schema):
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


class RuleSchema(Schema):
    """How a register counts; `next_number`: where it goes on in this calendar year (absent: as it stands)."""

    numbering = fields.Enum(Numbering, by_value=True, required=True, error_messages={"unknown": NOT_OFFERED})
    # Its number is written into 40 characters.
    pattern = Line(30, required=True)
    next_number = Whole(allow_none=True, load_default=None, validate=validate.Range(1, LARGEST, error=NOT_A_NUMBER))


class AcquaintedSchema(Schema):
    """Who has signed the acquaintance sheet, and when; no day takes a wrong mark back."""

    person_ids = fields.List(Whole(), required=True, validate=validate.Length(1, MOST_PEOPLE))
    acquainted_on = Day(allow_none=True, load_default=None)


class SaidDay(Day):
    """A day as REST says it: null, where a form's empty field says nothing."""

    def _deserialize(self, value: Any, *named: Any, **options: Any) -> Any:
        if value == "":
            raise self.make_error("invalid", input=value, obj_type="date")
        return super()._deserialize(value, *named, **options)


class NumberApiSchema(NumberSchema):
    """The same, a day said plainly."""

    acquaint_until = SaidDay(allow_none=True, load_default=None)


class AcquaintedApiSchema(AcquaintedSchema):
    """The same, a day said plainly: who leaves it out takes no mark back."""

    acquainted_on = SaidDay(required=True, allow_none=True)


class DocumentSchema(Schema):
    """A document as the list has it; what is not yet is null."""

    id = fields.Integer()
    kind = fields.String()
    heading = fields.String()
    state = fields.Enum(DocumentState, by_value=True)
    register = fields.Enum(RegisterCode, by_value=True)
    number = fields.String(allow_none=True)
    signed_on = fields.Date(allow_none=True)
    acquaint_until = fields.Date(allow_none=True)
    begun_at = fields.AwareDateTime()
    laid_at = fields.AwareDateTime(allow_none=True)
    remark = fields.String(allow_none=True)
    returned_at = fields.AwareDateTime(allow_none=True)
    signed_at = fields.AwareDateTime(allow_none=True)
    signer_person_id = fields.Integer(allow_none=True)
    signature_holder = fields.String(allow_none=True)
    registered_at = fields.AwareDateTime(allow_none=True)
    sha256 = fields.String(allow_none=True, metadata={"description": "of the registered file"})
    cancelled_at = fields.AwareDateTime(allow_none=True)
    cancelled_by_id = fields.Integer(allow_none=True)


class DocumentPageSchema(Schema):
    """A page of documents and the cursors of its neighbours."""

    rows = fields.List(fields.Nested(DocumentSchema))
    next = fields.String(allow_none=True)
    previous = fields.String(allow_none=True)


class ObstacleSchema(Schema):
    """What keeps a draft from the director."""

    who = fields.String(metadata={"description": "whose paper is missing; empty: the school's"})
    what = fields.String()


class SheetLineSchema(Schema):
    """A line of the acquaintance sheet."""

    person_id = fields.Integer()
    name = fields.String()
    post = fields.String(allow_none=True)
    written_on = fields.Date(allow_none=True)
    acquainted_on = fields.Date(allow_none=True)


class WholeDocumentSchema(DocumentSchema):
    """A document with what it waits for, its sheet, and where its files are."""

    obstacles = fields.List(fields.Nested(ObstacleSchema))
    sheet = fields.List(fields.Nested(SheetLineSchema))
    cancels = fields.List(fields.Integer(), metadata={"description": "documents that it has cancelled"})
    files = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        metadata={"description": "addresses by what is there: docx, pdf, scan, signature"},
    )


class PeopleWrittenToSchema(Schema):
    """How many Moodle writes to."""

    written = fields.Integer()


class NumberedSchema(Schema):
    """A document that has its number."""

    id = fields.Integer()
    number = fields.String()
    signed_on = fields.Date()
    heading = fields.String()


class RegisterCountSchema(Schema):
    """How a register counts in this calendar year."""

    code = fields.Enum(RegisterCode, by_value=True)
    numbering = fields.Enum(Numbering, by_value=True)
    pattern = fields.String()
    next = fields.String(allow_none=True, metadata={"description": "null where numbers are typed"})
    last = fields.List(fields.Nested(NumberedSchema))
