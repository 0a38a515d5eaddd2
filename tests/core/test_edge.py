"""The edge of a request: headers of every answer, whose frame a page stands in, one commit."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from moodle_mentorship.app import create_app, create_runtime
from moodle_mentorship.core.clock import FixedClock
from moodle_mentorship.core.errors import Conflict
from moodle_mentorship.core.jobs import Jobs
from moodle_mentorship.school.models import School, Site
from moodle_mentorship.web import current
from moodle_mentorship.web.access import any_role, public
from tests.conftest import NOW, SignIn, make_settings
from tests.factories import TestSchool

Csrf = Callable[[FlaskClient], str]


def policy(answer_headers: object) -> dict[str, str]:
    parts = str(answer_headers).split("; ")
    return {part.split(" ")[0]: part.partition(" ")[2] for part in parts}


def test_a_page_is_framed_by_its_own_moodle_alone(sign_in: SignIn, school: TestSchool) -> None:
    headers = sign_in(school, school.curator).get("/school/").headers
    rules = policy(headers["Content-Security-Policy"])
    assert (rules["frame-ancestors"], rules["script-src"], rules["style-src"], rules["default-src"]) == (
        "https://moodle.example",
        "'self'",
        "'self'",
        "'none'",
    )
    assert "X-Frame-Options" not in headers
    assert {name: headers[name] for name in ("Cache-Control", "X-Content-Type-Options", "Referrer-Policy")} == {
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
    }
    assert headers["Strict-Transport-Security"] == "max-age=31536000"


@pytest.mark.parametrize("address", ["/school/", "/nowhere"])
def test_who_has_no_session_is_told_so_in_any_frame_and_finds_nothing_there(app: Flask, address: str) -> None:
    """A blank frame would say nothing to a teacher whose cookie is gone; a page without a word or a button of any
    school is nothing to trick a click out of."""
    answer = app.test_client().get(address)
    assert policy(answer.headers["Content-Security-Policy"])["frame-ancestors"] == "*"
    assert answer.headers["Cache-Control"] == "no-store"
    main = answer.get_data(as_text=True).partition("<main")[2]
    assert "<h1>" in main
    assert [tag for tag in ("<a ", "<form", "<button", "<input", "<select", "<header") if tag in main] == []


@pytest.mark.parametrize("address", ["/api/v1/school", "/api/v1/tool"])
def test_a_stranger_can_frame_no_answer_for_programs(app: Flask, address: str) -> None:
    headers = app.test_client().get(address).headers
    assert policy(headers["Content-Security-Policy"])["frame-ancestors"] == "'none'"
    assert headers["Cache-Control"] == "no-store"


def test_an_address_without_a_page_is_shown_in_moodles_frame_with_the_way_back(
    sign_in: SignIn, school: TestSchool
) -> None:
    answer = sign_in(school, school.curator).get("/nowhere")
    rules = policy(answer.headers["Content-Security-Policy"])
    assert (answer.status_code, rules["frame-ancestors"], 'href="/"' in answer.get_data(as_text=True)) == (
        404,
        "https://moodle.example",
        True,
    )


def test_pages_hold_no_inline_script_or_style(sign_in: SignIn, school: TestSchool) -> None:
    client = sign_in(school, school.curator)
    for address in ("/school/", "/school/edit", "/staff/", "/journal/"):
        text = client.get(address).get_data(as_text=True)
        assert ("<style" in text, " style=" in text, "<script>" in text, " onclick=" in text) == (False,) * 4


@pytest.mark.parametrize(
    ("token", "origin", "status"),
    [
        (True, None, 303),
        (True, "https://mentor.example", 303),
        (True, "https://moodle.example", 403),
        (True, "null", 403),
        (False, "https://mentor.example", 403),
    ],
)
def test_where_a_write_may_come_from(
    sign_in: SignIn, csrf: Csrf, session: Session, school: TestSchool, token: bool, origin: str | None, status: int
) -> None:
    client = sign_in(school, school.curator)
    form = {"name": "Корпус", "csrf_token": csrf(client) if token else "guess"}
    answer = client.post("/school/sites/new", data=form, headers={"Origin": origin} if origin else {})
    assert answer.status_code == status
    assert session.scalar(select(func.count(Site.id))) == (1 if status == 303 else 0)


def test_what_a_refused_request_wrote_is_undone(
    app: Flask, sign_in: SignIn, csrf: Csrf, session: Session, school: TestSchool
) -> None:
    @any_role
    def half_way() -> str:
        current.session().add(Site(school_id=current.school().id, name="Корпус"))
        current.session().flush()
        raise Conflict

    app.add_url_rule("/half-way", "half_way", half_way, methods=["POST"])
    client = sign_in(school, school.curator)
    assert client.post("/half-way", data={"csrf_token": csrf(client)}).status_code == 409
    assert session.scalar(select(func.count(Site.id))) == 0


def test_a_page_that_writes_while_it_is_read_is_a_fault(fresh_url: str, tmp_path: Path) -> None:
    runtime = create_runtime(make_settings(fresh_url, tmp_path), clock=FixedClock(NOW), jobs=Jobs())
    app = create_app(runtime)

    @public
    def curious() -> str:
        current.session().add(School(full_name="МБОУ", short_name="Школа", year_start=2026, created_at=NOW))
        current.session().flush()
        return "written"

    app.add_url_rule("/curious", "curious", curious, methods=["GET", "POST"])
    answer = app.test_client().get("/curious")
    assert (answer.status_code, "<code>fault</code>" in answer.text) == (500, True), answer.text
    with runtime.db.unit_of_work(read_only=True) as session:
        assert session.scalar(select(func.count(School.id))) == 0
    assert app.test_client().post("/curious").status_code == 200
    with runtime.db.unit_of_work(read_only=True) as session:
        assert session.scalar(select(func.count(School.id))) == 1
    runtime.db.engine.dispose()


def test_a_view_without_a_rule_is_refused(app: Flask, sign_in: SignIn, school: TestSchool) -> None:
    app.add_url_rule("/forgotten", "forgotten", lambda: "secret")
    answer = sign_in(school, school.curator).get("/forgotten")
    assert answer.status_code == 403
    assert "secret" not in answer.get_data(as_text=True)
