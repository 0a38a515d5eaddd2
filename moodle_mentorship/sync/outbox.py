"""Delivers the outbox: in order within a stream, one worker an item, repeated until Moodle has it or a human must look.

A handler is called outside of any transaction. Between Moodle's answer and our commit everything may die; the item is
then delivered again, and its handler adopts what already stands in Moodle.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, exists, or_, select, update
from sqlalchemy.orm import Session, aliased

from moodle_mentorship.core.errors import DomainError
from moodle_mentorship.core.logging import get_logger
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.moodle.enums import OutboxState
from moodle_mentorship.moodle.errors import MoodleError
from moodle_mentorship.moodle.models import MoodleSite, OutboxItem
from moodle_mentorship.moodle.outbox import DELIVER, Delivery, Handlers
from moodle_mentorship.moodle.sites import client_for, site_of

# How long a worker may hold an item: longer than a handler's few calls, short enough after a crash.
CLAIM = timedelta(minutes=5)

# Delay after attempt n: 30 s · 2^(n-1), at most six hours, plus up to a quarter: schools must not march in step.
# All attempts together last three days and more: a Moodle that is down from Friday to Monday needs nobody's click.
FIRST_DELAY, LONGEST_DELAY = timedelta(seconds=30), timedelta(hours=6)
ATTEMPTS = 22

# A school without a connected Moodle keeps its items; we look again after that.
UNCONNECTED_DELAY = timedelta(minutes=10)

# Items woken by one sweep.
SWEEP = 500

FAULT, NO_HANDLER, CRASHED = "fault", "no_handler", "crashed"

log = get_logger("sync")


@dataclass(frozen=True)
class _Claimed:
    item_id: int
    school_id: int
    kind: str
    payload: dict[str, object]
    until: datetime
    site: MoodleSite


def deliver(runtime: Runtime, handlers: Handlers, item_id: int) -> None:
    """Deliver one item if it is due and the first undelivered one of its stream; otherwise do nothing."""
    claimed = _claim(runtime, item_id)
    if claimed is None:
        return
    error: tuple[str, bool] | None = None
    if not handlers.knows(claimed.kind):
        error = NO_HANDLER, False
    else:
        try:
            with client_for(runtime, claimed.site) as client:
                handlers.deliver(
                    claimed.kind,
                    Delivery(
                        runtime=runtime,
                        client=client,
                        school_id=claimed.school_id,
                        course_id=claimed.site.course_id,
                        student_role_id=claimed.site.student_role_id,
                        item_id=item_id,
                        payload=claimed.payload,
                    ),
                )
        except MoodleError as refusal:
            error = refusal.code, refusal.retryable
        except DomainError as refusal:
            error = refusal.code, False
        except Exception:
            # A fault of ours may be gone with the next version, or with the row that it stumbled over.
            log.error("outbox_fault", item=item_id, kind=claimed.kind, exc_info=True)
            error = FAULT, True
    with runtime.db.unit_of_work() as session:
        _settle(session, runtime, claimed, error)


def _claim(runtime: Runtime, item_id: int) -> _Claimed | None:
    now = runtime.clock.now()
    with runtime.db.unit_of_work() as session:
        item = session.get(OutboxItem, item_id)
        if item is None or item.state is OutboxState.DELIVERED:
            return None
        site = site_of(session, item.school_id)
        if site is None:
            session.execute(
                update(OutboxItem)
                .where(OutboxItem.id == item_id, OutboxItem.state == OutboxState.WAITING, OutboxItem.due_at <= now)
                .values(due_at=now + UNCONNECTED_DELAY)
            )
            return None
        claimed = session.execute(
            update(OutboxItem)
            .where(OutboxItem.id == item_id, _due(now), ~_behind_another())
            .values(state=OutboxState.SENDING, claimed_until=now + CLAIM, attempts=OutboxItem.attempts + 1)
            .returning(OutboxItem.attempts),
            execution_options={"synchronize_session": False},
        ).first()
        if claimed is None:
            return None
        if claimed.attempts > ATTEMPTS:
            # Its workers died one after the other: somebody has to look.
            item.state, item.error_code, item.claimed_until = OutboxState.STUCK, CRASHED, None
            return None
        return _Claimed(item_id, item.school_id, item.kind, item.payload, now + CLAIM, site)


def _due(now: datetime) -> ColumnElement[bool]:
    return or_(
        and_(OutboxItem.state == OutboxState.WAITING, OutboxItem.due_at <= now),
        and_(OutboxItem.state == OutboxState.SENDING, OutboxItem.claimed_until < now),
    )


def _behind_another() -> ColumnElement[bool]:
    """Whether an earlier item of the stream has not reached Moodle; a stuck one holds those behind it as well."""
    earlier = aliased(OutboxItem)
    return exists().where(
        earlier.school_id == OutboxItem.school_id,
        earlier.stream == OutboxItem.stream,
        earlier.id < OutboxItem.id,
        earlier.state != OutboxState.DELIVERED,
    )


def _settle(session: Session, runtime: Runtime, claimed: _Claimed, error: tuple[str, bool] | None) -> None:
    """Write down how it went, unless the claim ran out and another worker holds the item, or is done with it.

    The moment until which an item is claimed names the claim: attempts are counted anew when somebody retries it.
    """
    now = runtime.clock.now()
    item = session.scalars(select(OutboxItem).where(OutboxItem.id == claimed.item_id).with_for_update()).one()
    if item.state is not OutboxState.SENDING or item.claimed_until != claimed.until:
        return
    item.claimed_until = None
    if error is None:
        item.state, item.delivered_at, item.error_code = OutboxState.DELIVERED, now, None
        behind = _next_of(session, item)
        if behind is not None:
            runtime.jobs.enqueue(session, DELIVER, behind)
        return
    item.error_code, retryable = error
    if retryable and item.attempts < ATTEMPTS:
        item.state, item.due_at = OutboxState.WAITING, now + delay_after(item.attempts)
    else:
        item.state = OutboxState.STUCK
    log.warning(
        "outbox_refused",
        item=item.id,
        kind=item.kind,
        code=item.error_code,
        attempt=item.attempts,
        state=item.state.value,
    )


def _next_of(session: Session, item: OutboxItem) -> int | None:
    return session.scalars(
        select(OutboxItem.id)
        .where(
            OutboxItem.school_id == item.school_id,
            OutboxItem.stream == item.stream,
            OutboxItem.id > item.id,
            OutboxItem.state != OutboxState.DELIVERED,
        )
        .order_by(OutboxItem.id)
        .limit(1)
    ).one_or_none()


def delay_after(attempt: int, uniform: Callable[[float, float], float] = random.uniform) -> timedelta:
    """How long an item waits after its `attempt`-th failure (from 1)."""
    plain: timedelta = min(LONGEST_DELAY, FIRST_DELAY * 2 ** (attempt - 1))
    return plain * uniform(1, 1.25)


def due_items(session: Session, now: datetime) -> Sequence[int]:
    """Items that a lost queue message or a dead worker left behind, oldest first."""
    return session.scalars(
        select(OutboxItem.id).where(_due(now), ~_behind_another()).order_by(OutboxItem.id).limit(SWEEP)
    ).all()


def deliver_due(runtime: Runtime) -> int:
    """Deliver in this process all that is due, without waiting for a worker; how many attempts that took.

    For the demonstration and for commands. Needs the handlers of a wired application.
    """
    tried: set[int] = set()
    while True:
        with runtime.db.unit_of_work(read_only=True) as session:
            due = [item_id for item_id in due_items(session, runtime.clock.now()) if item_id not in tried]
        if not due:
            return len(tried)
        for item_id in due:
            tried.add(item_id)
            runtime.jobs.run(runtime, DELIVER, item_id)
