"""The way through login and launch, as a browser and a platform go it."""

import json
import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import structlog
from flask import Flask
from lti1p3platform.ltiplatform import LTI1P3PlatformConfAbstract
from lti1p3platform.message_launch import MessageLaunchAbstract
from lti1p3platform.registration import Registration as PlatformRegistration
from lti1p3platform.request import Request, TRequest
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from moodle_mentorship.app import create_app, create_runtime
from moodle_mentorship.core.clock import FixedClock, SystemClock
from moodle_mentorship.core.jobs import Jobs
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.lti import jobs
from moodle_mentorship.lti.models import BrowserSession, ConsumedState, Launch
from moodle_mentorship.lti.verifier import CLAIM
from moodle_mentorship.moodle.models import Platform
from moodle_mentorship.people.enums import StaffStatus
from tests.conftest import NOW, make_settings
from tests.factories import TestSchool, make_school
from tests.lti.platform import (
    INSTRUCTOR,
    KEY,
    KEYSET,
    OTHER_KEY,
    REMOVE,
    SITE_ADMINISTRATOR,
    TARGET,
    Browser,
    make_browser,
    make_claims,
    make_key,
    make_token,
    public,
)

NewBrowser = Callable[[], Browser]


def code_of(response: Any) -> str:
    """The code that an error page shows."""
    return str(response.text.split("<code>")[1].split("</code>")[0])


def enter(browser: Browser, **changes: Any) -> Any:
    """Login and launch in one go; `changes` go into the token's claims."""
    login = {"target_link_uri": changes["target_link_uri"]} if "target_link_uri" in changes else {}
    assert browser.login(**login).status_code == 302
    return browser.launch(make_token(make_claims(NOW, **{"nonce": browser.nonce, **changes})))


def rows(session: Session, model: type[Any]) -> int:
    session.expire_all()
    return session.scalar(select(func.count()).select_from(model)) or 0


# Login ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_login_is_sent_on_to_moodle_by_get(connected: TestSchool, browser: Browser, method: str) -> None:
    response = browser.login(method)
    assert response.status_code == 302
    address = urlsplit(response.location)
    assert f"{address.scheme}://{address.netloc}{address.path}" == "https://moodle.example/mod/lti/auth.php"
    asked = {name: values[0] for name, values in parse_qs(address.query).items()}
    assert asked == {
        "scope": "openid",
        "response_type": "id_token",
        "response_mode": "form_post",
        "prompt": "none",
        "client_id": "client",
        "redirect_uri": "https://mentor.example/lti/launch",
        "state": browser.state,
        "nonce": browser.nonce,
        "login_hint": "3",
        "lti_message_hint": '{"cmid": 2, "launchid": "ltilaunch1_1510168405"}',
    }


def test_the_binding_cookie_works_in_a_foreign_frame(connected: TestSchool, browser: Browser) -> None:
    cookie = browser.login().headers["Set-Cookie"]
    value, _, attributes = cookie.partition("; ")
    assert value.startswith("__Host-mentorship-binding=")
    assert set(attributes.split("; ")) - {part for part in attributes.split("; ") if part.startswith("Expires=")} == {
        "HttpOnly",
        "Max-Age=600",
        "Partitioned",
        "Path=/",
        "SameSite=None",
        "Secure",
    }


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        pytest.param({"iss": REMOVE}, "login_incomplete", id="no issuer"),
        pytest.param({"login_hint": REMOVE}, "login_incomplete", id="no login hint"),
        pytest.param({"login_hint": "x" * 2001}, "login_incomplete", id="endless login hint"),
        pytest.param({"iss": "https://evil.example"}, "platform_unknown", id="unknown issuer"),
        pytest.param({"iss": "https://evil.example;script-src *"}, "platform_unknown", id="markup in the issuer"),
        pytest.param({"client_id": "another"}, "platform_unknown", id="unknown client"),
        pytest.param({"lti_deployment_id": "9"}, "platform_unknown", id="unknown deployment"),
        pytest.param({"target_link_uri": REMOVE}, "target_foreign", id="no target"),
        pytest.param({"target_link_uri": "https://evil.example/"}, "target_foreign", id="foreign target"),
        pytest.param({"target_link_uri": "http://mentor.example/"}, "target_foreign", id="target on plain http"),
        pytest.param({"target_link_uri": "https://mentor.example:444/"}, "target_foreign", id="target on another port"),
        pytest.param(
            {"target_link_uri": "https://mentor.example@evil.example/"}, "target_foreign", id="our name as user"
        ),
        pytest.param({"target_link_uri": "https://mentor.example\\@evil.example/"}, "target_foreign", id="backslash"),
        pytest.param({"target_link_uri": "//evil.example/"}, "target_foreign", id="no scheme"),
        pytest.param({"target_link_uri": "javascript:alert(1)"}, "target_foreign", id="javascript"),
        pytest.param({"target_link_uri": TARGET + "\r\nX: y"}, "target_foreign", id="line break"),
    ],
)
def test_a_bad_login_is_refused(connected: TestSchool, browser: Browser, changes: dict[str, Any], code: str) -> None:
    response = browser.login(**changes)
    assert (response.status_code, code_of(response)) == (400, code)
    assert "Set-Cookie" not in response.headers


