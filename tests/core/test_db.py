"""Moments in UTC, one unit of work, side effects after the commit; the audit journal only grows."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import event, select, text
from sqlalchemy.exc import DBAPIError, StatementError
from sqlalchemy.orm import Session

from moodle_mentorship.core import audit
from moodle_mentorship.core.db import Database, after_commit
from moodle_mentorship.school.models import School
from tests.conftest import NOW
from tests.factories import TestSchool

MOSCOW = timezone(timedelta(hours=3))


def a_school(moment: datetime = NOW) -> School:
    return School(full_name="МБОУ", short_name="Школа", year_start=2026, created_at=moment)


def test_moments_are_kept_in_utc(session: Session) -> None:
    school = a_school(datetime(2026, 11, 24, 12, 30, tzinfo=MOSCOW))
    session.add(school)
    session.flush()
    session.refresh(school)
    assert school.created_at == datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
    assert school.created_at.tzinfo is UTC or school.created_at.utcoffset() == timedelta(0)


def test_a_moment_without_a_zone_is_refused(session: Session) -> None:
    session.add(a_school(datetime(2026, 11, 24)))  # noqa: DTZ001 — a naive moment is what is tested
    with pytest.raises(StatementError, match="without a time zone"):
        session.flush()


def test_a_unit_of_work_is_kept_whole_and_then_releases_its_effects(fresh_url: str) -> None:
    database, told = Database(fresh_url), []
    with database.unit_of_work() as session:
        session.add(a_school())
        after_commit(session, lambda: told.append("first"))
        after_commit(session, lambda: told.append("second"))
        assert told == []
    assert told == ["first", "second"]
    with database.unit_of_work(read_only=True) as session:
        assert len(session.scalars(select(School)).all()) == 1
    database.engine.dispose()


def test_an_error_leaves_nothing_and_tells_nobody(fresh_url: str) -> None:
    database, told = Database(fresh_url), []

    def broken() -> None:
        with database.unit_of_work() as session:
            session.add(a_school())
            session.flush()
            after_commit(session, lambda: told.append("never"))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        broken()
    with database.unit_of_work(read_only=True) as session:
        assert session.scalars(select(School)).all() == []
    assert told == []
    database.engine.dispose()


@pytest.mark.parametrize("statement", ["UPDATE audit_event SET action = 'x'", "DELETE FROM audit_event"])
def test_the_audit_journal_only_grows(session: Session, school: TestSchool, statement: str) -> None:
    audit.record(session, school.actor(), "site.add", "site", 1, NOW)
    session.flush()
    savepoint = session.begin_nested()
    with pytest.raises(DBAPIError, match="append-only"):
        session.execute(text(statement))
    savepoint.rollback()
    assert [event.action for event in audit.events(session, school.id).rows] == ["site.add"]


def test_a_read_only_unit_of_work_writes_nothing_and_leaves_no_trace_on_its_connection(fresh_url: str) -> None:
    database = Database(fresh_url)

    def read_and(write: Callable[[Session], object]) -> None:
        with database.unit_of_work(read_only=True) as session:
            assert session.scalars(select(School)).all() == []
            write(session)
            session.flush()

    for write in (
        lambda session: session.add(a_school()),
        lambda session: session.execute(text("DELETE FROM school")),
        lambda session: session.execute(text("CREATE TABLE more (id INTEGER)")),
    ):
        with pytest.raises(DBAPIError, match=r"readonly|read-only"):
            read_and(write)
        # The pool hands the same connection out again.
        with database.unit_of_work() as session:
            session.add(a_school())
            session.flush()
            session.rollback()
    with database.unit_of_work() as session:
        session.add(a_school())
    with database.unit_of_work(read_only=True) as session:
        assert len(session.scalars(select(School)).all()) == 1
    database.engine.dispose()


def test_a_read_only_unit_of_work_costs_no_statement_of_its_own(fresh_url: str) -> None:
    """As many statements as the caller sends; a session that asks nothing takes no connection."""
    database, seen = Database(fresh_url), []
    event.listen(database.engine, "before_cursor_execute", lambda *arguments: seen.append(arguments[2]))
    with database.unit_of_work(read_only=True):
        pass
    assert seen == []
    with database.unit_of_work(read_only=True) as session:
        session.execute(text("SELECT 1"))
    assert [statement for statement in seen if statement != "BEGIN"] == ["SELECT 1"]
    database.engine.dispose()
