"""Questions to the pairs: one, a page of the list, whose pairs, counts, history, and the state of the Moodle group."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import Select, and_, bindparam, exists, func, or_, select
from sqlalchemy.orm import Session, aliased, contains_eager, joinedload, lazyload

from moodle_mentorship.core.audit import AuditEvent
from moodle_mentorship.core.errors import NotFound
from moodle_mentorship.core.paging import Page, SortKey, load_moment, page, stream
from moodle_mentorship.moodle.enums import OutboxState
from moodle_mentorship.moodle.models import MoodleSite, OutboxItem
from moodle_mentorship.pairs.enums import FIXED_STATES, OPEN_STATES, Mark, MentoringForm, MentoringKind, PairState, Side
from moodle_mentorship.pairs.models import Extension, MentoringGroup, Pair, Pause, Space, SpaceMember, is_of_kind
from moodle_mentorship.people.models import Person
from moodle_mentorship.people.queries import named

PAGE_SIZE = 50

# The state filter's words for several states at once.
OPEN, ALL = "open", "all"


# The group with the pair, without its mentor, who is the pair's.
_WITH_GROUP = joinedload(Pair.group).lazyload(MentoringGroup.mentor)


def pair_of(session: Session, school_id: int, pair_id: int) -> Pair:
    """Raises `NotFound`."""
    pair = session.scalar(select(Pair).where(Pair.school_id == school_id, Pair.id == pair_id).options(_WITH_GROUP))
    if pair is None:
        raise NotFound(f"pair {pair_id}")
    return pair


def pairs(
    session: Session,
    school_id: int,
    *,
    search: str,
    state: str,
    sort: str,
    cursor: str | None,
    limit: int = PAGE_SIZE,
    form: MentoringForm | None = None,
    of_kind: MentoringKind | None = None,
    theme: str | None = None,
) -> Page[Pair]:
    """A page of the list. `state`: `OPEN`, `ALL` or a `PairState`; `sort`: proposed (newest first), mentor, mentee
    or ends; `search` looks at both names; `of_kind` is one of the pair's kinds, `theme` that of the pair's group."""
    statement, keys = _listed(school_id, search, state, sort, form, of_kind, theme)
    return page(session, statement, keys, cursor, limit)


def all_pairs(
    session: Session,
    school_id: int,
    *,
    search: str,
    state: str,
    sort: str,
    form: MentoringForm | None = None,
    of_kind: MentoringKind | None = None,
    theme: str | None = None,
) -> Iterator[Sequence[Pair]]:
    """The whole list that `pairs` shows by pages, in chunks."""
    return stream(session, *_listed(school_id, search, state, sort, form, of_kind, theme))


def _listed(
    school_id: int,
    search: str,
    state: str,
    sort: str,
    form: MentoringForm | None,
    of_kind: MentoringKind | None,
    theme: str | None,
) -> tuple[Select[Any], Sequence[SortKey[Any]]]:
    mentor, mentee = aliased(Person), aliased(Person)
    statement: Select[Any] = (
        select(Pair)
        .join(mentor, and_(mentor.school_id == Pair.school_id, mentor.id == Pair.mentor_person_id))
        .join(mentee, and_(mentee.school_id == Pair.school_id, mentee.id == Pair.mentee_person_id))
        .options(contains_eager(Pair.mentor.of_type(mentor)), contains_eager(Pair.mentee.of_type(mentee)), _WITH_GROUP)
        .where(Pair.school_id == school_id)
    )
    if state == OPEN:
        statement = statement.where(Pair.state.in_(OPEN_STATES))
    elif state != ALL:
        statement = statement.where(Pair.state == PairState(state))
    if form is not None:
        statement = statement.where(Pair.form == form)
    if of_kind is not None:
        statement = statement.where(is_of_kind(of_kind))
    if theme is not None:
        of_theme = select(MentoringGroup.id).where(MentoringGroup.school_id == school_id, MentoringGroup.theme == theme)
        statement = statement.where(Pair.group_id.in_(of_theme))
    statement = statement.where(named(search, mentor.search_name, mentee.search_name))
    keys: dict[str, SortKey[Any]] = {
        "mentor": SortKey(mentor.search_name, lambda pair: pair.mentor.search_name, load=str),
        "mentee": SortKey(mentee.search_name, lambda pair: pair.mentee.search_name, load=str),
        "ends": SortKey(Pair.ends_on, lambda pair: pair.ends_on, load=date.fromisoformat, dump=date.isoformat),
        "proposed": SortKey(
            Pair.proposed_at,
            lambda pair: pair.proposed_at,
            descending=True,
            load=load_moment,
            dump=datetime.isoformat,
        ),
    }
    last = SortKey[Any](Pair.id, lambda pair: pair.id, load=int, descending=sort == "proposed")
    return statement, [keys[sort], last]


_SHOWN_OF_OTHER = (
    *(Person.last_name, Person.first_name, Person.middle_name),
    *(Person.position, Person.subjects, Person.email),
)


# What each page of a mentor or mentee asks is put together once; not on import, when not all models are there yet.
@cache
def _pairs_of(side: Side) -> Select[Any]:
    mine, me, other = (
        (Pair.mentor_person_id, Pair.mentor, Pair.mentee)
        if side is Side.MENTOR
        else (Pair.mentee_person_id, Pair.mentee, Pair.mentor)
    )
    return (
        select(Pair)
        .options(lazyload(me), joinedload(other).load_only(*_SHOWN_OF_OTHER), _WITH_GROUP)
        .where(
            Pair.school_id == bindparam("school_id"),
            mine == bindparam("person_id"),
            Pair.state.in_(bindparam("states", expanding=True)),
        )
        .order_by(Pair.proposed_at.desc(), Pair.id.desc())
    )


def pairs_of_person(
    session: Session, school_id: int, person_id: int, side: Side, states: Sequence[PairState]
) -> list[Pair]:
    """A person's pairs on one side, newest first, with what is shown of the other side."""
    asked = {"school_id": school_id, "person_id": person_id, "states": states}
    return list(session.scalars(_pairs_of(side), asked))