def test_a_login_error_shows_in_the_frame_of_its_moodle(connected: TestSchool, browser: Browser) -> None:
    known = browser.login(client_id="another").headers["Content-Security-Policy"]
    assert known.endswith("frame-ancestors https://moodle.example")
    broken = browser.login(iss="https://evil.example;script-src *").headers["Content-Security-Policy"]
    assert broken.endswith("frame-ancestors 'none'")


def test_a_disabled_registration_lets_nobody_log_in(session: Session, connected: TestSchool, browser: Browser) -> None:
    connected.platform.disabled_at = NOW
    session.commit()
    response = browser.login()
    assert (response.status_code, code_of(response)) == (400, "platform_unknown")


def test_a_flood_of_logins_grows_no_row(session: Session, connected: TestSchool, new_browser: NewBrowser) -> None:
    tables = (ConsumedState, Launch, BrowserSession)
    before = [rows(session, table) for table in tables]
    states = set()
    for number in range(200):
        browser = new_browser()
        assert browser.login(login_hint=str(number)).status_code == 302
        states.add(browser.state)
        assert browser.launch(make_token(make_claims(NOW), make_key("forger"))).status_code == 403
    assert len(states) == 200
    assert [rows(session, table) for table in tables] == before


# Launch -----------------------------------------------------------------------------------------------------------


def test_a_launch_opens_a_session(session: Session, connected: TestSchool, browser: Browser) -> None:
    response = enter(browser)
    assert (response.status_code, response.location) == (303, "/")
    cookie = next(value for value in response.headers.getlist("Set-Cookie") if "mentorship-session" in value)
    assert cookie.startswith("__Host-mentorship-session=")
    assert set(cookie.split("; ")[1:]) == {"HttpOnly", "Partitioned", "Path=/", "SameSite=None", "Secure"}
    launch = session.scalars(select(Launch)).one()
    assert (launch.school_id, launch.platform_id, launch.moodle_user_id, launch.person_id) == (
        connected.id,
        connected.platform.id,
        3,
        connected.curator.id,
    )
    assert (launch.at, launch.site_administrator, launch.roles) == (NOW, False, [INSTRUCTOR])
    assert (launch.context_id, launch.resource_link_id, launch.refused) == ("2", "1", None)
    opened = session.scalars(select(BrowserSession)).one()
    assert (opened.school_id, opened.person_id, opened.launch_id, opened.frame_origin) == (
        connected.id,
        connected.curator.id,
        launch.id,
        "https://moodle.example",
    )


def test_the_person_of_the_launching_school_comes_in(
    session: Session, connected: TestSchool, other_school: TestSchool, browser: Browser
) -> None:
    """Both schools have a Moodle user 3; another issuer is another tenant."""
    browser.login(iss="https://moodle.other")
    response = browser.launch(make_token(make_claims(NOW, nonce=browser.nonce, iss="https://moodle.other")))
    assert response.status_code == 303
    opened = session.scalars(select(BrowserSession)).one()
    assert (opened.school_id, opened.person_id) == (other_school.id, other_school.curator.id)


