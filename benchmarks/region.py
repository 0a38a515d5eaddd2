"""A region: how long a night of passes takes through the queue, and how many bytes everything has on PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import text, update

from benchmarks.bulk import Bulk
from benchmarks.places import POSTGRESQL, database, kinds, runtime_for
from benchmarks.processes import run, server
from benchmarks.report import Add, Row, say
from moodle_mentorship.moodle.models import MoodleSite
from moodle_mentorship.sync.jobs import ask_nightly
from moodle_mentorship.sync.models import SyncPass

NIGHT = "A night: passes over {schools} schools of 60 through the queue, one worker process of two threads"
SIZES = "Bytes of a row on PostgreSQL, its indexes included ({schools} schools of 60)"

TABLES = (
    "person",
    "pair",
    "mentee",
    "mentor",
    "audit_event",
    "launch",
    "browser_session",
    "consumed_state",
    "sync_pass",
    "outbox_item",
)


def measure_night(add: Add, folder: Path, schools: int) -> None:
    part = NIGHT.format(schools=schools)
    for kind in kinds():
        with server("replay", "60") as moodle, database(kind, folder) as url:
            say(f"a night on {kind}")
            runtime = runtime_for(url, folder)
            bulk = Bulk(runtime.db, runtime.box, runtime.clock.now())
            for _ in range(schools):
                bulk.school(60)
            bulk.close()
            with runtime.db.unit_of_work() as session:
                session.execute(update(MoodleSite).values(rest_url=moodle.url))
                # What the schools' years left is done with: only this night's passes count.
                session.execute(update(SyncPass).values(state="cancelled"))
            ask_nightly(runtime)
            runtime.db.engine.dispose()
            told = run("worker", url, str(folder), str(schools))
        each = told["seconds"] / schools
        rate = f"{told['seconds']:.1f} s, {1 / each:.1f} passes a second"
        add(Row(part, "two requests and sixty people each", kind, rate, details=told))
        add(Row(part, "2,000 schools at that rate", kind, f"{2_000 * each / 60:.0f} min"))
        add(Row(part, "40,000 schools at that rate", kind, f"{40_000 * each / 60:.0f} min"))


def measure_sizes(add: Add, folder: Path, schools: int) -> None:
    if POSTGRESQL not in kinds():
        say("sizes need PostgreSQL (TEST_POSTGRES)")
        return
    part = SIZES.format(schools=schools)
    with database(POSTGRESQL, folder) as url:
        runtime = runtime_for(url, folder)
        bulk = Bulk(runtime.db, runtime.box, runtime.clock.now())
        for _ in range(schools):
            bulk.school(60)
        bulk.close()
        with runtime.db.engine.connect() as connection:
            for table, rows, size in _sizes(connection):
                if rows:
                    measured = f"{size / rows:.0f} bytes, {rows / schools:.0f} rows a school here"
                    add(Row(part, table, POSTGRESQL, measured, details={"rows": rows, "bytes": size}))
        runtime.db.engine.dispose()


def _sizes(connection: object) -> Iterator[tuple[str, int, int]]:
    for table in TABLES:
        rows, size = connection.execute(  # type: ignore[attr-defined]
            text(f"SELECT (SELECT count(*) FROM {table}), pg_total_relation_size('{table}')")  # noqa: S608 — our own names
        ).one()
        yield table, rows, size
