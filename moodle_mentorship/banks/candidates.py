"""Who may need a mentor: found by the school's rules, asked by the curator, entered by nobody but themselves.

The rules read what belongs to the employment (TK RF гл. 14; 152-ФЗ ст. 6 ч. 1 п. 5), for which no consent is needed.
One of them, low marks in the questionnaire, reads a profile: only of whom a legal ground for that is open.
Somebody who asks for a mentor needs no rule: they stand in the bank at once.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, or_, select
from sqlalchemy.orm import Session

from moodle_mentorship.banks.enums import MENTEES_IN_BANK, MENTEES_ON_THE_WAY, MentorState, Why
from moodle_mentorship.banks.models import CandidateRule, Dismissal, Mentee, Mentor
from moodle_mentorship.core.db import among
from moodle_mentorship.core.paging import Page, SortKey, count_up_to, page, stream
from moodle_mentorship.people.enums import PersonField, StaffStatus
from moodle_mentorship.people.models import Person, PersonChange
from moodle_mentorship.people.queries import named
from moodle_mentorship.surveys.enums import Kind
from moodle_mentorship.surveys.models import Response
from moodle_mentorship.surveys.queries import latest_of
from moodle_mentorship.surveys.ready import HELP_NEEDED, LEVELS, NEED

PAGE_SIZE = 50
# People whom a preview names.
NAMED = 20

_BEFORE_ALL = date(1, 1, 1)


@dataclass(frozen=True)
class Rule:
    """Whether the school looks by it, and its number: days, years of teaching, or themes."""

    active: bool
    number: int


Rules = Mapping[Why, Rule]

# What a school begins with, in the order in which reasons are told. The profile is read only where a school wants it.
DEFAULTS: Rules = {
    Why.HIRED_RECENTLY: Rule(True, 365),
    Why.FIRST_YEARS: Rule(True, 3),
    Why.AFTER_BREAK: Rule(True, 180),
    Why.NEW_POST: Rule(True, 180),
    Why.LOW_SCORE: Rule(False, 3),
}
# What the number of a rule may be, both ends included.
BOUNDS: Mapping[Why, tuple[int, int]] = {
    Why.HIRED_RECENTLY: (1, 1095),
    Why.FIRST_YEARS: (1, 10),
    Why.AFTER_BREAK: (1, 1095),
    Why.NEW_POST: (1, 1095),
    Why.LOW_SCORE: (1, 40),
}


@dataclass(frozen=True)
class Finding:
    """What is looked for today in one school. `conditions`: of a person, by the active rules."""

    school_id: int
    year: int
    begun: datetime
    conditions: Mapping[Why, ColumnElement[bool]]


@dataclass(frozen=True)
class Caught:
    """Whom rules catch. `by_rule`: somebody may be caught by several. `experience_known` of `staff`: of the others the
    rule about the first years knows nothing. `first`: the first of them by name."""

    total: int
    by_rule: Mapping[Why, int]
    staff: int
    experience_known: int
    first: Sequence[Person]


def rules_of(session: Session, school_id: int) -> Rules:
    """The school's rules, those that it never touched as `DEFAULTS`."""
    rows = session.scalars(select(CandidateRule).where(CandidateRule.school_id == school_id))
    return {**DEFAULTS, **{row.why: Rule(row.active, row.number) for row in rows}}


def finding(
    session: Session,
    school_id: int,
    *,
    year_begins: date,
    timezone: str,
    today: date,
    rules: Rules | None = None,
    profiles: bool = True,
) -> Finding:
    """What to look for by the school's rules, or by others that somebody tries out.

    `profiles=False` leaves out the rule that reads answers, which takes two statements more.
    """
    rules = rules_of(session, school_id) if rules is None else rules
    zone = ZoneInfo(timezone)
    conditions = {
        why: condition(school_id, rules[why].number, today, zone)
        for why, condition in _CONDITIONS.items()
        if rules[why].active
    }
    if profiles and rules[Why.LOW_SCORE].active:
        conditions[Why.LOW_SCORE] = among(Person.id, _low_scores(session, school_id, rules[Why.LOW_SCORE].number))
    return Finding(school_id, year_begins.year, _midnight(year_begins, zone), conditions)


def candidates(
    session: Session,
    found: Finding,
    *,
    search: str,
    why: Why | None,
    dismissed: bool,
    sort: str,
    cursor: str | None,
    limit: int = PAGE_SIZE,
) -> Page[Person]:
    """A page of those whom the rules catch, or one of them (`why`). `sort`: name, or hired (the newest first)."""
    return page(session, _listed(found, search, why, dismissed), _keys(sort), cursor, limit)


def all_candidates(
    session: Session, found: Finding, *, search: str, why: Why | None, dismissed: bool, sort: str
) -> Iterator[Sequence[Person]]:
    """The whole list that `candidates` shows by pages, in chunks."""
    return stream(session, _listed(found, search, why, dismissed), _keys(sort))


def count(
    session: Session, found: Finding, *, search: str = "", why: Why | None = None, dismissed: bool = False
) -> int:
    """How many these are, counted up to `core.paging.COUNTED`."""
    return count_up_to(session, _listed(found, search, why, dismissed).with_only_columns(Person.id))


def anybody(session: Session, found: Finding) -> bool:
    """Whether the rules catch somebody."""
    return bool(session.scalar(select(_listed(found, "", None, False).with_only_columns(Person.id).exists())))