@pytest.mark.parametrize(
    ("target", "page"),
    [
        ("https://mentor.example/", "/"),
        ("https://mentor.example", "/"),
        ("https://mentor.example/pairs/12?tab=plan", "/pairs/12?tab=plan"),
        ("https://mentor.example/lti/launch", "/"),
        ("https://mentor.example/lti/deeplink?x=1", "/"),
        ("https://mentor.example//evil.example/", "/"),
        ("https://MENTOR.example/staff", "/staff"),
    ],
)
def test_the_target_decides_the_page(connected: TestSchool, browser: Browser, target: str, page: str) -> None:
    assert enter(browser, target_link_uri=target).location == page


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        pytest.param({"nonce": "of-another-login"}, "nonce_wrong", id="nonce of another login"),
        pytest.param({"aud": "another"}, "audience_wrong", id="wrong audience"),
        pytest.param({"aud": ["client", "evil"]}, "azp_missing", id="audience list without azp"),
        pytest.param({"iss": "https://moodle.other"}, "issuer_wrong", id="token of the other school's Moodle"),
        pytest.param({"deployment_id": "2"}, "deployment_wrong", id="another deployment"),
        pytest.param({"exp": int(NOW.timestamp()) - 60, "iat": int(NOW.timestamp()) - 120}, "token_expired", id="old"),
    ],
)
def test_a_bad_launch_opens_nothing(
    session: Session, connected: TestSchool, browser: Browser, changes: dict[str, Any], code: str
) -> None:
    response = enter(browser, **changes)
    assert code_of(response) == code
    assert response.status_code in {400, 403}
    assert "Set-Cookie" not in response.headers
    assert response.headers["Content-Security-Policy"].endswith("frame-ancestors https://moodle.example")
    assert [rows(session, table) for table in (ConsumedState, Launch, BrowserSession)] == [0, 0, 0]


def test_a_token_for_another_page_is_refused(connected: TestSchool, browser: Browser) -> None:
    browser.login()
    token = make_token(make_claims(NOW, nonce=browser.nonce, target_link_uri=TARGET + "pairs"))
    assert code_of(browser.launch(token)) == "target_wrong"


def test_a_replay_is_refused(session: Session, connected: TestSchool, browser: Browser) -> None:
    browser.login()
    token = make_token(make_claims(NOW, nonce=browser.nonce))
    assert browser.launch(token).status_code == 303
    again = browser.launch(token)
    assert (again.status_code, code_of(again)) == (403, "state_replayed")
    assert [rows(session, table) for table in (ConsumedState, Launch, BrowserSession)] == [1, 1, 1]


def test_a_fresh_token_for_a_used_state_is_refused(connected: TestSchool, browser: Browser) -> None:
    browser.login()
    assert browser.launch(make_token(make_claims(NOW, nonce=browser.nonce))).status_code == 303
    later = make_token(make_claims(NOW + timedelta(seconds=5), nonce=browser.nonce, sub="4"))
    assert code_of(browser.launch(later)) == "state_replayed"


def test_a_launch_begun_in_another_browser_is_refused(connected: TestSchool, new_browser: NewBrowser) -> None:
    """Login CSRF: the attacker's state and token in the victim's browser, with and without a login of its own."""
    attacker, victim = new_browser(), new_browser()
    attacker.login()
    token = make_token(make_claims(NOW, nonce=attacker.nonce))
    victim.state = attacker.state
    assert code_of(victim.launch(token)) == "binding_missing"
    victim.login()
    victim.state = attacker.state
    assert code_of(victim.launch(token)) == "binding_wrong"


def test_two_tabs_log_in_side_by_side(connected: TestSchool, browser: Browser) -> None:
    browser.login()
    first_state, first_nonce = browser.state, browser.nonce
    browser.login()
    assert browser.launch(make_token(make_claims(NOW, nonce=browser.nonce))).status_code == 303
    browser.state = first_state
    assert browser.launch(make_token(make_claims(NOW, nonce=first_nonce))).status_code == 303


@pytest.mark.parametrize(
    ("changes", "code", "status"),
    [
        pytest.param({"state": REMOVE}, "state_missing", 400, id="no state"),
        pytest.param({"state": "gAAAAABk"}, "state_invalid", 403, id="state that is none"),
        pytest.param({"state": "не наш"}, "state_invalid", 403, id="state outside ASCII"),
        pytest.param({"id_token": REMOVE}, "token_missing", 400, id="no token"),
        pytest.param({"id_token": REMOVE, "error": "access_denied"}, "platform_denied", 403, id="Moodle says no"),
    ],
)
def test_a_broken_post_is_refused(
    connected: TestSchool, browser: Browser, changes: dict[str, Any], code: str, status: int
) -> None:
    browser.login()
    response = browser.launch(make_token(make_claims(NOW, nonce=browser.nonce)), **changes)
    assert (response.status_code, code_of(response)) == (status, code)


