"""Who may need a mentor: found by the school's rules, asked by the curator, entered by nobody but themselves.

The rules read what belongs to the employment (TK RF гл. 14; 152-ФЗ ст. 6 ч. 1 п. 5), for which no consent is needed.
One of them, low marks in the questionnaire, reads a profile: only of whom a legal ground for that is open.
Somebody who asks for a mentor needs no rule: they stand in the bank at once.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache, partial
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, false, func, or_, select, union_all
from sqlalchemy.orm import Session

from moodle_mentorship.banks.enums import MENTEES_IN_BANK, MENTEES_ON_THE_WAY, MentorState, Why
from moodle_mentorship.banks.models import CandidateRule, Dismissal, Mentee, Mentor
from moodle_mentorship.core.db import Columns, among_given, fixed
from moodle_mentorship.core.paging import Page, SortKey, count_up_to, counted, page, stream
from moodle_mentorship.people.enums import PersonField, StaffStatus
from moodle_mentorship.people.models import Person, PersonChange
from moodle_mentorship.people.queries import LISTED, Listed, named
from moodle_mentorship.surveys.enums import Kind
from moodle_mentorship.surveys.models import Response
from moodle_mentorship.surveys.queries import latest_of
from moodle_mentorship.surveys.ready import HELP_NEEDED, LEVELS, NEED

PAGE_SIZE = 50
# People whom a preview names at once.
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
    """What is looked for today in one school: by the `active` rules, with the days and numbers that are `given` to the
    statements (they are put together once; what differs between two askings is a parameter of theirs)."""

    school_id: int
    active: tuple[Why, ...]
    given: Mapping[str, Any]
    # When those whom `LOW_SCORE` catches sent their answers.
    answered: Mapping[int, datetime]


@dataclass(slots=True)
class Candidate(Listed):
    """Somebody whom rules catch: what the list shows of them, and by which rules, in the order of `DEFAULTS`."""

    teaching_since: date | None
    break_until: date | None
    post_since: date | None
    reasons: Sequence[Why]


@dataclass(frozen=True)
class Caught:
    """Whom rules catch. `by_rule`: somebody may be caught by several. `experience_known` of `staff`: of the others the
    rule about the first years knows nothing. `page`: their names, page by page."""

    total: int
    by_rule: Mapping[Why, int]
    staff: int
    experience_known: int
    page: Page[Candidate]


def rules_of(session: Session, school_id: int) -> Rules:
    """The school's rules, those that it never touched as `DEFAULTS`."""
    rows = session.execute(_RULES, {"school_id": school_id})
    return {**DEFAULTS, **{why: Rule(active, number) for why, active, number in rows}}


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
    active = tuple(why for why in DEFAULTS if rules[why].active and (profiles or why is not Why.LOW_SCORE))
    given: dict[str, Any] = {
        "school_id": school_id,
        "year": year_begins.year,
        "begun": _midnight(year_begins, zone),
        "today": today,
    }
    answered: Mapping[int, datetime] = {}
    for why in active:
        number = rules[why].number
        if why is Why.LOW_SCORE:
            answered = _low_scores(session, school_id, number)
            given[why] = list(answered)
        else:
            given[why] = _years_back(today, number) if why is Why.FIRST_YEARS else today - timedelta(days=number)
    if Why.NEW_POST in active:
        given["changed"] = _midnight(given[Why.NEW_POST], zone)
    return Finding(school_id, active, given, answered)


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
) -> Page[Candidate]:
    """A page of those whom the rules catch, or one of them (`why`). `sort`: name, or hired (the newest first)."""
    return page(session, _listed(found, search, why, dismissed), _keys(sort), cursor, limit, found.given)


def all_candidates(
    session: Session, found: Finding, *, search: str, why: Why | None, dismissed: bool, sort: str
) -> Iterator[Sequence[Candidate]]:
    """The whole list that `candidates` shows by pages, in chunks."""
    return stream(session, _listed(found, search, why, dismissed), _keys(sort), found.given)


def count(
    session: Session, found: Finding, *, search: str = "", why: Why | None = None, dismissed: bool = False
) -> int:
    """How many these are, counted up to `core.paging.COUNTED`."""
    if search:
        return count_up_to(session, _listed(found, search, why, dismissed).with_only_columns(Person.id), found.given)
    return session.scalar(_number(found.active, why, dismissed), found.given) or 0


def anybody(session: Session, found: Finding) -> bool:
    """Whether the rules catch somebody."""
    return bool(session.scalar(_anybody(found.active), found.given))


