"""Pages and REST of the room: empty, taken, a line with its marks, versions, files, roles, another school."""

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.roadmap import service
from moodle_mentorship.roadmap.models import Line, Tick
from tests.conftest import NOW, SignIn
from tests.factories import TestSchool, make_mentor

Csrf = Callable[[FlaskClient], str]

FORM = {
    "stage": "5",
    "content": "Школа наставника",
    "timing": "period",
    "starts_on": "2026-11-01",
    "ends_on": "2026-12-10",
    "responsible": "words",
    "responsible_words": "руководители методических объединений",
    "product": "Материалы",
    "evidence": "banks.mentees",
}


@pytest.fixture
def curator(sign_in: SignIn, school: TestSchool) -> FlaskClient:
    return sign_in(school, school.curator)


@pytest.fixture
def taken(session: Session, school: TestSchool) -> list[Line]:
    service.take_ready(session, school.actor(), NOW)
    session.commit()
    return list(session.scalars(select(Line).where(Line.school_id == school.id).order_by(Line.id)))


def test_an_empty_year_offers_the_ready_made_one(
    curator: FlaskClient, sign_in: SignIn, school: TestSchool, csrf: Csrf
) -> None:
    token = csrf(curator)
    assert "Взять готовую карту" in curator.get("/road-map/").text
    assert "Взять готовую карту" not in sign_in(school, school.director).get("/road-map/").text
    assert curator.post("/road-map/take", data={"csrf_token": token}).location == "/road-map/?done=map_taken"
    assert curator.post("/road-map/take", data={"csrf_token": token}).status_code == 409
    page = curator.get("/road-map/").text
    assert "Формирование банка наставляемых" in page
    assert page.count("<circle") == 7
    assert "проект, ещё не утверждён" in page


def test_lines_are_found_by_how_they_stand(curator: FlaskClient, taken: list[Line]) -> None:
    late, coming = curator.get("/road-map/?show=late").text, curator.get("/road-map/?show=next").text
    assert ("Сбор информации" in late, "Сбор информации" in coming) == (True, False)
    assert "Психолог" in coming
    assert "Таких пунктов нет" in curator.get("/road-map/?show=done").text
    assert curator.get("/road-map/?show=nonsense").status_code == 200
    assert curator.get("/road-map/?year=2020").status_code == 404


def test_a_line_is_written_by_its_form_and_nothing_typed_is_lost(
    curator: FlaskClient, csrf: Csrf, session: Session, school: TestSchool, taken: list[Line]
) -> None:
    token = csrf(curator)
    wrong = curator.post("/road-map/lines/new", data=FORM | {"ends_on": "2026-10-01", "csrf_token": token})
    assert wrong.status_code == 422
    assert 'href="#f-ends_on"' in wrong.text
    assert "руководители методических объединений" in wrong.text
    assert 'value="banks.mentees" checked' in wrong.text
    for missing, field in (({"responsible_words": ""}, "responsible_words"), ({"content": " "}, "content")):
        answer = curator.post("/road-map/lines/new", data=FORM | missing | {"csrf_token": token})
        assert (answer.status_code, f'href="#f-{field}"' in answer.text) == (422, True)
    assert curator.post("/road-map/lines/new", data=FORM | {"csrf_token": token}).status_code == 303
    line = session.scalars(select(Line).where(Line.content == "Школа наставника")).one()
    form = curator.get(f"/road-map/lines/{line.id}/edit").text
    assert "Школа наставника" in form
    assert 'value="words" selected' in form
    saved = curator.post(
        f"/road-map/lines/{line.id}/edit", data=FORM | {"responsible": "role:clerk", "csrf_token": token}
    )
    assert saved.status_code == 303
    session.expire_all()
    assert (line.responsible_role, line.responsible_words) == ("clerk", None)
    assert curator.post(f"/road-map/lines/{line.id}/move", data={"where": "up", "csrf_token": token}).status_code == 303
    assert curator.post(f"/road-map/lines/{line.id}/remove", data={"csrf_token": token}).status_code == 303
    assert curator.get(f"/road-map/lines/{line.id}").status_code == 404


def test_a_mark_with_its_proof_and_taken_back(
    curator: FlaskClient, csrf: Csrf, session: Session, taken: list[Line]
) -> None:
    token, line = csrf(curator), taken[1]
    said = {"done_on": "2026-09-14", "note": "Протокол № 1", "link": "javascript:alert(1)", "csrf_token": token}
    wrong = curator.post(f"/road-map/lines/{line.id}/mark", data=said)
    assert (wrong.status_code, 'href="#f-link"' in wrong.text, "Протокол № 1" in wrong.text) == (422, True, True)
    said["link"] = "https://school.example/protocol"
    assert curator.post(f"/road-map/lines/{line.id}/mark", data=said).status_code == 303
    page = curator.get(f"/road-map/lines/{line.id}").text
    assert "Протокол № 1" in page
    assert 'href="https://school.example/protocol"' in page
    assert curator.post(f"/road-map/lines/{line.id}/mark", data=said | {"note": "2"}).status_code == 409
    assert (
        curator.post(f"/road-map/lines/{line.id}/take-back", data={"part": "0", "csrf_token": token}).status_code == 303
    )
    assert session.scalars(select(Tick)).all() == []


