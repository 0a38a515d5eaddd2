"""Reminding of papers: one message to each who lacks one, with all that they lack; never twice a day; its pages."""

from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from moodle_mentorship.consents import service
from moodle_mentorship.consents.errors import NobodyToRemind
from moodle_mentorship.consents.models import Reminder
from moodle_mentorship.consents.needs import Needs
from moodle_mentorship.consents.views import NEEDS
from moodle_mentorship.core.actor import Actor
from moodle_mentorship.core.audit import AuditEvent
from moodle_mentorship.core.db import Database
from moodle_mentorship.core.jobs import Jobs
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.moodle.errors import MoodleCannotWrite
from moodle_mentorship.moodle.models import OutboxItem
from moodle_mentorship.moodle.to_people import MESSAGE, PLUGIN_FROM
from moodle_mentorship.people.enums import StaffStatus
from moodle_mentorship.people.models import Person
from tests.conftest import NOW, SignIn
from tests.factories import TestSchool, make_consent, make_mentee, make_mentor, make_person, make_school

TODAY = NOW.date()
Csrf = Callable[[FlaskClient], str]


@pytest.fixture
def school(school: TestSchool, session: Session) -> TestSchool:
    """Its plugin can write; two in the bank of mentees, one in that of mentors."""
    school.site.plugin_version = PLUGIN_FROM
    make_mentee(session, school.teachers[0], NOW)
    make_mentee(session, school.teachers[1], NOW)
    make_mentor(session, school.teachers[2], NOW)
    session.commit()
    return school


@pytest.fixture
def needs(app: Flask) -> Needs:
    registry: Needs = app.extensions[NEEDS]
    return registry


def messages(session: Session) -> dict[int, str]:
    """Texts by the reader's number in Moodle; a second message to the same reader is a fault."""
    found: dict[int, str] = {}
    for item in session.scalars(select(OutboxItem).where(OutboxItem.kind == MESSAGE).order_by(OutboxItem.id)):
        assert item.payload["moodle_user_id"] not in found
        found[item.payload["moodle_user_id"]] = item.payload["text"].replace("\N{NO-BREAK SPACE}", " ")
    return found


def remind(session: Session, needs: Needs, school: TestSchool, people: list[Person], days: int = 0) -> int:
    later = timedelta(days=days)
    ids = [person.id for person in people]
    return service.remind(session, Jobs(), needs, school.actor(), ids, TODAY + later, NOW + later)


def test_a_message_names_every_paper_that_its_reader_lacks_and_to_whom_to_bring_it(
    session: Session, needs: Needs, school: TestSchool
) -> None:
    mentee, _other, mentor, nobody = school.teachers
    assert remind(session, needs, school, [mentee, mentor, nobody]) == 2
    found = messages(session)
    assert set(found) == {mentee.moodle_user_id, mentor.moodle_user_id}
    assert "— Обработка данных наставляемого" in found[mentee.moodle_user_id]
    assert "— Работа наставником" not in found[mentee.moodle_user_id]
    assert "— Обработка данных наставника\n— Работа наставником" in found[mentor.moodle_user_id]
    assert f"передайте: {school.curator.full_name}" in found[mentor.moodle_user_id]
    told = session.scalars(select(AuditEvent).where(AuditEvent.action == "consent.remind")).one()
    assert (told.details, told.object_id) == ({"written": 2}, None)


def test_never_twice_a_day_and_not_who_has_signed_or_left(session: Session, needs: Needs, school: TestSchool) -> None:
    signed, left, waits, _other = school.teachers
    make_consent(session, signed, NOW)
    left.status = StaffStatus.LEFT
    session.commit()
    assert remind(session, needs, school, [signed, left, waits]) == 1
    with pytest.raises(NobodyToRemind):
        remind(session, needs, school, [signed, left, waits])
    assert set(messages(session)) == {waits.moodle_user_id}
    assert remind(session, needs, school, [signed, left, waits], days=1) == 1
    assert session.scalars(select(Reminder)).one().written_on == TODAY + timedelta(days=1)


def test_nobody_of_another_school_is_written_to(
    session: Session, needs: Needs, school: TestSchool, other_school: TestSchool
) -> None:
    other_school.site.plugin_version = PLUGIN_FROM
    make_mentee(session, other_school.teachers[0], NOW)
    session.commit()
    with pytest.raises(NobodyToRemind):
        remind(session, needs, school, [other_school.teachers[0]])
    assert messages(session) == {}


