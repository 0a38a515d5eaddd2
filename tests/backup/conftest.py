"""A filled database, and empty places on both kinds of database to restore into."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from moodle_mentorship.core.db import Database
from moodle_mentorship.core.migrations import downgrade
from tests.conftest import clone
from tests.filled import fill


@pytest.fixture
def filled(fresh_url: str) -> Iterator[Database]:
    database = Database(fresh_url)
    fill(database)
    yield database
    database.engine.dispose()


@pytest.fixture
def empty_url(template_url: str, shared_database: Database, tmp_path: Path) -> Iterator[str]:
    """A migrated database of the tests' kind without a row, beside the filled one."""
    (tmp_path / "empty").mkdir()
    shared_database.engine.dispose()
    with clone(template_url, tmp_path / "empty") as url:
        yield url


@pytest.fixture
def nothing_url(empty_url: str) -> str:
    """A database in which nobody ran a migration."""
    downgrade(empty_url, "base")
    return empty_url


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'another.sqlite3'}"
