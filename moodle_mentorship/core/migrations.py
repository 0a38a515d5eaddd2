"""Runs Alembic's migrations from wherever the package is installed."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from moodle_mentorship.core.db import make_engine

# In a checkout the migrations stand beside the package; a wheel carries them inside it.
_PLACES = (Path(__file__).parents[2] / "migrations", Path(__file__).parents[1] / "_migrations")


class BrokenReferences(Exception):
    """Rows would point at rows that don't stand; the message names their tables. Nothing was changed."""


def alembic_config(connection: Connection | None = None) -> Config:
    config = Config()
    place = next(place for place in _PLACES if (place / "env.py").exists())
    config.set_main_option("script_location", str(place))
    config.attributes["connection"] = connection
    return config


def revisions() -> list[str]:
    """Every revision of this version, oldest first; the last one is the head."""
    scripts = ScriptDirectory.from_config(alembic_config())
    return [script.revision for script in reversed(list(scripts.walk_revisions()))]


def revision_of(connection: Connection) -> str | None:
    """The revision of the database's shape; None: an empty place."""
    return MigrationContext.configure(connection).get_current_revision()


@contextmanager
def schema_change(database_url: str) -> Iterator[Connection]:
    """One transaction in which tables may change their shape: all of it is kept or nothing.

    SQLite changes a column by making the table anew, and dropping the old one would fail on (or take along) the
    rows that point at it. So its foreign keys sleep meanwhile, and all are checked before the commit.
    Raises `BrokenReferences`.
    """
    engine = make_engine(database_url)
    try:
        with engine.connect() as connection:
            sqlite = connection.dialect.name == "sqlite"
            if sqlite:
                # Inside a transaction the pragma would do nothing, so it goes past SQLAlchemy's BEGIN.
                connection.connection.driver_connection.execute("PRAGMA foreign_keys=OFF")  # type: ignore[union-attr]
            with connection.begin():
                yield connection
                if sqlite:
                    broken = {row[0] for row in connection.exec_driver_sql("PRAGMA foreign_key_check")}
                    if broken:
                        raise BrokenReferences(", ".join(sorted(broken)))
    finally:
        engine.dispose()


def upgrade(database_url: str, revision: str = "head") -> None:
    """Bring the database to `revision`; doing it again changes nothing."""
    with schema_change(database_url) as connection:
        command.upgrade(alembic_config(connection), revision)


def downgrade(database_url: str, revision: str) -> None:
    with schema_change(database_url) as connection:
        command.downgrade(alembic_config(connection), revision)
