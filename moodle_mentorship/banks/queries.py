"""Questions to the banks: an entry, a page of the list, counts, and who stands where."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, literal, or_, select
from sqlalchemy.orm import Session

from moodle_mentorship.banks.enums import (
    MENTEES_IN_BANK,
    MENTEES_ON_THE_WAY,
    MENTORS_APPLYING,
    MENTORS_IN_BANK,
    MENTORS_ON_THE_WAY,
    Bank,
    Basis,
    MenteeState,
    MentorState,
    Why,
)
from moodle_mentorship.banks.models import BankStep, Mentee, Mentor
from moodle_mentorship.core.actor import Role, RoleSource
from moodle_mentorship.core.db import Columns, SchoolId, fixed
from moodle_mentorship.core.i18n import N_
from moodle_mentorship.core.paging import Page, SortKey, load_moment, page, stream
from moodle_mentorship.people.models import Person, RoleGrant
from moodle_mentorship.people.queries import LISTED, Listed, named
from moodle_mentorship.school.models import School

PAGE_SIZE = 50

# The state filter's word for everybody in the bank or on the way into it.
PRESENT = "present"
# The state filter's word for mentors whom another mentee can be given.
FREE = "free"

_NO_HIRE_DATE = date(9999, 12, 31)

Entry = TypeVar("Entry", Mentee, Mentor)


@dataclass(slots=True)
class ListedMentee:
    """A row of the bank of mentees; `Mentee` tells what it means."""

    person: Listed
    id: int
    person_id: int
    state: MenteeState
    state_since: datetime
    entered_at: datetime
    refused_year: int | None


@dataclass(slots=True)
class ListedMentor:
    """A row of the bank of mentors; `Mentor` tells what it means."""

    person: Listed
    id: int
    person_id: int
    state: MentorState
    state_since: datetime
    entered_at: datetime
    capacity: int
    places_held: int
    basis: Basis | None
    trained_on: date | None
    refused_year: int | None

    @property
    def places_free(self) -> int:
        return self.capacity - self.places_held

    @property
    def takes_mentees(self) -> bool:
        return self.state is MentorState.AVAILABLE and self.places_free > 0


def mentee_of(session: Session, school_id: int, person_id: int) -> Mentee | None:
    """The entry of a person, a withdrawn one too."""
    return session.scalar(select(Mentee).where(Mentee.school_id == school_id, Mentee.person_id == person_id))


def mentor_of(session: Session, school_id: int, person_id: int) -> Mentor | None:
    """The entry of a person, a withdrawn one too."""
    return session.scalar(select(Mentor).where(Mentor.school_id == school_id, Mentor.person_id == person_id))


def has_places(number: int = 1) -> ColumnElement[bool]:
    """Of a mentor: takes new mentees, and so many places are free."""
    return (Mentor.state == MentorState.AVAILABLE) & (Mentor.places_held + number <= Mentor.capacity)


def is_employed() -> ColumnElement[bool]:
    """`Person.employed` in SQL: has not left and can log in."""
    return Person.employed.expression


def mentees(
    session: Session, school_id: int, *, search: str, state: str, sort: str, cursor: str | None, limit: int = PAGE_SIZE
) -> Page[ListedMentee]:
    """A page of the bank of mentees. `state`: `PRESENT` or a `MenteeState`; `sort`: name, experience or since."""
    return page(session, _mentees(search, state), _keys(Mentee, sort), cursor, limit, {"school_id": school_id})


def all_mentees(
    session: Session, school_id: int, *, search: str, state: str, sort: str
) -> Iterator[Sequence[ListedMentee]]:
    """The whole list that `mentees` shows by pages, in chunks."""
    return stream(session, _mentees(search, state), _keys(Mentee, sort), {"school_id": school_id})


def mentors(
    session: Session, school_id: int, *, search: str, state: str, sort: str, cursor: str | None, limit: int = PAGE_SIZE
) -> Page[ListedMentor]:
    """A page of the bank of mentors. `state`: `PRESENT`, `FREE` or a `MentorState`; `sort`: as mentees, or places."""
    return page(session, _mentors(search, state), _keys(Mentor, sort), cursor, limit, {"school_id": school_id})


def all_mentors(
    session: Session, school_id: int, *, search: str, state: str, sort: str
) -> Iterator[Sequence[ListedMentor]]:
    """The whole list that `mentors` shows by pages, in chunks."""
    return stream(session, _mentors(search, state), _keys(Mentor, sort), {"school_id": school_id})


def _mentees(search: str, state: str) -> Select[Any]:
    return _narrowed(_all_mentees(state), search)


def _mentors(search: str, state: str) -> Select[Any]:
    return _narrowed(_all_mentors(state), search)


def _narrowed(listed: Select[Any], search: str) -> Select[Any]:
    return listed.where(named(search, Person.search_name)) if search else listed


# Put together once for each state; the school is a parameter.
@lru_cache
def _all_mentees(state: str) -> Select[Any]:
    states = (*MENTEES_ON_THE_WAY, *MENTEES_IN_BANK) if state == PRESENT else (MenteeState(state),)
    columns = (Mentee.id, Mentee.person_id, Mentee.state, Mentee.state_since, Mentee.entered_at, Mentee.refused_year)
    return _listed(Mentee, Columns("mentees", _mentee, *LISTED, *columns)).where(Mentee.state.in_(fixed(*states)))


@lru_cache
def _all_mentors(state: str) -> Select[Any]:
    if state == FREE:
        wanted = has_places()
    else:
        states = (
            [each for each in MentorState if each is not MentorState.LEFT] if state == PRESENT else [MentorState(state)]
        )
        wanted = Mentor.state.in_(fixed(*states))
    columns = (
        *(Mentor.id, Mentor.person_id, Mentor.state, Mentor.state_since, Mentor.entered_at),
        *(Mentor.capacity, Mentor.places_held, Mentor.basis, Mentor.trained_on),
        Mentor.refused_year,
    )
    return _listed(Mentor, Columns("mentors", _mentor, *LISTED, *columns)).where(wanted)


def _listed(entry: type[Entry], columns: Columns) -> Select[Any]:
    return select(columns).select_from(entry).join(entry.person).where(entry.school_id == bindparam("school_id"))


def _mentee(*values: Any) -> ListedMentee:
    person = len(LISTED)
    return ListedMentee(Listed(*values[:person]), *values[person:])


def _mentor(*values: Any) -> ListedMentor:
    person = len(LISTED)
    return ListedMentor(Listed(*values[:person]), *values[person:])


@lru_cache
def _keys(entry: type[Entry], sort: str) -> list[SortKey[Any]]:
    name = SortKey[Any](Person.search_name, lambda row: row.person.search_name, load=str)
    last = SortKey[Any](entry.id, lambda row: row.id, load=int)
    if sort == "experience":
        # The longest at the school first; who has no hire date comes last.
        hired = SortKey[Any](
            func.coalesce(Person.hire_date, literal(_NO_HIRE_DATE)),
            lambda row: row.person.hire_date or _NO_HIRE_DATE,
            load=date.fromisoformat,
            dump=date.isoformat,
        )
        return [hired, name, last]
    if sort == "since":
        since = SortKey[Any](
            entry.state_since,
            lambda row: row.state_since,
            load=load_moment,
            dump=datetime.isoformat,
        )
        return [since, last]
    if sort == "places" and entry is Mentor:
        free = SortKey[Any](
            Mentor.capacity - Mentor.places_held, lambda row: row.places_free, load=int, descending=True
        )
        return [free, name, last]
    return [name, last]


@dataclass(frozen=True)
class Counts:
    """The two banks in numbers. `places` and `places_held` are of available mentors; `invited` and `applied` are all
    who are on the way into a bank."""

    waiting: int
    paired: int
    mentors: int
    places: int
    places_held: int
    invited: int = 0
    applied: int = 0
    paused: int = 0

    @property
    def mentees(self) -> int:
        return self.waiting + self.paired

    @property
    def places_free(self) -> int:
        return self.places - self.places_held


# What each start page of a curator asks is put together once.
_MENTEE_STATES = (
    select(Mentee.state, func.count().label("number"))
    .where(Mentee.school_id == bindparam("school_id"))
    .group_by(Mentee.state)
)
_MENTOR_STATES = (
    select(Mentor.state, func.count(), func.sum(Mentor.capacity), func.sum(Mentor.places_held))
    .where(Mentor.school_id == bindparam("school_id"))
    .group_by(Mentor.state)
)


def counts(session: Session, school_id: int) -> Counts:
    """Both banks in one statement each."""
    asked = {"school_id": school_id}
    mentees: dict[MenteeState, int] = {row.state: row.number for row in session.execute(_MENTEE_STATES, asked)}
    mentors: dict[MentorState, tuple[int, int, int]] = {
        state: (number, int(places), int(held))
        for state, number, places, held in session.execute(_MENTOR_STATES, asked)
    }
    number, places, held = mentors.get(MentorState.AVAILABLE, (0, 0, 0))
    return Counts(
        waiting=mentees.get(MenteeState.WAITING, 0),
        paired=mentees.get(MenteeState.PAIRED, 0),
        mentors=number,
        places=places,
        places_held=held,
        invited=sum(mentees.get(state, 0) for state in MENTEES_ON_THE_WAY),
        applied=sum(mentors.get(state, (0, 0, 0))[0] for state in MENTORS_ON_THE_WAY),
        paused=mentors.get(MentorState.PAUSED, (0, 0, 0))[0],
    )


def waiting_ids(school_id: int) -> Select[int]:
    """Who waits for a mentor."""
    return select(Mentee.person_id).where(Mentee.school_id == school_id, Mentee.state == MenteeState.WAITING)


@dataclass(frozen=True)
class Happened:
    """A step of an entry's history; `by` is None for the system and for who stands in no directory."""

    step: BankStep
    by: Person | None


