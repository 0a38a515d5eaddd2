"""Browsers that keep no cookie: a login bound to a page, the question, a session whose handle stands in the path."""

import json
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import structlog
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.clock import FixedClock
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.lti.models import BrowserSession, ConsumedState, Launch
from moodle_mentorship.lti.sessions import Carrier
from moodle_mentorship.lti.state import StateSeal
from moodle_mentorship.lti.visits import IDLE, cookie_name
from moodle_mentorship.serve import quiet
from moodle_mentorship.web import handles
from tests.conftest import BASE_URL, NOW, TEST_KEY, SignIn
from tests.factories import TestSchool, grant, make_mentee, make_mentor
from tests.lti.platform import SITE_ADMINISTRATOR, TARGET, Browser, make_claims, make_key, make_token
from tests.pages import session_pages

STORED = (ConsumedState, Launch, BrowserSession)


def rows(session: Session) -> list[int]:
    session.expire_all()
    return [session.scalar(select(func.count()).select_from(model)) or 0 for model in STORED]


def code_of(response: TestResponse) -> str:
    """The code that an error page shows."""
    return str(response.text.split("<code>")[1].split("</code>")[0])


@dataclass
class Cookieless(Browser):
    """A browser without cookies; its page secret is what our script would keep in `sessionStorage`."""

    secret: str = ""
    page: str = ""

    def begin(self, **changes: Any) -> TestResponse:
        response = self.login(**changes)
        if response.status_code == 200:
            values = dict(re.findall(r'data-(address|key|secret)="([^"]*)"', response.text))
            self.secret, self.page = values["secret"], response.text
            asked = parse_qs(urlsplit(values["address"].replace("&amp;", "&")).query)
            self.state, self.nonce = asked["state"][0], asked["nonce"][0]
        return response

    def launch(self, token: str, origin: str | None = BASE_URL, **changes: Any) -> TestResponse:
        """Moodle's form, or with a secret our own page's."""
        form = {"id_token": token, "state": self.state} | changes
        headers = {"Origin": origin} if "secret" in changes and origin else {}
        return self.client.post("/lti/launch", data=form, headers=headers)

    def token(self, **changes: Any) -> str:
        return make_token(make_claims(NOW, **{"nonce": self.nonce, **changes}))

    def come_in(self, target: str = TARGET, **claims: Any) -> str:
        """The handle of a session that a launch opened."""
        self.begin(target_link_uri=target)
        response = self.launch(self.token(target_link_uri=target, **claims), secret=self.secret)
        assert response.status_code == 303, response.text
        return str(response.location.split("/")[1].removeprefix("~"))


@pytest.fixture
def cookieless(app: Flask) -> Callable[[], Cookieless]:
    def make() -> Cookieless:
        client = app.test_client(use_cookies=False)
        client.environ_base["wsgi.url_scheme"] = "https"
        return Cookieless(client)

    return make


@pytest.fixture
def visitor(cookieless: Callable[[], Cookieless]) -> Cookieless:
    return cookieless()


# Login ------------------------------------------------------------------------------------------------------------


def test_a_browser_without_our_cookie_is_sent_around_once_and_then_gets_the_page(
    session: Session, connected: TestSchool, visitor: Cookieless
) -> None:
    form = {
        "iss": "https://moodle.example",
        "login_hint": "3",
        "target_link_uri": TARGET,
        "client_id": "client",
        "lti_message_hint": '{"cmid": 2}',
        "lti_deployment_id": "1",
        "lti_storage_target": "_parent",
    }
    first = visitor.client.post("/lti/login", data=form)
    assert first.status_code == 303
    assert "__Host-mentorship-binding=" in first.headers["Set-Cookie"]
    again = {name: values[0] for name, values in parse_qs(urlsplit(first.location).query).items()}
    del form["lti_storage_target"]
    assert again == form | {"cookie_tried": "1"}
    page = visitor.client.get(first.location)
    assert page.status_code == 200
    assert "Set-Cookie" not in page.headers
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Content-Security-Policy"].endswith("frame-ancestors https://moodle.example")
    assert "https://moodle.example/mod/lti/auth.php?" in page.text
    assert "repost" not in page.text
    assert rows(session) == [0, 0, 0]