def over_the_years(session: Session, school_id: int, person_id: int) -> Sequence[Pair]:
    """All pairs that a person was ever in or proposed for, on either side, newest first; in one statement."""
    return session.scalars(
        select(Pair)
        .options(lazyload(Pair.space))
        .where(
            Pair.school_id == school_id,
            or_(Pair.mentor_person_id == person_id, Pair.mentee_person_id == person_id),
        )
        .order_by(Pair.proposed_at.desc(), Pair.id.desc())
    ).all()


def together(pairs: Iterable[Pair]) -> list[list[Pair]]:
    """A mentor's pairs, the members of a group together, in the order in which the first of each stands."""
    found: dict[int, list[Pair]] = {}
    for pair in pairs:
        found.setdefault(pair.group_id or -pair.id, []).append(pair)
    return list(found.values())


def count_open(session: Session, school_id: int, person_id: int) -> int:
    """How many open pairs a person is in, on either side."""
    return (
        session.scalar(
            select(func.count()).where(
                Pair.school_id == school_id,
                Pair.state.in_(OPEN_STATES),
                or_(Pair.mentor_person_id == person_id, Pair.mentee_person_id == person_id),
            )
        )
        or 0
    )


def any_in_state(
    session: Session, school_id: int, states: Sequence[PairState], *others: Select[int], counted: Select[int]
) -> int:
    """In how many of `states` a pair stands at all, how many of `others` find any, and how many rows `counted` finds:
    their sum."""
    found = session.execute(
        select(
            *(exists().where(Pair.school_id == school_id, Pair.state == state) for state in states),
            *(other.exists() for other in others),
            select(func.count()).select_from(counted.subquery()).scalar_subquery(),
        )
    )
    return sum(found.one())


def oldest_in_state(session: Session, school_id: int, state: PairState, limit: int) -> list[Pair]:
    """The pairs that have stood in a state the longest (by their proposal)."""
    return list(session.scalars(_OLDEST.limit(limit), {"school_id": school_id, "state": state}))


# What each start page of a curator asks is put together once.
_OLDEST = (
    select(Pair)
    .where(Pair.school_id == bindparam("school_id"), Pair.state == bindparam("state"))
    .order_by(Pair.proposed_at, Pair.id)
)
_COUNTS = (
    select(Pair.state, func.count().label("number"))
    .where(Pair.school_id == bindparam("school_id"), Pair.state.in_(bindparam("states", expanding=True)))
    .group_by(Pair.state)
)


def counts(session: Session, school_id: int, states: Sequence[PairState] = tuple(PairState)) -> dict[PairState, int]:
    """How many pairs stand in each of `states`. Ended ones gather over the years: who shows none, asks for none."""
    asked = {"school_id": school_id, "states": states}
    found: dict[PairState, int] = {row.state: row.number for row in session.execute(_COUNTS, asked)}
    return {state: found.get(state, 0) for state in states}


def extensions(session: Session, school_id: int, pair_id: int) -> Sequence[Extension]:
    """How often and by which orders a pair's end was put off, oldest first."""
    return session.scalars(
        select(Extension).where(Extension.school_id == school_id, Extension.pair_id == pair_id).order_by(Extension.id)
    ).all()


def pauses(session: Session, school_id: int, pair_id: int) -> Sequence[Pause]:
    """When a pair did not work, oldest first."""
    return session.scalars(
        select(Pause).where(Pause.school_id == school_id, Pause.pair_id == pair_id).order_by(Pause.id)
    ).all()