def test_a_state_sealed_for_the_database_is_no_login_state(
    connected: TestSchool, browser: Browser, runtime: Runtime
) -> None:
    browser.login()
    browser.state = runtime.box.seal(json.dumps({"state_id": "x"}))
    assert code_of(browser.launch(make_token(make_claims(NOW)))) == "state_invalid"


def test_an_old_state_is_refused(connected: TestSchool, browser: Browser, clock: FixedClock) -> None:
    browser.login()
    later = NOW + timedelta(minutes=10)
    clock.move_to(later)
    response = browser.launch(make_token(make_claims(later, nonce=browser.nonce)))
    assert code_of(response) == "state_expired"
    assert response.headers["Content-Security-Policy"].endswith("frame-ancestors https://moodle.example")


def test_a_launch_is_never_a_get_and_a_token_never_in_an_address(connected: TestSchool, browser: Browser) -> None:
    browser.login()
    token = make_token(make_claims(NOW, nonce=browser.nonce))
    query = {"id_token": token, "state": browser.state}
    assert browser.client.get("/lti/launch", query_string=query).status_code == 405
    posted = browser.client.post("/lti/launch", query_string={"id_token": token}, data={"state": browser.state})
    assert (posted.status_code, code_of(posted)) == (400, "token_in_query")


