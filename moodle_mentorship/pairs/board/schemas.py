"""The board's border: one schema for the page and the REST API."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from moodle_mentorship.core.i18n import N_
from moodle_mentorship.core.schemas import NOT_OFFERED, Line, Switch, Whole
from moodle_mentorship.pairs.board.enums import (
    PRESETS,
    Because,
    Cause,
    DraftState,
    Keep,
    MarkKind,
    Step,
)
from moodle_mentorship.pairs.board.grouping import Asked
from moodle_mentorship.pairs.enums import LEAST_MEMBERS, MOST_MEMBERS

NO_GROUP = N_("Choose at least one group")
NO_THEME = N_("Choose at least one theme")
_SIZE = validate.Range(LEAST_MEMBERS, MOST_MEMBERS, error=N_("Write a number from 3 to 6"))
_SHARE = validate.Range(0, 100, error=N_("Write a number from 0 to 100"))


class BoardViewSchema(Schema):
    """Which draft is shown, whose pair is open, and which mentor was meant for them."""

    draft = Whole(load_default=None, allow_none=True)
    mentee = Whole(load_default=None, allow_none=True)
    to = Whole(load_default=None, allow_none=True)


class BoardChangeSchema(Schema):
    """A change of the board: the revision on which it was made."""

    revision = Whole(required=True)


class BoardMarkSchema(BoardChangeSchema):
    """A pair that is to be, or is not to be."""

    mentee_person_id = Whole(required=True)
    mentor_person_id = Whole(required=True)
    mark = fields.Enum(MarkKind, by_value=True, required=True, error_messages={"unknown": NOT_OFFERED})
    because = fields.Enum(
        Because, by_value=True, load_default=Because.JUDGEMENT, error_messages={"unknown": NOT_OFFERED}
    )
    words = Line(300, allow_none=True, load_default=None)
    # The draft on which the change was made, and how much its other pairs are kept; as much as it kept unless said.
    draft = Whole(load_default=None, allow_none=True)
    keep = fields.Enum(Keep, by_value=True, load_default=None, allow_none=True, error_messages={"unknown": NOT_OFFERED})


class FormGroupsSchema(Schema):
    """Which groups to form. `after`: the newest draft of groups that its asker knows of."""

    after = Whole(load_default=None, allow_none=True)
    themes = fields.List(
        fields.String(error_messages={"invalid": NOT_OFFERED}),
        required=True,
        validate=validate.Length(min=1, error=NO_THEME),
        error_messages={"required": NO_THEME, "invalid": NOT_OFFERED},
    )
    least = Whole(load_default=LEAST_MEMBERS, validate=_SIZE)
    most = Whole(load_default=MOST_MEMBERS, validate=_SIZE)
    # Mentees who are to be in none of these groups; they wait on, and stand on the board of pairs.
    without = fields.List(Whole(), load_default=list)

    @validates_schema(skip_on_field_errors=True)
    def sizes(self, data: dict[str, Any], **options: Any) -> None:
        if data["least"] > data["most"]:
            raise ValidationError(N_("The largest group may not be smaller than the smallest one"), "most")

    @post_load
    def asked(self, data: dict[str, Any], **options: Any) -> dict[str, Any]:
        themes, without = tuple(sorted(set(data["themes"]))), tuple(sorted(set(data["without"])))
        return {"after": data["after"], "asked": Asked(themes, data["least"], data["most"], without)}


class GroupsFormSchema(FormGroupsSchema):
    """The same from the page, whose buttons also take one mentee out, bring one back, or forbid a couple."""

    take_out = Whole(load_default=None, allow_none=True)
    bring_back = Whole(load_default=None, allow_none=True)
    # Mentee and mentor, and the board's revision on which they are forbidden.
    couple = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.Regexp(r"[0-9]{1,18}-[0-9]{1,18}\Z", error=NOT_OFFERED),
        error_messages={"invalid": NOT_OFFERED},
    )
    revision = Whole(load_default=None, allow_none=True)

    @post_load
    def asked(self, data: dict[str, Any], **options: Any) -> dict[str, Any]:
        without = {*data["without"], data["take_out"]} - {None, data["bring_back"]}
        found: dict[str, Any] = super().asked(data | {"without": without})
        mentee, _dash, mentor = (data["couple"] or "").partition("-")
        couple = (int(mentee), int(mentor)) if mentor else None
        return found | {"couple": couple, "revision": data["revision"]}


class SendGroupsSchema(Schema):
    """The groups of a draft to be sent."""

    groups = fields.List(
        fields.String(error_messages={"invalid": NOT_OFFERED}),
        required=True,
        validate=validate.Length(min=1, error=NO_GROUP),
        error_messages={"required": NO_GROUP, "invalid": NOT_OFFERED},
    )


class WeightsSchema(Schema):
    """What each factor weighs, 0 to 100."""

    needs = Whole(required=True, validate=_SHARE)
    subject = Whole(required=True, validate=_SHARE)
    time = Whole(required=True, validate=_SHARE)
    experience = Whole(required=True, validate=_SHARE)
    wishes = Whole(required=True, validate=_SHARE)
    building = Whole(required=True, validate=_SHARE)
    last_year = Whole(required=True, validate=_SHARE)


class WeighSchema(WeightsSchema, BoardChangeSchema):
    """New weights, and how much earlier pairs are kept."""

    # Not an Enum field: that would describe what is kept for one change (`Keep.FEW`) as an answer too.
    keep = fields.String(
        required=True, validate=validate.OneOf([preset.value for preset in PRESETS], error=NOT_OFFERED)
    )

    @post_load
    def named(self, data: dict[str, Any], **options: Any) -> dict[str, Any]:
        return data | {"keep": Keep(data["keep"])}


class TrainingSchema(Schema):
    """Whether only trained mentors get a pair."""

    required = Switch(required=True)


class TrainingFormSchema(TrainingSchema):
    """The same from the page's box, which sends nothing when it is empty."""

    required = Switch(load_default=False)