def history(session: Session, school_id: int, person_id: int) -> list[Happened]:
    """All steps of a person in both banks, oldest first."""
    rows = session.execute(
        select(BankStep, Person)
        .outerjoin(Person, and_(Person.school_id == BankStep.school_id, Person.id == BankStep.by_person_id))
        .where(BankStep.school_id == school_id, BankStep.person_id == person_id)
        .order_by(BankStep.id)
    )
    return [Happened(step, by) for step, by in rows]


def asked_oneself(session: Session, school_id: int, person_id: int) -> bool:
    """Whether the person's last step in the bank of mentees was their own wish."""
    steps = select(BankStep.why).where(
        BankStep.school_id == school_id, BankStep.person_id == person_id, BankStep.bank == Bank.MENTEES
    )
    return session.scalar(steps.order_by(BankStep.id.desc()).limit(1)) is Why.OWN_WISH


def marks(session: Session, school_id: int, person_ids: Sequence[int]) -> dict[int, list[str]]:
    """The words beside people in the staff list."""
    words: dict[int, list[str]] = {}
    for person_id, mentee_state in session.execute(
        select(Mentee.person_id, Mentee.state).where(
            Mentee.school_id == school_id,
            Mentee.person_id.in_(person_ids),
            Mentee.state.in_((*MENTEES_ON_THE_WAY, *MENTEES_IN_BANK)),
        )
    ):
        word = N_("in the bank of mentees") if mentee_state in MENTEES_IN_BANK else N_("invited as a mentee")
        words.setdefault(person_id, []).append(word)
    for person_id, mentor_state in session.execute(
        select(Mentor.person_id, Mentor.state).where(
            Mentor.school_id == school_id, Mentor.person_id.in_(person_ids), Mentor.state != MentorState.LEFT
        )
    ):
        word = N_("in the bank of mentors") if mentor_state in MENTORS_IN_BANK else N_("applied as a mentor")
        if mentor_state is MentorState.INVITED:
            word = N_("invited as a mentor")
        words.setdefault(person_id, []).append(word)
    return words


