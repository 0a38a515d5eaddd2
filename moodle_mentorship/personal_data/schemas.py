"""The room's border: what the file and the REST API tell of a person (docs/my-data.md)."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from moodle_mentorship.core.holdings import plain
from moodle_mentorship.core.schemas import NOT_OFFERED, REQUIRED, Prose
from moodle_mentorship.personal_data import words
from moodle_mentorship.personal_data.enums import Outcome, RequestKind, Shown

FORMAT = 1
OFFERED: dict[str, Any] = {"unknown": NOT_OFFERED, "required": REQUIRED, "null": REQUIRED}


class FactSchema(Schema):
    """One thing that is known: `code` and `value` for programs, `label` and `told` for people."""

    code = fields.String()
    label = fields.Function(lambda fact: words.text(fact.label), metadata={"type": "string"})
    value = fields.Function(lambda fact: plain(fact.value))
    told = fields.Function(words.lines, metadata={"type": "array", "items": {"type": "string"}})
    source = fields.String()


class HeldSectionSchema(Schema):
    """What one table tells, newest first."""

    code = fields.String()
    title = fields.Function(lambda section: words.text(section.title), metadata={"type": "string"})
    # Of each row its facts.
    records = fields.List(fields.List(fields.Nested(FactSchema)))


class LookSchema(Schema):
    """Somebody looked at data of the person."""

    what = fields.String(attribute="look.what")
    told = fields.Function(lambda looked: words.seen(looked.look.what), metadata={"type": "string"})
    reader = fields.String()
    began_at = fields.AwareDateTime(attribute="look.began_at")
    last_at = fields.AwareDateTime(attribute="look.last_at")
    times = fields.Integer(attribute="look.times")
    list = fields.Function(lambda looked: looked.look.person_id is None, metadata={"type": "boolean"})


LONGEST_TEXT = 2000
SAID = validate.Length(min=1, error=REQUIRED)


class CorrectionSchema(Schema):
    """What is wrong, and what is right, in the person's own words."""

    text = Prose(LONGEST_TEXT, required=True, validate=SAID)


class DataRequestSchema(Schema):
    """A request as a person sends it; a correction needs words."""

    kind = fields.Enum(RequestKind, by_value=True, required=True, error_messages=OFFERED)
    text = Prose(LONGEST_TEXT, load_default=None, allow_none=True)

    @validates_schema
    def corrections_say_what(self, data: dict[str, Any], **_options: Any) -> None:
        if data["kind"] is RequestKind.CORRECTION and not data["text"]:
            raise ValidationError({"text": [REQUIRED]})


class RequestAnswerSchema(Schema):
    """The school's answer, which the person reads."""

    outcome = fields.Enum(Outcome, by_value=True, required=True, error_messages=OFFERED)
    remark = Prose(LONGEST_TEXT, required=True, validate=SAID)


class DataRequestListSchema(Schema):
    """What the list of requests is asked for."""

    shown = fields.Enum(Shown, by_value=True, load_default=Shown.OPEN, error_messages=OFFERED)
    cursor = fields.String(load_default=None, allow_none=True)


class ShownDataRequestSchema(Schema):
    """A request and its answer, without the words: those stand at the request itself."""

    id = fields.Integer()
    person_id = fields.Integer()
    person = fields.String(attribute="person.full_name")
    kind = fields.Enum(RequestKind, by_value=True)
    asked_at = fields.AwareDateTime()
    due_on = fields.Date()
    answered_at = fields.AwareDateTime(allow_none=True)
    outcome = fields.Enum(Outcome, by_value=True, allow_none=True)


class DataRequestPageSchema(Schema):
    """A page of requests."""

    rows = fields.List(fields.Nested(ShownDataRequestSchema))
    next = fields.String(allow_none=True)
    previous = fields.String(allow_none=True)


class ErasurePartSchema(Schema):
    """What an erasure does to one table, in rows; `why` says why the rest stays."""

    code = fields.Function(lambda part: part.holding.model.__tablename__, metadata={"type": "string"})
    title = fields.Function(lambda part: words.text(part.holding.title), metadata={"type": "string"})
    gone = fields.Integer()
    blanked = fields.Integer()
    kept = fields.Integer()
    why = fields.Function(lambda part: words.text(part.why), metadata={"type": "string"})


class ErasurePlanSchema(Schema):
    """What an erasure would do now; `obstacles` have to go first."""

    employed = fields.Boolean()
    parts = fields.List(fields.Nested(ErasurePartSchema))
    obstacles = fields.Function(
        lambda plan: [words.text(text) for text in plan.obstacles],
        metadata={"type": "array", "items": {"type": "string"}},
    )


class DataSchema(Schema):
    """Everything that is held of a person."""

    format = fields.Constant(FORMAT)
    sections = fields.List(fields.Nested(HeldSectionSchema))
    looks = fields.List(fields.Nested(LookSchema))
