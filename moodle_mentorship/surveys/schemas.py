"""The border of questionnaires: one schema for the page and the REST API."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from moodle_mentorship.core.i18n import N_
from moodle_mentorship.core.schemas import REQUIRED, Day, Line, Prose, Whole
from moodle_mentorship.surveys.content import CODE, ContentSchema
from moodle_mentorship.surveys.enums import ItemType, Kind


class RoundListSchema(Schema):
    """What the list of rounds is asked for."""

    cursor = fields.String(load_default=None)


class RemindAfter(Whole):
    """Days after the first one on which Moodle reminds by itself; empty: never."""

    def __init__(self, **options: Any) -> None:
        within = validate.Range(1, 60, error=N_("Write a number from 1 to 60"))
        super().__init__(allow_none=True, validate=within, **options)

    def deserialize(self, value: Any, *named: Any, **options: Any) -> Any:
        return super().deserialize(None if value == "" else value, *named, **options)


class RemindersSchema(Schema):
    """Whether a round's reminders go by themselves."""

    remind_after = RemindAfter(required=True)


class RoundStartSchema(Schema):
    """A new round: which questionnaire, whom (a register's code, or `staff`), from when till when."""

    questionnaire_id = Whole(required=True)
    audience = Line(40, required=True)
    opens_on = Day(required=True)
    closes_on = Day(required=True)
    remind_after = RemindAfter(load_default=None)
    # Nobody can be led back from an answer to the person; results only when the round is over, from five answers on.
    anonymous = fields.Boolean(load_default=False)


class QuestionnaireStartSchema(Schema):
    """A new questionnaire; `source` is what it begins with: an id of the school's, `ready:<code>`, or nothing."""

    title = Line(200, required=True)
    source = Line(60, load_default=None, allow_none=True)


class DraftStateSchema(Schema):
    """The state of the draft that the curator saw."""

    version = Whole(required=True)
    revision = Whole(required=True)


class TitleSchema(Schema):
    """A questionnaire's title."""

    title = Line(200, required=True)


class AboutSchema(DraftStateSchema, TitleSchema):
    """Title and introduction."""

    intro = Prose(2000, load_default="")


class QuestionSchema(Schema):
    """Which question a form is about: one that is there, or a new one of a type at the end of a section."""

    item = fields.String(load_default=None, validate=CODE)
    type = fields.String(load_default=None, validate=validate.OneOf([kind.value for kind in ItemType]))
    section = Whole(load_default=0, validate=validate.Range(min=0))


class ArrangeSchema(DraftStateSchema):
    """Moving and removing questions; adding, naming, moving and removing sections."""

    ABOUT_ITEMS = ("up", "down", "remove")
    ABOUT_SECTIONS = ("section_rename", "section_up", "section_down", "section_remove")
    NAMING = ("section_add", "section_rename")

    act = fields.String(required=True, validate=validate.OneOf((*ABOUT_ITEMS, *ABOUT_SECTIONS, "section_add")))
    item = fields.String(load_default=None, validate=CODE)
    section = Whole(load_default=None)
    title = Line(200, load_default=None)

    @validates_schema
    def needed(self, data: dict[str, Any], **options: Any) -> None:
        """Each act needs to know about what."""
        for name, acts in (("item", self.ABOUT_ITEMS), ("section", self.ABOUT_SECTIONS), ("title", self.NAMING)):
            if data["act"] in acts and data[name] is None:
                raise ValidationError(REQUIRED, name)


class DraftWriteSchema(DraftStateSchema):
    """The whole of a draft."""

    content = fields.Nested(ContentSchema, required=True)


class DraftSchema(Schema):
    """A draft as the REST API gives it; `begun`: it differs from what is published."""

    questionnaire_id = fields.Integer(attribute="questionnaire.id")
    title = fields.String(attribute="questionnaire.title")
    version = fields.Integer(attribute="number")
    revision = fields.Integer()
    begun = fields.Boolean()
    undoable = fields.Boolean()
    content = fields.Nested(ContentSchema)


class SaveSchema(Schema):
    """A part of a draft: values by item; null takes an answer back."""

    version = Whole(required=True)
    # What was sent is changed; without it, whoever has sent their answers is told so.
    correcting = fields.Boolean(load_default=False)
    answers = fields.Dict(keys=fields.String(), values=fields.Raw(allow_none=True), load_default=dict)


class OwnSheetSchema(Schema):
    """One's own questionnaire: as it was sent, or with the correction that was begun."""

    correcting = fields.Boolean(load_default=False)


class OwnFileSchema(OwnSheetSchema):
    """Into which sheet a file of one's own goes: of the version that is seen (null: the newest), and whether what was
    sent is corrected."""

    version = Whole(load_default=None)


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
    draft = fields.Boolean()


class RoundSchema(Schema):
    """A round as the REST API gives it."""

    id = fields.Integer()
    questionnaire_id = fields.Integer()
    opens_on = fields.Date()
    closes_on = fields.Date()
    closed_at = fields.AwareDateTime(allow_none=True)
    remind_after = fields.Integer(allow_none=True)
    anonymous = fields.Boolean()


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
    correcting = fields.Boolean()
    sent = fields.Boolean()
    saved_at = fields.AwareDateTime(allow_none=True)
    submitted_at = fields.AwareDateTime(allow_none=True)
