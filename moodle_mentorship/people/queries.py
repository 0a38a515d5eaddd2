"""Questions about staff and roles."""

import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    SQLColumnExpression,
    and_,
    exists,
    func,
    literal,
    or_,
    select,
    true,
)
from sqlalchemy.orm import Session, load_only

from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.db import among
from moodle_mentorship.core.errors import NotFound
from moodle_mentorship.core.paging import Page, SortKey, count_up_to, page, stream
from moodle_mentorship.people.enums import Category, StaffSort, StaffStatus, StaffView
from moodle_mentorship.people.models import (
    Person,
    PersonChange,
    PersonDifference,
    RoleGrant,
    full_name_of,
    search_name_of,
    short_name_of,
)

PAGE_SIZE = 50

# What stands between the parts of a name in lists and signatures.
_SEPARATORS = str.maketrans(dict.fromkeys(",.;", " "))

# Stand in for an unknown hire date, so that it comes last whichever way the list is sorted.
_BEFORE_ALL, _AFTER_ALL = date(1, 1, 1), date(9999, 12, 31)

_SHOWN_IN_LIST = (
    *(Person.last_name, Person.first_name, Person.middle_name, Person.position, Person.subjects, Person.hire_date),
    *(Person.status, Person.suspended),
)


@dataclass(slots=True)
class Listed:
    """What the lists of other rooms show of a person, in the order of `LISTED`."""

    id: int
    last_name: str
    first_name: str
    middle_name: str | None
    position: str | None
    subjects: str | None
    hire_date: date | None
    search_name: str

    @property
    def full_name(self) -> str:
        return full_name_of(self.last_name, self.first_name, self.middle_name)

    @property
    def short_name(self) -> str:
        return short_name_of(self.last_name, self.first_name, self.middle_name)


LISTED = (
    *(Person.id.expression, Person.last_name, Person.first_name, Person.middle_name),
    *(Person.position, Person.subjects, Person.hire_date, Person.search_name),
)


@dataclass(frozen=True)
class StaffFilter:
    """What the staff list is narrowed to. `within` and `outside` select ids of people in (no) register."""

    search: str = ""
    view: StaffView = StaffView.PRESENT
    position: str = ""
    hired_since: date | None = None
    within: Sequence[Select[int]] = ()
    outside: Sequence[Select[int]] = ()


def named(search: str, *names: SQLColumnExpression[str]) -> ColumnElement[bool]:
    """Each word of `search` stands somewhere in one of `names` (columns `search_name`), in any order.

    «Мария Иванова», «иванова м. п.» and «ИВАНОВА» all find Иванова Мария Петровна; ё and е are one letter. An empty
    search, or one of punctuation alone, finds everybody.
    """
    typed = unicodedata.normalize("NFC", search).translate(_SEPARATORS)
    return and_(
        true(),
        *(
            or_(*(name.contains(word, autoescape=True) for name in names))
            for word in dict.fromkeys(search_name_of(typed, "", None).split())
        ),
    )


def person_of(session: Session, school_id: int, person_id: int) -> Person:
    """A member of this school's staff. Raises `NotFound`, also for another school's."""
    person = session.scalars(select(Person).where(Person.school_id == school_id, Person.id == person_id)).one_or_none()
    if person is None:
        raise NotFound(f"person {person_id}")
    return person


def staff(school_id: int, narrowed: StaffFilter) -> Select[Person]:
    """The people of the list, unsorted."""
    return select(Person).where(Person.school_id == school_id, *_conditions(school_id, narrowed))


def staff_page(
    session: Session, school_id: int, narrowed: StaffFilter, sort: StaffSort, cursor: str | None, limit: int = PAGE_SIZE
) -> Page[Person]:
    """One page of the list. Raises `core.errors.Invalid` for a cursor that is none of ours."""
    return page(session, staff(school_id, narrowed), _order(sort), cursor, limit)


def staff_count(session: Session, school_id: int, narrowed: StaffFilter) -> int:
    """How many people the list holds on all its pages, counted up to `core.paging.COUNTED`."""
    listed = select(Person.id).where(Person.school_id == school_id, *_conditions(school_id, narrowed))
    return count_up_to(session, listed)


