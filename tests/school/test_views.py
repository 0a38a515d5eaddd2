"""The page «School», its REST twin and its command."""

from collections.abc import Callable

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.school.commands import school as command
from moodle_mentorship.school.models import School, Site
from tests.conftest import SignIn
from tests.factories import TestSchool
from tests.school.test_schemas import DETAILS

Csrf = Callable[[FlaskClient], str]


@pytest.fixture
def curator(sign_in: SignIn, school: TestSchool, other_school: TestSchool) -> FlaskClient:
    return sign_in(school, school.curator)


def stored(session: Session, school: TestSchool) -> School:
    return session.scalars(select(School).where(School.id == school.id).execution_options(populate_existing=True)).one()


def test_saving_the_details(curator: FlaskClient, csrf: Csrf, session: Session, school: TestSchool) -> None:
    answer = curator.post("/school/edit", data=DETAILS | {"inn": "7707083893", "csrf_token": csrf(curator)})
    assert (answer.status_code, answer.location) == (303, "/school/?done=school_saved")
    page = curator.get(answer.location).get_data(as_text=True)
    assert "Сведения о\u00a0школе сохранены" in page
    assert "7707083893" in page
    assert "Омск (UTC+6)" in page
    changed = stored(session, school)
    assert (changed.inn, changed.working_days, changed.timezone) == ("7707083893", 6, "Asia/Omsk")


def test_wrong_details_stay_in_the_form(curator: FlaskClient, csrf: Csrf, session: Session, school: TestSchool) -> None:
    wrong = {"inn": "123", "full_name": "", "address": "ул. Садовая, 5", "csrf_token": csrf(curator)}
    answer = curator.post("/school/edit", data=DETAILS | wrong)
    text = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert ('id="e-inn"' in text, 'id="e-full_name"' in text, 'id="e-ogrn"' in text) == (True, True, False)
    assert 'href="#f-inn"' in text
    assert 'value="123"' in text
    assert 'value="ул. Садовая, 5"' in text
    assert stored(session, school).address is None


def test_sites_on_the_page(curator: FlaskClient, csrf: Csrf, session: Session, school: TestSchool) -> None:
    token = csrf(curator)
    form = {"name": "Главный корпус", "address": "", "csrf_token": token}
    assert curator.post("/school/sites/new", data=form).status_code == 303
    twin = curator.post("/school/sites/new", data=form)
    assert twin.status_code == 422
    assert 'id="e-name"' in twin.get_data(as_text=True)
    site_id = session.scalars(select(Site.id).where(Site.school_id == school.id)).one()
    renamed = curator.post(f"/school/sites/{site_id}", data=form | {"name": "Старый корпус"})
    assert renamed.location == "/school/?done=site_saved"
    assert "Старый корпус" in curator.get("/school/").get_data(as_text=True)
    assert curator.post(f"/school/sites/{site_id}/remove", data={"csrf_token": token}).status_code == 303
    assert session.scalars(select(Site.id).where(Site.school_id == school.id)).all() == []


def test_rest_reads_and_writes_the_same(
    curator: FlaskClient, csrf: Csrf, session: Session, school: TestSchool, other_school: TestSchool
) -> None:
    headers = {"X-CSRF-Token": csrf(curator)}
    told = curator.get("/api/v1/school").get_json()
    assert (told["id"], told["short_name"], told["year_label"]) == (school.id, "Лицей № 7", "2026/27")
    answer = curator.put("/api/v1/school", json=DETAILS | {"ogrn": "1027700132195"}, headers=headers)
    assert answer.status_code == 200
    assert answer.get_json() == curator.get("/api/v1/school").get_json()
    assert answer.get_json()["ogrn"] == "1027700132195"
    wrong = curator.put("/api/v1/school", json=DETAILS | {"ogrn": "1"}, headers=headers)
    assert (wrong.status_code, list(wrong.get_json()["errors"])) == (422, ["ogrn"])
    assert stored(session, other_school).ogrn is None


def test_the_command_adds_and_lists_schools(runtime: Runtime) -> None:
    runner = CliRunner()
    made = runner.invoke(command, ["add", "--name", "МБОУ «Школа № 5»", "--short-name", "Школа № 5"], obj=runtime)
    assert made.exit_code == 0
    number = made.output.removeprefix("School ").split(":")[0]
    assert made.output == f"School {number}: Школа № 5\n"
    assert runner.invoke(command, ["list"], obj=runtime).output == f"{number}\tШкола № 5\t2026/27\n"
