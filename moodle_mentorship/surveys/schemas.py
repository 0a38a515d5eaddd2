"""The border of questionnaires: one schema for the page and the REST API."""

from marshmallow import Schema, fields

from moodle_mentorship.core.schemas import Day, Line, Whole
from moodle_mentorship.surveys.enums import Kind


class RoundListSchema(Schema):
    """What the list of rounds is asked for."""

    cursor = fields.String(load_default=None)


class RoundStartSchema(Schema):
    """A new round: which questionnaire, whom (a register's code, or `staff`), from when till when."""

    questionnaire_id = Whole(required=True)
    audience = Line(40, required=True)
    opens_on = Day(required=True)
    closes_on = Day(required=True)


class SaveSchema(Schema):
    """A part of a draft: values by item; null takes an answer back."""

    version = Whole(required=True)
    answers = fields.Dict(keys=fields.String(), values=fields.Raw(allow_none=True), load_default=dict)


class SubmitSchema(SaveSchema):
    """The questionnaire, and the revision of the draft that the person saw; what is not named is sent as drafted."""

    revision = Whole(required=True)


class QuestionnaireSchema(Schema):
    """A questionnaire as the REST API gives it."""

    id = fields.Integer(attribute="questionnaire.id")
    code = fields.String(attribute="questionnaire.code")
    kind = fields.Enum(Kind, by_value=True, attribute="questionnaire.kind")
    title = fields.String(attribute="questionnaire.title")
    version = fields.Integer(allow_none=True)


class RoundSchema(Schema):
    """A round as the REST API gives it."""

    id = fields.Integer()
    questionnaire_id = fields.Integer()
    opens_on = fields.Date()
    closes_on = fields.Date()
    closed_at = fields.AwareDateTime(allow_none=True)


class RoundPageSchema(Schema):
    """A page of rounds and the cursors of its neighbours."""

    rows = fields.List(fields.Nested(RoundSchema))
    next = fields.String(allow_none=True)
    previous = fields.String(allow_none=True)


class WrittenSchema(Schema):
    """To how many people Moodle writes."""

    written = fields.Integer()


class SheetSchema(Schema):
    """One's own questionnaire: what it asks, what was said, and how it stands."""

    round_id = fields.Integer(attribute="round.id")
    version = fields.Integer(attribute="version.number")
    content = fields.Raw(attribute="version.content")
    answers = fields.Dict(keys=fields.String(), values=fields.Raw(), attribute="values")
    revision = fields.Integer()
    newer = fields.Boolean()
    saved_at = fields.AwareDateTime(allow_none=True)
    submitted_at = fields.AwareDateTime(allow_none=True)
