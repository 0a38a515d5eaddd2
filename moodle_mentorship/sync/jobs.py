"""Background work of the room: passes, deliveries, and the sweeps that find what the queue lost."""

from datetime import timedelta
from functools import partial

from sqlalchemy import and_, delete, or_, select
from sqlalchemy.orm import Session

from moodle_mentorship.core.jobs import each_school
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.moodle.errors import MoodleError
from moodle_mentorship.moodle.models import MoodleSite, WebhookDelivery
from moodle_mentorship.moodle.outbox import DELIVER, Handlers
from moodle_mentorship.moodle.sites import site_of
from moodle_mentorship.sync import outbox, queries
from moodle_mentorship.sync.enums import PassKind, PassState
from moodle_mentorship.sync.importing import forget_expired
from moodle_mentorship.sync.models import UNFINISHED, SyncPass
from moodle_mentorship.sync.runner import STALE, run_pass
from moodle_mentorship.sync.service import RUN, request_pass

# A message is refused after five minutes by its timestamp; its id need not be kept much longer.
DELIVERIES_KEPT = timedelta(days=1)

# How long after its end a failed pass is asked for again, by how many have failed in a row.
AGAIN_AFTER = tuple(timedelta(minutes=5 * 2**number) for number in range(5))


# Passes that a sweep wakes. The 2,000 schools of a region take ten minutes of the night so, and no queue is filled up.
A_MINUTE = 200


def register(runtime: Runtime, handlers: Handlers) -> None:
    """Put handlers and sweeps of the room into the runtime's jobs."""
    runtime.jobs.handler(RUN, run_one)
    runtime.jobs.handler(DELIVER, partial(deliver_one, handlers))
    runtime.jobs.sweep("sync.passes", wake_passes)
    runtime.jobs.sweep("sync.outbox", wake_items)
    runtime.jobs.sweep("sync.again", ask_again)
    runtime.jobs.nightly("sync.full", ask_nightly)
    runtime.jobs.nightly("sync.deliveries", forget_deliveries)
    runtime.jobs.nightly("sync.files", forget_expired)


def run_one(runtime: Runtime, pass_id: int) -> None:
    run_pass(runtime, pass_id)


def deliver_one(handlers: Handlers, runtime: Runtime, item_id: int) -> None:
    outbox.deliver(runtime, handlers, item_id)


def wake_passes(runtime: Runtime) -> None:
    """Wake passes that are queued, or were left by their worker: the oldest ones, so many at a time.

    So the passes of a night come in portions, and what somebody waits for finds its place between them.
    """
    left = and_(SyncPass.state == PassState.RUNNING, SyncPass.heartbeat_at < runtime.clock.now() - STALE)
    waiting = (
        select(SyncPass.id)
        .where(UNFINISHED, or_(SyncPass.state == PassState.QUEUED, left))
        .order_by(SyncPass.id)
        .limit(A_MINUTE)
    )
    with runtime.db.unit_of_work(read_only=True) as session:
        ids = session.scalars(waiting).all()
    for pass_id in ids:
        runtime.jobs.wake(RUN, pass_id)


def ask_again(runtime: Runtime) -> None:
    """Ask once more for passes that failed because Moodle didn't answer: after five minutes, then ten, twenty, forty,
    eighty; beyond that a Moodle that is down for the day has the nightly pass.
    """
    with runtime.db.unit_of_work(read_only=True) as session:
        due = dict(queries.passes_to_repeat(session, runtime.clock.now(), retryable_codes(), AGAIN_AFTER))

    def ask(session: Session, school_id: int) -> None:
        if site_of(session, school_id) is not None:
            request_pass(session, runtime.jobs, school_id=school_id, kind=due[school_id], now=runtime.clock.now())

    each_school(runtime, due, ask)


def retryable_codes(of: type[MoodleError] = MoodleError) -> frozenset[str]:
    """Codes of the errors that time alone may mend."""
    own = {of.code} if of.retryable else set()
    return frozenset(own.union(*(retryable_codes(kind) for kind in of.__subclasses__())))


def wake_items(runtime: Runtime) -> None:
    """Wake what is due in the outbox."""
    with runtime.db.unit_of_work(read_only=True) as session:
        ids = outbox.due_items(session, runtime.clock.now())
    for item_id in ids:
        runtime.jobs.wake(DELIVER, item_id)


def ask_nightly(runtime: Runtime) -> None:
    """Ask for a full pass of each connected school, one unit of work each; the sweep wakes them, portion by portion."""
    with runtime.db.unit_of_work(read_only=True) as session:
        schools = session.scalars(
            select(MoodleSite.school_id).where(MoodleSite.disabled_at.is_(None)).order_by(MoodleSite.school_id)
        ).all()

    def ask(session: Session, school_id: int) -> None:
        # Somebody may have switched the connection off meanwhile.
        if site_of(session, school_id) is not None:
            request_pass(
                session,
                runtime.jobs,
                school_id=school_id,
                kind=PassKind.FULL,
                now=runtime.clock.now(),
                again=True,
                at_leisure=True,
            )

    each_school(runtime, schools, ask)


def forget_deliveries(runtime: Runtime) -> None:
    """Forget the ids of messages that could not be replayed any more."""
    with runtime.db.unit_of_work() as session:
        session.execute(
            delete(WebhookDelivery).where(WebhookDelivery.received_at < runtime.clock.now() - DELIVERIES_KEPT)
        )