def test_a_browser_that_keeps_the_cookie_sees_no_page(connected: TestSchool, browser: Browser) -> None:
    assert browser.login().status_code == 302
    again = browser.client.post(
        "/lti/login", data={"iss": "https://moodle.example", "login_hint": "3", "target_link_uri": TARGET}
    )
    assert again.status_code == 302


def test_a_browser_that_comes_back_with_its_session_is_not_sent_around(connected: TestSchool, browser: Browser) -> None:
    """Its ten minutes' cookie is gone, that of the session shows that it keeps them."""
    browser.login()
    assert browser.launch(make_token(make_claims(NOW, nonce=browser.nonce))).status_code == 303
    browser.client.delete_cookie("__Host-mentorship-binding")
    asked = {"iss": "https://moodle.example", "login_hint": "3", "target_link_uri": TARGET, "client_id": "client"}
    again = browser.client.get("/lti/login", query_string=asked)
    assert again.status_code == 302
    assert again.headers["Set-Cookie"].startswith("__Host-mentorship-binding=")
    sent = parse_qs(urlsplit(again.location).query)
    browser.state = sent["state"][0]
    assert browser.launch(make_token(make_claims(NOW, nonce=sent["nonce"][0]))).status_code == 303


@pytest.mark.parametrize(
    ("destination", "offers_a_window"), [("iframe", True), ("frame", True), (None, True), ("document", False)]
)
def test_a_window_is_offered_inside_a_frame_alone(
    connected: TestSchool, visitor: Cookieless, destination: str | None, offers_a_window: bool
) -> None:
    if destination:
        visitor.client.environ_base["HTTP_SEC_FETCH_DEST"] = destination
    visitor.begin()
    again = re.findall(r'href="(/lti/login\?[^"]*)" target="_blank"', visitor.page)
    assert len(again) == (1 if offers_a_window else 0)
    for address in again:
        # The login of the new window begins anew: it may keep cookies, and Moodle's hint is still unused.
        assert visitor.client.get(address.replace("&amp;", "&").replace("&#34;", '"')).status_code == 303


@pytest.mark.parametrize("values", [{"bound_by": None}, {"bound_by": "neither"}, {"more": "1"}, {"nonce": None}])
def test_a_state_of_another_version_is_refused(
    connected: TestSchool, visitor: Cookieless, values: dict[str, str | None]
) -> None:
    """With a field too many, too few, or a word that this version doesn't know."""
    visitor.begin()
    seal = StateSeal([TEST_KEY])
    known = vars(seal.open(visitor.state))
    other = {name: value for name, value in (known | values).items() if value is not None}
    visitor.state = seal.sign(json.dumps(other).encode())
    answer = visitor.launch(visitor.token(), secret=visitor.secret)
    assert (answer.status_code, code_of(answer)) == (403, "state_invalid")


# Launch -----------------------------------------------------------------------------------------------------------


def test_a_disabled_registration_shows_no_question(
    session: Session, connected: TestSchool, visitor: Cookieless
) -> None:
    """The first post writes nothing, so nothing but asking the database would notice."""
    visitor.begin()
    connected.platform.disabled_at = NOW
    session.commit()
    answer = visitor.launch(visitor.token())
    assert (answer.status_code, code_of(answer)) == (400, "platform_unknown")


def test_the_page_after_moodle_stores_nothing_until_the_secret_comes(
    session: Session, connected: TestSchool, visitor: Cookieless
) -> None:
    visitor.begin(target_link_uri=TARGET + "pairs/?state=active")
    token = visitor.token(target_link_uri=TARGET + "pairs/?state=active")
    page = visitor.launch(token)
    assert page.status_code == 200
    assert page.headers["Content-Security-Policy"].endswith("frame-ancestors https://moodle.example")
    assert page.headers["Cache-Control"] == "no-store"
    assert token in page.text
    assert rows(session) == [0, 0, 0]
    done = visitor.launch(token, secret=visitor.secret)
    assert done.status_code == 303
    assert re.fullmatch(r"/~[A-Za-z0-9_-]{43}/pairs/\?state=active", done.location)
    assert "Set-Cookie" not in done.headers
    assert rows(session) == [1, 1, 1]
    again = visitor.launch(token, secret=visitor.secret)
    assert (code_of(again), rows(session)) == ("state_replayed", [1, 1, 1])


