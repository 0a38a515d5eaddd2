"""«Мои данные»: all of mine and nothing of others'; who looked is told."""

import io
import json
from datetime import timedelta

import pytest
from docx import Document
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from benchmarks.pages import counted
from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.audit import record
from moodle_mentorship.core.clock import FixedClock
from moodle_mentorship.core.holdings import table_of
from moodle_mentorship.core.looks import KEPT, MERGED, Look
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.lti.models import Launch
from moodle_mentorship.personal_data.jobs import forget_looks
from tests.conftest import NOW, SignIn
from tests.factories import TestSchool, grant, make_launch, make_mentee, make_mentor, make_person
from tests.personal_data.conftest import Answers


def test_a_person_sees_all_that_is_held_about_them(
    session: Session, school: TestSchool, sign_in: SignIn, answers: Answers
) -> None:
    me = school.teachers[0]
    make_mentee(session, me, NOW)
    answers(me)
    page = sign_in(school, me).get("/my-data/").get_data(as_text=True)
    for told in ("Белова", "Последние уроки в 7 «В»", "Не с соседом по кабинету", "ждёт наставника", "на бумаге"):
        assert told in page
    assert "Зайцев" not in page


def test_the_file_and_rest_tell_the_same(
    session: Session, school: TestSchool, sign_in: SignIn, answers: Answers
) -> None:
    me = school.teachers[0]
    answers(me)
    client = sign_in(school, me)
    file = client.get("/my-data/data.json")
    assert "attachment" in file.headers["Content-Disposition"]
    told = json.loads(file.data)
    assert told == client.get("/api/v1/me/data").get_json()
    [row] = next(section for section in told["sections"] if section["code"] == "survey_response")["records"]
    facts = {fact["code"]: fact["value"] for fact in row}
    assert facts["answer.vetoes"] == "Не с соседом по кабинету"
    assert facts["answer.levels"] == {"discipline": 3}
    assert facts["submitted_at"] == NOW.isoformat()


def test_the_word_document_reads_well(session: Session, school: TestSchool, sign_in: SignIn, answers: Answers) -> None:
    me = school.teachers[0]
    answers(me)
    sign_in(school, school.curator).get(f"/banks/{me.id}")
    file = sign_in(school, me).get("/my-data/data.docx")
    lines = [paragraph.text for paragraph in Document(io.BytesIO(file.data)).paragraphs]
    assert lines[0] == "Мои данные"
    assert any(line.startswith("Белова Марина Павловна · Лицей № 7") for line in lines)
    assert "Список сотрудников" in lines
    assert "Фамилия: Белова" in lines
    assert any(line.endswith("Последние уроки в 7 «В»") for line in lines)
    assert any(line.endswith("— вашу карточку с\u00a0ответами") for line in lines)
    assert not any("{" in line for line in lines)


def test_what_others_said_in_confidence_shows_nowhere(
    session: Session, school: TestSchool, sign_in: SignIn, answers: Answers
) -> None:
    """Neither the words, nor that there are any: with and without them every number is the same."""
    me, other = school.teachers[0], school.teachers[1]
    make_mentor(session, me, NOW)
    session.commit()
    client = sign_in(school, me)
    client.get("/my-data/")

    def seen() -> tuple[str, str]:
        return client.get("/my-data/").get_data(as_text=True), client.get("/my-data/data.json").get_data(as_text=True)

    before = seen()
    answers(other, vetoes="Только не Белова Марина Павловна")
    assert seen() == before


def test_another_school_is_not_told(
    session: Session, school: TestSchool, other_school: TestSchool, sign_in: SignIn, answers: Answers
) -> None:
    answers(school.teachers[0])
    sign_in(school, school.curator).get(f"/banks/{school.teachers[0].id}")
    stranger = other_school.teachers[0]
    page = sign_in(other_school, stranger).get("/my-data/").get_data(as_text=True)
    assert "7 «В»" not in page
    assert "Соколова" not in page


def test_an_administrator_outside_of_the_directory_has_nothing_here(school: TestSchool, sign_in: SignIn) -> None:
    client = sign_in(school, site_administrator=True)
    assert "Вас нет в\u00a0списке сотрудников" in client.get("/my-data/").get_data(as_text=True)
    assert client.get("/api/v1/me/data").get_json()["sections"] == []


def _looks(session: Session) -> list[tuple[str, int | None, int]]:
    session.expire_all()
    rows = session.scalars(select(Look).order_by(Look.id))
    return [(look.what, look.person_id, look.times) for look in rows]


