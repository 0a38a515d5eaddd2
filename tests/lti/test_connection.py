"""The administrator's page «Подключение»: what it shows, an invitation, the first curator."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from moodle_mentorship.core.actor import Role
from moodle_mentorship.lti import queries, service
from moodle_mentorship.lti.models import Invitation
from moodle_mentorship.moodle.models import WebhookDelivery
from moodle_mentorship.people.models import RoleGrant
from tests.conftest import NOW, SignIn
from tests.factories import TestSchool, make_person

Csrf = Callable[[FlaskClient], str]


@pytest.fixture
def administrator(sign_in: SignIn, school: TestSchool, other_school: TestSchool) -> FlaskClient:
    return sign_in(school, site_administrator=True)


@pytest.fixture
def without_curator(session: Session, school: TestSchool) -> TestSchool:
    session.execute(delete(RoleGrant).where(RoleGrant.school_id == school.id, RoleGrant.role == Role.CURATOR))
    session.commit()
    return school


def test_it_shows_the_school_s_own_connection(
    session: Session, school: TestSchool, other_school: TestSchool, administrator: FlaskClient
) -> None:
    school.site.warnings = ["curl_security_blocks_sidecar", "something_new"]
    session.add(WebhookDelivery(school_id=school.id, delivery="1", received_at=NOW))
    session.commit()
    page = administrator.get("/connection").text
    for shown in (
        "https://moodle.example",
        "4.5.6",
        "2026112200",
        "Педагоги",
        "https://moodle.example/course/view.php?id=2",
        "Защита HTTP",
        "something_new",
        "24\u00a0ноября, 12:00",
        "Соколова Елена Викторовна",
    ):
        assert shown in page
    for hidden in ("moodle.other", "Гимназия", "token-of", "5e5e"):
        assert hidden not in page


def test_a_switched_off_registration_is_shown_as_one(
    session: Session, school: TestSchool, administrator: FlaskClient
) -> None:
    assert "выключена" not in administrator.get("/connection").text
    school.platform.disabled_at = NOW
    session.commit()
    assert "выключена" in administrator.get("/connection").text


def test_a_school_without_site_or_registration(
    session: Session, school: TestSchool, administrator: FlaskClient
) -> None:
    session.delete(school.site)
    session.commit()
    page = administrator.get("/connection")
    assert page.status_code == 200
    assert "Плагин ещё не\u00a0подключён" in page.text


def test_an_invitation_is_shown_once(
    session: Session, school: TestSchool, administrator: FlaskClient, csrf: Csrf
) -> None:
    answer = administrator.post("/connection/invitation", data={"csrf_token": csrf(administrator)})
    assert answer.status_code == 200
    command = answer.text.split("<code>php ")[1].split("</code>")[0]
    prefix, code = command.split(" --invitation=")
    assert prefix == "local/mentorship/cli/connect.php --sidecar=https://mentor.example"
    assert service.invited_school(session, code, NOW).id == school.id
    assert code not in administrator.get("/connection").text


def test_an_invitation_needs_the_page_s_own_form(session: Session, administrator: FlaskClient) -> None:
    assert administrator.post("/connection/invitation").status_code == 403
    assert session.scalar(select(func.count()).select_from(Invitation)) == 0


def grants(session: Session, school_id: int) -> list[int]:
    query = select(RoleGrant.person_id).where(RoleGrant.school_id == school_id, RoleGrant.role == Role.CURATOR)
    return list(session.scalars(query))


def test_the_first_curator_is_confirmed(
    session: Session, without_curator: TestSchool, administrator: FlaskClient, csrf: Csrf
) -> None:
    found = administrator.get("/connection", query_string={"q": "зайц"}).text
    assert "Зайцев Павел Андреевич" in found
    assert "Белова" not in found
    chosen = without_curator.teachers[1]
    form = {"csrf_token": csrf(administrator), "person_id": chosen.id}
    answer = administrator.post("/connection/curator", data=form)
    assert (answer.status_code, answer.location) == (303, "/connection?done=curator_confirmed")
    assert grants(session, without_curator.id) == [chosen.id]
    page = administrator.get(answer.location).text
    assert "Куратор подтверждён" in page
    assert "Подтвердить куратором" not in page


@pytest.mark.parametrize("search", ["зайцев", "Павел Зайцев", "андреевич зайцев", "Зайцев П. А."])
def test_a_candidate_is_found_by_words_in_any_order(
    session: Session, without_curator: TestSchool, other_school: TestSchool, search: str
) -> None:
    found = queries.candidates(session, without_curator.id, search)
    assert [person.id for person in found] == [without_curator.teachers[1].id]


def test_only_the_first_curator_is_an_administrators_to_confirm(
    session: Session, school: TestSchool, administrator: FlaskClient, csrf: Csrf
) -> None:
    form = {"csrf_token": csrf(administrator), "person_id": school.teachers[0].id}
    answer = administrator.post("/connection/curator", data=form)
    assert answer.status_code == 409
    assert "curator_exists" in answer.text
    assert grants(session, school.id) == [school.curator.id]


def test_whom_an_administrator_cannot_confirm(
    session: Session, without_curator: TestSchool, other_school: TestSchool, administrator: FlaskClient, csrf: Csrf
) -> None:
    suspended = make_person(session, without_curator.id, 99, now=NOW, suspended=True)
    session.commit()
    for person_id, status in ((other_school.curator.id, 404), (suspended.id, 409), ("x", 404), ("", 404)):
        form = {"csrf_token": csrf(administrator), "person_id": person_id}
        assert administrator.post("/connection/curator", data=form).status_code == status
    assert grants(session, without_curator.id) == []


def test_a_curator_who_is_suspended_leaves_the_school_without_one(
    session: Session, school: TestSchool, administrator: FlaskClient
) -> None:
    school.curator.suspended = True
    session.commit()
    assert "В\u00a0школе пока нет куратора" in administrator.get("/connection").text


def test_a_long_directory_is_searched(
    session: Session, without_curator: TestSchool, administrator: FlaskClient
) -> None:
    for number in range(30):
        make_person(session, without_curator.id, 1000 + number, f"Петров{number:02d} Иван Ильич", now=NOW)
    session.commit()
    page = administrator.get("/connection", query_string={"q": "петров"}).text
    assert page.count("Подтвердить куратором") == 20
    assert "Показаны не\u00a0все" in page
    assert (
        "Сотрудника с\u00a0таким именем здесь нет"
        in administrator.get("/connection", query_string={"q": "нетаких"}).text
    )


@pytest.mark.parametrize("path", ["/connection/invitation", "/connection/curator"])
def test_other_roles_do_nothing_here(sign_in: SignIn, school: TestSchool, csrf: Csrf, path: str) -> None:
    client = sign_in(school, school.curator)
    assert client.post(path, data={"csrf_token": csrf(client), "person_id": school.curator.id}).status_code == 403
    assert client.get("/connection").status_code == 403
