"""Logs hold no personal data, whatever fails."""

import json

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from moodle_mentorship.core.logging import configure_logging, get_logger
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.people.models import Person
from tests.conftest import NOW
from tests.factories import TestSchool


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