def test_no_token_reaches_a_log(connected: TestSchool, browser: Browser, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with structlog.testing.capture_logs() as lines:
        browser.login()
        good = make_token(make_claims(NOW, nonce=browser.nonce))
        bad = make_token(make_claims(NOW, nonce="another"))
        browser.launch(bad)
        browser.launch(good)
        browser.launch(good)
        browser.client.get("/lti/launch", query_string={"id_token": good, "state": browser.state})
    written = json.dumps(lines, ensure_ascii=False, default=str) + caplog.text
    assert [line["event"] for line in lines].count("refused") == 3
    for secret in (*good.split("."), *bad.split("."), browser.state, browser.nonce, "Петрова", "teacher01"):
        assert secret not in written


# Two schools on one Moodle ----------------------------------------------------------------------------------------


@pytest.fixture
def shared_moodle(session: Session, connected: TestSchool, other_school: TestSchool) -> Platform:
    """The other school has a registration of its own on the first school's Moodle."""
    platform = Platform(
        school_id=other_school.id,
        issuer="https://moodle.example",
        client_id="other-client",
        deployment_id="2",
        auth_url="https://moodle.example/mod/lti/auth.php",
        token_url="https://moodle.example/mod/lti/token.php",
        jwks_url="https://moodle.example/mod/lti/certs.php",
        created_at=NOW,
        jwks=connected.platform.jwks,
        jwks_fetched_at=NOW,
        jwks_tried_at=NOW,
    )
    session.add(platform)
    session.commit()
    return platform


def test_two_clients_of_one_issuer_are_two_schools(
    session: Session, connected: TestSchool, other_school: TestSchool, shared_moodle: Platform, new_browser: NewBrowser
) -> None:
    for client_id, deployment, school in (("client", "1", connected), ("other-client", "2", other_school)):
        browser = new_browser()
        browser.login(client_id=client_id, lti_deployment_id=deployment)
        claims = make_claims(NOW, nonce=browser.nonce, aud=client_id, deployment_id=deployment)
        assert browser.launch(make_token(claims)).status_code == 303
        opened = session.scalars(select(BrowserSession).order_by(BrowserSession.id.desc()).limit(1)).one()
        assert (opened.school_id, opened.person_id) == (school.id, school.curator.id)


def test_a_token_of_the_other_client_is_refused(
    connected: TestSchool, shared_moodle: Platform, browser: Browser
) -> None:
    browser.login()
    claims = make_claims(NOW, nonce=browser.nonce, aud="other-client", deployment_id="2")
    assert code_of(browser.launch(make_token(claims))) == "audience_wrong"


def test_without_a_client_id_two_clients_are_too_many(
    connected: TestSchool, shared_moodle: Platform, browser: Browser
) -> None:
    assert code_of(browser.login(client_id=REMOVE, lti_deployment_id=REMOVE)) == "platform_unknown"


def test_the_token_names_the_deployment_that_the_login_left_open(
    session: Session, connected: TestSchool, other_school: TestSchool, shared_moodle: Platform, new_browser: NewBrowser
) -> None:
    """One client id with two deployments, as other platforms have it: each a school of its own."""
    shared_moodle.client_id = "client"
    session.commit()
    for deployment, school in (("1", connected), ("2", other_school)):
        browser = new_browser()
        browser.login(lti_deployment_id=REMOVE)
        claims = make_claims(NOW, nonce=browser.nonce, deployment_id=deployment)
        assert browser.launch(make_token(claims)).status_code == 303
        opened = session.scalars(select(BrowserSession).order_by(BrowserSession.id.desc()).limit(1)).one()
        assert opened.school_id == school.id
    wrong: list[tuple[Any, str]] = [("3", "deployment_wrong"), (REMOVE, "deployment_missing")]
    for deployment, code in wrong:
        browser = new_browser()
        browser.login(lti_deployment_id=REMOVE)
        claims = make_claims(NOW, nonce=browser.nonce, deployment_id=deployment)
        assert code_of(browser.launch(make_token(claims))) == code


# Who comes in -----------------------------------------------------------------------------------------------------


def test_a_stranger_gets_a_kind_page_and_no_session(session: Session, connected: TestSchool, browser: Browser) -> None:
    response = enter(browser, sub="4711")
    assert (response.status_code, code_of(response)) == (403, "not_in_directory")
    assert "Лицей № 7" in response.text
    assert "Соколова\u00a0Е.\u00a0В." in response.text
    launch = session.scalars(select(Launch)).one()
    assert (launch.moodle_user_id, launch.person_id, launch.refused) == (4711, None, "not_in_directory")
    assert rows(session, BrowserSession) == 0
    # The login is used up all the same.
    assert rows(session, ConsumedState) == 1


@pytest.mark.parametrize(
    "change",
    [{"suspended": True}, {"status": StaffStatus.LEFT}, {"deleted_in_moodle": True}],
    ids=["suspended", "left", "deleted in Moodle"],
)
def test_who_left_or_is_suspended_gets_a_kind_page(
    session: Session, connected: TestSchool, browser: Browser, change: dict[str, Any]
) -> None:
    teacher = connected.teachers[0]
    for name, value in change.items():
        setattr(teacher, name, value)
    session.commit()
    response = enter(browser, sub=str(teacher.moodle_user_id))
    assert (response.status_code, code_of(response)) == (403, "access_ended")
    launch = session.scalars(select(Launch)).one()
    assert (launch.person_id, launch.refused) == (teacher.id, "access_ended")
    assert rows(session, BrowserSession) == 0


def test_who_is_leaving_still_comes_in(session: Session, connected: TestSchool, browser: Browser) -> None:
    connected.teachers[0].status = StaffStatus.LEAVING
    session.commit()
    assert enter(browser, sub=str(connected.teachers[0].moodle_user_id)).status_code == 303


def test_a_site_administrator_enters_without_standing_in_the_directory(
    session: Session, connected: TestSchool, browser: Browser
) -> None:
    assert enter(browser, sub="2", roles=[SITE_ADMINISTRATOR], target_link_uri=TARGET + "connection").status_code == 303
    opened = session.scalars(select(BrowserSession)).one()
    assert (opened.person_id, opened.site_administrator) == (None, True)
    page = browser.client.get("/connection")
    assert page.status_code == 200
    assert "Администратор\u00a0Moodle" in page.text


def test_a_role_is_gone_with_the_next_launch(session: Session, connected: TestSchool, browser: Browser) -> None:
    """Who was site administrator yesterday launches as a plain teacher today; the former session is ended."""
    teacher = connected.teachers[0]
    assert enter(browser, sub=str(teacher.moodle_user_id), roles=[SITE_ADMINISTRATOR]).status_code == 303
    assert browser.client.get("/connection").status_code == 200
    assert enter(browser, sub=str(teacher.moodle_user_id)).status_code == 303
    assert browser.client.get("/connection").status_code == 403
    opened = session.scalars(select(BrowserSession)).one()
    assert (opened.person_id, opened.site_administrator) == (teacher.id, False)


def test_a_refused_launch_ends_the_session_that_was_there(
    session: Session, connected: TestSchool, browser: Browser
) -> None:
    assert enter(browser).status_code == 303
    assert enter(browser, sub="4711").status_code == 403
    assert rows(session, BrowserSession) == 0


ELSEWHERE = {"id": "77", "label": "other", "title": "Чужой курс", "type": ["CourseSection"]}


def test_who_is_called_administrator_in_another_course_is_none(
    connected: TestSchool, browser: Browser, session: Session
) -> None:
    """`mod/lti:admin` given by a category's manager in a course of their own, where our tool can be placed too."""
    refused = enter(browser, sub="2", roles=[SITE_ADMINISTRATOR], context=ELSEWHERE)
    assert (refused.status_code, code_of(refused)) == (403, "administrator_elsewhere")
    assert connected.school.short_name in refused.text
    assert session.scalars(select(BrowserSession)).all() == []
    refused = enter(browser, sub="2", roles=[SITE_ADMINISTRATOR], context=REMOVE)
    assert code_of(refused) == "administrator_elsewhere"


def test_a_teacher_called_administrator_in_another_course_comes_in_as_a_teacher(
    connected: TestSchool, browser: Browser, session: Session
) -> None:
    teacher = connected.teachers[0]
    entered = enter(browser, sub=str(teacher.moodle_user_id), roles=[SITE_ADMINISTRATOR], context=ELSEWHERE)
    assert entered.status_code == 303
    opened = session.scalars(select(BrowserSession)).one()
    assert (opened.person_id, opened.site_administrator) == (teacher.id, False)
    assert browser.client.get("/connection").status_code == 403


def test_without_the_plugin_the_platforms_word_counts(
    connected: TestSchool, browser: Browser, session: Session
) -> None:
    connected.site.disabled_at = NOW
    session.commit()
    assert enter(browser, sub="2", roles=[SITE_ADMINISTRATOR], context=ELSEWHERE).status_code == 303
    assert session.scalars(select(BrowserSession.site_administrator)).one() is True


def test_a_teacher_does_not_open_the_administrators_page(connected: TestSchool, browser: Browser) -> None:
    assert enter(browser).status_code == 303
    assert browser.client.get("/connection").status_code == 403


def test_an_ended_session_says_so_inside_its_frame(connected: TestSchool, browser: Browser, clock: FixedClock) -> None:
    enter(browser)
    clock.move_to(NOW + timedelta(hours=2))
    response = browser.client.get("/connection")
    assert (response.status_code, code_of(response)) == (401, "no_session")
    assert response.headers["Content-Security-Policy"].endswith("frame-ancestors https://moodle.example")


def test_the_night_removes_what_is_over(
    session: Session, connected: TestSchool, browser: Browser, runtime: Runtime, clock: FixedClock
) -> None:
    enter(browser)
    clock.move_to(NOW + timedelta(minutes=9))
    jobs.purge(runtime)
    assert [rows(session, table) for table in (ConsumedState, BrowserSession)] == [1, 1]
    clock.move_to(NOW + timedelta(hours=10))
    jobs.purge(runtime)
    assert [rows(session, table) for table in (ConsumedState, BrowserSession)] == [0, 1]
    clock.move_to(NOW + timedelta(hours=34))
    jobs.purge(runtime)
    assert [rows(session, table) for table in (BrowserSession, Launch)] == [0, 1]


# Roles in the header ----------------------------------------------------------------------------------------------


def test_a_held_role_is_switched_to(session: Session, connected: TestSchool, browser: Browser) -> None:
    enter(browser, roles=[SITE_ADMINISTRATOR])
    token = session.scalars(select(BrowserSession.csrf_token)).one()
    response = browser.client.post("/role", data={"role": "administrator", "csrf_token": token})
    assert (response.status_code, response.location) == (303, "/")
    session.expire_all()
    assert session.scalars(select(BrowserSession.active_role)).one() == "administrator"
    for role in ("director", "king", ""):
        assert browser.client.post("/role", data={"role": role, "csrf_token": token}).status_code == 403
    assert browser.client.post("/role", data={"role": "curator"}).status_code == 403


# Cost -------------------------------------------------------------------------------------------------------------


@contextmanager
def statements(runtime: Runtime, session: Session) -> Iterator[list[str]]:
    """SQL statements sent to the database, without those that open and close transactions and savepoints."""
    seen: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "COMMIT")):
            seen.append(statement)

    engine = session.connection().engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