@pytest.mark.parametrize("post", [{}, {"secret": "right"}, {"answer": "yes"}])
def test_a_forged_token_gets_neither_page_nor_question(
    session: Session, connected: TestSchool, visitor: Cookieless, post: dict[str, str]
) -> None:
    visitor.begin()
    forged = make_token(make_claims(NOW, nonce=visitor.nonce), make_key("forger"))
    if post.get("secret"):
        post = {"secret": visitor.secret}
    answer = visitor.client.post(
        "/lti/launch", data={"state": visitor.state, "id_token": forged, **post}, headers={"Origin": BASE_URL}
    )
    assert (answer.status_code, rows(session)) == (403, [0, 0, 0])


def test_another_logins_secret_is_refused(
    session: Session, connected: TestSchool, cookieless: Callable[[], Cookieless]
) -> None:
    attacker, victim = cookieless(), cookieless()
    attacker.begin()
    victim.begin()
    victim.state, token = attacker.state, attacker.token()
    assert code_of(victim.launch(token, secret=victim.secret)) == "binding_wrong"
    assert rows(session) == [0, 0, 0]


@pytest.mark.parametrize("origin", ["https://moodle.example", "https://evil.example", "null", None])
def test_a_secret_counts_on_our_own_page_alone(
    session: Session, connected: TestSchool, cookieless: Callable[[], Cookieless], origin: str | None
) -> None:
    """Login CSRF: an attacker knows the secret of a login of their own, and posts it in somebody else's browser."""
    attacker, victim = cookieless(), cookieless()
    attacker.begin()
    victim.state = attacker.state
    posted = victim.launch(attacker.token(), origin, secret=attacker.secret)
    assert (posted.status_code, code_of(posted), rows(session)) == (403, "binding_wrong", [0, 0, 0])


def test_a_cookies_login_is_not_finished_by_a_page(
    session: Session, connected: TestSchool, browser: Browser, visitor: Cookieless
) -> None:
    """The cookie that a login was bound to is asked for, whatever else is posted."""
    browser.login()
    token = make_token(make_claims(NOW, nonce=browser.nonce))
    visitor.state = browser.state
    for more in ({}, {"secret": "x" * 43}, {"answer": "yes"}):
        assert code_of(visitor.launch(token, **more)) == "binding_missing"
    assert rows(session) == [0, 0, 0]


# The question -----------------------------------------------------------------------------------------------------


def answer(visitor: Cookieless, word: str, token: str, **headers: str) -> TestResponse:
    """The click on the page after Moodle."""
    return visitor.client.post(
        "/lti/launch", data={"state": visitor.state, "id_token": token, "secret": "", "answer": word}, headers=headers
    )


def test_where_nothing_is_kept_the_person_is_asked_by_name(
    session: Session, connected: TestSchool, visitor: Cookieless
) -> None:
    visitor.begin()
    token = visitor.token()
    page = visitor.launch(token)
    assert "Соколова\u00a0Е.\u00a0В." in page.text
    assert 'name="answer" value="yes"' in page.text
    done = answer(visitor, "yes", token, Origin=BASE_URL)
    assert done.status_code == 303
    assert done.location.startswith("/~")
    assert rows(session) == [1, 1, 1]


@pytest.mark.parametrize("claims", [{"sub": "4711"}, {"sub": "2", "roles": [SITE_ADMINISTRATOR]}])
def test_who_stands_in_no_directory_is_asked_without_a_name(
    connected: TestSchool, visitor: Cookieless, claims: dict[str, Any]
) -> None:
    visitor.begin()
    page = visitor.launch(visitor.token(**claims))
    assert page.status_code == 200
    assert "Войти в наставничество?" in page.text
    # The token's own words about the person reach no page.
    assert "Петрова" not in page.text


def test_a_no_lets_nobody_in(session: Session, connected: TestSchool, visitor: Cookieless) -> None:
    visitor.begin()
    declined = answer(visitor, "no", visitor.token(), Origin=BASE_URL)
    assert (declined.status_code, code_of(declined), rows(session)) == (403, "declined", [0, 0, 0])


