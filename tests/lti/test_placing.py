"""Deep linking: Moodle asks for a page, a curator chooses, a signed answer goes back, and the link opens that page."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from joserfc import jws, jwt
from joserfc.jwk import KeySet
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from moodle_mentorship.core.clock import FixedClock
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.lti import jobs
from moodle_mentorship.lti.models import Placing
from moodle_mentorship.lti.placing import PAGES
from moodle_mentorship.lti.service.placing import DL_CLAIM
from moodle_mentorship.lti.verifier import CLAIM, SETTINGS_CLAIM
from moodle_mentorship.moodle.keys import public_keys
from tests.conftest import NOW
from tests.factories import TestSchool
from tests.lti.platform import KEY, REMOVE, SITE_ADMINISTRATOR, Browser, make_claims, make_token
from tests.lti.test_transports import Cookieless, code_of, cookieless

__all__ = ["cookieless"]

RETURN_URL = "https://moodle.example/mod/lti/contentitem_return.php?course=2&id=1&sesskey=abcDEF123"
CURATOR, DIRECTOR, STRANGER = "3", "4", "99"


def settings(**changes: Any) -> dict[str, Any]:
    """What Moodle sends (deeplink_admin.json)."""
    sent = {
        "accept_types": ["ltiResourceLink"],
        "accept_presentation_document_targets": ["frame", "iframe", "window"],
        "accept_copy_advice": False,
        "accept_multiple": True,
        "accept_unsigned": False,
        "auto_create": False,
        "can_confirm": False,
        "deep_link_return_url": RETURN_URL,
        "title": "Mentorship <script>alert(1)</script>",
        "text": "",
    } | changes
    return {name: value for name, value in sent.items() if value is not REMOVE}


def ask(browser: Browser, sub: str = CURATOR, asked: Any = None, **claims: Any) -> Any:
    """Moodle's “Select content” up to our page; `claims` go into the token."""
    assert browser.login(login_hint=sub).status_code == 302
    whole = {
        "message_type": "LtiDeepLinkingRequest",
        "resource_link": REMOVE,
        "sub": sub,
        SETTINGS_CLAIM: settings() if asked is None else asked,
    } | claims
    token = make_token(make_claims(NOW, nonce=browser.nonce, **whole))
    return browser.launch(token)


