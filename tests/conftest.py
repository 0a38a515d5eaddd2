"""Fixtures: a migrated database (SQLite, or PostgreSQL with MENTORSHIP_TEST_DATABASE), a savepoint for each test,
two schools that must never meet, and people who came in by a launch."""

import os
import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import CodeType
from typing import Any
from uuid import uuid4

import hypothesis
import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import Connection, create_engine, make_url, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from moodle_mentorship.app import create_app, create_runtime
from moodle_mentorship.core.clock import FixedClock
from moodle_mentorship.core.db import Database
from moodle_mentorship.core.jobs import Jobs
from moodle_mentorship.core.migrations import upgrade
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.core.settings import Settings
from moodle_mentorship.lti.visits import cookie_name, open_session
from moodle_mentorship.people.models import Person
from tests.factories import TestSchool, make_launch, make_school
from tests.outside import Outside, outside_server

# A busy machine is slow, not wrong; and what stops a change is of that change: `make fuzz` looks further.
hypothesis.settings.register_profile(
    "patient",
    deadline=None,
    derandomize="MENTORSHIP_FUZZ_EXAMPLES" not in os.environ,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("patient")

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
BASE_URL = "https://mentor.example"
TEST_KEY = "dGVzdC1rZXktdGVzdC1rZXktdGVzdC1rZXktdGVzdCE="


def beside(server: str, name: str) -> str:
    """The address of another database of the same server; a socket's folder may stand in the query."""
    return make_url(server).set(database=name).render_as_string(hide_password=False)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On PostgreSQL only what reaches a database runs: the rest would be the same as on SQLite."""
    if "MENTORSHIP_TEST_DATABASE" not in os.environ:
        return
    same = [item for item in items if "database_server" not in getattr(item, "fixturenames", ())]
    config.hook.pytest_deselected(items=same)
    items[:] = [item for item in items if item not in set(same)]


@pytest.fixture(scope="session")
def database_server() -> str | None:
    """The address of the PostgreSQL server that the tests make their databases on; None: they make SQLite files."""
    return os.environ.get("MENTORSHIP_TEST_DATABASE")


@pytest.fixture(scope="session")
def template_url(database_server: str | None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An empty migrated database, made once for each test process."""
    server = database_server
    if not server:
        url = f"sqlite:///{tmp_path_factory.mktemp('db') / 'template.sqlite3'}"
        upgrade(url)
        yield url
        return
    name = f"mentorship_test_{uuid4().hex[:8]}"
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    url = beside(server, name)
    upgrade(url)
    yield url
    with admin.connect() as connection:
        connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    admin.dispose()


@contextmanager
def clone(template_url: str, folder: Path) -> Iterator[str]:
    """A copy of the migrated database. PostgreSQL copies only what nobody is connected to, so all tests use copies."""
    if template_url.startswith("sqlite"):
        target = folder / "clone.sqlite3"
        shutil.copyfile(template_url.removeprefix("sqlite:///"), target)
        yield f"sqlite:///{target}"
        return
    server = os.environ["MENTORSHIP_TEST_DATABASE"]
    template, name = make_url(template_url).database, f"mentorship_test_{uuid4().hex[:8]}"
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        _copy(connection, str(template), name)
    yield beside(server, name)
    with admin.connect() as connection:
        connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    admin.dispose()


def _copy(connection: Connection, template: str, name: str) -> None:
    """PostgreSQL waits five seconds for the template's last visitor to go. A backend whose client has closed its line
    may need longer for that on a busy machine, so it is sent away.
    """
    visitors = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :template")
    for patience in reversed(range(5)):
        connection.execute(visitors, {"template": template})
        try:
            connection.execute(text(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'))
            return
        except OperationalError:
            if not patience:
                raise


@pytest.fixture
def fresh_url(template_url: str, shared_database: Database, tmp_path: Path) -> Iterator[str]:
    """A migrated database of the test's own, for threads, processes and real commits."""
    # PostgreSQL copies a database only while nobody is connected to it, not even an idle connection of the pool.
    shared_database.engine.dispose()
    with clone(template_url, tmp_path) as url:
        yield url


def make_settings(database_url: str, data_dir: Path, **changes: str) -> Settings:
    env = {
        "MENTORSHIP_ENV": "development",
        "MENTORSHIP_BASE_URL": BASE_URL,
        "MENTORSHIP_DATABASE_URL": database_url,
        "MENTORSHIP_ENCRYPTION_KEYS": TEST_KEY,
        "MENTORSHIP_DATA_DIR": str(data_dir),
    }
    return Settings.from_env(env | changes)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture(scope="session")
def shared_database(template_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    with clone(template_url, tmp_path_factory.mktemp("shared")) as url:
        database = Database(url)
        yield database
        database.engine.dispose()


@pytest.fixture
def runtime(
    shared_database: Database, template_url: str, tmp_path: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Runtime]:
    """A runtime whose every commit lands in a savepoint that the test's end undoes."""
    runtime = create_runtime(make_settings(template_url, tmp_path), clock=clock, jobs=Jobs())
    connection = shared_database.engine.connect()
    outer = connection.begin()
    runtime.db.bind(connection)
    yield runtime
    outer.rollback()
    connection.close()
    # The readiness check asks past the units of work.
    runtime.db.engine.dispose()


class ClosingClient(FlaskClient):
    """Closes what it kept a large upload in: left to Python's collector, that warns in whichever test runs then."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        response = super().open(*args, **kwargs)
        response.request.environ["wsgi.input"].close()
        return response


class CompiledTemplates(BytecodeCache):
    """Each test has an application of its own; a template is compiled once for all of them."""

    def __init__(self) -> None:
        self._code: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._code.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        assert bucket.code is not None
        self._code[bucket.key, bucket.checksum] = bucket.code


COMPILED_TEMPLATES = CompiledTemplates()


@pytest.fixture
def app(runtime: Runtime) -> Flask:
    app = create_app(runtime)
    app.testing = False
    app.jinja_env.bytecode_cache = COMPILED_TEMPLATES
    app.test_client_class = ClosingClient
    return app


@pytest.fixture
def session(runtime: Runtime) -> Iterator[Session]:
    """A session inside the test's transaction; the test commits what views and jobs should see."""
    session = runtime.db.session()
    yield session
    session.close()


@pytest.fixture
def school(session: Session) -> TestSchool:
    """The school of the test: full of people, with a connected Moodle."""
    return make_school(session, "Лицей № 7", issuer="https://moodle.example", now=NOW)


@pytest.fixture
def other_school(session: Session) -> TestSchool:
    """Somebody else's school with the same Moodle ids: nothing of it may ever be seen."""
    return make_school(session, "Гимназия № 2", issuer="https://moodle.other", now=NOW)


SignIn = Callable[..., FlaskClient]


@pytest.fixture
def sign_in(app: Flask, runtime: Runtime, session: Session) -> SignIn:
    """A browser of `person` (or of a site administrator without a person) after a launch."""

    def enter(school: TestSchool, person: Person | None = None, *, site_administrator: bool = False) -> FlaskClient:
        launch = make_launch(session, school, person, site_administrator=site_administrator, now=runtime.clock.now())
        handle = open_session(session, launch, "https://moodle.example", runtime.clock.now())
        session.commit()
        client = app.test_client()
        client.environ_base["wsgi.url_scheme"] = "https"
        client.set_cookie(
            cookie_name(runtime.settings, "session"), handle, domain="localhost", secure=True, samesite="None"
        )
        return client

    return enter


@pytest.fixture
def csrf(session: Session) -> Callable[[FlaskClient], str]:
    """The CSRF token of the newest session."""

    def token(client: FlaskClient) -> str:
        return str(session.execute(text("SELECT csrf_token FROM browser_session ORDER BY id DESC")).scalars().first())

    return token


@pytest.fixture(scope="session")
def local_names() -> Iterator[None]:
    """`*.localhost` is this machine (RFC 6761): Chromium knows it by itself, the C library of many systems doesn't."""
    original = socket.getaddrinfo

    def resolve(host: Any, *rest: Any, **named: Any) -> Any:
        return original("127.0.0.1" if str(host).endswith(".localhost") else host, *rest, **named)

    socket.getaddrinfo = resolve
    yield
    socket.getaddrinfo = original


@pytest.fixture
def outside() -> Iterator[Outside]:
    """A server of somebody else's, on a real socket."""
    with outside_server() as server:
        yield server
