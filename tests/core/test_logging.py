"""Logs hold no personal data, whatever fails, and every line is JSON."""

import json
import logging
import warnings
from typing import Any

import pytest
import structlog
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from moodle_mentorship.core.logging import clear, configure_logging, get_logger
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.people.models import Person
from tests.conftest import NOW
from tests.factories import TestSchool


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_a_refused_row_shows_nothing_of_a_person(
    runtime: Runtime, school: TestSchool, capsys: pytest.CaptureFixture[str]
) -> None:
    """Both databases and SQLAlchemy put a row's values into the message of an error."""
    row = {
        "school_id": school.id,
        "moodle_user_id": 4711,
        "last_name": "Тайнова",
        "first_name": None,
        "suspended": False,
        "status_since": NOW,
        "deleted_in_moodle": False,
        "sources": {},
        "search_name": "тайнова",
        "updated_at": NOW,
    }
    configure_logging(debug=False)
    with runtime.db.session() as session:
        try:
            session.execute(insert(Person).values(row))
        except IntegrityError:
            get_logger("test").error("fault", exc_info=True)
        session.rollback()
    line = capsys.readouterr().err
    found = [word for word in ("IntegrityError", "Тайнова", "тайнова", "4711") if word in line]
    assert found == ["IntegrityError"]
    assert json.loads(line)["event"] == "fault"


UNIQUE = "UNIQUE constraint failed: person.school_id, person.moodle_user_id"


@pytest.mark.parametrize(
    ("message", "kept"),
    [
        ("invalid literal for int() with base 10: 'Taynova'", "invalid literal for int() with base 10: …"),
        ('(psycopg.errors.X) no bigint: "Тайнова"', "(psycopg.errors.X) no bigint: …"),
        ('violates unique "uq_person_id"\nDETAIL: Key (Taynova)', 'violates unique "uq_person_id"'),
        (repr('O\'Nil "Kate" Taynova'), "…"),
        ("unfinished 'Taynova", "unfinished …"),
        ("no such person: Тайнова Юлия-Анна, «Taynova»", "no such person: … …-…, …"),
        ("bounced: taynova@school.example", "bounced: …"),
        ("Exception while serving /~handle/pairs/?q=Taynova", "Exception while serving …"),
        ("failed: https://moodle.example/?wstoken=s3cret (again)", "failed: … (again)"),
        (UNIQUE, UNIQUE),
    ],
)
def test_of_a_message_stays_what_is_nobodys(message: str, kept: str) -> None:
    assert clear(message) == kept


def test_libraries_speak_in_lines_like_ours_with_the_same_ids(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    names = ("waitress", "waitress.queue", "huey", "huey.consumer", "alembic.runtime.migration", "werkzeug", "urllib3")
    for name in names:
        # Another test of this process may have quietened its server.
        caplog.set_level(logging.NOTSET, logger=name)
    with structlog.contextvars.bound_contextvars(request="abc"), warnings.catch_warnings():
        # pytest shows warnings in its own way.
        logging.captureWarnings(False)
        configure_logging(debug=False)
        warnings.simplefilter("always")
        for name in names:
            logging.getLogger(name).warning("Seen: %s", "'Тайнова'")
            logging.getLogger(name).info("Тайнова")
        warnings.warn("Seen: 'Тайнова'", stacklevel=1)
    found = lines(capsys)
    assert [line["logger"] for line in found] == [*names, "py.warnings"]
    assert {line["event"] for line in found[:-1]} == {"Seen: …"}
    assert found[-1]["event"].endswith("UserWarning: Seen: …")
    assert {(line["level"], line["request"]) for line in found} == {("warning", "abc")}


def test_an_exception_of_a_library_and_groups_are_cleared(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(debug=False)
    try:
        fault = ValueError("'Taynova'")
        fault.add_note("Taynova")
        raise ExceptionGroup("Тайнова", [fault, KeyError("Taynova")])
    except ExceptionGroup:
        logging.getLogger("waitress").exception("Exception while serving %s", "/~Taynova")
    said = capsys.readouterr().err
    assert "aynova" not in said
    assert "айнова" not in said
    line = json.loads(said)
    assert [line["exception"][0]["exc_type"], line["event"]] == ["ExceptionGroup", "Exception while serving …"]
