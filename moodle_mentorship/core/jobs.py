"""Background jobs on Huey. The queue only wakes a worker: what is to be done stands in database rows.

A job is a name and the id of its row. Handlers are safe to repeat and open their own units of work, one for
each item. A message that the queue lost is found by a sweep, which every room with rows of its own registers.

Any number of workers may run: each comes by once a minute, and a row sees to it that one of them does what is due. A
night through which the service stood still is made up for.
"""

import hashlib
import time
import uuid
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import structlog
from huey import Huey, MemoryHuey, RedisHuey, SqliteHuey, crontab
from huey.serializer import SignedSerializer
from redis import ConnectionPool
from sqlalchemy import String, UniqueConstraint, or_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from moodle_mentorship.core import metrics
from moodle_mentorship.core.db import Base, after_commit, is_away
from moodle_mentorship.core.logging import get_logger
from moodle_mentorship.core.settings import Settings

if TYPE_CHECKING:
    from moodle_mentorship.core.runtime import Runtime

log = get_logger("core")

Handler = Callable[["Runtime", int], None]
Sweep = Callable[["Runtime"], None]


# How long a worker may be at it before it is thought dead; all periodic work is safe to repeat.
CLAIM = timedelta(minutes=15)

SWEEPS, HOURLY, NIGHTLY = "sweeps", "hourly", "nightly"

# Seconds.
REDIS_TIMEOUT = 3.0


class PeriodicJob(Base):
    """When the sweeps, the hourly or the nightly jobs are due. Of the workers that come by, the one that claims them
    does it."""

    __tablename__ = "periodic_job"
    __table_args__ = (UniqueConstraint("name"),)

    name: Mapped[str] = mapped_column(String(60))
    due_at: Mapped[datetime]
    claimed_until: Mapped[datetime | None]


def next_minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0) + timedelta(minutes=1)


def next_hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)


def next_night(moment: datetime) -> datetime:
    """02:30 UTC."""
    tonight = moment.replace(hour=2, minute=30, second=0, microsecond=0)
    return tonight if moment < tonight else tonight + timedelta(days=1)


def make_huey(settings: Settings) -> Huey:
    """Redis where an address is set (any number of worker machines), otherwise a file of SQLite beside the data.

    Huey's messages are pickles, which run whatever their writer likes. So they are signed: who can write into Redis
    wakes nobody, and a message signed before the first encryption key was exchanged is dropped (the sweep knows).
    """
    signed = SignedSerializer(secret=hashlib.sha256(b"queue " + settings.encryption_keys[0].encode()).hexdigest())
    if settings.redis_url:
        # A Redis that takes connections and says nothing must not hold up whoever only wants to wake a worker. Longer
        # than a worker's own wait for a message, which is a second.
        pool = ConnectionPool.from_url(
            settings.redis_url, socket_timeout=REDIS_TIMEOUT, socket_connect_timeout=REDIS_TIMEOUT
        )
        return RedisHuey("mentorship", connection_pool=pool, results=False, serializer=signed)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    file = str(settings.data_dir / "queue.sqlite3")
    return SqliteHuey("mentorship", filename=file, results=False, serializer=signed)


