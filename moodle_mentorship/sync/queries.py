"""What the pages and the REST API of synchronisation read."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, exists, func, select
from sqlalchemy.orm import Session, aliased

from moodle_mentorship.core.paging import count_up_to
from moodle_mentorship.moodle.enums import OutboxState
from moodle_mentorship.moodle.models import MoodleSite, OutboxItem
from moodle_mentorship.people.enums import StaffStatus
from moodle_mentorship.people.models import Person
from moodle_mentorship.sync.enums import PassKind, PassState
from moodle_mentorship.sync.models import ASKING, UNFINISHED, SyncPass

# Rows of the journal on one page.
JOURNAL = 20

# What each start page of a curator asks is put together once.
_NEWEST = select(SyncPass).where(SyncPass.school_id == bindparam("school_id")).order_by(SyncPass.id.desc()).limit(1)
_QUESTION = _NEWEST.where(ASKING)
_LAST_READ = _NEWEST.where(SyncPass.state == PassState.DONE, SyncPass.dry_run.is_(False))


def at_work(session: Session, school_id: int) -> SyncPass | None:
    """The pass that is queued or running."""
    return session.scalars(select(SyncPass).where(SyncPass.school_id == school_id, UNFINISHED)).one_or_none()


def question(session: Session, school_id: int) -> SyncPass | None:
    """The newest complete pass that would lose so many people that it asks first."""
    return session.scalars(_QUESTION, {"school_id": school_id}).one_or_none()


def journal(session: Session, school_id: int, before: int | None = None, limit: int = JOURNAL) -> Sequence[SyncPass]:
    """Passes from the newest on, before the id `before`; one more than `limit`, which says that there are others."""
    statement = select(SyncPass).where(SyncPass.school_id == school_id)
    if before is not None:
        statement = statement.where(SyncPass.id < before)
    return session.scalars(statement.order_by(SyncPass.id.desc()).limit(limit + 1)).all()


def passes_to_repeat(
    session: Session, now: datetime, codes: Collection[str], delays: Sequence[timedelta]
) -> Sequence[tuple[int, PassKind]]:
    """Schools whose newest pass failed with one of these codes and is due to be repeated, and its kind.

    The delay grows with the passes that failed in a row; after the last of `delays` nothing is due any more.
    """
    newer = aliased(SyncPass)
    failed = session.scalars(
        select(SyncPass).where(
            SyncPass.finished_at > now - 2 * delays[-1],
            SyncPass.finished_at <= now - delays[0],
            SyncPass.state == PassState.FAILED,
            SyncPass.error_code.in_(codes),
            SyncPass.dry_run.is_(False),
            ~exists().where(newer.school_id == SyncPass.school_id, newer.id > SyncPass.id),
        )
    ).all()
    due = []
    for row in failed:
        before = journal(session, row.school_id, row.id, len(delays))
        in_a_row = next((place for place, other in enumerate(before) if other.error_code not in codes), len(before))
        if in_a_row < len(delays) and row.finished_at is not None and row.finished_at <= now - delays[in_a_row]:
            due.append((row.school_id, row.kind))
    return due


def question_and_read(session: Session, school_id: int) -> tuple[SyncPass | None, SyncPass | None]:
    """`question` and `last_read` in one statement."""
    ids = [each.with_only_columns(SyncPass.id).scalar_subquery() for each in (_QUESTION, _LAST_READ)]
    rows = session.scalars(select(SyncPass).where(SyncPass.id.in_(ids)), {"school_id": school_id})
    found = {row.state is PassState.DONE: row for row in rows}
    return found.get(False), found.get(True)


def last_read(session: Session, school_id: int) -> SyncPass | None:
    """The newest pass that read the staff list to its end."""
    return session.scalars(_LAST_READ, {"school_id": school_id}).one_or_none()


def active_count(session: Session, school_id: int) -> int:
    """Active staff, counted up to `core.paging.COUNTED`: a page only sets a number beside it."""
    active = select(Person.id).where(Person.school_id == school_id, Person.status == StaffStatus.ACTIVE)
    return count_up_to(session, active)


def stuck_items(session: Session, school_id: int, limit: int) -> Sequence[OutboxItem]:
    """What did not reach Moodle and waits for a human, the oldest first."""
    return session.scalars(
        select(OutboxItem)
        .where(OutboxItem.school_id == school_id, OutboxItem.state == OutboxState.STUCK)
        .order_by(OutboxItem.id)
        .limit(limit)
    ).all()


def stuck_count(session: Session, school_id: int) -> int:
    """How many items wait for a human."""
    return session.scalars(
        select(func.count())
        .select_from(OutboxItem)
        .where(OutboxItem.school_id == school_id, OutboxItem.state == OutboxState.STUCK)
    ).one()


@dataclass(frozen=True)
class Queue:
    """What is on its way to Moodle: how many items, and since when the oldest has been."""

    waiting: int
    oldest: datetime | None


def queue(session: Session, school_id: int) -> Queue:
    """Items that will reach Moodle without anybody's doing."""
    waiting, oldest = session.execute(
        select(func.count(), func.min(OutboxItem.created_at)).where(
            OutboxItem.school_id == school_id, OutboxItem.state.in_((OutboxState.WAITING, OutboxState.SENDING))
        )
    ).one()
    return Queue(waiting, oldest)


def connection(session: Session, connection_id: int) -> MoodleSite | None:
    """A connection by its own number, switched off or not: webhooks come by it, before a school is known."""
    return session.get(MoodleSite, connection_id)


def connected_schools(session: Session, school_id: int | None = None) -> Sequence[int]:
    """Schools whose Moodle is connected; only `school_id` when it is given."""
    statement = select(MoodleSite.school_id).where(MoodleSite.disabled_at.is_(None)).order_by(MoodleSite.school_id)
    if school_id is not None:
        statement = statement.where(MoodleSite.school_id == school_id)
    return session.scalars(statement).all()
