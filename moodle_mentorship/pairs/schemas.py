"""The pairs' border: one schema for the page and the REST API."""

from typing import Any

from marshmallow import Schema, fields, pre_load, validate

from moodle_mentorship.core.i18n import N_
from moodle_mentorship.core.schemas import NOT_OFFERED, Day, Line, Whole
from moodle_mentorship.pairs.enums import (
    USUAL_FORM,
    USUAL_KINDS,
    Answer,
    EndReason,
    MentoringForm,
    MentoringKind,
    PairState,
    PauseReason,
    Side,
)
from moodle_mentorship.pairs.queries import ALL, OPEN
from moodle_mentorship.people.schemas import WEEK_PARTS, WeekParts
from moodle_mentorship.surveys.content import ContentSchema

STATES = (OPEN, ALL, *PairState)
SORTS = ("proposed", "mentor", "mentee", "ends")


class ListSchema(Schema):
    """What the list is asked for; a word that is not offered is refused."""

    q = Line(200, allow_none=True, load_default=None)
    state = fields.String(load_default=OPEN, validate=validate.OneOf(STATES, error=NOT_OFFERED))
    form = fields.Enum(
        MentoringForm, by_value=True, allow_none=True, load_default=None, error_messages={"unknown": NOT_OFFERED}
    )
    # Not `kind`: that is the kind of file in an export's address.
    of_kind = fields.Enum(
        MentoringKind, by_value=True, allow_none=True, load_default=None, error_messages={"unknown": NOT_OFFERED}
    )
    # The theme of a group.
    theme = Line(40, allow_none=True, load_default=None)
    sort = fields.String(load_default="proposed", validate=validate.OneOf(SORTS, error=NOT_OFFERED))
    cursor = fields.String(load_default=None)


def form_field(**options: Any) -> fields.Enum[MentoringForm]:
    """In which form two people or a group work."""
    return fields.Enum(MentoringForm, by_value=True, error_messages={"unknown": NOT_OFFERED}, **options)


def kinds_field(**options: Any) -> fields.List[MentoringKind]:
    """In which kinds they work; at least one."""
    some = N_("Choose at least one kind")
    return fields.List(
        fields.Enum(MentoringKind, by_value=True, error_messages={"unknown": NOT_OFFERED}),
        validate=validate.Length(1, len(MentoringKind), error=some),
        error_messages={"required": some},
        **options,
    )


class ProposeSchema(Schema):
    """A proposal: two people and a period, both days included; form and kinds of mentoring where they are not the
    usual ones."""

    mentor_person_id = Whole(required=True)
    mentee_person_id = Whole(required=True)
    starts_on = Day(required=True)
    ends_on = Day(required=True)
    form = form_field(load_default=USUAL_FORM)
    kinds = kinds_field(load_default=lambda: list(USUAL_KINDS))


class DescribeSchema(Schema):
    """In which form and kinds the two work."""

    form = form_field(required=True)
    kinds = kinds_field(required=True)


class AnswerSchema(Schema):
    """An answer, and for which side; a person can answer only for the side that they are."""

    side = fields.Enum(Side, by_value=True, required=True)
    answer = fields.Enum(Answer, by_value=True, required=True)


class OrderSchema(Schema):
    """The order that fixes the pair, as it stands in the school's own journal."""

    order_date = Day(required=True)
    order_number = Line(40, required=True)

    @pre_load
    def without_sign(self, data: Any, **options: Any) -> Any:
        """«№ 143-ОД» and «143-ОД» are the same number; pages write the sign themselves."""
        number = data.get("order_number") if hasattr(data, "get") else None
        if isinstance(number, str):
            return {**data, "order_number": number.strip().removeprefix("№").strip()}
        return data


class ExtendSchema(OrderSchema):
    """Until when the pair goes on, and the order that says so."""

    ends_on = Day(required=True)


class SuspendSchema(Schema):
    """Why and since when the two don't work, and until when as far as it is known."""

    pause_reason = fields.Enum(
        PauseReason,
        by_value=True,
        required=True,
        attribute="reason",
        error_messages={"required": N_("Fill this in"), "unknown": NOT_OFFERED},
    )
    from_on = Day(required=True)
    until_on = Day(allow_none=True, load_default=None)


class WarnSchema(Schema):
    """The day on which the mentor got the school's notice; from when the pair may end is told only where the production
    calendar of a year is not known."""

    warned_on = Day(required=True)
    may_end_on = Day(allow_none=True, load_default=None)


class ReplaceSchema(Schema):
    """The mentor who is proposed in place of the present one."""

    mentor_person_id = Whole(required=True)


class EndSchema(Schema):
    """Why an ordered pair ends."""

    reason = fields.Enum(
        EndReason, by_value=True, required=True, error_messages={"required": N_("Fill this in"), "unknown": NOT_OFFERED}
    )


class PairPersonSchema(Schema):
    """A side of a pair."""

    id = fields.Integer()
    full_name = fields.String()
    position = fields.String(allow_none=True)
    subjects = fields.String(allow_none=True)
    email = fields.String(allow_none=True)


class ToldSchema(Schema):
    """Questions that were answered, and the answers by their codes."""

    content = fields.Nested(ContentSchema)
    answers = fields.Dict(keys=fields.String(), values=fields.Raw(), attribute="values")


class OtherSideSchema(Schema):
    """The other side of one's own pair, and what they told."""

    person = fields.Nested(PairPersonSchema)
    told = fields.Nested(ToldSchema, allow_none=True)
    free_slots = WeekParts(attribute="person.free_slots", metadata=WEEK_PARTS)


class PairSchema(Schema):
    """A pair as the REST API gives it."""

    id = fields.Integer()
    state = fields.Enum(PairState, by_value=True)
    mentor = fields.Nested(PairPersonSchema)
    mentee = fields.Nested(PairPersonSchema)
    form = fields.Enum(MentoringForm, by_value=True)
    kinds = fields.List(fields.Enum(MentoringKind, by_value=True))
    starts_on = fields.Date()
    ends_on = fields.Date()
    proposed_at = fields.AwareDateTime()
    mentor_answer = fields.Enum(Answer, by_value=True, allow_none=True)
    mentee_answer = fields.Enum(Answer, by_value=True, allow_none=True)
    order_date = fields.Date(allow_none=True)
    order_number = fields.String(allow_none=True)
    closed_at = fields.AwareDateTime(allow_none=True)
    end_reason = fields.Enum(EndReason, by_value=True, allow_none=True)
    warned_on = fields.Date(allow_none=True)
    may_end_on = fields.Date(allow_none=True)
    replaces_pair_id = fields.Integer(allow_none=True)
    group_id = fields.Integer(allow_none=True, metadata={"description": "the group whose member the mentee is"})
    moodle_group_id = fields.Integer(allow_none=True)


class SpaceSchema(Schema):
    """What people have changed by hand in a pair's group in Moodle."""

    moodle_group_id = fields.Integer(allow_none=True)
    noticed = fields.List(fields.String(), metadata={"description": "renamed, taken_out, guests, …; empty: nothing"})
    noticed_at = fields.AwareDateTime(allow_none=True)
    left_at = fields.AwareDateTime(
        allow_none=True, metadata={"description": "when a curator left it so, or had it put back"}
    )


class PairPageSchema(Schema):
    """A page of pairs and the cursors of its neighbours."""

    rows = fields.List(fields.Nested(PairSchema))
    next = fields.String(allow_none=True)
    previous = fields.String(allow_none=True)
