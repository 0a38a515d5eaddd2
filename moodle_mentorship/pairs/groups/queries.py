"""Questions to the groups: one, its members, those with few left."""

from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from moodle_mentorship.core.errors import NotFound
from moodle_mentorship.pairs.enums import PairState
from moodle_mentorship.pairs.models import MentoringGroup, Pair


def group_of(session: Session, school_id: int, group_id: int) -> MentoringGroup:
    """Raises `NotFound`."""
    group = session.scalar(
        select(MentoringGroup).where(MentoringGroup.school_id == school_id, MentoringGroup.id == group_id)
    )
    if group is None:
        raise NotFound(f"group {group_id}")
    return group


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
