"""Where a measurement runs: an empty, migrated database of its own, on SQLite or on PostgreSQL."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from moodle_mentorship.core.clock import Clock, SystemClock
from moodle_mentorship.core.db import Database
from moodle_mentorship.core.jobs import Jobs
from moodle_mentorship.core.migrations import upgrade
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.core.secrets import SecretBox
from moodle_mentorship.core.settings import DEMO_ENCRYPTION_KEY, Settings

SQLITE, POSTGRESQL = "sqlite", "postgresql"


def postgresql_server() -> str | None:
    """The address that scripts/with_postgres.py found; None: this run does without PostgreSQL."""
    return os.environ.get("MENTORSHIP_TEST_DATABASE")


def kinds() -> tuple[str, ...]:
    """The databases of this run."""
    return (SQLITE, POSTGRESQL) if postgresql_server() else (SQLITE,)


def describe() -> str:
    """Which PostgreSQL it is, for the head of the report."""
    server = postgresql_server()
    if server is None:
        return "no PostgreSQL"
    engine = create_engine(server)
    with engine.connect() as connection:
        version = str(connection.execute(text("SHOW server_version")).scalar()).split(" ")[0]
        buffers = connection.execute(text("SHOW shared_buffers")).scalar()
    engine.dispose()
    bundled = " (the binaries from PyPI)" if "pgserver" in server or "mentorship-pg-" in server else ""
    return f"PostgreSQL {version}{bundled}, shared_buffers {buffers}"


@contextmanager
def database(kind: str, folder: Path) -> Iterator[str]:
    """A migrated database; its address. It is gone afterwards."""
    name = f"mentorship_bench_{uuid4().hex[:8]}"
    if kind == SQLITE:
        url = f"sqlite:///{folder / name}.sqlite3"
        upgrade(url)
        yield url
        return
    server = postgresql_server()
    assert server is not None
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    url = make_url(server).set(database=name).render_as_string(hide_password=False)
    try:
        upgrade(url)
        yield url
    finally:
        with admin.connect() as connection:
            connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
        admin.dispose()


def settings_for(url: str, folder: Path, base_url: str = "http://localhost:8000") -> Settings:
    return Settings.from_env(
        {
            "MENTORSHIP_ENV": "development",
            "MENTORSHIP_BASE_URL": base_url,
            "MENTORSHIP_DATABASE_URL": url,
            "MENTORSHIP_ENCRYPTION_KEYS": DEMO_ENCRYPTION_KEY,
            "MENTORSHIP_DATA_DIR": str(folder),
            # Counted as ever, and never reached: all visitors of a measurement come from one address.
            "MENTORSHIP_RATE_LIMITS": "1000000",
        }
    )


def runtime_for(url: str, folder: Path, clock: Clock | None = None) -> Runtime:
    """A runtime whose queue is this process's memory: a measurement runs its jobs itself."""
    settings = settings_for(url, folder)
    return Runtime(settings, Database(url), SecretBox(settings.encryption_keys), Jobs(), clock or SystemClock())
