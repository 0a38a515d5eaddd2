"""The banks' border: one schema for the page and the REST API."""

from collections.abc import Mapping, Sequence
from typing import Any

from marshmallow import Schema, fields, pre_dump, pre_load, validate

from moodle_mentorship.banks.candidates import BOUNDS, DEFAULTS, Rule, Rules
from moodle_mentorship.banks.enums import Bank, Basis, MenteeAct, MenteeState, MentorAct, MentorState, Why, Wish
from moodle_mentorship.banks.models import MAX_CAPACITY
from moodle_mentorship.banks.queries import FREE, PRESENT
from moodle_mentorship.core.i18n import N_
from moodle_mentorship.core.paging import COUNTED
from moodle_mentorship.core.schemas import NOT_OFFERED, Line, Switch, Whole

MENTEE_STATES = (PRESENT, *MenteeState)
MENTOR_STATES = (PRESENT, FREE, *MentorState)
# All candidates, those of one rule, or those who are put off for this school year.
PUT_OFF = "put_off"
CANDIDATE_STATES = ("all", *DEFAULTS, PUT_OFF)

# Why somebody may need a mentor; the other reasons are what other acts bring along.
REASONS = (
    *(Why.CURATOR, Why.HIRED_RECENTLY, Why.FIRST_YEARS, Why.AFTER_BREAK, Why.NEW_POST, Why.LOW_SCORE, Why.OWN_WISH),
)
MENTEE_STEPS = (MenteeAct.ASSESS, MenteeAct.COMPLETE, MenteeAct.WITHDRAW)
MENTOR_STEPS = (
    *(MentorAct.CHECK, MentorAct.TRAIN, MentorAct.OPEN, MentorAct.PAUSE, MentorAct.RESUME, MentorAct.WITHDRAW),
)


class MenteeListSchema(Schema):
    """What the list of mentees is asked for."""

    q = Line(200, allow_none=True, load_default=None)
    state = fields.String(load_default=PRESENT, validate=validate.OneOf(MENTEE_STATES, error=NOT_OFFERED))
    sort = fields.String(
        load_default="name", validate=validate.OneOf(("name", "experience", "since"), error=NOT_OFFERED)
    )
    cursor = fields.String(load_default=None)


class MentorListSchema(Schema):
    """What the list of mentors is asked for."""

    q = Line(200, allow_none=True, load_default=None)
    state = fields.String(load_default=PRESENT, validate=validate.OneOf(MENTOR_STATES, error=NOT_OFFERED))
    sort = fields.String(
        load_default="name", validate=validate.OneOf(("name", "experience", "places"), error=NOT_OFFERED)
    )
    cursor = fields.String(load_default=None)


class CandidateListSchema(Schema):
    """What the list of candidates is asked for: by one of the rules, those who are put off for this year, or all."""

    q = Line(200, allow_none=True, load_default=None)
    state = fields.String(load_default="all", validate=validate.OneOf(CANDIDATE_STATES, error=NOT_OFFERED))
    sort = fields.String(load_default="name", validate=validate.OneOf(("name", "hired"), error=NOT_OFFERED))
    cursor = fields.String(load_default=None)


class InviteSchema(Schema):
    """People whom a mentor is offered, or to be one; at most some pages of them at once."""

    person_ids = fields.List(
        Whole(),
        required=True,
        validate=validate.Length(1, 200, error=N_("Choose from 1 to 200 people")),
        error_messages={"required": N_("Choose from 1 to 200 people")},
    )


def _switch() -> Switch:
    return Switch(load_default=False)


def _number(why: Why, error: str) -> Whole:
    return Whole(required=True, validate=validate.Range(*BOUNDS[why], error=error), error_messages={"required": error})


_DAYS = N_("Write a number of days from 1 to 1095")


class RulesSchema(Schema):
    """All rules by which candidates are found: each on or off (one that is not sent is off), each with its number."""

    hired_recently = _switch()
    hired_recently_number = _number(Why.HIRED_RECENTLY, _DAYS)
    first_years = _switch()
    first_years_number = _number(Why.FIRST_YEARS, N_("Write a number of years from 1 to 10"))
    after_break = _switch()
    after_break_number = _number(Why.AFTER_BREAK, _DAYS)
    new_post = _switch()
    new_post_number = _number(Why.NEW_POST, _DAYS)
    low_score = _switch()
    low_score_number = _number(Why.LOW_SCORE, N_("Write a number of themes from 1 to 40"))

    @pre_dump
    def spread(self, rules: Rules, **options: Any) -> dict[str, Any]:
        switches = {why.value: rule.active for why, rule in rules.items()}
        return switches | {f"{why.value}_number": rule.number for why, rule in rules.items()}


class PreviewSchema(RulesSchema):
    """Rules to try out, and which page of the names."""

    cursor = Line(2000, load_default=None, allow_none=True)


def as_rules(said: Mapping[str, Any]) -> Rules:
    """What `RulesSchema` has loaded, as rules."""
    return {why: Rule(said[why.value], said[f"{why.value}_number"]) for why in DEFAULTS}


class MenteeAddSchema(Schema):
    """Who enters the bank of mentees, or is invited into it, and why."""

    person_id = Whole(required=True)
    why = fields.String(load_default=Why.CURATOR.value, validate=validate.OneOf(REASONS, error=NOT_OFFERED))


def _act(offered: Sequence[MenteeAct | MentorAct]) -> fields.String:
    return fields.String(required=True, validate=validate.OneOf(offered, error=NOT_OFFERED))


