"""A disk that is full, a database that somebody else holds, a server that hangs up: said clearly, and made good."""

import os
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import create_engine, event, func, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from moodle_mentorship.app import create_runtime
from moodle_mentorship.banks.models import Mentee
from moodle_mentorship.core.audit import AuditEvent
from moodle_mentorship.core.clock import FixedClock
from moodle_mentorship.core.jobs import Jobs
from moodle_mentorship.core.migrations import upgrade
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.demo.moodle.state import DemoMoodle
from moodle_mentorship.moodle.enums import OutboxState
from moodle_mentorship.moodle.models import OutboxItem
from moodle_mentorship.moodle.outbox import Delivery, Handlers, put
from moodle_mentorship.sync import outbox, readers, runner
from moodle_mentorship.sync.enums import PassState
from tests.conftest import SignIn, make_settings
from tests.factories import TestSchool
from tests.sync.conftest import Syncing, connect, hire, moodle

__all__ = ["moodle"]

Csrf = Callable[[FlaskClient], str]

on_sqlite = pytest.mark.skipif("MENTORSHIP_TEST_DATABASE" in os.environ, reason="is about SQLite (make test)")
on_postgres = pytest.mark.skipif(
    "MENTORSHIP_TEST_DATABASE" not in os.environ, reason="is about PostgreSQL (make test-postgres)"
)


@pytest.fixture
def runtime(fresh_url: str, tmp_path: Path, clock: FixedClock) -> Iterator[Runtime]:
    """A database of the test's own, and real commits."""
    runtime = create_runtime(make_settings(fresh_url, tmp_path), clock=clock, jobs=Jobs())
    yield runtime
    runtime.db.engine.dispose()


@pytest.fixture
def syncing(runtime: Runtime, session: Session, school: TestSchool, moodle: DemoMoodle, clock: FixedClock) -> Syncing:
    connect(session, school, moodle)
    return Syncing(runtime, school, moodle, session, clock)


def with_pragma(runtime: Runtime, pragma: str) -> Callable[[], None]:
    """Set on every connection from now on; the answer takes it back."""

    def set_it(connection: Any, record: object) -> None:
        connection.execute(f"PRAGMA {pragma}")

    event.listen(runtime.db.engine, "connect", set_it)
    runtime.db.engine.dispose()

    def take_back() -> None:
        event.remove(runtime.db.engine, "connect", set_it)
        runtime.db.engine.dispose()

    return take_back


def full_disk(runtime: Runtime) -> Callable[[], None]:
    """No page more than there is; the answer makes room."""
    with runtime.db.engine.connect() as connection:
        pages = connection.execute(text("PRAGMA page_count")).scalar_one()
    return with_pragma(runtime, f"max_page_count={pages}")


def sound(runtime: Runtime) -> bool:
    with runtime.db.engine.connect() as connection:
        return str(connection.execute(text("PRAGMA integrity_check")).scalar_one()) == "ok"


@on_sqlite
def test_a_full_disk_refuses_writes_clearly_and_goes_on_when_there_is_room(
    runtime: Runtime, session: Session, sign_in: SignIn, csrf: Csrf, school: TestSchool
) -> None:
    client = sign_in(school, school.curator)
    who, token = school.teachers[0].id, csrf(client)
    data = {"csrf_token": token, "person_id": who, "act": "withdraw"}
    session.close()
    room = full_disk(runtime)

    # In and out again: each act needs a line in the journal, until there is no page left for one.
    acts = cycle(["/banks/mentees", f"/banks/mentees/{who}/step"])
    answers = [client.post(next(acts), data=data)]
    while answers[-1].status_code == 303 and len(answers) < 1000:
        answers.append(client.post(next(acts), data=data))

    refused = answers.pop()
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "30")
    assert "database_away" in refused.text
    runtime.clock.move_to(runtime.clock.now() + timedelta(minutes=5))  # type: ignore[attr-defined]
    assert client.get("/banks/mentees").status_code == 200
    assert journal_of(runtime, "mentee.add") + journal_of(runtime, "mentee.withdraw") == len(answers) > 5

    room()
    assert sound(runtime)
    client.post(f"/banks/mentees/{who}/step", data=data)
    before = journal_of(runtime, "mentee.add")
    assert client.post("/banks/mentees", data=data).status_code == 303
    assert journal_of(runtime, "mentee.add") == before + 1