def chain(session: Session, pair: Pair) -> Sequence[Pair]:
    """All pairs of the mentee that came to an order or stand in the place of one, oldest first: one mentor after
    another."""
    return session.scalars(
        select(Pair)
        .where(
            Pair.school_id == pair.school_id,
            Pair.mentee_person_id == pair.mentee_person_id,
            or_(Pair.order_number.is_not(None), Pair.replaces_pair_id.is_not(None)),
        )
        .order_by(Pair.proposed_at, Pair.id)
    ).all()


@dataclass(frozen=True)
class Act:
    """An entry of the pair's history: what, when, by whom (None: the system, or an administrator without an entry)."""

    action: str
    at: datetime
    by: Person | None
    details: dict[str, Any]


def history(session: Session, school_id: int, object_id: int, of: str = "pair") -> list[Act]:
    """The acts of a pair (or group) from the audit journal, oldest first, in one statement."""
    rows = session.execute(
        select(AuditEvent, Person)
        .outerjoin(Person, and_(Person.school_id == AuditEvent.school_id, Person.id == AuditEvent.actor_person_id))
        .where(AuditEvent.school_id == school_id, AuditEvent.object_type == of, AuditEvent.object_id == object_id)
        .order_by(AuditEvent.id)
    )
    return [Act(event.action, event.at, person, event.details) for event, person in rows]


@dataclass(frozen=True)
class SpaceItem:
    """Where the last item of a space's outbox stream stands."""

    state: OutboxState
    attempts: int
    delivered_at: datetime | None


_LAST_ITEMS = select(OutboxItem).where(
    OutboxItem.school_id == bindparam("school_id"),
    OutboxItem.id.in_(
        select(func.max(OutboxItem.id))
        .where(
            OutboxItem.school_id == bindparam("school_id"),
            OutboxItem.stream.in_(bindparam("streams", expanding=True)),
        )
        .group_by(OutboxItem.stream)
    ),
)


def space_items(session: Session, school_id: int, streams: Sequence[str]) -> dict[str, SpaceItem]:
    """The last item of each stream, in one statement; a stream without items is left out."""
    items = session.scalars(_LAST_ITEMS, {"school_id": school_id, "streams": streams}) if streams else ()
    return {item.stream: SpaceItem(item.state, item.attempts, item.delivered_at) for item in items}


def restoring(session: Session, school_id: int, stream: str) -> bool:
    """Whether a space is on its way to be put back as it was."""
    waiting = select(OutboxItem.payload).where(
        OutboxItem.school_id == school_id, OutboxItem.stream == stream, OutboxItem.state != OutboxState.DELIVERED
    )
    return any(payload.get("restore") for payload in session.scalars(waiting))


def marked(session: Session, school_id: int, space_id: int) -> dict[Mark, list[Person]]:
    """Whom people took out of a space's group by hand, and whom of our directory they put in."""
    found: dict[Mark, list[Person]] = {Mark.TAKEN_OUT: [], Mark.GUEST: []}
    rows = session.execute(
        select(SpaceMember.mark, Person)
        .join(Person, and_(Person.school_id == SpaceMember.school_id, Person.id == SpaceMember.person_id))
        .where(
            SpaceMember.school_id == school_id,
            SpaceMember.space_id == space_id,
            SpaceMember.mark.in_((Mark.TAKEN_OUT, Mark.GUEST)),
        )
        .order_by(Person.search_name, Person.id)
    )
    for mark, person in rows:
        found[mark].append(person)
    return found


def changed_by_hand(school_id: int) -> Select[int]:
    """One pair of each group in Moodle that people have changed by hand, as long as no curator has seen to it."""
    return (
        select(func.min(Pair.id))
        .join(Space, and_(Space.school_id == Pair.school_id, Space.id == Pair.space_id))
        .where(
            Pair.school_id == school_id,
            Pair.state.in_(FIXED_STATES),
            Space.noticed_at.is_not(None),
            Space.left_at.is_(None),
        )
        .group_by(Pair.space_id)
    )


def pairs_changed_by_hand(session: Session, school_id: int) -> Sequence[Pair]:
    """Those pairs, whose group has been so the longest first."""
    return session.scalars(
        select(Pair)
        .join(Space, and_(Space.school_id == Pair.school_id, Space.id == Pair.space_id))
        .options(contains_eager(Pair.space))
        .where(Pair.school_id == school_id, Pair.id.in_(changed_by_hand(school_id)))
        .order_by(Space.noticed_at, Pair.id)
    ).all()


_COURSE_URL = select(MoodleSite.course_url).where(
    MoodleSite.school_id == bindparam("school_id"), MoodleSite.disabled_at.is_(None)
)


def course_url(session: Session, school_id: int) -> str | None:
    """Where the course with the pairs' groups stands; None while no Moodle is connected."""
    return session.scalar(_COURSE_URL, {"school_id": school_id})