def all_staff(session: Session, school_id: int, narrowed: StaffFilter, sort: StaffSort) -> Iterator[Sequence[Person]]:
    """The whole list in its order, in chunks: of each person what the list shows, and nothing more."""
    shown = load_only(*_SHOWN_IN_LIST, raiseload=True)
    return stream(session, staff(school_id, narrowed).options(shown), _order(sort))


@dataclass(frozen=True)
class OpenCounts:
    """How many people await the confirmation that they left, and of how many Moodle says something else than was
    written here by hand."""

    departures: int
    differences: int


def open_counts(session: Session, school_id: int) -> OpenCounts:
    differ = select(func.count(PersonDifference.person_id.distinct())).where(_differs(school_id))
    leaving = select(func.count(Person.id)).where(Person.school_id == school_id, Person.status == StaffStatus.LEAVING)
    return OpenCounts(*session.execute(select(leaving.scalar_subquery(), differ.scalar_subquery())).one())


def open_questions(session: Session, school_id: int) -> int:
    """How many kinds of questions are open: departures, differences. It looks for the first of each."""
    leaving = exists().where(Person.school_id == school_id, Person.status == StaffStatus.LEAVING)
    found = session.execute(select(leaving, exists(PersonDifference.id).where(_differs(school_id)))).one()
    return sum(found)


def _differs(school_id: int) -> ColumnElement[bool]:
    # Both are few, who differs and who has left: the staff itself is not read.
    has_left = exists().where(
        Person.school_id == school_id, Person.status == StaffStatus.LEFT, Person.id == PersonDifference.person_id
    )
    return and_(PersonDifference.school_id == school_id, ~has_left)


def differences_of(session: Session, school_id: int, person_id: int) -> Sequence[PersonDifference]:
    """What Moodle says otherwise about a person, in the order in which it was noticed."""
    return session.scalars(
        select(PersonDifference)
        .where(PersonDifference.school_id == school_id, PersonDifference.person_id == person_id)
        .order_by(PersonDifference.id)
    ).all()


@dataclass(frozen=True)
class Employment:
    """What is known of a person's work, whoever said it (`Person.sources`); None: nobody has.

    `teaching_since` is the day from which the years of teaching count, elsewhere too; `post_since` the day on which the
    present post or subject was taken up; `break_from` and `break_until` the first and last day of a long leave.
    """

    person_id: int
    position: str | None
    subjects: str | None
    hire_date: date | None
    teaching_since: date | None
    category: Category | None
    building: str | None
    line_manager_id: int | None
    post_since: date | None
    break_from: date | None
    break_until: date | None
    free_slots: str | None


_EMPLOYMENT: tuple[SQLColumnExpression[Any], ...] = (
    *(Person.id, Person.position, Person.subjects, Person.hire_date, Person.teaching_since, Person.category),
    *(Person.building, Person.line_manager_id, Person.post_since, Person.break_from, Person.break_until),
    Person.free_slots,
)


def employment_of(session: Session, school_id: int, person_ids: Sequence[int]) -> dict[int, Employment]:
    """What is known of the work of each of these people, in one statement. It needs no consent: it is processed for the
    employment itself (152-ФЗ ст. 6 ч. 1 п. 5)."""
    rows = session.execute(select(*_EMPLOYMENT).where(Person.school_id == school_id, among(Person.id, person_ids)))
    return {row.id: Employment(*row) for row in rows}


@dataclass(frozen=True)
class Changed:
    """A change of what is known of somebody's work; `by` is None for a pass and for who stands in no directory."""

    change: PersonChange
    by: Person | None


def changes_of(session: Session, school_id: int, person_id: int) -> list[Changed]:
    """What stood in a person's fields of employment before, the newest change first."""
    rows = session.execute(
        select(PersonChange, Person)
        .outerjoin(Person, and_(Person.school_id == PersonChange.school_id, Person.id == PersonChange.by_person_id))
        .where(PersonChange.school_id == school_id, PersonChange.person_id == person_id)
        .order_by(PersonChange.id.desc())
        .limit(PAGE_SIZE)
    )
    return [Changed(change, by) for change, by in rows]