@pytest.mark.parametrize("origin", ["https://moodle.example", "https://evil.example", "null", None])
def test_a_yes_must_be_clicked_on_our_own_page(
    session: Session, connected: TestSchool, visitor: Cookieless, origin: str | None
) -> None:
    """Login CSRF: a stranger's page posts its own login together with the yes."""
    visitor.begin()
    posted = answer(visitor, "yes", visitor.token(), **({"Origin": origin} if origin else {}))
    assert (posted.status_code, code_of(posted), rows(session)) == (403, "binding_wrong", [0, 0, 0])


@pytest.mark.parametrize("purpose", ["binding", "session"])
def test_a_browser_that_keeps_cookies_is_never_asked(
    session: Session, runtime: Runtime, connected: TestSchool, visitor: Cookieless, purpose: str
) -> None:
    visitor.begin()
    token = visitor.token()
    cookie = f"{cookie_name(runtime.settings, purpose)}={'x' * 43}"
    page = visitor.client.post(
        "/lti/launch", data={"state": visitor.state, "id_token": token}, headers={"Cookie": cookie}
    )
    assert page.status_code == 200
    assert 'name="answer"' not in page.text
    posted = answer(visitor, "yes", token, Origin=BASE_URL, Cookie=cookie)
    assert (posted.status_code, code_of(posted), rows(session)) == (403, "binding_wrong", [0, 0, 0])


def test_who_answers_too_late_is_told_to_click_again(
    session: Session, connected: TestSchool, visitor: Cookieless, clock: FixedClock
) -> None:
    visitor.begin()
    token = visitor.token()
    clock.move_to(NOW + timedelta(minutes=3))
    late = answer(visitor, "yes", token, Origin=BASE_URL)
    assert (code_of(late), rows(session)) == ("token_expired", [0, 0, 0])
    assert "слишком долго" in late.text or "занял" in late.text


# The handle in the path -------------------------------------------------------------------------------------------


def test_the_path_beats_the_cookie_of_somebody_else(
    connected: TestSchool, visitor: Cookieless, sign_in: SignIn
) -> None:
    """INGInious bug #685: the cookie's session won over the path's."""
    handle = visitor.come_in()
    other = sign_in(connected, connected.teachers[0])
    assert other.get("/staff/").status_code == 403
    page = other.get(f"/~{handle}/staff/")
    assert page.status_code == 200
    assert "Соколова" in page.text.partition("<main")[0]
    # And an unknown handle is no reason to fall back on the cookie.
    assert code_of(other.get(f"/~{'x' * 43}/")) == "no_session"
    assert other.get("/").status_code == 200


def test_a_handle_works_only_where_it_was_made_for(
    runtime: Runtime, connected: TestSchool, visitor: Cookieless, browser: Browser
) -> None:
    name = cookie_name(runtime.settings, "session")
    in_path = visitor.come_in()
    browser.login()
    launched = browser.launch(make_token(make_claims(NOW, nonce=browser.nonce)))
    in_cookie = launched.headers["Set-Cookie"].partition("=")[2].partition(";")[0]
    get = visitor.client.get
    assert get("/", headers={"Cookie": f"{name}={in_cookie}"}).status_code == 200
    assert get(f"/~{in_path}/").status_code == 200
    assert get("/", headers={"Cookie": f"{name}={in_path}"}).status_code == 401
    assert get("/", headers={"Cookie": f"{name}=path:{in_path}"}).status_code == 401
    assert get(f"/~{in_cookie}/").status_code == 401


@pytest.mark.parametrize(
    ("site", "status"),
    [("same-origin", 200), (None, 200), ("none", 401), ("same-site", 401), ("cross-site", 401)],
)
def test_an_address_typed_in_or_behind_a_strangers_link_opens_nothing(
    connected: TestSchool, visitor: Cookieless, site: str | None, status: int
) -> None:
    handle = visitor.come_in()
    headers = {"Sec-Fetch-Site": site} if site else {}
    assert visitor.client.get(f"/~{handle}/", headers=headers).status_code == status
    assert visitor.client.get(f"/~{handle}/nowhere", headers=headers).status_code == 404


