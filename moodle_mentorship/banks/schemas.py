"""The banks' border: one schema for the page and the REST API."""

from marshmallow import Schema, fields, validate

from moodle_mentorship.banks.enums import MenteeState, MentorState
from moodle_mentorship.banks.models import MAX_CAPACITY
from moodle_mentorship.banks.queries import FREE, PRESENT
from moodle_mentorship.core.i18n import N_
from moodle_mentorship.core.schemas import NOT_OFFERED, Line, Whole

MENTEE_STATES = (PRESENT, *MenteeState)
MENTOR_STATES = (PRESENT, FREE, MentorState.WITHDRAWN)


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


class MenteeAddSchema(Schema):
    """Who enters the bank of mentees."""

    person_id = Whole(required=True)


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


class MentorSchema(Schema):
    """An entry of the bank of mentors as the REST API gives it."""

    person = fields.Nested(EntryPersonSchema)
    state = fields.Enum(MentorState, by_value=True)
    state_since = fields.AwareDateTime()
    entered_at = fields.AwareDateTime()
    capacity = fields.Integer()
    places_held = fields.Integer()


class MenteePageSchema(Schema):
    """A page of mentees and the cursors of its neighbours."""

    rows = fields.List(fields.Nested(MenteeSchema))
    next = fields.String(allow_none=True)
    previous = fields.String(allow_none=True)


class MentorPageSchema(Schema):
    """A page of mentors and the cursors of its neighbours."""

    rows = fields.List(fields.Nested(MentorSchema))
    next = fields.String(allow_none=True)
    previous = fields.String(allow_none=True)
