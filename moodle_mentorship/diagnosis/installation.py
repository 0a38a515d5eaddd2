"""Checks of the installation itself: what one looks at where the service runs. They are nobody's school."""

import shutil
from collections.abc import Iterator
from datetime import timedelta
from functools import lru_cache
from pathlib import Path

from sqlalchemy import func, insert, make_url, select, type_coerce
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from moodle_mentorship.core import migrations, sealed
from moodle_mentorship.core.db import UtcDateTime
from moodle_mentorship.core.jobs import PeriodicJob
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.core.settings import DEMO_ENCRYPTION_KEY, Environment, Settings
from moodle_mentorship.diagnosis.checks import Check, bad, ok, unknown, warn
from moodle_mentorship.diagnosis.enums import State
from moodle_mentorship.moodle import keys
from moodle_mentorship.moodle.keys import KeyState

#: The sweeps are due once a minute.
LATE, DEAD = timedelta(minutes=3), timedelta(minutes=15)
#: Bytes: a SQLite database doubles for a moment while it is repaired or backed up.
LITTLE, HARDLY = 2 * 1024**3, 256 * 1024**2
#: A key that signs for so long should be exchanged.
KEY_LIFE = timedelta(days=400)
#: Seconds that two clocks may differ: a launch's token lives 60.
SKEWED, TOO_SKEWED = 30, 60


#: Codes of what only the operator can put right.
CODES = frozenset(
    {
        "settings",
        "disk",
        "database",
        "writing",
        "secrets",
        "tool_key",
        "queue",
        "database_clock",
        "proxy",
        "public_address",
    }
)


def unready(runtime: Runtime) -> list[str]:
    """Codes of what keeps this process from serving requests; empty: it is ready."""
    missing = []
    state = database(runtime)
    if state.state is not State.OK:
        missing.append("database" if state.reason == "unreachable" else "migrations")
    if _unreachable(runtime) is not None:
        missing.append("queue")
    return missing


def look(runtime: Runtime) -> Iterator[Check]:
    """All checks of the installation, in the order in which somebody would look."""
    yield from settings(runtime.settings)
    yield disk(runtime.settings)
    shape = database(runtime)
    yield shape
    if shape.state is not State.OK:
        for check in (writing, secrets, tool_key, queue, database_clock):
            yield unknown(check.__name__, "no_database")
        return
    yield writing(runtime)
    yield secrets(runtime)
    yield tool_key(runtime)
    yield queue(runtime)
    yield database_clock(runtime)


def settings(given: Settings) -> Iterator[Check]:
    """What production's start-up would refuse, and two processes on one SQLite file."""
    found = []
    if given.environment is not Environment.PRODUCTION:
        found.append(warn("settings", "not_production", environment=given.environment.value))
    if DEMO_ENCRYPTION_KEY in given.encryption_keys:
        found.append(warn("settings", "demo_key"))
    if given.debug:
        found.append(warn("settings", "debug"))
    if given.redis_url and given.database_url.startswith("sqlite"):
        found.append(warn("settings", "sqlite_shared"))
    yield from found or [ok("settings")]


def disk(given: Settings) -> Check:
    """Free space where the queue and a SQLite database are written; the least of them counts."""
    places = {given.data_dir}
    if given.database_url.startswith("sqlite"):
        places.add(Path(make_url(given.database_url).database or ".").parent)
    free = min(shutil.disk_usage(_standing(place)).free for place in places)
    megabytes = free // 1024**2
    if free < HARDLY:
        return bad("disk", "full", megabytes=megabytes)
    return warn("disk", "low", megabytes=megabytes) if free < LITTLE else ok("disk", megabytes=megabytes)


def _standing(place: Path) -> Path:
    return next(folder for folder in (place, *place.absolute().parents) if folder.exists())