def journal_of(runtime: Runtime, action: str) -> int:
    with runtime.db.unit_of_work(read_only=True) as session:
        return session.scalars(select(func.count()).select_from(AuditEvent).where(AuditEvent.action == action)).one()


@on_sqlite
def test_a_pass_that_met_a_full_disk_goes_on_when_there_is_room(
    syncing: Syncing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readers, "PAGE", 50)
    ids = hire(syncing.moodle, 400)
    pass_id = syncing.ask()
    syncing.session.close()
    room = full_disk(syncing.runtime)

    with pytest.raises(OperationalError, match="full"):
        runner.run_pass(syncing.runtime, pass_id)

    room()
    assert sound(syncing.runtime)
    row = syncing.row(pass_id)
    # Whole pages, and nothing half.
    assert (row.state, row.seen % 50, len(syncing.people())) == (PassState.RUNNING, 0, row.seen)
    syncing.session.close()
    syncing.later(minutes=3)
    runner.run_pass(syncing.runtime, pass_id)
    assert (syncing.row(pass_id).state, len(syncing.people())) == (PassState.DONE, len(ids))


@on_sqlite
def test_while_another_process_holds_sqlite_pages_are_read_and_writes_are_put_off(
    runtime: Runtime, session: Session, sign_in: SignIn, csrf: Csrf, school: TestSchool
) -> None:
    client = sign_in(school, school.curator)
    data = {"csrf_token": csrf(client), "person_id": school.teachers[0].id}
    session.close()
    with_pragma(runtime, "busy_timeout=20")
    with other_process(runtime, "BEGIN IMMEDIATE"):
        runtime.clock.move_to(runtime.clock.now().replace(hour=9, minute=5))  # type: ignore[attr-defined]
        assert client.get("/banks/mentees").status_code == 200
        page = client.post("/banks/mentees", data=data)
        problem = client.post(
            "/api/v1/mentees",
            json={"person_id": school.teachers[0].id},
            headers={"X-CSRF-Token": str(data["csrf_token"])},
        )
    assert (page.status_code, page.headers["Retry-After"]) == (503, "30")
    assert "Последнее действие не\u00a0сохранено" in page.text
    assert (problem.status_code, problem.content_type, problem.get_json()["code"]) == (
        503,
        "application/problem+json",
        "database_away",
    )
    assert client.post("/banks/mentees", data=data).status_code == 303
    with runtime.db.unit_of_work(read_only=True) as reading:
        assert reading.scalars(select(func.count()).select_from(Mentee)).one() == 1


class other_process:
    """Another process runs a statement on the database file, and holds what it got until the block ends."""

    def __init__(self, runtime: Runtime, statement: str) -> None:
        program = f"""
            import sqlite3, sys
            connection = sqlite3.connect({runtime.db.engine.url.database!r}, isolation_level=None)
            connection.execute({statement!r})
            print("held", flush=True)
            sys.stdin.read()
        """
        self._process = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(program)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __enter__(self) -> None:
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "held\n"

    def __exit__(self, *_: object) -> None:
        self._process.communicate(timeout=10)


@on_sqlite
def test_a_delivery_that_could_not_be_written_down_is_made_good(syncing: Syncing) -> None:
    """Moodle has the group, the database is locked when the worker wants to say so: the repeat adopts it."""
    handlers = Handlers()

    def deliver(delivery: Delivery) -> None:
        if delivery.client.group_by_idnumber(delivery.course_id, "one") is None:
            delivery.client.create_group(delivery.course_id, "Пара", "", "one")
        if not held:
            lock = other_process(syncing.runtime, "BEGIN IMMEDIATE")
            lock.__enter__()
            held.append(lock)

    handlers.add("group", deliver)
    held: list[other_process] = []
    with syncing.runtime.db.unit_of_work() as session:
        item_id = put(
            session,
            syncing.runtime.jobs,
            school_id=syncing.school.id,
            stream="s",
            kind="group",
            payload={},
            now=syncing.clock.now(),
        ).id
    syncing.session.close()
    with_pragma(syncing.runtime, "busy_timeout=20")

    with pytest.raises(OperationalError, match="locked"):
        outbox.deliver(syncing.runtime, handlers, item_id)
    held[0].__exit__()
    syncing.later(minutes=6)
    outbox.deliver(syncing.runtime, handlers, item_id)

    assert syncing.session.get_one(OutboxItem, item_id).state is OutboxState.DELIVERED
    assert [group.idnumber for group in syncing.moodle.groups.values()] == ["one"]