def csrf_of(page: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found
    return found[1]


def choose(client: FlaskClient, *pages: str) -> Any:
    shown = client.get("/placing")
    return client.post("/placing", data={"csrf_token": csrf_of(shown.text), "page": list(pages)})


def posted(page: str) -> tuple[str, str]:
    """Where the page posts itself, and the JWT."""
    action = re.search(r'<form id="placed"[^>]*action="([^"]+)"', page)
    token = re.search(r'name="JWT" value="([^"]+)"', page)
    assert action
    assert token
    return unescape(action[1]), token[1]


def claims_of(session: Session, runtime: Runtime, token: str) -> dict[str, Any]:
    keys = KeySet.import_key_set({"keys": public_keys(session, runtime.box, NOW)})
    return dict(jwt.decode(token, keys, algorithms=["RS256"]).claims)


# The way there and back -------------------------------------------------------------------------------------------


def test_a_curator_places_a_page(connected: TestSchool, browser: Browser, session: Session, runtime: Runtime) -> None:
    arrived = ask(browser)
    assert (arrived.status_code, arrived.location) == (303, "/placing")
    shown = browser.client.get("/placing")
    assert shown.status_code == 200
    assert "<script>alert" not in shown.text
    answered = choose(browser.client, "banks.mentees")
    assert answered.status_code == 200
    action, token = posted(answered.text)
    assert action == RETURN_URL
    claims = claims_of(session, runtime, token)
    now = int(NOW.timestamp())
    assert len(claims.pop("nonce")) == 43
    assert claims == {
        "iss": "client",
        "aud": "https://moodle.example",
        "iat": now - 30,
        "exp": now + 300,
        CLAIM + "deployment_id": "1",
        CLAIM + "message_type": "LtiDeepLinkingResponse",
        CLAIM + "version": "1.3.0",
        DL_CLAIM + "content_items": [
            {
                "type": "ltiResourceLink",
                "url": "https://mentor.example/banks/mentees",
                "title": "Банк наставляемых",
            }
        ],
    }


def test_the_answer_may_be_posted_to_moodle_alone(connected: TestSchool, browser: Browser) -> None:
    ask(browser)
    chooser = browser.client.get("/placing")
    assert "form-action 'self';" in chooser.headers["Content-Security-Policy"]
    assert "frame-ancestors https://moodle.example" in chooser.headers["Content-Security-Policy"]
    answered = choose(browser.client, "pairs.index")
    policy = answered.headers["Content-Security-Policy"]
    assert "form-action https://moodle.example;" in policy
    assert "frame-ancestors https://moodle.example" in policy
    assert answered.headers["Cache-Control"] == "no-store"
    assert "<script>" not in answered.text


def test_several_pages_at_once_in_their_order(
    connected: TestSchool, browser: Browser, session: Session, runtime: Runtime
) -> None:
    ask(browser)
    answered = choose(browser.client, "pairs.my_mentor", "dashboard.home", "banks.mentors")
    items = claims_of(session, runtime, posted(answered.text)[1])[DL_CLAIM + "content_items"]
    assert [urlsplit(item["url"]).path for item in items] == ["/", "/pairs/my-mentor", "/banks/mentors"]


def test_a_platform_that_takes_one_page_gets_one(connected: TestSchool, browser: Browser, session: Session) -> None:
    ask(browser, asked=settings(accept_multiple=False))
    shown = browser.client.get("/placing")
    assert 'type="radio"' in shown.text
    assert 'type="checkbox"' not in shown.text
    two = choose(browser.client, "dashboard.home", "pairs.index")
    assert two.status_code == 422
    assert 'name="JWT"' not in two.text
    assert posted(choose(browser.client, "pairs.index").text)[0] == RETURN_URL


@pytest.mark.parametrize("pages", [[], ["lti.connection"], ["nonsense"], ["<b>"]])
def test_nothing_or_a_page_that_is_not_offered(connected: TestSchool, browser: Browser, pages: list[str]) -> None:
    ask(browser)
    answered = choose(browser.client, *pages)
    assert answered.status_code == 422
    assert "Выберите страницу" in answered.text
    assert "<b>&lt;b&gt;" not in answered.text
    # The question still stands.
    assert choose(browser.client, "pairs.index").status_code == 200


@pytest.mark.parametrize("data", ["", "op4que", "a\"<&'\\ \u2028é\U0001d49c\0\n", "x" * 16384])
def test_data_goes_back_byte_for_byte(
    connected: TestSchool, browser: Browser, session: Session, runtime: Runtime, data: str
) -> None:
    ask(browser, asked=settings(data=data))
    claims = claims_of(session, runtime, posted(choose(browser.client, "pairs.index").text)[1])
    assert claims[DL_CLAIM + "data"].encode() == data.encode()


def test_cancelling_goes_back_with_nothing(
    connected: TestSchool, browser: Browser, session: Session, runtime: Runtime
) -> None:
    ask(browser, asked=settings(data="kept"))
    token = csrf_of(browser.client.get("/placing").text)
    answered = browser.client.post("/placing/cancel", data={"csrf_token": token})
    action, signed = posted(answered.text)
    claims = claims_of(session, runtime, signed)
    assert action == RETURN_URL
    assert claims[DL_CLAIM + "content_items"] == []
    assert claims[DL_CLAIM + "msg"] == "Ни одна страница не размещена."
    assert claims[DL_CLAIM + "data"] == "kept"


def test_it_works_without_cookies_and_the_placed_address_holds_no_handle(
    connected: TestSchool, cookieless: Callable[[], Cookieless], session: Session, runtime: Runtime
) -> None:
    browser = cookieless()
    browser.begin()
    token = browser.token(message_type="LtiDeepLinkingRequest", resource_link=REMOVE, **{SETTINGS_CLAIM: settings()})
    arrived = browser.launch(token, secret=browser.secret)
    assert re.fullmatch(r"/~[A-Za-z0-9_-]{43}/placing", arrived.location)
    shown = browser.client.get(arrived.location).text
    assert f'action="{arrived.location}"' in shown
    form = {"csrf_token": csrf_of(shown), "page": "banks.mentees"}
    answered = browser.client.post(arrived.location, data=form)
    items = claims_of(session, runtime, posted(answered.text)[1])[DL_CLAIM + "content_items"]
    assert [item["url"] for item in items] == ["https://mentor.example/banks/mentees"]
    # And the placed link opens that page in such a browser.
    again = cookieless()
    handle = again.come_in(items[0]["url"])
    assert again.client.get(f"/~{handle}/banks/mentees").status_code == 200


# Who may -----------------------------------------------------------------------------------------------------------


def test_a_site_administrator_may(connected: TestSchool, browser: Browser) -> None:
    ask(browser, sub="2", roles=[SITE_ADMINISTRATOR])
    assert choose(browser.client, "pairs.index").status_code == 200


def test_who_is_neither_is_told_whom_to_ask(
    connected: TestSchool, browser: Browser, session: Session, runtime: Runtime
) -> None:
    """A Moodle teacher's right to edit the course is none here."""
    ask(browser, sub=DIRECTOR)
    shown = browser.client.get("/placing")
    assert shown.status_code == 403
    assert "Страницы размещает куратор" in shown.text
    token = csrf_of(shown.text)
    refused = browser.client.post("/placing", data={"csrf_token": token, "page": "pairs.index"})
    assert (refused.status_code, code_of(refused)) == (403, "forbidden")
    back = browser.client.post("/placing/cancel", data={"csrf_token": token})
    assert claims_of(session, runtime, posted(back.text)[1])[DL_CLAIM + "content_items"] == []


def test_who_is_not_in_the_directory_leaves_no_question(
    connected: TestSchool, browser: Browser, session: Session
) -> None:
    refused = ask(browser, sub=STRANGER)
    assert (refused.status_code, code_of(refused)) == (403, "not_in_directory")
    assert session.scalar(select(func.count()).select_from(Placing)) == 0


def test_a_question_belongs_to_its_launch(
    connected: TestSchool, browser: Browser, new_browser: Callable[[], Browser], other_school: TestSchool
) -> None:
    ask(browser)
    other = new_browser()
    assert other.login(iss="https://moodle.other").status_code == 302
    launched = other.launch(make_token(make_claims(NOW, nonce=other.nonce, iss="https://moodle.other")))
    assert launched.status_code == 303
    shown = other.client.get("/placing")
    assert (shown.status_code, code_of(shown)) == (404, "nothing_to_place")


def test_an_ordinary_visit_has_nothing_to_place(connected: TestSchool, browser: Browser) -> None:
    browser.login()
    browser.launch(make_token(make_claims(NOW, nonce=browser.nonce)))
    shown = browser.client.get("/placing")
    assert (shown.status_code, code_of(shown)) == (404, "nothing_to_place")


# Once ---------------------------------------------------------------------------------------------------------------


def test_a_question_is_answered_once(connected: TestSchool, browser: Browser, session: Session) -> None:
    ask(browser)
    token = csrf_of(browser.client.get("/placing").text)
    form = {"csrf_token": token, "page": "pairs.index"}
    assert browser.client.post("/placing", data=form).status_code == 200
    for again in (
        browser.client.post("/placing", data=form),
        browser.client.post("/placing/cancel", data=form),
        browser.client.get("/placing"),
    ):
        assert (again.status_code, code_of(again)) == (404, "nothing_to_place")
    assert session.scalar(select(func.count()).select_from(Placing)) == 0


def test_each_answer_has_a_nonce_of_its_own(
    connected: TestSchool, browser: Browser, session: Session, runtime: Runtime
) -> None:
    nonces = set()
    for _ in range(2):
        ask(browser)
        nonces.add(claims_of(session, runtime, posted(choose(browser.client, "pairs.index").text)[1])["nonce"])
    assert len(nonces) == 2


def test_a_request_is_not_replayed(connected: TestSchool, browser: Browser) -> None:
    browser.login()
    claims = {"message_type": "LtiDeepLinkingRequest", "resource_link": REMOVE, SETTINGS_CLAIM: settings()}
    token = make_token(make_claims(NOW, nonce=browser.nonce, **claims))
    assert browser.launch(token).status_code == 303
    again = browser.launch(token)
    assert (again.status_code, code_of(again)) == (403, "state_replayed")


def test_a_form_from_elsewhere_places_nothing(connected: TestSchool, browser: Browser) -> None:
    ask(browser)
    form = {"csrf_token": csrf_of(browser.client.get("/placing").text), "page": "pairs.index"}
    for changes, headers in (({"csrf_token": "x"}, {}), ({}, {"Origin": "https://evil.example"})):
        refused = browser.client.post("/placing", data=form | changes, headers=headers)
        assert (refused.status_code, code_of(refused)) == (403, "csrf_refused")


def test_the_night_forgets_what_nobody_answered(
    connected: TestSchool, browser: Browser, session: Session, runtime: Runtime, clock: FixedClock
) -> None:
    ask(browser)
    for hours, left in ((9, 1), (10, 0)):
        clock.move_to(NOW + timedelta(hours=hours))
        jobs.purge(runtime)
        assert session.scalar(select(func.count()).select_from(Placing)) == left


def test_moodles_session_key_is_sealed_and_in_no_log(
    connected: TestSchool, browser: Browser, session: Session, capfd: pytest.CaptureFixture[str]
) -> None:
    ask(browser)
    stored = session.scalars(select(Placing.sealed_request)).one()
    _, token = posted(choose(browser.client, "pairs.index").text)
    said = "".join(capfd.readouterr())
    assert "request" in said
    assert [secret for secret in ("abcDEF123", token) if secret in said + stored] == []


# Hostile requests ---------------------------------------------------------------------------------------------------

REFUSED = [
    ("no settings", REMOVE, "deep_linking_settings_missing"),
    ("settings are a string", "x", "deep_linking_settings_missing"),
    ("no return address", settings(deep_link_return_url=REMOVE), "return_foreign"),
    ("return address elsewhere", settings(deep_link_return_url="https://evil.example/"), "return_foreign"),
    ("another scheme", settings(deep_link_return_url="http://moodle.example/"), "return_foreign"),
    ("another port", settings(deep_link_return_url="https://moodle.example:8443/"), "return_foreign"),
    ("a host that begins alike", settings(deep_link_return_url="https://moodle.example.evil/"), "return_foreign"),
    ("credentials", settings(deep_link_return_url="https://moodle.example@evil.example/"), "return_foreign"),
    ("a script", settings(deep_link_return_url="javascript:alert(1)//https://moodle.example"), "return_foreign"),
    ("a backslash", settings(deep_link_return_url="https://moodle.example\\@evil.example/"), "return_foreign"),
    ("a line break", settings(deep_link_return_url="https://moodle.example/\n;script-src *"), "return_foreign"),
    ("an endless one", settings(deep_link_return_url="https://moodle.example/" + "x" * 1000), "return_foreign"),
    ("no types", settings(accept_types=REMOVE), "accept_types_unfit"),
    ("files only", settings(accept_types=["file", "html"]), "accept_types_unfit"),
    ("types are a string", settings(accept_types="ltiResourceLink"), "accept_types_unfit"),
    ("data is an object", settings(data={"a": 1}), "deep_linking_data_invalid"),
    ("data without end", settings(data="x" * 16385), "deep_linking_data_invalid"),
]


@pytest.mark.parametrize(("asked", "code"), [pytest.param(*row[1:], id=row[0]) for row in REFUSED])
def test_a_request_that_does_not_hold_is_refused(
    connected: TestSchool, browser: Browser, session: Session, asked: Any, code: str
) -> None:
    refused = ask(browser, asked=asked)
    assert (refused.status_code, code_of(refused)) == (403, code)
    assert session.scalar(select(func.count()).select_from(Placing)) == 0


def test_half_a_character_in_data_is_refused(connected: TestSchool, browser: Browser) -> None:
    """JSON can spell it, and it has no bytes."""
    browser.login()
    claims = make_claims(
        NOW,
        nonce=browser.nonce,
        message_type="LtiDeepLinkingRequest",
        resource_link=REMOVE,
        **{SETTINGS_CLAIM: settings(data="\ud83d")},
    )
    token = jws.serialize_compact({"alg": "RS256", "kid": KEY.kid}, json.dumps(claims), KEY)
    assert code_of(browser.launch(token)) == "deep_linking_data_invalid"


TOKENS = [
    ("expired", {"exp": int(NOW.timestamp()) - 61, "iat": int(NOW.timestamp()) - 120}, "token_expired"),
    ("nonce of another login", {"nonce": "another"}, "nonce_wrong"),
    ("another audience", {"aud": "evil"}, "audience_wrong"),
    ("another issuer", {"iss": "https://moodle.other"}, "issuer_wrong"),
    ("another deployment", {"deployment_id": "2"}, "deployment_wrong"),
    ("another target", {"target_link_uri": "https://mentor.example/pairs/"}, "target_wrong"),
    ("no sub", {"sub": REMOVE}, "sub_missing"),
]


@pytest.mark.parametrize(("claims", "code"), [pytest.param(*row[1:], id=row[0]) for row in TOKENS])
def test_the_verifier_is_the_same(connected: TestSchool, browser: Browser, claims: dict[str, Any], code: str) -> None:
    browser.login()
    whole = {
        "nonce": browser.nonce,
        "message_type": "LtiDeepLinkingRequest",
        "resource_link": REMOVE,
        SETTINGS_CLAIM: settings(),
    } | claims
    refused = browser.launch(make_token(make_claims(NOW, **whole), KEY))
    assert code_of(refused) == code


# The placed link ----------------------------------------------------------------------------------------------------


def launch_link(browser: Browser, url: str, sub: str) -> Any:
    assert browser.login(target_link_uri=url, login_hint=sub).status_code == 302
    arrived = browser.launch(make_token(make_claims(NOW, nonce=browser.nonce, target_link_uri=url, sub=sub)))
    assert arrived.status_code == 303
    return browser.client.get(arrived.location)


def test_every_placed_link_opens_its_page_for_whom_it_is(
    connected: TestSchool, browser: Browser, app: Flask, session: Session, runtime: Runtime
) -> None:
    ask(browser)
    offered = app.extensions[PAGES].all()
    assert len(offered) >= 7
    items = claims_of(session, runtime, posted(choose(browser.client, *[p.endpoint for p in offered]).text)[1])
    opened = {
        item["url"]: launch_link(browser, item["url"], CURATOR).status_code
        for item in items[DL_CLAIM + "content_items"]
    }
    # The curator is neither mentor nor mentee.
    refused = {"https://mentor.example/pairs/my-mentees", "https://mentor.example/pairs/my-mentor"}
    assert {url for url, status in opened.items() if status != 200} == refused
    assert len(opened) == len(offered)


def test_a_link_for_another_role_says_so_and_leads_on(connected: TestSchool, browser: Browser) -> None:
    shown = launch_link(browser, "https://mentor.example/banks/mentees", str(connected.teachers[0].moodle_user_id))
    assert (shown.status_code, code_of(shown)) == (403, "forbidden")
    assert "Эта страница для другой роли" in shown.text
    assert re.search(r'<a class="btn k-btn" href="/">', shown.text)
