"""Pages and REST of meetings: who may what, what is typed stays, whom the minutes reach."""

import csv
from collections.abc import Callable
from datetime import timedelta
from io import StringIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.holdings import Reading, Subject
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.meetings.enums import MeetingKind, MeetingState
from moodle_mentorship.meetings.models import Meeting, MeetingPerson
from moodle_mentorship.people.models import Person
from tests.conftest import NOW, SignIn
from tests.factories import BOX, TestSchool, grant, make_meeting, make_mentee, make_mentor

TODAY = NOW.date()
Csrf = Callable[[FlaskClient], str]


@pytest.fixture
def mentor(session: Session, school: TestSchool) -> Person:
    make_mentor(session, school.teachers[0], NOW)
    return school.teachers[0]


@pytest.fixture
def mentee(session: Session, school: TestSchool) -> Person:
    make_mentee(session, school.teachers[1], NOW)
    return school.teachers[1]


def text_of(client: FlaskClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.get_data(as_text=True)


def test_the_minutes_reach_who_is_invited_and_nobody_else(
    session: Session, school: TestSchool, other_school: TestSchool, sign_in: SignIn, mentor: Person, mentee: Person
) -> None:
    grant(session, school.teachers[2], Role.PSYCHOLOGIST, NOW)
    held = make_meeting(session, school, [mentor], TODAY - timedelta(days=1), NOW, state=MeetingState.HELD)
    foreign = make_meeting(session, other_school, other_school.teachers[:1], TODAY, NOW, state=MeetingState.HELD)
    session.commit()
    secret, page, own = "Решили посещать уроки", f"/meetings/{held.id}", f"/meetings/mine/{held.id}"
    for person, theirs, curators in (
        (mentor, 200, 403),
        (mentee, 404, 403),
        (school.teachers[2], 404, 403),
        (school.director, 404, 200),
        (school.curator, 404, 200),
    ):
        client = sign_in(school, person)
        found = {address: client.get(address) for address in (page, own, f"/api/v1{page}")}
        statuses = [found[address].status_code for address in (own, page, f"/api/v1{page}")]
        assert statuses == [theirs, curators, curators], person.full_name
        for address, answer in found.items():
            said = (answer.get_json() or {}).get("minutes", "") if answer.is_json else answer.get_data(as_text=True)
            assert (secret in said) is (answer.status_code == 200), address
        for address in (f"/meetings/{foreign.id}", f"/meetings/mine/{foreign.id}", f"/api/v1/meetings/{foreign.id}"):
            assert client.get(address).status_code in (403, 404)
    director = sign_in(school, school.director)
    assert "<form" not in text_of(director, page).partition("<main")[2]
    assert "Назначить" not in text_of(director, "/meetings/")


def test_a_meeting_from_the_call_to_its_minutes(
    session: Session, school: TestSchool, sign_in: SignIn, csrf: Csrf, mentor: Person, mentee: Person
) -> None:
    curator = sign_in(school, school.curator)
    token = csrf(curator)
    assert "Встреч пока нет" in text_of(curator, "/meetings/")
    said = {"csrf_token": token, "kind": "exchange", "theme": "Похвала", "day": "вчера", "starts_at": "25:00"}
    refused = curator.post("/meetings/new", data=said | {"audience": "banks", "place": "Кабинет 12"})
    page = refused.get_data(as_text=True)
    assert refused.status_code == 422
    assert 'value="Похвала"' in page
    assert 'value="Кабинет 12"' in page
    assert "15:30" in page
    said |= {"day": TODAY.isoformat(), "starts_at": "15:30", "audience": "banks"}
    first, second = (curator.post("/meetings/new", data=said) for _click in range(2))
    assert first.status_code == second.status_code == 303
    meeting = session.scalars(select(Meeting).where(Meeting.school_id == school.id)).one()
    assert "Отметьте, кто был на\u00a0встрече «Похвала»" in text_of(curator, "/")
    assert "Встреча: Похвала" in text_of(sign_in(school, mentor), "/")
    # What was typed stays when it is refused, and when everybody is ticked by the button.
    address = f"/meetings/{meeting.id}/hold"
    typed = {"csrf_token": token, "minutes": "Договорились хвалить", "revision": "0"}
    nobody = curator.post(address, data=typed)
    assert nobody.status_code == 422
    assert "Договорились хвалить" in nobody.get_data(as_text=True)
    everybody = curator.post(address, data=typed | {"all": "1"}).get_data(as_text=True)
    assert everybody.count("checked") == 2
    assert "Договорились хвалить" in everybody
    assert curator.post(address, data=typed | {"present": [str(mentor.id)]}).status_code == 303
    late = curator.post(address, data=typed | {"present": [str(mentee.id)]})
    assert late.status_code == 409
    assert "изменил другой куратор" in late.get_data(as_text=True)
    assert "1 из\u00a02" in text_of(curator, f"/meetings/{meeting.id}")
    assert "вы были" in text_of(sign_in(school, mentor), "/meetings/mine")
    assert "вас не\u00a0было" in text_of(sign_in(school, mentee), "/meetings/mine")
    assert "кто был" not in text_of(curator, "/").partition("<main")[2]
    rows = list(csv.reader(StringIO(text_of(curator, "/meetings/export.csv").lstrip("\ufeff")), delimiter=";"))
    assert rows[1][1:] == ["Похвала", "24.11.2026", "15:30", "", "состоялась", "2", "1", ""]
    listed = curator.get("/api/v1/meetings").get_json()["rows"]
    assert [(row["theme"], row["state"], row["invited"], row["present"]) for row in listed] == [
        ("Похвала", "held", 2, 1)
    ]


def test_people_are_added_and_taken_away(
    session: Session, school: TestSchool, sign_in: SignIn, csrf: Csrf, mentor: Person
) -> None:
    meeting = make_meeting(session, school, [mentor], TODAY + timedelta(days=3), NOW)
    session.commit()
    curator = sign_in(school, school.curator)
    token = csrf(curator)
    guest = school.teachers[3]
    found = text_of(curator, f"/meetings/{meeting.id}/people?search={guest.last_name}")
    assert guest.full_name in found
    assert mentor.full_name not in found.partition("<main")[2]
    sent = {"csrf_token": token, "person_id": str(guest.id)}
    assert curator.post(f"/meetings/{meeting.id}/invite", data=sent).status_code == 303
    assert guest.full_name in text_of(curator, f"/meetings/{meeting.id}")
    assert curator.post(f"/meetings/{meeting.id}/take-away", data=sent).status_code == 303
    assert guest.full_name not in text_of(curator, f"/meetings/{meeting.id}")
    assert sign_in(school, guest).get(f"/meetings/mine/{meeting.id}").status_code == 404


def test_a_cancelled_meeting_says_why(
    session: Session, school: TestSchool, sign_in: SignIn, csrf: Csrf, mentor: Person
) -> None:
    meeting = make_meeting(session, school, [mentor], TODAY + timedelta(days=3), NOW, MeetingKind.CLOSING)
    session.commit()
    curator = sign_in(school, school.curator)
    token = csrf(curator)
    assert curator.post(f"/meetings/{meeting.id}/cancel", data={"csrf_token": token, "why": " "}).status_code == 422
    assert (
        curator.post(f"/meetings/{meeting.id}/cancel", data={"csrf_token": token, "why": "Карантин"}).status_code == 303
    )
    own = sign_in(school, mentor)
    assert "Карантин" in text_of(own, f"/meetings/mine/{meeting.id}")
    assert "Встреча:" not in text_of(own, "/")


def test_what_is_known_of_a_person_is_told_and_erased(
    session: Session, school: TestSchool, runtime: Runtime, app: Flask, mentor: Person, mentee: Person
) -> None:
    meeting = make_meeting(session, school, [mentor, mentee], TODAY, NOW, state=MeetingState.HELD)
    subject = Subject(school.id, mentor.id, mentor.moodle_user_id)
    (held,) = [one for one in runtime.holdings.held if one.model is MeetingPerson]
    (row,) = runtime.holdings.rows(session, held, subject)
    assert held.told is not None
    with app.test_request_context():
        facts = {fact.code: fact.value for fact in held.told(row, Reading(session, BOX, subject, "Europe/Moscow"))}
    assert (facts["theme"], facts["day"], facts["present"]) == ("Обмен опытом", TODAY, True)
    runtime.holdings.erase(session, school.actor(), subject, NOW, employed=True)
    left = session.scalars(select(MeetingPerson.person_id).where(MeetingPerson.meeting_id == meeting.id)).all()
    assert left == [mentee.id]