class MenteeStepSchema(Schema):
    """A step that the curator takes with an entry of the bank of mentees."""

    act = _act(MENTEE_STEPS)


class MentorStepSchema(Schema):
    """A step that the curator takes with an entry of the bank of mentors."""

    act = _act(MENTOR_STEPS)


class OwnMenteeStepSchema(Schema):
    """What a person says for themselves: that they want a mentor, or don't."""

    act = _act((MenteeAct.ASK, MenteeAct.WITHDRAW))


class OwnMentorStepSchema(Schema):
    """What a person says for themselves: that they are ready to mentor, pause, come back, or don't want to."""

    act = _act((MentorAct.APPLY, MentorAct.PAUSE, MentorAct.RESUME, MentorAct.WITHDRAW))


class WishListSchema(Schema):
    """Which colleagues are looked for, in each bank."""

    find_mentees = Line(200, allow_none=True, load_default=None)
    find_mentors = Line(200, allow_none=True, load_default=None)


class WishSchema(Schema):
    """What is said of a colleague; nothing takes it back."""

    bank = fields.Enum(Bank, by_value=True, required=True, error_messages={"unknown": NOT_OFFERED})
    colleague_id = Whole(required=True)
    wish = fields.Enum(Wish, by_value=True, allow_none=True, load_default=None, error_messages={"unknown": NOT_OFFERED})

    @pre_load
    def empty_takes_back(self, data: Any, **options: Any) -> Any:
        return {name: value for name, value in data.items() if (name, value) != ("wish", "")}


class BasisSchema(Schema):
    """On what a mentor does this work."""

    basis = fields.Enum(Basis, by_value=True, required=True, error_messages={"unknown": NOT_OFFERED})


class CapacitySchema(Schema):
    """How many mentees a mentor can carry at once."""

    capacity = Whole(
        required=True, validate=validate.Range(1, MAX_CAPACITY, error=N_("A mentor has from 1 to 3 places"))
    )


class MentorAddSchema(CapacitySchema):
    """Who enters the bank of mentors, and with how many places."""

    person_id = Whole(required=True)


class EntryPersonSchema(Schema):
    """The person of an entry."""

    id = fields.Integer()
    full_name = fields.String()
    position = fields.String(allow_none=True)
    subjects = fields.String(allow_none=True)
    hire_date = fields.Date(allow_none=True)


class MenteeSchema(Schema):
    """An entry of the bank of mentees as the REST API gives it."""

    person = fields.Nested(EntryPersonSchema)
    state = fields.Enum(MenteeState, by_value=True)
    state_since = fields.AwareDateTime()
    entered_at = fields.AwareDateTime()
    refused_year = fields.Integer(allow_none=True)


class MentorSchema(Schema):
    """An entry of the bank of mentors as the REST API gives it."""

    person = fields.Nested(EntryPersonSchema)
    state = fields.Enum(MentorState, by_value=True)
    state_since = fields.AwareDateTime()
    entered_at = fields.AwareDateTime()
    capacity = fields.Integer()
    places_held = fields.Integer()
    basis = fields.Enum(Basis, by_value=True, allow_none=True)
    trained_on = fields.Date(allow_none=True)
    refused_year = fields.Integer(allow_none=True)


class ParticipationSchema(Schema):
    """Where a person stands in both banks; null: nowhere."""

    mentee = fields.Nested(MenteeSchema, allow_none=True)
    mentor = fields.Nested(MentorSchema, allow_none=True)


class StepSchema(Schema):
    """A step of an entry: from where (null: there was none) to where, when, why, by whom (null: the system)."""

    bank = fields.Enum(Bank, by_value=True)
    before = fields.String(allow_none=True)
    after = fields.String()
    why = fields.Enum(Why, by_value=True)
    at = fields.AwareDateTime()
    by_person_id = fields.Integer(allow_none=True)


class MenteePageSchema(Schema):
    """A page of mentees and the cursors of its neighbours."""

    rows = fields.List(fields.Nested(MenteeSchema))
    next = fields.String(allow_none=True)
    previous = fields.String(allow_none=True)


class CandidateSchema(Schema):
    """Somebody who may need a mentor, and by which rules."""

    person = fields.Nested(EntryPersonSchema)
    reasons = fields.List(fields.Enum(Why, by_value=True))


class CandidatePageSchema(Schema):
    """A page of candidates and the cursors of its neighbours."""

    rows = fields.List(fields.Nested(CandidateSchema))
    total = fields.Integer(metadata={"description": f"Counted up to {COUNTED}; {COUNTED + 1} stands for all beyond"})
    next = fields.String(allow_none=True)
    previous = fields.String(allow_none=True)


class CaughtSchema(Schema):
    """Whom rules would catch: in all, by each active rule; of how many the experience is known; a page of names and the
    cursors of its neighbours."""

    total = fields.Integer()
    by_rule = fields.Dict(keys=fields.Enum(Why, by_value=True), values=fields.Integer())
    staff = fields.Integer()
    experience_known = fields.Integer()
    names = fields.List(fields.Nested(EntryPersonSchema), attribute="page.rows")
    next = fields.String(allow_none=True, attribute="page.next")
    previous = fields.String(allow_none=True, attribute="page.previous")


class MentorPageSchema(Schema):
    """A page of mentors and the cursors of its neighbours."""

    rows = fields.List(fields.Nested(MentorSchema))
    next = fields.String(allow_none=True)
    previous = fields.String(allow_none=True)
