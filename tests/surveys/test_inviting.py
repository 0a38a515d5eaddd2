"""Moodle writes to those who have not answered, and ticks the activity of those who have."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from moodle_mentorship.core.jobs import Jobs
from moodle_mentorship.moodle.models import OutboxItem
from moodle_mentorship.moodle.to_people import COMPLETION, MESSAGE, PLUGIN_FROM
from moodle_mentorship.people.enums import StaffStatus
from moodle_mentorship.surveys import errors, inviting, queries, service
from moodle_mentorship.surveys.listeners import Submitted
from tests.conftest import NOW, SignIn
from tests.factories import BOX, TestSchool, make_round

TODAY = NOW.date()
PULSE = {"met": "no", "support": "no"}


@pytest.fixture
def school(school: TestSchool) -> TestSchool:
    """Its plugin can write."""
    school.site.plugin_version = PLUGIN_FROM
    return school


def messages(session: Session) -> list[tuple[int, str, str]]:
    items = session.scalars(select(OutboxItem).where(OutboxItem.kind == MESSAGE).order_by(OutboxItem.id))
    return [(item.payload["moodle_user_id"], item.payload["key"], item.payload["text"]) for item in items]


def write(session: Session, school: TestSchool, round_id: int, days: int = 0) -> int:
    later = timedelta(days=days)
    return inviting.write_to_waiting(session, Jobs(), school.actor(), round_id, TODAY + later, NOW + later)


def test_who_waits_is_written_to_once_a_day_and_who_has_answered_is_not(session: Session, school: TestSchool) -> None:
    done, waits, gone, _other = school.teachers
    asked = make_round(session, school, [done, waits, gone], NOW, code="pulse")
    service.submit(
        session,
        BOX,
        school.actor(done),
        asked.id,
        version=1,
        revision=0,
        said=PULSE,
        listeners=Submitted(),
        today=TODAY,
        now=NOW,
    )
    gone.status = StaffStatus.LEFT
    session.flush()
    assert queries.count_unwritten(session, school.id, asked.id, TODAY) == 1
    assert [write(session, school, asked.id, days) for days in (0, 0, 1, 1)] == [1, 0, 1, 0]
    first, second = messages(session)
    key = f"survey:{asked.id}"
    assert [first[:2], second[:2]] == [
        (waits.moodle_user_id, f"{key}:2026-11-24"),
        (waits.moodle_user_id, f"{key}:2026-11-25"),
    ]
    assert first[2].startswith("Ответьте, пожалуйста, на\u00a0анкету «Как прошёл месяц» до\u00a08 декабря 2026")
    assert second[2].startswith("Анкета «Как прошёл месяц» ещё ждёт ваших ответов")


def test_a_round_that_is_over_writes_to_nobody(session: Session, school: TestSchool) -> None:
    asked = make_round(session, school, school.teachers[:1], NOW, days=1)
    with pytest.raises(errors.RoundClosed):
        write(session, school, asked.id, 2)
    assert messages(session) == []


def test_an_older_plugin_can_not_write(session: Session, school: TestSchool) -> None:
    asked = make_round(session, school, school.teachers[:1], NOW)
    school.site.plugin_version = "2026112200"
    session.flush()
    with pytest.raises(errors.MoodleCannotWrite):
        write(session, school, asked.id)
    assert queries.count_unwritten(session, school.id, asked.id, TODAY) == 1


def test_the_button_stands_on_the_rounds_page(
    sign_in: SignIn, csrf: Callable[[FlaskClient], str], session: Session, school: TestSchool, other_school: TestSchool
) -> None:
    asked = make_round(session, school, school.teachers[:2], NOW)
    foreign = make_round(session, other_school, other_school.teachers[:2], NOW)
    session.commit()
    client = sign_in(school, school.curator)
    data, path = {"csrf_token": csrf(client)}, f"/surveys/rounds/{asked.id}"
    assert "Написать в\u00a0Moodle: 2 человека" in client.get(path).text
    written = client.post(f"{path}/write", data=data)
    assert (written.status_code, written.location) == (303, f"{path}?done=survey_written")
    assert "Сегодня Moodle уже написал" in client.get(path).text
    rest = client.post(f"/api/v1{path}/write", headers={"X-CSRF-Token": data["csrf_token"]})
    assert (rest.status_code, rest.json, len(messages(session))) == (200, {"written": 0}, 2)
    assert client.post(f"/surveys/rounds/{foreign.id}/write", data=data).status_code == 404


def test_the_activity_ticks_itself_when_nothing_waits_any_more(
    sign_in: SignIn, csrf: Callable[[FlaskClient], str], session: Session, school: TestSchool
) -> None:
    teacher = school.teachers[0]
    rounds = [make_round(session, school, [teacher], NOW, code="pulse") for _ in range(2)]
    session.commit()
    client = sign_in(school, teacher)
    data = {"csrf_token": csrf(client), "version": "1", "revision": "0", "a.met": "no", "a.support": "no"}
    ticks = []
    for asked in rounds:
        assert client.post(f"/surveys/rounds/{asked.id}/answer", data=data).status_code == 303
        found = session.scalars(select(OutboxItem).where(OutboxItem.kind == COMPLETION)).all()
        ticks.append([item.payload for item in found])
    assert ticks == [[], [{"link_id": 1, "moodle_user_id": teacher.moodle_user_id, "done": True}]]