def database(runtime: Runtime) -> Check:
    """Whether it answers, and has this version's shape."""
    try:
        with runtime.db.engine.connect() as connection:
            revision = migrations.revision_of(connection)
    except SQLAlchemyError as error:
        return bad("database", "unreachable", error_class=type(error).__name__)
    known = _known_revisions()
    if revision == known[-1]:
        return ok("database")
    return bad("database", "behind" if revision is None or revision in known else "ahead")


@lru_cache(maxsize=1)
def _known_revisions() -> list[str]:
    return migrations.revisions()


def writing(runtime: Runtime) -> Check:
    """A real write, taken back: a disk that is full or a standby that only reads says nothing before one."""
    try:
        with runtime.db.session() as session:
            session.execute(insert(PeriodicJob).values(name="doctor", due_at=runtime.clock.now()))
            session.rollback()
    except SQLAlchemyError as error:
        return bad("writing", "refused", error_class=type(error).__name__)
    return ok("writing")


def secrets(runtime: Runtime) -> Check:
    """Whether the encryption keys open all that is sealed."""
    seals = sealed.survey(runtime.db, runtime.box)
    if seals.unreadable:
        return bad("secrets", "unreadable", count=len(seals.unreadable))
    return warn("secrets", "older", count=seals.older) if seals.older else ok("secrets")


def tool_key(runtime: Runtime) -> Check:
    """The key that signs what we say to Moodle. None is fine: the first use makes it."""
    now = runtime.clock.now()
    with runtime.db.unit_of_work(read_only=True) as session:
        signing = [key for key, state in keys.list_keys(session, now) if state is KeyState.SIGNING]
        since = signing[0].signs_from if signing else now
    if now - since > KEY_LIFE:
        return warn("tool_key", "old", days=(now - since).days)
    return ok("tool_key")


def queue(runtime: Runtime) -> Check:
    """Whether messages can be put down, and whether somebody takes them up: what is due each minute goes there too."""
    failed = _unreachable(runtime)
    if failed is not None:
        return bad("queue", "unreachable", error_class=failed)
    with runtime.db.unit_of_work(read_only=True) as session:
        late = overdue(session, runtime)
    if late is None:
        return bad("queue", "never")
    minutes = int(late.total_seconds() // 60)
    if late > DEAD:
        return bad("queue", "dead", minutes=minutes)
    return warn("queue", "late", minutes=minutes) if late > LATE else ok("queue")


def _unreachable(runtime: Runtime) -> str | None:
    """Why the queue's storage does not answer; None: it does."""
    try:
        runtime.jobs.huey.pending_count()
    except Exception as error:  # whatever Redis or SQLite raise
        return type(error).__name__
    return None


def overdue(session: Session, runtime: Runtime) -> timedelta | None:
    """How long the periodic job that waits longest has been due; None: no worker has ever come by.

    A job that is being done is not late.
    """
    now = runtime.clock.now()
    rows = session.execute(
        select(PeriodicJob.due_at, PeriodicJob.claimed_until).where(PeriodicJob.name.in_(runtime.jobs.periodic))
    ).all()
    if not rows:
        return None
    late = timedelta(0)
    for due_at, claimed_until in rows:
        if claimed_until is None or claimed_until < now:
            late = max(late, now - due_at)
    return late


def database_clock(runtime: Runtime) -> Check:
    """The database's clock beside ours; several machines must agree on who holds a job, and for how long."""
    with runtime.db.unit_of_work(read_only=True) as session:
        # SQLite's word for it is a text in UTC, PostgreSQL's a moment; the column type reads both.
        theirs = session.scalars(select(type_coerce(func.current_timestamp(), UtcDateTime()))).one()
    return skew("database_clock", (theirs - runtime.clock.now()).total_seconds())


def skew(code: str, seconds: float) -> Check:
    """How two clocks differ; `seconds` is what the other one is ahead of ours."""
    off = round(abs(seconds))
    reason = "ahead" if seconds > 0 else "behind"
    if off > TOO_SKEWED:
        return bad(code, reason, seconds=off)
    return warn(code, reason, seconds=off) if off > SKEWED else ok(code, seconds=off)