def test_a_launch_needs_few_statements(
    session: Session, connected: TestSchool, browser: Browser, runtime: Runtime
) -> None:
    # A browser that comes for the first time is sent around once, to see whether it keeps our cookie.
    # Its registration is known from then on.
    for expected in (["SELECT"], []):
        with statements(runtime, session) as seen:
            browser.login()
        assert [statement.split()[0] for statement in seen] == expected
    token = make_token(make_claims(NOW, nonce=browser.nonce))
    with statements(runtime, session) as seen:
        assert browser.launch(token).status_code == 303
    # Whether the registration still stands, and who comes; the used state, the launch, the session.
    assert [statement.split()[0] for statement in seen] == ["SELECT", "INSERT", "INSERT", "INSERT"]


# What a launch knows without asking -------------------------------------------------------------------------------


def test_a_key_that_was_withdrawn_after_the_login_opens_nothing(
    session: Session, connected: TestSchool, browser: Browser
) -> None:
    """The login knows the registration with its keys; the launch goes by what the database says."""
    browser.login()
    connected.platform.jwks = {"keys": [public(OTHER_KEY)]}
    session.commit()
    response = browser.launch(make_token(make_claims(NOW, nonce=browser.nonce)))
    assert (response.status_code, code_of(response)) == (403, "kid_unknown")
    response = browser.launch(make_token(make_claims(NOW, nonce=browser.nonce), OTHER_KEY))
    assert response.status_code == 303