def test_a_disk_that_really_takes_no_more_leaves_the_database_sound(tmp_path: Path) -> None:
    """The operating system itself refuses to let any file grow, in a process of its own."""
    url = f"sqlite:///{tmp_path / 'small.sqlite3'}"
    upgrade(url)
    program = f"""
        import resource, signal
        from sqlalchemy import text
        from sqlalchemy.exc import OperationalError
        from moodle_mentorship.core.db import Database
        db = Database({url!r})
        with db.unit_of_work() as session:
            session.execute(text("CREATE TABLE filler (line TEXT)"))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, resource.RLIM_INFINITY))
        kept = 0
        try:
            while True:
                with db.unit_of_work() as session:
                    for _ in range(100):
                        session.execute(text("INSERT INTO filler VALUES (:line)"), {{"line": "x" * 1000}})
                kept += 100
        except OperationalError as error:
            print(type(error).__name__, "full" in str(error) or "I/O" in str(error))
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        with db.unit_of_work() as session:
            session.execute(text("INSERT INTO filler VALUES ('after')"))
            print(session.execute(text("SELECT COUNT(*) FROM filler")).scalar_one() == kept + 1)
            print(session.execute(text("PRAGMA integrity_check")).scalar_one())
        assert kept > 0
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout.split()) == (0, ["OperationalError", "True", "True", "ok"]), done.stderr


def hang_up(runtime: Runtime) -> int:
    """PostgreSQL ends every connection to our database, as a restart or a failover does; how many that were."""
    url = runtime.db.engine.url
    admin = create_engine(os.environ["MENTORSHIP_TEST_DATABASE"], isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        ended = connection.execute(
            text("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = :name"),
            {"name": url.database},
        ).scalar_one()
    admin.dispose()
    return int(ended)


@on_postgres
def test_after_postgresql_hung_up_the_next_request_works(
    runtime: Runtime, session: Session, sign_in: SignIn, csrf: Csrf, school: TestSchool
) -> None:
    client = sign_in(school, school.curator)
    data = {"csrf_token": csrf(client), "person_id": school.teachers[0].id}
    session.close()
    assert client.get("/banks/mentees").status_code == 200

    # Between two requests: the pool finds out by itself.
    assert hang_up(runtime) > 0
    assert client.get("/banks/mentees").status_code == 200

    # In the middle of one.
    def at_insert(connection: object, cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("INSERT INTO mentee") and not ended:
            ended.append(hang_up(runtime))

    ended: list[int] = []
    event.listen(runtime.db.engine, "before_cursor_execute", at_insert)
    page = client.post("/banks/mentees", data=data)
    assert (page.status_code, page.headers["Retry-After"], len(ended)) == (503, "30", 1)
    assert client.post("/banks/mentees", data=data).status_code == 303
    with runtime.db.unit_of_work(read_only=True) as reading:
        assert reading.scalars(select(func.count()).select_from(Mentee)).one() == 1


@on_postgres
def test_a_pass_goes_on_after_postgresql_hung_up(syncing: Syncing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "PAGE", 10)
    ids = hire(syncing.moodle, 40)
    pass_id = syncing.ask()
    syncing.session.close()

    def at_page(connection: object, cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("INSERT INTO person "):
            inserts.append(statement)
            if len(inserts) == 3:
                hang_up(syncing.runtime)

    inserts: list[str] = []
    event.listen(syncing.runtime.db.engine, "before_cursor_execute", at_page)
    with pytest.raises(OperationalError):
        runner.run_pass(syncing.runtime, pass_id)
    assert (syncing.row(pass_id).state, len(syncing.people())) == (PassState.RUNNING, 20)
    syncing.later(minutes=3)
    runner.run_pass(syncing.runtime, pass_id)

    row = syncing.row(pass_id)
    assert (row.state, row.seen, len(syncing.people())) == (PassState.DONE, 40, len(ids))