def mentee_ids(school_id: SchoolId) -> Select[int]:
    """Who stands in the bank of mentees, for the staff list's filter."""
    return select(Mentee.person_id).where(_present(Mentee, school_id))


def invited_ids(school_id: SchoolId) -> Select[int]:
    """Who is on the way into the bank of mentees, for the staff list's filter."""
    return select(Mentee.person_id).where(Mentee.school_id == school_id, Mentee.state.in_(fixed(*MENTEES_ON_THE_WAY)))


def mentor_ids(school_id: SchoolId) -> Select[int]:
    """Who stands in the bank of mentors, for the staff list's filter."""
    return select(Mentor.person_id).where(_present(Mentor, school_id))


def invited_mentor_ids(school_id: SchoolId) -> Select[int]:
    """Who was offered to be a mentor and has not answered yet, for the staff list's filter."""
    return select(Mentor.person_id).where(Mentor.school_id == school_id, Mentor.state.in_(fixed(MentorState.INVITED)))


def applicant_ids(school_id: SchoolId) -> Select[int]:
    """Who has said that they want to be a mentor, and is not in the bank yet."""
    return select(Mentor.person_id).where(Mentor.school_id == school_id, Mentor.state.in_(fixed(*MENTORS_APPLYING)))


def not_to_invite(entry: type[Entry]) -> Callable[[SchoolId], Select[int]]:
    """Who needs no invitation into this bank: they are on the way there, in it, or have said no this school year."""
    states: tuple[MenteeState | MentorState, ...] = (
        (*MENTEES_ON_THE_WAY, *MENTEES_IN_BANK) if entry is Mentee else (*MENTORS_ON_THE_WAY, *MENTORS_IN_BANK)
    )

    def ids(school_id: SchoolId) -> Select[int]:
        year = select(School.year_start).where(School.id == school_id).scalar_subquery()
        return select(entry.person_id).where(
            entry.school_id == school_id, or_(entry.state.in_(fixed(*states)), entry.refused_year == year)
        )

    return ids


def assigned_ids(school_id: SchoolId) -> Select[int]:
    """Who mentors by the employer's assignment, or by what is not said yet: the written consent of ст. 351.8 ТК is
    needed of them, and of nobody whose post includes it or who comes by a contract."""
    assigned = or_(Mentor.basis.is_(None), Mentor.basis == Basis.ASSIGNMENT)
    return select(Mentor.person_id).where(_present(Mentor, school_id), assigned)


def role_of(entry: type[Entry]) -> RoleSource:
    """Who stands in a bank is mentee or mentor; who is only on the way there is not yet."""
    role = Role.MENTEE if entry is Mentee else Role.MENTOR

    def source(school_id: ColumnElement[int], person_id: ColumnElement[Any]) -> Select[Any]:
        standing = and_(_present(entry, school_id), entry.person_id == person_id)
        return select(literal(role, RoleGrant.role.type)).select_from(entry).where(standing).correlate_except(entry)

    return source


def _present(entry: type[Entry], school_id: SchoolId) -> ColumnElement[bool]:
    states = MENTEES_IN_BANK if entry is Mentee else MENTORS_IN_BANK
    return (entry.school_id == school_id) & entry.state.in_(fixed(*states))