def test_a_registration_whose_keys_were_read_anew_is_verified_anew(
    session: Session, connected: TestSchool, browser: Browser
) -> None:
    """The token fits the keys of a moment ago, and no longer those of now."""
    browser.login()
    connected.platform.jwks = {"keys": [public(OTHER_KEY, kid="moodle-key")]}
    session.commit()
    response = browser.launch(make_token(make_claims(NOW, nonce=browser.nonce)))
    assert (response.status_code, code_of(response)) == (403, "token_signature_invalid")
    assert [rows(session, table) for table in (ConsumedState, BrowserSession)] == [0, 0]


# An independent platform ------------------------------------------------------------------------------------------


class IndependentPlatform(LTI1P3PlatformConfAbstract):  # type: ignore[misc]
    """The package's platform with the school's registration and a key of its own."""

    def init_platform_config(self, **kwargs: Any) -> None:
        registration = PlatformRegistration()
        registration.set_iss("https://moodle.example").set_client_id("client").set_deployment_id("1")
        registration.set_launch_url(TARGET)
        registration.set_platform_private_key(KEY.as_pem(private=True).decode())
        registration.set_platform_public_key(KEY.as_pem(private=False).decode())
        self._registration = registration

    def get_registration_by_params(self, **kwargs: Any) -> Any:
        return self._registration


class Preflight(Request):  # type: ignore[misc]
    """The authorisation request that our redirect makes of the browser."""

    def build_metadata(self, request: dict[str, str]) -> TRequest:
        return {"method": "GET", "form_data": {}, "get_data": request, "headers": {}, "path": "/auth"}