def test_versions_show_what_changed(curator: FlaskClient, csrf: Csrf, taken: list[Line]) -> None:
    token = csrf(curator)
    future = {"order_date": "2027-01-01", "order_number": "118-ОД", "csrf_token": token}
    assert curator.post("/road-map/versions", data=future).status_code == 422
    order = future | {"order_date": "2026-09-10"}
    assert curator.post("/road-map/versions", data=order).location == "/road-map/versions?done=map_approved"
    assert "Всё утверждено" in curator.get("/road-map/versions").text
    curator.post(f"/road-map/lines/{taken[4].id}/edit", data=FORM | {"stage": "1", "csrf_token": token})
    page = curator.get("/road-map/versions").text
    assert "<del>Подготовка шаблона персонализированной программы наставничества</del>" in page
    curator.post("/road-map/versions", data=order | {"order_number": "130-ОД"})
    links = re.findall(r'href="(/road-map/versions/\d+)"', curator.get("/road-map/versions").text)
    assert len(links) == 2
    assert "Что изменено в редакции 1" in curator.get(links[0]).text


def test_today_of_the_responsible_and_of_nobody_else(
    sign_in: SignIn, school: TestSchool, other_school: TestSchool, curator: FlaskClient, taken: list[Line]
) -> None:
    home = curator.get("/").text
    assert "пунктов дорожной карты" in home
    assert 'href="/road-map/?show=late"' in home
    assert "дорожной карты" in sign_in(school, school.director).get("/").text
    assert "дорожной карты" not in sign_in(other_school, other_school.curator).get("/").text


def test_the_year_stands_on_the_first_page_of_who_looks_after_it(
    sign_in: SignIn,
    session: Session,
    school: TestSchool,
    other_school: TestSchool,
    runtime: Runtime,
    curator: FlaskClient,
    taken: list[Line],
) -> None:
    read: list[str] = []
    engine = runtime.db.session().get_bind().engine

    def note(*said: object) -> None:
        read.extend(re.findall(r"FROM (road_map\w*)", str(said[2])))

    event.listen(engine, "before_cursor_execute", note)
    home = curator.get("/").text
    event.remove(engine, "before_cursor_execute", note)
    # The tasks and the drawing read the lines once.
    assert sorted(read) == ["road_map", "road_map_line", "road_map_tick"]
    assert home.count("<circle") == 7
    assert 'href="/road-map/"' in home.partition("<main")[2]
    assert sign_in(school, school.director).get("/").text.count("<circle") == 7
    make_mentor(session, school.teachers[0], NOW)
    session.commit()
    assert "<circle" not in sign_in(school, school.teachers[0]).get("/").text
    assert "<circle" not in sign_in(other_school, other_school.curator).get("/").text


def test_the_list_as_a_file(curator: FlaskClient, taken: list[Line]) -> None:
    assert "Формирование банка наставников" in curator.get("/road-map/export.csv").text
    assert curator.get("/road-map/export.xlsx").data[:2] == b"PK"


def test_rest_reads_and_marks(
    curator: FlaskClient, csrf: Csrf, sign_in: SignIn, other_school: TestSchool, taken: list[Line]
) -> None:
    token = {"X-CSRF-Token": csrf(curator)}
    read = curator.get("/api/v1/road-map").get_json()
    assert (read["version"], len(read["lines"]), read["lines"][0]["number"]) == (None, 20, "1.1")
    line = f"/api/v1/road-map/lines/{taken[1].id}"
    assert curator.post(f"{line}/mark", json={"done_on": "2026-09-14"}, headers=token).status_code == 200
    marked = curator.get("/api/v1/road-map").get_json()["lines"][1]
    assert (marked["standing"], marked["marks"][0]["how"]) == ("done", "by_hand")
    assert curator.post(f"{line}/take-back", json={"part": 0}, headers=token).status_code == 204
    stranger = sign_in(other_school, other_school.curator)
    foreign = {"X-CSRF-Token": csrf(stranger)}
    assert stranger.get("/api/v1/road-map").status_code == 404
    assert stranger.post("/api/v1/road-map", headers=foreign).status_code == 201
    assert stranger.post(f"{line}/mark", json={"done_on": "2026-09-14"}, headers=foreign).status_code == 404