def test_a_moodle_that_can_not_write(session: Session, needs: Needs, school: TestSchool) -> None:
    school.site.plugin_version = "2026112200"
    session.commit()
    with pytest.raises(MoodleCannotWrite):
        remind(session, needs, school, school.teachers)
    assert session.scalars(select(Reminder)).all() == []


def test_two_at_the_same_moment_write_once(fresh_url: str, runtime: Runtime, needs: Needs) -> None:
    database = Database(fresh_url)
    with database.unit_of_work() as session:
        school = make_school(session, "Гимназия № 5", issuer="https://moodle.example", now=NOW)
        school.site.plugin_version = PLUGIN_FROM
        make_mentee(session, school.teachers[0], NOW)
        person_id, curator = school.teachers[0].id, school.actor()
    ready, answers = Barrier(2), []

    def click(actor: Actor) -> None:
        ready.wait(10)
        try:
            with database.unit_of_work() as session:
                answers.append(service.remind(session, Jobs(), needs, actor, [person_id], TODAY, NOW))
        except NobodyToRemind:
            answers.append(0)

    clicks = [Thread(target=click, args=(curator,)) for _number in range(2)]
    for each in clicks:
        each.start()
    for each in clicks:
        each.join(20)
    assert sorted(answers) == [0, 1]
    with database.unit_of_work() as session:
        assert len(messages(session)) == 1
    database.engine.dispose()


def test_one_or_all_of_the_list_are_reminded_on_its_page(
    sign_in: SignIn, csrf: Csrf, session: Session, school: TestSchool
) -> None:
    first, second, _mentor, _other = school.teachers
    client = sign_in(school, school.curator)
    page = "/consents/missing?document=processing_mentee"
    sent: dict[str, Any] = {"csrf_token": csrf(client), "back": page}
    one = client.post("/consents/remind", data=sent | {"person_ids": str(first.id)})
    assert (one.status_code, one.location) == (303, f"{page}&done=consent_reminded")
    shown = client.get(page).text.replace("\N{NO-BREAK SPACE}", " ")
    assert shown.count("напомнили 24 ноября") == 1
    assert f'name="person_ids" value="{second.id}"' in shown
    assert f'name="person_ids" value="{first.id}"' not in shown
    listed = sent | {"document": "processing_mentee", "count": "paper", "q": ""}
    assert client.post("/consents/missing/remind", data=listed).status_code == 303
    assert set(messages(session)) == {first.moodle_user_id, second.moodle_user_id}
    again = client.post("/consents/missing/remind", data=listed)
    assert (again.status_code, "Напоминать некому" in again.text) == (409, True)


def test_all_of_a_long_list_are_reminded(
    sign_in: SignIn, csrf: Csrf, session: Session, school: TestSchool, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As many rounds as it takes.
    monkeypatch.setattr("moodle_mentorship.consents.service.reminding.PORTION", 2)
    more = [make_person(session, school.id, 400 + number, f"Цой {number}", now=NOW) for number in range(3)]
    for person in more:
        make_mentee(session, person, NOW)
    session.commit()
    client = sign_in(school, school.curator)
    sent = {"csrf_token": csrf(client), "document": "processing_mentee", "count": "paper", "q": ""}
    assert client.post("/consents/missing/remind", data=sent).status_code == 303
    assert set(messages(session)) == {person.moodle_user_id for person in (*school.teachers[:2], *more)}
    told = session.scalars(select(AuditEvent).where(AuditEvent.action == "consent.remind")).one()
    assert told.details == {"written": 5}


def test_the_same_over_rest(sign_in: SignIn, csrf: Csrf, session: Session, school: TestSchool) -> None:
    client = sign_in(school, school.curator)
    sent = {"headers": {"X-CSRF-Token": csrf(client)}, "json": {"person_ids": [each.id for each in school.teachers]}}
    assert client.post("/api/v1/consents/remind", **sent).get_json() == {"written": 3}
    assert client.post("/api/v1/consents/remind", **sent).status_code == 409
    assert client.post("/api/v1/consents/remind", **sent | {"json": {"person_ids": []}}).status_code == 422
