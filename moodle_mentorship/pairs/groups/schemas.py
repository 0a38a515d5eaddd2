"""The groups' border: one schema for the page and the REST API."""

from marshmallow import Schema, fields, validate

from moodle_mentorship.core.i18n import N_
from moodle_mentorship.core.schemas import Day, Line, Whole
from moodle_mentorship.pairs.enums import LEAST_MEMBERS, MOST_MEMBERS, USUAL_FORM, Answer, MentoringForm, MentoringKind
from moodle_mentorship.pairs.schemas import PairPersonSchema, PairSchema, form_field, kinds_field

_HOW_MANY = N_("Choose three to six mentees")


class ProposeGroupSchema(Schema):
    """A proposal: a mentor, three to six mentees, a theme and a period, both days included; form and kinds where they
    are not the usual ones («в группе» is always one of the kinds)."""

    mentor_person_id = Whole(required=True)
    mentee_person_ids = fields.List(
        Whole(),
        required=True,
        validate=validate.Length(LEAST_MEMBERS, MOST_MEMBERS, error=_HOW_MANY),
        error_messages={"required": _HOW_MANY},
    )
    theme = Line(40, required=True)
    starts_on = Day(required=True)
    ends_on = Day(required=True)
    form = form_field(load_default=USUAL_FORM)
    kinds = kinds_field(load_default=lambda: [MentoringKind.GROUP])


class AddMemberSchema(Schema):
    """The mentee who is proposed to a group that works already."""

    mentee_person_id = Whole(required=True)


class AnswerGroupSchema(Schema):
    """The mentor's answer, for all who are proposed."""

    answer = fields.Enum(Answer, by_value=True, required=True)


class ListedGroupSchema(Schema):
    """A group as the list has it."""

    id = fields.Integer()
    theme = fields.String(metadata={"description": "the code of a theme"})
    mentor = fields.Nested(PairPersonSchema)
    form = fields.Enum(MentoringForm, by_value=True)
    kinds = fields.List(fields.Enum(MentoringKind, by_value=True))
    starts_on = fields.Date()
    ends_on = fields.Date()
    created_at = fields.AwareDateTime()
    members_open = fields.Integer()


class GroupSchema(ListedGroupSchema):
    """A group with its members, those who have left too."""

    members = fields.List(fields.Nested(PairSchema))


class GroupPageSchema(Schema):
    """A page of groups and the cursors of its neighbours."""

    rows = fields.List(fields.Nested(ListedGroupSchema))
    next = fields.String(allow_none=True)
    previous = fields.String(allow_none=True)


class GroupPageAskedSchema(Schema):
    """Which page."""

    cursor = fields.String(load_default=None)


class OrderedSchema(Schema):
    """Whom the order has fixed, and whose proposals still await an answer."""

    fixed = fields.List(fields.Nested(PairSchema))
    left = fields.List(fields.Nested(PairSchema))