class IndependentLaunch(MessageLaunchAbstract):  # type: ignore[misc]
    def render_launch_form(self, launch_data: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        return launch_data


def test_a_launch_from_an_independent_platform_is_accepted(
    session: Session, connected: TestSchool, runtime: Runtime, clock: FixedClock, browser: Browser
) -> None:
    """`lti1p3platform` issues the token, with its own idea of kid, azp and lifetime, and by the machine's clock."""
    clock.move_to(SystemClock().now())
    platform = IndependentPlatform()
    connected.platform.jwks = platform.get_jwks()
    connected.platform.jwks_fetched_at = connected.platform.jwks_tried_at = clock.now()
    session.commit()
    assert browser.login().status_code == 302
    launch = IndependentLaunch(Preflight(browser.asked), platform)
    launch.set_user_data("3", [INSTRUCTOR], full_name="Елена Соколова", email_address="x@school.example")
    launch.set_resource_link_claim("1", title="Наставничество")
    launch.set_launch_context_claim("2", ["CourseSection"], "Наставничество", "mentorship")
    form = launch.lti_launch()
    assert form["launch_url"] == "https://mentor.example/lti/launch"
    assert browser.launch(form["id_token"], state=form["state"]).status_code == 303
    opened = session.scalars(select(BrowserSession)).one()
    assert (opened.school_id, opened.person_id) == (connected.id, connected.curator.id)
    assert code_of(browser.launch(form["id_token"], state=form["state"])) == "state_replayed"


def test_our_own_keys_are_published(app: Flask, browser: Browser) -> None:
    first, second = browser.client.get("/lti/jwks"), browser.client.get("/lti/jwks")
    assert first.json == second.json
    assert first.json is not None
    (key,) = first.json["keys"]
    assert sorted(key) == ["alg", "e", "kid", "kty", "n", "use"]
    assert (key["alg"], key["kty"], key["use"]) == ("RS256", "RSA", "sig")


def test_a_key_of_ours_is_no_key_of_the_platforms(connected: TestSchool, browser: Browser) -> None:
    """A sanity check of the helpers: another key of the same kid is refused."""
    browser.login()
    token = make_token(make_claims(NOW, nonce=browser.nonce), make_key("forger"), kid=public(KEY)["kid"])
    assert code_of(browser.launch(token)) == "token_signature_invalid"
    assert CLAIM.endswith("/claim/")


# At the same moment ------------------------------------------------------------------------------------------------


def test_of_two_launches_at_the_same_moment_one_opens_a_session(fresh_url: str, tmp_path: Path) -> None:
    """Real commits on a database of its own: the unique key decides, not the order of our statements."""
    clock = FixedClock(NOW)
    runtime = create_runtime(make_settings(fresh_url, tmp_path), clock=clock, jobs=Jobs())
    app = create_app(runtime)
    with runtime.db.session() as session:
        school = make_school(session, "Лицей № 7", issuer="https://moodle.example", now=NOW)
        school.platform.jwks, school.platform.jwks_fetched_at, school.platform.jwks_tried_at = KEYSET, NOW, NOW
        session.commit()
    browser = make_browser(app)
    browser.login()
    token = make_token(make_claims(NOW, nonce=browser.nonce))
    cookie = browser.client.get_cookie("__Host-mentorship-binding")
    assert cookie is not None
    twins = [make_browser(app) for _ in range(8)]
    for twin in twins:
        twin.client.set_cookie(cookie.key, cookie.value, secure=True)
        twin.state = browser.state
    with ThreadPoolExecutor(len(twins)) as pool:
        answers = list(pool.map(lambda twin: twin.launch(token), twins))
    assert sorted(answer.status_code for answer in answers) == [303] + [403] * 7
    with runtime.db.session() as session:
        assert [rows(session, table) for table in (ConsumedState, Launch, BrowserSession)] == [1, 1, 1]
    runtime.db.engine.dispose()


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_visit_after_a_pause_is_noted_without_a_second_writer(fresh_url: str, tmp_path: Path, method: str) -> None:
    """Real transactions: a write that waited for its own request would time out after half a minute."""
    clock = FixedClock(NOW)
    runtime = create_runtime(make_settings(fresh_url, tmp_path), clock=clock, jobs=Jobs())
    app = create_app(runtime)
    with runtime.db.session() as session:
        school = make_school(session, "Лицей № 7", issuer="https://moodle.example", now=NOW)
        school.platform.jwks, school.platform.jwks_fetched_at, school.platform.jwks_tried_at = KEYSET, NOW, NOW
        session.commit()
    browser = make_browser(app)
    browser.login()
    browser.launch(make_token(make_claims(NOW, nonce=browser.nonce, roles=[SITE_ADMINISTRATOR])))
    with runtime.db.session() as session:
        csrf_token = session.scalars(select(BrowserSession.csrf_token)).one()
    clock.move_to(NOW + timedelta(minutes=10))
    form = {"role": "administrator", "csrf_token": csrf_token}
    answer = browser.client.open("/connection" if method == "GET" else "/role", method=method, data=form)
    assert answer.status_code == (200 if method == "GET" else 303)
    with runtime.db.session() as session:
        assert session.scalars(select(BrowserSession.last_seen_at)).one() == clock.now()
    runtime.db.engine.dispose()