def reasons(session: Session, found: Finding, person_ids: Sequence[int]) -> dict[int, list[Why]]:
    """By which rules each of these people is a candidate now; who is none has no entry. One statement."""
    if not found.active:
        return {}
    rows = session.execute(_reasons(found.active), {**found.given, "people": list(person_ids)})
    return {
        person_id: [why for why, caught in zip(found.active, flags, strict=True) if caught]
        for person_id, *flags in rows
    }


def known_since(session: Session, found: Finding, person_ids: Sequence[int]) -> dict[tuple[int, Why], datetime]:
    """Since when a reason holds that no day on the person's card tells: the change of post or subject came into the
    directory, the answers were sent. One statement at most."""
    since = {(person_id, Why.LOW_SCORE): sent for person_id, sent in found.answered.items()}
    if Why.NEW_POST in found.active:
        changes = session.execute(_LAST_CHANGES, {**found.given, "people": list(person_ids)})
        since.update({(person_id, Why.NEW_POST): at for person_id, at in changes})
    return since


def caught(session: Session, found: Finding, cursor: str | None = None) -> Caught:
    """Whom the rules catch, in two statements: numbers, and one page of names. Raises `core.errors.Invalid` for a
    cursor that is none of ours."""
    total, staff, known, *numbers = session.execute(_counted(found.active), found.given).one()
    names = page(session, _all_listed(found.active, None, False), _BY_NAME, cursor, NAMED, found.given)
    return Caught(total, dict(zip(found.active, numbers, strict=True)), staff, known, names)


def _listed(found: Finding, search: str, why: Why | None, dismissed: bool) -> Select[Any]:
    listed = _all_listed(found.active, why, dismissed)
    return listed.where(named(search, Person.search_name)) if search else listed


# Statements, put together once ------------------------------------------------------------------------------------

_RULES = select(CandidateRule.why, CandidateRule.active, CandidateRule.number).where(
    CandidateRule.school_id == bindparam("school_id")
)

_ASKED = exists().where(
    Mentee.school_id == bindparam("school_id"),
    Mentee.person_id == Person.id,
    or_(
        Mentee.state.in_(fixed(*MENTEES_ON_THE_WAY, *MENTEES_IN_BANK)),
        Mentee.refused_year == bindparam("year"),
        Mentee.state_since >= bindparam("begun"),
    ),
)
_MENTORS = exists().where(
    Mentor.school_id == bindparam("school_id"),
    Mentor.person_id == Person.id,
    Mentor.state.not_in(fixed(MentorState.LEFT)),
)
# Works here, mentors nobody, and is not asked already: neither in the bank nor on the way there, nor done with it this
# school year by their own word or anybody's.
_ASKABLE = and_(
    Person.school_id == bindparam("school_id"),
    Person.status.in_(fixed(StaffStatus.ACTIVE)),
    Person.suspended.is_(False),
    Person.deleted_in_moodle.is_(False),
    ~_ASKED,
    ~_MENTORS,
)
# Whom the curator has put off for this year.
_PUT_OFF = exists().where(
    Dismissal.school_id == bindparam("school_id"),
    Dismissal.person_id == Person.id,
    Dismissal.year == bindparam("year"),
)
# Another post or subject came into the directory since then.
_CHANGED = select(PersonChange.person_id).where(
    PersonChange.school_id == bindparam("school_id"),
    PersonChange.field.in_(fixed(PersonField.POSITION, PersonField.SUBJECTS)),
    PersonChange.at >= bindparam("changed"),
    PersonChange.before.is_not(None),
    PersonChange.after.is_not(None),
)
_LAST_CHANGES = (
    _CHANGED.add_columns(func.max(PersonChange.at))
    .where(among_given(PersonChange.person_id, "people"))
    .group_by(PersonChange.person_id)
)
_CONDITIONS: Mapping[Why, ColumnElement[bool]] = {
    # Who begins in autumn stands in the list of this spring already, and may be asked.
    Why.HIRED_RECENTLY: Person.hire_date >= bindparam(Why.HIRED_RECENTLY),
    # Of whom the years of teaching aren't known, it says nothing.
    Why.FIRST_YEARS: Person.teaching_since >= bindparam(Why.FIRST_YEARS),
    Why.AFTER_BREAK: and_(Person.break_until < bindparam("today"), Person.break_until >= bindparam(Why.AFTER_BREAK)),
    Why.NEW_POST: or_(Person.post_since >= bindparam(Why.NEW_POST), Person.id.in_(_CHANGED)),
    Why.LOW_SCORE: among_given(Person.id, Why.LOW_SCORE),
}
_BY_NAME = (
    SortKey[Candidate](Person.search_name, lambda person: person.search_name, load=str),
    SortKey[Candidate](Person.id, lambda person: person.id, load=int),
)