def granted(school_id: ColumnElement[int], person_id: ColumnElement[Any]) -> Select[Any]:
    """The roles that a person holds by appointment (a `RoleSource`)."""
    return (
        select(RoleGrant.role)
        .where(RoleGrant.school_id == school_id, RoleGrant.person_id == person_id, RoleGrant.revoked_at.is_(None))
        .correlate_except(RoleGrant)
    )


def granted_roles(session: Session, school_id: int, person_id: int) -> Sequence[Role]:
    """Roles that a person holds by appointment, in the order of their appointments."""
    return session.scalars(granted(literal(school_id), literal(person_id)).order_by(RoleGrant.id)).all()


def holders(session: Session, school_id: int) -> dict[Role, list[Person]]:
    """Who holds which role by appointment, longest-serving first; roles that nobody holds are missing."""
    rows = session.execute(
        select(RoleGrant.role, Person)
        .join(Person, and_(Person.school_id == RoleGrant.school_id, Person.id == RoleGrant.person_id))
        .where(RoleGrant.school_id == school_id, RoleGrant.revoked_at.is_(None))
        .order_by(RoleGrant.id)
    )
    found: dict[Role, list[Person]] = {}
    for role, person in rows:
        found.setdefault(role, []).append(person)
    return found


def ever_appointed(session: Session, school_id: int) -> Sequence[int]:
    """Ids of the people who hold a role by appointment, or held one."""
    ids = select(RoleGrant.person_id).where(RoleGrant.school_id == school_id).distinct()
    return session.scalars(ids.order_by(RoleGrant.person_id)).all()


def names_of(session: Session, school_id: int, person_ids: Sequence[int]) -> dict[int, str]:
    """Short names by id, for a journal that itself keeps ids alone."""
    people = session.scalars(select(Person).where(Person.school_id == school_id, Person.id.in_(person_ids)))
    return {person.id: person.short_name for person in people}


def full_names_of(session: Session, school_id: int, person_ids: Collection[int]) -> dict[int, str]:
    """Full names by id."""
    people = session.scalars(select(Person).where(Person.school_id == school_id, Person.id.in_(person_ids)))
    return {person.id: person.full_name for person in people}


def _conditions(school_id: int, narrowed: StaffFilter) -> Iterator[ColumnElement[bool]]:
    yield _view(school_id, narrowed.view)
    yield named(narrowed.search, Person.search_name)
    if narrowed.position:
        yield Person.position.icontains(narrowed.position, autoescape=True)
    if narrowed.hired_since is not None:
        yield Person.hire_date >= narrowed.hired_since
    for ids in narrowed.within:
        yield _among(ids)
    for ids in narrowed.outside:
        yield ~_among(ids)


def _among(ids: Select[int]) -> ColumnElement[bool]:
    """Whether a person is one of `ids`. Asked of each row in the list's order, so that a page stops at its last row
    instead of collecting the whole register first."""
    (column,) = ids.selected_columns
    return ids.where(column == Person.id).correlate(Person).exists()


def _view(school_id: int, view: StaffView) -> ColumnElement[bool]:
    if view is StaffView.SUSPENDED:
        return and_(Person.status != StaffStatus.LEFT, Person.suspended.is_(True))
    if view is StaffView.DIFFERING:
        differing = select(PersonDifference.person_id).where(PersonDifference.school_id == school_id)
        return and_(Person.status != StaffStatus.LEFT, _among(differing))
    if view is StaffView.PRESENT:
        return Person.status != StaffStatus.LEFT
    return Person.status == StaffStatus(view.value)


def _order(sort: StaffSort) -> Sequence[SortKey[Person]]:
    name = SortKey[Person](Person.search_name.expression, lambda person: person.search_name, load=str)
    unique = SortKey[Person](Person.id.expression, lambda person: person.id, load=int)
    if sort is StaffSort.NAME:
        return (name, unique)
    newest = sort is StaffSort.NEWEST
    unknown = _BEFORE_ALL if newest else _AFTER_ALL
    hired = SortKey[Person](
        func.coalesce(Person.hire_date, unknown),
        lambda person: person.hire_date or unknown,
        descending=newest,
        load=date.fromisoformat,
        dump=lambda value: value.isoformat(),
    )
    return (hired, name, unique)