class DraftTotalsSchema(Schema):
    """A draft in numbers; scores in basis points."""

    mentees = fields.Integer()
    matched = fields.Integer()
    mean = fields.Integer(allow_none=True)
    weakest = fields.Integer(allow_none=True)
    mentors = fields.Integer()
    full = fields.Integer()


class BoardDraftSchema(Schema):
    """A calculation and how far it is."""

    id = fields.Integer()
    number = fields.Integer()
    cause = fields.Enum(Cause, by_value=True)
    keep = fields.Enum(Keep, by_value=True)
    state = fields.Enum(DraftState, by_value=True)
    step = fields.Enum(Step, by_value=True, allow_none=True)
    done = fields.Integer()
    total = fields.Integer(allow_none=True)
    created_at = fields.AwareDateTime()
    finished_at = fields.AwareDateTime(allow_none=True)
    sent_at = fields.AwareDateTime(allow_none=True)
    error_code = fields.String(allow_none=True)
    versions = fields.Dict(keys=fields.String(), values=fields.String())
    totals = fields.Nested(DraftTotalsSchema, allow_none=True)
    proved = fields.Boolean()


class ProposedSchema(Schema):
    """A pair of a draft; without a mentor null."""

    mentee_person_id = fields.Integer()
    mentor_person_id = fields.Integer(allow_none=True)
    score = fields.Integer(allow_none=True)


class OpenedDraftSchema(BoardDraftSchema):
    """A draft with its pairs. `faults`: what the check of the certificate finds now; empty where it is the best."""

    pairs = fields.List(fields.Nested(ProposedSchema))
    faults = fields.List(fields.String())


class HeldMarkSchema(Schema):
    """A mark that holds."""

    id = fields.Integer()
    mentee_person_id = fields.Integer()
    mentor_person_id = fields.Integer()
    mark = fields.Enum(MarkKind, by_value=True, attribute="kind")
    made_at = fields.AwareDateTime()
    undone_at = fields.AwareDateTime(allow_none=True)


class PresetSchema(Schema):
    """The school's weights, and how much earlier pairs are kept."""

    revision = fields.Integer()
    weights = fields.Nested(WeightsSchema)
    keep = fields.Enum(Keep, by_value=True)


class BoardSchema(PresetSchema):
    """The board of a school."""

    training_required = fields.Boolean()
    drafts = fields.List(fields.Nested(BoardDraftSchema))
    marks = fields.List(fields.Nested(HeldMarkSchema))


class UnsentPairSchema(Schema):
    """A pair that could not be proposed any more."""

    mentee_person_id = fields.Integer(attribute="mentee")
    mentor_person_id = fields.Integer(attribute="mentor")
    code = fields.String(attribute="error.code")


class SentDraftSchema(Schema):
    """What became of a draft's pairs."""

    proposed = fields.List(fields.Integer())
    refused = fields.List(fields.Nested(UnsentPairSchema))


class GroupTotalsSchema(Schema):
    """Groups in numbers; the mean score in basis points."""

    mentees = fields.Integer()
    grouped = fields.Integer()
    groups = fields.Integer()
    mean = fields.Integer(allow_none=True)


class GroupsDraftSchema(BoardDraftSchema):
    """A calculation of groups and how far it is. `proved`: no other groups are better."""

    class Meta:
        exclude = ("cause", "keep")

    totals = fields.Nested(GroupTotalsSchema, allow_none=True)


class FormedGroupSchema(Schema):
    """A group of a draft; by its key it is chosen to be sent."""

    key = fields.String()
    theme = fields.String()
    mentor_person_id = fields.Integer(attribute="mentor")
    mentee_person_ids = fields.List(fields.Integer(), attribute="members")


class AimSchema(Schema):
    """What a search reached, and what no answer exceeds that reaches the aims before it."""

    name = fields.String()
    reached = fields.Integer()
    bound = fields.Integer()


class OpenedGroupsSchema(GroupsDraftSchema):
    """A draft of groups with what was asked and what came out."""

    themes = fields.List(fields.String())
    least = fields.Integer()
    most = fields.Integer()
    without = fields.List(fields.Integer())
    groups = fields.List(fields.Nested(FormedGroupSchema))
    aims = fields.List(fields.Nested(AimSchema))
    sent = fields.List(fields.String())


class UnsentGroupSchema(Schema):
    """A group that could not be proposed any more."""

    key = fields.String(attribute="group.key")
    codes = fields.List(fields.String())


class SentGroupsSchema(Schema):
    """What became of the chosen groups."""

    proposed = fields.List(fields.Integer())
    refused = fields.List(fields.Nested(UnsentGroupSchema))