class Jobs:
    """The handlers of all rooms, and the way to wake them."""

    #: Names of the rows of `PeriodicJob`.
    periodic = SWEEPS, HOURLY, NIGHTLY

    def __init__(self, huey: Huey | None = None) -> None:
        self.huey = huey if huey is not None else MemoryHuey("mentorship", results=False)
        self._handlers: dict[str, Handler] = {}
        self._sweeps: dict[str, Sweep] = {}
        self._hourly: dict[str, Sweep] = {}
        self._nightly: dict[str, Sweep] = {}
        self._wake: Callable[[str, int], object] | None = None

    def handler(self, name: str, handler: Handler) -> None:
        self._handlers[name] = handler

    def sweep(self, name: str, sweep: Sweep) -> None:
        """`sweep` runs every minute and wakes what is due and was forgotten."""
        self._sweeps[name] = sweep

    def hourly(self, name: str, sweep: Sweep) -> None:
        """`sweep` runs each hour: for what a school's own time of day decides."""
        self._hourly[name] = sweep

    def nightly(self, name: str, sweep: Sweep) -> None:
        """`sweep` runs once a night, see `next_night`."""
        self._nightly[name] = sweep

    def enqueue(self, session: Session, name: str, row_id: int) -> None:
        """Wake the handler once the unit of work is committed."""
        after_commit(session, lambda: self.wake(name, row_id))

    def wake(self, name: str, row_id: int) -> None:
        """Put a message into the queue. A queue that is down is no fault of the act: the sweep will find the row."""
        if self._wake is None:
            return
        try:
            self._wake(name, row_id)
        except Exception:
            log.warning("queue_unavailable", job=name, row=row_id, exc_info=True)

    def run(self, runtime: "Runtime", name: str, row_id: int) -> None:
        """Run one job now. A fault is logged and left to the sweep: the row still says what is to be done."""
        _run(name, lambda: self._handlers[name](runtime, row_id), "job_failed", row=row_id)

    def run_due(self, runtime: "Runtime") -> None:
        """Run the sweeps, after the full hour the hourly jobs, and after 02:30 UTC the nightly ones, unless another
        worker has taken them."""
        _in_turn(runtime, SWEEPS, next_minute, self.run_sweeps)
        _in_turn(runtime, HOURLY, next_hour, self.run_hourly)
        _in_turn(runtime, NIGHTLY, next_night, self.run_nightly)

    def run_sweeps(self, runtime: "Runtime") -> None:
        self._run_all(runtime, self._sweeps)

    def run_hourly(self, runtime: "Runtime") -> None:
        self._run_all(runtime, self._hourly)

    def run_nightly(self, runtime: "Runtime") -> None:
        self._run_all(runtime, self._nightly)

    def bind(self, runtime: "Runtime") -> None:
        """Make the Huey tasks of this process; called once, when `app.py` has put everything together."""
        task = self.huey.task(name="mentorship_job")(lambda name, row_id: self.run(runtime, name, row_id))
        self.huey.periodic_task(crontab(minute="*"), name="mentorship_periodic")(lambda: self.run_due(runtime))
        self._wake = task

    def _run_all(self, runtime: "Runtime", sweeps: dict[str, Sweep]) -> None:
        for name, sweep in sweeps.items():
            _run(name, partial(sweep, runtime), "sweep_failed")


class SomeFailed(Exception):
    """Of many pieces of work some were not done; each of them stands in the log."""


def each_school(runtime: "Runtime", schools: Iterable[int], work: Callable[[Session, int], object]) -> None:
    """Do the work of each school in a unit of work of its own. A fault at one school keeps no other waiting: it is
    logged, and `SomeFailed` raised when all the others are done. A database that is away is every school's fault.
    """
    failed = 0
    for school_id in schools:
        try:
            with runtime.db.unit_of_work() as session:
                work(session, school_id)
        except Exception as error:
            if is_away(error):
                raise
            failed += 1
            log.error("school_failed", school=school_id, exc_info=True)
    if failed:
        raise SomeFailed(f"{failed} schools")


def _in_turn(
    runtime: "Runtime", name: str, after: Callable[[datetime], datetime], run: Callable[["Runtime"], None]
) -> None:
    now = runtime.clock.now()
    mine = now + CLAIM
    with runtime.db.unit_of_work() as session:
        # A new installation has its first night before it, not behind it.
        first = {"name": name, "due_at": after(now)}
        dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
        session.execute(dialect.insert(PeriodicJob).values(first).on_conflict_do_nothing())
        claimed = session.execute(
            update(PeriodicJob)
            .where(
                PeriodicJob.name == name,
                PeriodicJob.due_at <= now,
                or_(PeriodicJob.claimed_until.is_(None), PeriodicJob.claimed_until < now),
            )
            .values(claimed_until=mine)
            .returning(PeriodicJob.id)
        ).first()
    if claimed is None:
        return
    run(runtime)
    with runtime.db.unit_of_work() as session:
        session.execute(
            update(PeriodicJob)
            .where(PeriodicJob.name == name, PeriodicJob.claimed_until == mine)
            .values(due_at=after(runtime.clock.now()), claimed_until=None)
        )


def _run(name: str, work: Callable[[], None], failed: str, **row: int) -> None:
    """Run and count; every log line on the way carries the job's name, its row and an id of this very run."""
    started, outcome = time.perf_counter(), "done"
    with structlog.contextvars.bound_contextvars(job=name, run=uuid.uuid4().hex[:12], **row):
        try:
            work()
        except Exception:
            outcome = "failed"
            log.error(failed, exc_info=True)
    metrics.count_job(name, outcome, time.perf_counter() - started)