def test_a_session_in_the_path_ends_sooner_and_says_so_in_its_frame(
    connected: TestSchool, visitor: Cookieless, clock: FixedClock
) -> None:
    assert IDLE[Carrier.PATH] == timedelta(minutes=30)
    handle = visitor.come_in()
    clock.move_to(NOW + timedelta(minutes=30))
    assert visitor.client.get(f"/~{handle}/school/").status_code == 200
    clock.move_to(NOW + timedelta(minutes=61))
    ended = visitor.client.get(f"/~{handle}/school/")
    assert (ended.status_code, code_of(ended)) == (401, "no_session")
    assert ended.headers["Content-Security-Policy"].endswith("frame-ancestors https://moodle.example")
    unknown = visitor.client.get(f"/~{'x' * 43}/school/")
    assert (unknown.status_code, code_of(unknown)) == (401, "no_session")
    assert unknown.headers["Content-Security-Policy"].endswith("frame-ancestors *")


@pytest.mark.parametrize(
    "path", ["/~short/", "/~" + "x" * 44 + "/", "/~" + "x" * 43 + "y/", "/~" + "ж" * 43 + "/", "/~/", "/~~/"]
)
def test_what_is_no_handle_is_no_address(connected: TestSchool, sign_in: SignIn, path: str) -> None:
    assert sign_in(connected, connected.curator).get(path).status_code == 404


def test_only_the_first_part_of_a_path_is_a_handle(connected: TestSchool, visitor: Cookieless) -> None:
    handle = visitor.come_in()
    assert visitor.client.get(f"/~{handle}").location.endswith(f"/~{handle}/")
    assert visitor.client.get(f"/~{handle}/~{handle}/").status_code == 404
    assert visitor.client.get(f"/school/~{handle}/").status_code == 404


class Addresses(HTMLParser):
    """Every address that a page leads to or loads from."""

    ATTRIBUTES = {"href", "src", "action", "formaction", "hx-get", "hx-post", "hx-put", "hx-delete", "hx-push-url"}

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        for name, value in attributes:
            if name in self.ATTRIBUTES or (tag, name, dict(attributes).get("name")) == ("input", "value", "back"):
                self.found.append(value or "")


@pytest.mark.timeout(400)  # The whole product page by page, perhaps on a busy machine.
def test_every_address_on_every_page_carries_the_handle_and_no_file_does(
    app: Flask, session: Session, connected: TestSchool, visitor: Cookieless
) -> None:
    """As somebody who holds every role, through every link from page to page."""
    for role in (Role.DIRECTOR, Role.PSYCHOLOGIST, Role.CLERK):
        grant(session, connected.curator, role, NOW)
    make_mentor(session, connected.curator, NOW)
    for person in (connected.curator, connected.teachers[0]):
        make_mentee(session, person, NOW)
    session.commit()
    handle = visitor.come_in(roles=[SITE_ADMINISTRATOR])
    seen, files, waiting = set(), set(), [f"/~{handle}{page}" for page in session_pages(app, frozenset(Role)).values()]
    while waiting:
        address = waiting.pop()
        if urlsplit(address).path in seen:
            continue
        seen.add(urlsplit(address).path)
        with visitor.client.get(address) as page:
            text = page.get_data(as_text=True) if page.mimetype == "text/html" else ""
        assert page.status_code in {200, 303}, (address, page.status_code, text)
        if page.status_code == 303:
            assert page.location.startswith(f"/~{handle}/"), address
            continue
        for found in Addresses(text).found:
            if "/static/" in found:
                assert handle not in found, (address, found)
                files.add(found)
            elif not found.startswith(("#", "?", "https://moodle.example/")):
                assert found.startswith(f"/~{handle}/"), (address, found)
                if leads_to_a_page(app, found.removeprefix(f"/~{handle}")):
                    waiting.append(found)
    assert len(seen) > 20
    for file in files:
        with visitor.client.get(file) as answer:
            assert answer.status_code == 200


def leads_to_a_page(app: Flask, address: str) -> bool:
    """Whether the address is one to GET; a form's action may be for POST alone."""
    return app.url_map.bind("localhost").test(urlsplit(address).path, "GET")


