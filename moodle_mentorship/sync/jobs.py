"""Background work of the room: passes, deliveries, and the sweeps that find what the queue lost."""

from datetime import timedelta
from functools import partial

from sqlalchemy import and_, delete, or_, select

from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.moodle.models import MoodleSite, WebhookDelivery
from moodle_mentorship.moodle.outbox import DELIVER, Handlers
from moodle_mentorship.sync import outbox
from moodle_mentorship.sync.enums import PassKind, PassState
from moodle_mentorship.sync.importing import forget_expired
from moodle_mentorship.sync.models import SyncPass
from moodle_mentorship.sync.runner import STALE, run_pass
from moodle_mentorship.sync.service import RUN, request_pass

# A message is refused after five minutes by its timestamp; its id need not be kept much longer.
DELIVERIES_KEPT = timedelta(days=1)


def register(runtime: Runtime, handlers: Handlers) -> None:
    """Put handlers and sweeps of the room into the runtime's jobs."""
    runtime.jobs.handler(RUN, run_one)
    runtime.jobs.handler(DELIVER, partial(deliver_one, handlers))
    runtime.jobs.sweep("sync.passes", wake_passes)
    runtime.jobs.sweep("sync.outbox", wake_items)
    runtime.jobs.nightly("sync.full", ask_nightly)
    runtime.jobs.nightly("sync.deliveries", forget_deliveries)
    runtime.jobs.nightly("sync.files", forget_expired)


def run_one(runtime: Runtime, pass_id: int) -> None:
    run_pass(runtime, pass_id)


def deliver_one(handlers: Handlers, runtime: Runtime, item_id: int) -> None:
    outbox.deliver(runtime, handlers, item_id)


def wake_passes(runtime: Runtime) -> None:
    """Wake passes that are queued, or were left by their worker."""
    left = and_(SyncPass.state == PassState.RUNNING, SyncPass.heartbeat_at < runtime.clock.now() - STALE)
    with runtime.db.unit_of_work(read_only=True) as session:
        ids = session.scalars(select(SyncPass.id).where(or_(SyncPass.state == PassState.QUEUED, left))).all()
    for pass_id in ids:
        runtime.jobs.wake(RUN, pass_id)


def wake_items(runtime: Runtime) -> None:
    """Wake what is due in the outbox."""
    with runtime.db.unit_of_work(read_only=True) as session:
        ids = outbox.due_items(session, runtime.clock.now())
    for item_id in ids:
        runtime.jobs.wake(DELIVER, item_id)


def ask_nightly(runtime: Runtime) -> None:
    """Ask for a full pass of each connected school, one unit of work each."""
    with runtime.db.unit_of_work(read_only=True) as session:
        schools = session.scalars(
            select(MoodleSite.school_id).where(MoodleSite.disabled_at.is_(None)).order_by(MoodleSite.school_id)
        ).all()
    for school_id in schools:
        with runtime.db.unit_of_work() as session:
            request_pass(
                session, runtime.jobs, school_id=school_id, kind=PassKind.FULL, now=runtime.clock.now(), again=True
            )


def forget_deliveries(runtime: Runtime) -> None:
    """Forget the ids of messages that could not be replayed any more."""
    with runtime.db.unit_of_work() as session:
        session.execute(
            delete(WebhookDelivery).where(WebhookDelivery.received_at < runtime.clock.now() - DELIVERIES_KEPT)
        )