def _caught(active: tuple[Why, ...]) -> ColumnElement[bool]:
    return or_(false(), *(_CONDITIONS[why] for why in active))


def _ids(why: Why) -> Sequence[Select[Any]]:
    """Ids of whom this rule catches, employed or not: each select is found by an index of its own."""
    # Not correlated to the people of the list: it stands for itself.
    people = select(Person.id).where(Person.school_id == bindparam("school_id")).correlate(None)
    if why is Why.NEW_POST:
        return people.where(Person.post_since >= bindparam(Why.NEW_POST)), _CHANGED
    return (people.where(_CONDITIONS[why]),)


@lru_cache(maxsize=256)
def _all_listed(active: tuple[Why, ...], why: Why | None, dismissed: bool) -> Select[Any]:
    reasons = [_CONDITIONS[each].label(each) for each in active]
    columns = (*LISTED, Person.teaching_since, Person.break_until, Person.post_since, *reasons)
    asked = active if why is None else {why}.intersection(active)
    caught = [ids for each in asked for ids in _ids(each)]
    # Whoever is caught is looked at, and not the whole staff: SQLite makes no such plan of conditions joined by `OR`.
    wanted = Person.id.in_(union_all(*caught)) if caught else false()
    return select(Columns("candidates", partial(_candidate, active), *columns)).where(
        _ASKABLE, _PUT_OFF if dismissed else ~_PUT_OFF, wanted
    )


def _candidate(active: Sequence[Why], *values: Any) -> Candidate:
    known = len(values) - len(active)
    reasons = [why for why, caught in zip(active, values[known:], strict=True) if caught]
    return Candidate(*(*values[:known], reasons))


@lru_cache(maxsize=256)
def _number(active: tuple[Why, ...], why: Why | None, dismissed: bool) -> Select[int]:
    return counted(_all_listed(active, why, dismissed).with_only_columns(Person.id))


@lru_cache(maxsize=64)
def _anybody(active: tuple[Why, ...]) -> Select[bool]:
    return select(_all_listed(active, None, False).with_only_columns(Person.id).exists())


@lru_cache(maxsize=64)
def _reasons(active: tuple[Why, ...]) -> Select[Any]:
    columns: list[ColumnElement[Any]] = [Person.id.expression, *(_CONDITIONS[why] for why in active)]
    return select(*columns).where(_ASKABLE, among_given(Person.id, "people"), _caught(active))


@lru_cache(maxsize=64)
def _counted(active: tuple[Why, ...]) -> Select[Any]:
    columns: list[ColumnElement[Any]] = [
        *(func.count().filter(_caught(active)), func.count(), func.count(Person.teaching_since)),
        *(func.count().filter(_CONDITIONS[why]) for why in active),
    ]
    return select(*columns).where(_ASKABLE, ~_PUT_OFF)


def _keys(sort: str) -> Sequence[SortKey[Candidate]]:
    return _BY_NAME if sort == "name" else (_HIRED, *_BY_NAME)


_HIRED = SortKey[Candidate](
    func.coalesce(Person.hire_date, _BEFORE_ALL),
    lambda person: person.hire_date or _BEFORE_ALL,
    descending=True,
    load=date.fromisoformat,
    dump=date.isoformat,
)


def _years_back(today: date, years: int) -> date:
    # Most years have no 29 February: the day before stands for it.
    leap_day = (today.month, today.day) == (2, 29)
    return today.replace(year=today.year - years, day=28 if leap_day else today.day)


def _low_scores(session: Session, school_id: int, themes: int) -> dict[int, datetime]:
    """Who has last said of so many themes that help is needed, and whose profile may be read; with the moment."""
    answered = session.scalars(
        select(Response.person_id)
        .where(Response.school_id == school_id, Response.kind == Kind.NEED, Response.submitted_at.is_not(None))
        .distinct()
    ).all()
    latest = latest_of(session, school_id, answered, NEED)
    return {
        person_id: said.submitted_at
        for person_id, said in latest.items()
        if sum(level >= HELP_NEEDED for level in said.values.get(LEVELS, {}).values()) >= themes
    }


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, zone).astimezone(UTC)