def test_what_is_posted_leads_back_under_the_handle(
    session: Session, connected: TestSchool, visitor: Cookieless
) -> None:
    handle = visitor.come_in(roles=[SITE_ADMINISTRATOR])
    token = session.scalars(select(BrowserSession.csrf_token)).one()
    post = visitor.client.post
    assert post(f"/~{handle}/role", data={"role": "administrator"}).status_code == 403
    switched = post(f"/~{handle}/role", data={"role": "administrator", "csrf_token": token})
    assert (switched.status_code, switched.location) == (303, f"/~{handle}/")
    form = {"person_id": connected.teachers[0].id, "csrf_token": token}
    for number, (back, place) in enumerate(
        [
            (f"/~{handle}/staff/?q=а", f"/~{handle}/staff/?q=%D0%B0&done=mentee_added"),
            # Out of the session: not a page of this visit.
            ("/staff/", f"/~{handle}/banks/mentees?done=mentee_added"),
            (f"/~{'x' * 43}/staff/", f"/~{handle}/banks/mentees?done=mentee_added"),
        ]
    ):
        added = post(
            f"/~{handle}/banks/mentees", data=form | {"person_id": connected.teachers[number].id, "back": back}
        )
        assert (added.status_code, added.location) == (303, place)


def test_a_write_under_the_handle_needs_token_and_origin(
    session: Session, connected: TestSchool, visitor: Cookieless
) -> None:
    handle = visitor.come_in()
    token = session.scalars(select(BrowserSession.csrf_token)).one()
    send = visitor.client.post
    address = f"/~{handle}/school/sites/new"
    assert send(address, data={"name": "Корпус"}).status_code == 403
    form = {"name": "Корпус", "csrf_token": token}
    assert send(address, data=form, headers={"Origin": "https://moodle.example"}).status_code == 403
    assert send(address, data=form, headers={"Origin": "null"}).status_code == 403
    assert send(address, data=form, headers={"Origin": BASE_URL}).status_code == 303


def test_no_page_of_the_path_is_kept_and_no_referrer_leaves_us(connected: TestSchool, visitor: Cookieless) -> None:
    page = visitor.client.get(f"/~{visitor.come_in()}/school/")
    assert (page.headers["Cache-Control"], page.headers["Referrer-Policy"]) == ("no-store", "same-origin")
    assert "Set-Cookie" not in page.headers


def test_no_handle_and_no_secret_reaches_a_log(
    connected: TestSchool, visitor: Cookieless, caplog: pytest.LogCaptureFixture
) -> None:
    with structlog.testing.capture_logs() as lines:
        handle = visitor.come_in()
        for address in ("", "school/", "nowhere", "pairs/999", "api/v1/school"):
            visitor.client.get(f"/~{handle}/{address}")
        visitor.client.post(f"/~{handle}/role", data={"role": "curator"})
    written = json.dumps(lines, ensure_ascii=False, default=str) + caplog.text
    assert len(lines) > 6
    for secret in (handle, visitor.secret, visitor.state, visitor.nonce):
        assert secret not in written


def test_the_handle_is_taken_out_of_a_servers_log_line() -> None:
    handle = "x" * 43
    line = logging.makeLogRecord({"msg": "Exception while serving %s", "args": (f"/~{handle}/pairs/",)})
    assert (quiet(line), line.getMessage()) == (True, "Exception while serving /~/pairs/")
    assert handles.without_handles(f"GET /~{handle}/pairs/?q=1 HTTP/1.1") == "GET /~/pairs/?q=1 HTTP/1.1"
    assert handles.without_handles(f"GET /~{handle} HTTP/1.1") == "GET /~ HTTP/1.1"
    assert handles.without_handles("GET /static/kit.css HTTP/1.1") == "GET /static/kit.css HTTP/1.1"


def test_a_client_names_no_handle_by_a_header(connected: TestSchool, visitor: Cookieless) -> None:
    handle = visitor.come_in()
    headers = {"mentorship.handle": handle, "X-Mentorship-Handle": handle, "X-Script-Name": f"/~{handle}"}
    assert visitor.client.get("/", headers=headers).status_code == 401


def test_a_session_of_the_path_ends_with_the_persons_access(
    session: Session, connected: TestSchool, visitor: Cookieless
) -> None:
    handle = visitor.come_in()
    connected.curator.suspended = True
    session.commit()
    assert code_of(visitor.client.get(f"/~{handle}/")) == "no_session"
