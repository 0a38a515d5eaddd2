"""Questions to the banks: an entry, a page of the list, counts, and who stands where."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from sqlalchemy import BindParameter, ColumnElement, Select, bindparam, exists, func, literal, select
from sqlalchemy.orm import Session, contains_eager

from moodle_mentorship.banks.enums import MenteeState, MentorState
from moodle_mentorship.banks.models import Mentee, Mentor
from moodle_mentorship.core.actor import Role, RoleSource
from moodle_mentorship.core.db import BigId
from moodle_mentorship.core.i18n import N_
from moodle_mentorship.core.paging import Page, SortKey, load_moment, page, stream
from moodle_mentorship.people.models import Person, RoleGrant
from moodle_mentorship.people.queries import named

PAGE_SIZE = 50

# The state filter's word for everybody who has not been withdrawn.
PRESENT = "present"
# The state filter's word for mentors whom another mentee can be given.
FREE = "free"

_NO_HIRE_DATE = date(9999, 12, 31)

Entry = TypeVar("Entry", Mentee, Mentor)


def mentee_of(session: Session, school_id: int, person_id: int) -> Mentee | None:
    """The entry of a person, a withdrawn one too."""
    return session.scalar(select(Mentee).where(Mentee.school_id == school_id, Mentee.person_id == person_id))


def mentor_of(session: Session, school_id: int, person_id: int) -> Mentor | None:
    """The entry of a person, a withdrawn one too."""
    return session.scalar(select(Mentor).where(Mentor.school_id == school_id, Mentor.person_id == person_id))


def has_free_place() -> ColumnElement[bool]:
    """Of a mentor: takes new mentees, and a place is free."""
    return (Mentor.state == MentorState.AVAILABLE) & (Mentor.places_held < Mentor.capacity)


def is_employed() -> ColumnElement[bool]:
    """`Person.employed` in SQL: has not left and can log in."""
    return Person.employed.expression


def mentees(
    session: Session, school_id: int, *, search: str, state: str, sort: str, cursor: str | None, limit: int = PAGE_SIZE
) -> Page[Mentee]:
    """A page of the bank of mentees. `state`: `PRESENT` or a `MenteeState`; `sort`: name, experience or since."""
    return page(session, _mentees(school_id, search, state), _keys(Mentee, sort), cursor, limit)


def all_mentees(session: Session, school_id: int, *, search: str, state: str, sort: str) -> Iterator[Sequence[Mentee]]:
    """The whole list that `mentees` shows by pages, in chunks."""
    return stream(session, _mentees(school_id, search, state), _keys(Mentee, sort))


def mentors(
    session: Session, school_id: int, *, search: str, state: str, sort: str, cursor: str | None, limit: int = PAGE_SIZE
) -> Page[Mentor]:
    """A page of the bank of mentors. `state`: `PRESENT`, `FREE` or a `MentorState`; `sort`: as mentees, or places."""
    return page(session, _mentors(school_id, search, state), _keys(Mentor, sort), cursor, limit)


def all_mentors(session: Session, school_id: int, *, search: str, state: str, sort: str) -> Iterator[Sequence[Mentor]]:
    """The whole list that `mentors` shows by pages, in chunks."""
    return stream(session, _mentors(school_id, search, state), _keys(Mentor, sort))


def _mentees(school_id: int, search: str, state: str) -> Select[Any]:
    wanted = Mentee.state != MenteeState.WITHDRAWN if state == PRESENT else Mentee.state == MenteeState(state)
    return _listed(Mentee, school_id, search).where(wanted)


def _mentors(school_id: int, search: str, state: str) -> Select[Any]:
    if state == PRESENT:
        wanted = Mentor.state != MentorState.WITHDRAWN
    elif state == FREE:
        wanted = has_free_place()
    else:
        wanted = Mentor.state == MentorState(state)
    return _listed(Mentor, school_id, search).where(wanted)


def _listed(entry: type[Entry], school_id: int, search: str) -> Select[Any]:
    return (
        select(entry)
        .join(entry.person)
        .options(contains_eager(entry.person))
        .where(entry.school_id == school_id, named(search, Person.search_name))
    )


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
    """The two banks in numbers. `places` and `places_held` are of available mentors."""

    waiting: int
    paired: int
    mentors: int
    places: int
    places_held: int

    @property
    def mentees(self) -> int:
        return self.waiting + self.paired

    @property
    def places_free(self) -> int:
        return self.places - self.places_held


def counts(session: Session, school_id: int) -> Counts:
    """Both banks in one statement each."""
    states: dict[MenteeState, int] = {
        row.state: row.number
        for row in session.execute(
            select(Mentee.state, func.count().label("number"))
            .where(Mentee.school_id == school_id)
            .group_by(Mentee.state)
        )
    }
    number, places, held = session.execute(
        select(
            func.count(), func.coalesce(func.sum(Mentor.capacity), 0), func.coalesce(func.sum(Mentor.places_held), 0)
        ).where(Mentor.school_id == school_id, Mentor.state == MentorState.AVAILABLE)
    ).one()
    return Counts(
        waiting=states.get(MenteeState.WAITING, 0),
        paired=states.get(MenteeState.PAIRED, 0),
        mentors=number,
        places=int(places),
        places_held=int(held),
    )


def anybody_waits(session: Session, school_id: int) -> bool:
    """Whether a mentee waits for a mentor."""
    waiting = exists().where(Mentee.school_id == school_id, Mentee.state == MenteeState.WAITING)
    return bool(session.scalar(select(waiting)))


def marks(session: Session, school_id: int, person_ids: Sequence[int]) -> dict[int, list[str]]:
    """The words beside people in the staff list."""
    words: dict[int, list[str]] = {}
    for person_id in session.scalars(
        select(Mentee.person_id).where(_present(Mentee, school_id, Mentee.person_id.in_(person_ids)))
    ):
        words.setdefault(person_id, []).append(N_("in the bank of mentees"))
    for person_id in session.scalars(
        select(Mentor.person_id).where(_present(Mentor, school_id, Mentor.person_id.in_(person_ids)))
    ):
        words.setdefault(person_id, []).append(N_("in the bank of mentors"))
    return words


def mentee_ids(school_id: int) -> Select[int]:
    """Who stands in the bank of mentees, for the staff list's filter."""
    return select(Mentee.person_id).where(_present(Mentee, school_id))


def mentor_ids(school_id: int) -> Select[int]:
    """Who stands in the bank of mentors, for the staff list's filter."""
    return select(Mentor.person_id).where(_present(Mentor, school_id))


def role_of(entry: type[Entry]) -> RoleSource:
    """Who stands in a bank is mentee or mentor."""
    role = Role.MENTEE if entry is Mentee else Role.MENTOR
    here, this_one = bindparam("school_id", type_=BigId), bindparam("person_id", type_=BigId)
    return select(literal(role, RoleGrant.role.type)).where(_present(entry, here, entry.person_id == this_one))


def _present(
    entry: type[Entry], school_id: int | BindParameter[int], *conditions: ColumnElement[bool]
) -> ColumnElement[bool]:
    withdrawn = MenteeState.WITHDRAWN if entry is Mentee else MentorState.WITHDRAWN
    present: ColumnElement[bool] = (entry.school_id == school_id) & (entry.state != withdrawn)
    for condition in conditions:
        present &= condition
    return present