def reasons(session: Session, found: Finding, person_ids: Sequence[int]) -> dict[int, list[Why]]:
    """By which rules each of these people is a candidate now; who is none has no entry. One statement."""
    if not found.conditions:
        return {}
    rows = session.execute(
        select(Person.id, *found.conditions.values()).where(
            *_askable(found, dismissed=None), among(Person.id, person_ids), _caught(found)
        )
    )
    return {
        person_id: [why for why, caught in zip(found.conditions, flags, strict=True) if caught]
        for person_id, *flags in rows
    }


def caught(session: Session, found: Finding) -> Caught:
    """Whom the rules catch, in two statements."""
    rules = [func.count().filter(condition) for condition in found.conditions.values()]
    total, staff, known, *numbers = session.execute(
        select(func.count().filter(_caught(found)), func.count(), func.count(Person.teaching_since), *rules).where(
            *_askable(found, dismissed=False)
        )
    ).one()
    first = session.scalars(_listed(found, "", None, False).order_by(Person.search_name, Person.id).limit(NAMED)).all()
    return Caught(total, dict(zip(found.conditions, numbers, strict=True)), staff, known, first)


def _listed(found: Finding, search: str, why: Why | None, dismissed: bool) -> Select[Person]:
    conditions = _caught(found) if why is None else found.conditions.get(why, false())
    return select(Person).where(*_askable(found, dismissed=dismissed), conditions, named(search, Person.search_name))


def _caught(found: Finding) -> ColumnElement[bool]:
    return or_(false(), *found.conditions.values())


def _askable(found: Finding, *, dismissed: bool | None) -> tuple[ColumnElement[bool], ...]:
    """Works here, mentors nobody, and is not asked already: neither in the bank nor on the way there, nor done with it
    this school year by their own word or anybody's.

    `dismissed`: whether the curator has put them off for this year (None: either).
    """
    asked = exists().where(
        Mentee.school_id == found.school_id,
        Mentee.person_id == Person.id,
        or_(
            Mentee.state.in_((*MENTEES_ON_THE_WAY, *MENTEES_IN_BANK)),
            Mentee.refused_year == found.year,
            Mentee.state_since >= found.begun,
        ),
    )
    mentors = exists().where(
        Mentor.school_id == found.school_id, Mentor.person_id == Person.id, Mentor.state != MentorState.LEFT
    )
    put_off = exists().where(
        Dismissal.school_id == found.school_id, Dismissal.person_id == Person.id, Dismissal.year == found.year
    )
    here = (
        Person.school_id == found.school_id,
        Person.status == StaffStatus.ACTIVE,
        Person.suspended.is_(False),
        Person.deleted_in_moodle.is_(False),
        ~asked,
        ~mentors,
    )
    return here if dismissed is None else (*here, put_off if dismissed else ~put_off)


def _keys(sort: str) -> list[SortKey[Person]]:
    name = SortKey[Person](Person.search_name, lambda person: person.search_name, load=str)
    last = SortKey[Person](Person.id, lambda person: person.id, load=int)
    if sort == "name":
        return [name, last]
    hired = SortKey[Person](
        func.coalesce(Person.hire_date, _BEFORE_ALL),
        lambda person: person.hire_date or _BEFORE_ALL,
        descending=True,
        load=date.fromisoformat,
        dump=date.isoformat,
    )
    return [hired, name, last]


def _hired(school_id: int, days: int, today: date, zone: ZoneInfo) -> ColumnElement[bool]:
    # Who begins in autumn stands in the list of this spring already, and may be asked.
    return Person.hire_date >= today - timedelta(days=days)


def _first_years(school_id: int, years: int, today: date, zone: ZoneInfo) -> ColumnElement[bool]:
    """Has taught for so many years at most; of whom that isn't known, it says nothing."""
    # Most years have no 29 February: the day before stands for it.
    leap_day = (today.month, today.day) == (2, 29)
    return Person.teaching_since >= today.replace(year=today.year - years, day=28 if leap_day else today.day)


def _after_break(school_id: int, days: int, today: date, zone: ZoneInfo) -> ColumnElement[bool]:
    return and_(Person.break_until < today, Person.break_until >= today - timedelta(days=days))


def _new_post(school_id: int, days: int, today: date, zone: ZoneInfo) -> ColumnElement[bool]:
    """By the day that is known of, or because another post or subject came into the directory since then."""
    since = today - timedelta(days=days)
    changed = select(PersonChange.person_id).where(
        PersonChange.school_id == school_id,
        PersonChange.field.in_((PersonField.POSITION, PersonField.SUBJECTS)),
        PersonChange.at >= _midnight(since, zone),
        PersonChange.before.is_not(None),
        PersonChange.after.is_not(None),
    )
    return or_(Person.post_since >= since, Person.id.in_(changed))


_CONDITIONS = {
    Why.HIRED_RECENTLY: _hired,
    Why.FIRST_YEARS: _first_years,
    Why.AFTER_BREAK: _after_break,
    Why.NEW_POST: _new_post,
}


def _low_scores(session: Session, school_id: int, themes: int) -> list[int]:
    """Who has last said of so many themes that help is needed, and whose profile may be read."""
    answered = session.scalars(
        select(Response.person_id)
        .where(Response.school_id == school_id, Response.kind == Kind.NEED, Response.submitted_at.is_not(None))
        .distinct()
    ).all()
    latest = latest_of(session, school_id, answered, NEED)
    return [
        person_id
        for person_id, said in latest.items()
        if sum(level >= HELP_NEEDED for level in said.values.get(LEVELS, {}).values()) >= themes
    ]


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, zone).astimezone(UTC)