def test_looking_leaves_a_trace(
    session: Session, school: TestSchool, sign_in: SignIn, answers: Answers, clock: FixedClock
) -> None:
    me = school.teachers[0]
    asked = answers(me)
    client = sign_in(school, school.curator)
    session.refresh(me)
    scan = client.get(f"/api/v1/staff/{me.id}/consents").get_json()[0]["id"]
    for address in (f"/banks/{me.id}", f"/surveys/rounds/{asked.id}/people/{me.id}", f"/consents/{scan}/scan"):
        assert client.get(address).status_code == 200
        assert client.get(address).status_code == 200
    assert client.get("/staff/export.csv").status_code == 200
    assert _looks(session) == [
        ("card", me.id, 2),
        ("answers", me.id, 2),
        ("scan", me.id, 2),
        ("people.export", None, 1),
    ]
    clock.move_to(NOW + MERGED)
    client.get(f"/banks/{me.id}")
    assert _looks(session)[-1] == ("card", me.id, 1)
    page = sign_in(school, me).get("/my-data/").get_data(as_text=True)
    assert "Соколова\u00a0Е.\u00a0В." in page
    assert "скан подписанного вами документа" in page
    assert "список сотрудников, файлом" in page


def test_a_card_without_answers_and_one_s_own_leave_none(
    session: Session, school: TestSchool, sign_in: SignIn, answers: Answers
) -> None:
    client = sign_in(school, school.curator)
    client.get(f"/banks/{school.teachers[1].id}")
    answers(school.curator)
    client.get(f"/banks/{school.curator.id}")
    client.get("/my-data/")
    assert _looks(session) == []


def test_looks_are_forgotten_after_a_year(
    runtime: Runtime, session: Session, school: TestSchool, clock: FixedClock
) -> None:
    for days in (0, 10):
        session.add(
            Look(
                school_id=school.id,
                reader_id=school.curator.id,
                person_id=school.teachers[0].id,
                what="card",
                began_at=NOW + timedelta(days=days),
                last_at=NOW,
            )
        )
    session.commit()
    clock.move_to(NOW + KEPT + timedelta(days=1))
    forget_looks(runtime)
    assert len(_looks(session)) == 1


def test_ten_years_need_as_many_statements_as_a_day(
    session: Session, school: TestSchool, sign_in: SignIn, answers: Answers
) -> None:
    me = school.teachers[0]
    answers(me)
    client = sign_in(school, me)
    client.get("/my-data/")
    with counted() as few:
        short = client.get("/my-data/").get_data(as_text=True)
    for _ in range(2000):
        make_launch(session, school, me, now=NOW)
        record(session, school.actor(), "person.edit", "person", me.id, NOW)
    session.commit()
    with counted() as many:
        page = client.get("/my-data/").get_data(as_text=True)
    assert len(few) == len(many)
    assert len(page) < 3 * len(short)
    assert "20+" in page
    told = client.get("/api/v1/me/data").get_json()
    launches = next(section for section in told["sections"] if section["code"] == "launch")["records"]
    assert len(launches) == len(session.scalars(select(Launch.id).where(Launch.person_id == me.id)).all())


def test_files_are_taken_not_too_often(school: TestSchool, sign_in: SignIn) -> None:
    client, other = sign_in(school, school.teachers[0]), sign_in(school, school.teachers[1])
    codes = [client.get("/my-data/data.json").status_code for _ in range(13)]
    assert codes == [200] * 12 + [429]
    assert other.get("/my-data/data.json").status_code == 200


@pytest.mark.parametrize("role", [None, Role.CLERK])
def test_everybody_finds_the_way(session: Session, school: TestSchool, sign_in: SignIn, role: Role | None) -> None:
    person = make_person(session, school.id, 77, "Абрамова Галина Львовна", now=NOW)
    if role is not None:
        grant(session, person, role, NOW)
    session.commit()
    client: FlaskClient = sign_in(school, person)
    assert 'href="/my-data/"' in client.get("/my-data/").get_data(as_text=True)
    assert 'href="/participation/"' in client.get("/my-data/").get_data(as_text=True)


def test_every_section_is_told_in_words(runtime: Runtime, app: object) -> None:
    """A holding that shows nothing is one that the page tells in another way."""
    silent = {table_of(one).name for one in runtime.holdings.held if one.told is None}
    assert silent == {"look", "board_mark", "board_draft", "order_pair", "agreement_pair"}
