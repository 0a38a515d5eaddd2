"""Questions to the groups: one, a page of all, members, those with few left."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session, lazyload

from moodle_mentorship.core.errors import NotFound
from moodle_mentorship.core.paging import Page, SortKey, load_moment, page
from moodle_mentorship.pairs.enums import FIXED_STATES, LEAST_MEMBERS, PairState
from moodle_mentorship.pairs.models import MentoringGroup, Pair

PAGE_SIZE = 50


def group_of(session: Session, school_id: int, group_id: int) -> MentoringGroup:
    """Raises `NotFound`."""
    group = session.scalar(
        select(MentoringGroup).where(MentoringGroup.school_id == school_id, MentoringGroup.id == group_id)
    )
    if group is None:
        raise NotFound(f"group {group_id}")
    return group


def groups(session: Session, school_id: int, *, cursor: str | None, limit: int = PAGE_SIZE) -> Page[MentoringGroup]:
    """A page of all groups, the newest first."""
    statement: Select[Any] = select(MentoringGroup).where(MentoringGroup.school_id == school_id)
    newest = SortKey[Any](
        MentoringGroup.created_at,
        lambda group: group.created_at,
        descending=True,
        load=load_moment,
        dump=datetime.isoformat,
    )
    last = SortKey[Any](MentoringGroup.id, lambda group: group.id, load=int, descending=True)
    return page(session, statement, [newest, last], cursor, limit)


def members(
    session: Session, school_id: int, group_id: int, states: Collection[PairState] = tuple(PairState)
) -> Sequence[Pair]:
    """The group's pairs that stand in one of `states`, in the order in which they were proposed; as they are now, also
    when the session has met them before."""
    return session.scalars(
        select(Pair)
        .where(Pair.school_id == school_id, Pair.group_id == group_id, Pair.state.in_(states))
        .order_by(Pair.id)
        .execution_options(populate_existing=True)
    ).all()


def mates(session: Session, school_id: int, group_ids: Collection[int]) -> dict[int, list[Pair]]:
    """By group the members whom an order has fixed: from then on they know each other."""
    found: dict[int, list[Pair]] = {}
    asked = select(Pair).where(Pair.school_id == school_id, Pair.group_id.in_(group_ids), Pair.state.in_(FIXED_STATES))
    for pair in session.scalars(asked.options(lazyload(Pair.mentor)).order_by(Pair.id)) if group_ids else ():
        found.setdefault(pair.group_id or 0, []).append(pair)
    return found


# What each start page of a curator asks is put together once.
_FEW = (
    select(MentoringGroup)
    .where(
        MentoringGroup.school_id == bindparam("school_id"),
        MentoringGroup.members_open > 0,
        MentoringGroup.members_open < LEAST_MEMBERS,
    )
    .order_by(MentoringGroup.id)
)


def with_few(session: Session, school_id: int) -> Sequence[MentoringGroup]:
    """Groups in which one or two members are left."""
    return session.scalars(_FEW, {"school_id": school_id}).all()


def few_ids(school_id: int) -> Select[int]:
    """Ids of the groups of `with_few`."""
    return _FEW.with_only_columns(MentoringGroup.id).params(school_id=school_id)
