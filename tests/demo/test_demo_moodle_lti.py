"""The demonstration Moodle as an LTI 1.3 platform, compared with the recorded launches of a real Moodle 4.5.6."""

import json
import re
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from moodle_mentorship.demo.moodle.app import create_demo_moodle, demo_state
from moodle_mentorship.demo.moodle.config import DemoMoodleConfig, DemoTool, DemoVisitor
from moodle_mentorship.demo.moodle.platform import INSTRUCTOR, LEARNER
from moodle_mentorship.demo.moodle.state import DemoUser

RECORDINGS = Path(__file__).parent.parent / "moodle" / "recordings" / "lti"
BASE = "http://moodle.test"
TOOL = "http://tool.test"
NOW = 1_795_382_154
CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
NRPS = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"

#: The custom parameters of the recorded tool.
RECORDED_CUSTOM = {
    "view": "dashboard",
    "user_id": "$User.id",
    "username": "$User.username",
    "sourcedid": "$Person.sourcedId",
    "middlename": "$Person.name.middle",
    "tz": "$Person.address.timezone",
    "phone": "$Person.phone.primary",
    "context_id": "$Context.id",
    "course_label": "$Context.label",
    "history": "$Context.id.history",
    "groups": "$Moodle.Person.userGroupIds",
    "rlid": "$ResourceLink.id",
    "rltitle": "$ResourceLink.title",
    "roles": "$Membership.role",
    "timebegin": "$CourseSection.timeFrame.begin",
    "coursesourcedid": "$CourseSection.sourcedId",
    "lineitem": "$LineItem.url",
    "lineitems": "$LineItems.url",
    "unsupported": "$User.image",
    "plain": "abc=def",
}


def recorded(name: str) -> Any:
    return json.loads((RECORDINGS / f"{name}.json").read_text("utf-8"))


class Clock:
    def __init__(self) -> None:
        self.now = float(NOW)

    def __call__(self) -> float:
        return self.now


class Site:
    """The platform, a registered tool with its own key, and three persons: administrator, curator, teacher."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.tool_key = RSAKey.generate_key(2048, {"kid": "tool-key", "alg": "RS256", "use": "sig"})
        self.tool = DemoTool(
            login_url=f"{TOOL}/lti/login",
            launch_url=f"{TOOL}/lti/launch",
            jwks_url=f"{TOOL}/lti/jwks",
            custom_parameters=RECORDED_CUSTOM,
        )
        visitors = tuple(DemoVisitor(name, "роль", "подсказка") for name in ("admin", "curator", "anna"))
        self.app: Flask = create_demo_moodle(
            DemoMoodleConfig(
                BASE,
                tool=self.tool,
                visitors=visitors,
                school=False,
                clock=self.clock,
                fetch_json=lambda url: {"keys": [self.tool_key.as_dict(private=False)]},
            )
        )
        self.moodle = demo_state(self.app)
        self.curator = self._person("curator", "Куратова", "T-1")
        self.moodle.enrol(self.curator.id, 3)
        self.anna = self._person("anna", "Иванова", "T-2")

    def _person(self, username: str, lastname: str, idnumber: str) -> DemoUser:
        return self.moodle.add_user(username, lastname, "Анна", "Сергеевна", idnumber=idnumber, staff=True)

    def browser(self, username: str) -> FlaskClient:
        browser = self.app.test_client()
        browser.post("/demo/enter", data={"username": username})
        return browser

    def initiation(self, browser: FlaskClient) -> dict[str, str]:
        return form_of(browser.get("/mod/lti/launch.php?id=2").text)[2]

    def authorise(self, browser: FlaskClient, **changes: str) -> Any:
        return browser.get("/mod/lti/auth.php?" + urlencode(self.request(browser) | changes))

    def request(self, browser: FlaskClient) -> dict[str, str]:
        initiation = self.initiation(browser)
        return {
            "scope": "openid",
            "response_type": "id_token",
            "response_mode": "form_post",
            "prompt": "none",
            "client_id": initiation["client_id"],
            "redirect_uri": self.tool.launch_url,
            "state": "s",
            "nonce": "n",
            "login_hint": initiation["login_hint"],
            "lti_message_hint": initiation["lti_message_hint"],
        }

    def claims(self, username: str) -> tuple[dict[str, Any], dict[str, Any]]:
        answer = self.authorise(self.browser(username))
        token = jwt.decode(form_of(answer.text)[2]["id_token"], self.keys(), algorithms=["RS256"])
        return token.header, token.claims

    def keys(self) -> KeySet:
        return KeySet.import_key_set(self.app.test_client().get("/mod/lti/certs.php").get_json())


@pytest.fixture(scope="module")
def site() -> Site:
    return Site()


def form_of(page: str) -> tuple[str, str, dict[str, str]]:
    """(id, action, fields) of an auto-posted form."""
    opening = re.search(r'<form action="([^"]*)" name="([^"]*)" id="([^"]*)" method="post"', page)
    assert opening is not None, page
    inputs = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"/>', page)
    fields = {unescape(name): unescape(value) for name, value in inputs}
    return opening[3], unescape(opening[1]), fields


def shape(value: object) -> object:
    """Keys in their order and types, without the values."""
    if isinstance(value, dict):
        return [(key, shape(inner)) for key, inner in value.items()]
    if isinstance(value, list):
        return [shape(inner) for inner in value]
    return type(value).__name__


def test_the_login_initiation_is_posted_as_moodle_posts_it(site: Site) -> None:
    form_id, action, fields = form_of(site.browser("anna").get("/mod/lti/launch.php?id=2").text)
    of_moodle = recorded("auth_endpoint")["launch_php_html"]
    assert f'id="{form_id}"' in of_moodle
    assert list(fields) == re.findall(r'name="(\w+)" value=', of_moodle)
    hint = json.loads(fields.pop("lti_message_hint"))
    assert re.fullmatch(r"ltilaunch1_\d+", hint.pop("launchid"))
    assert (action, hint) == (site.tool.login_url, {"cmid": 2})
    assert fields == {
        "iss": BASE,
        "target_link_uri": site.tool.launch_url,
        "login_hint": str(site.anna.id),
        "client_id": site.tool.client_id,
        "lti_deployment_id": "1",
    }


@pytest.mark.parametrize(
    ("username", "recording"),
    [("admin", "launch_admin"), ("curator", "launch_teacher01"), ("anna", "launch_teacher21")],
)
def test_claims_have_the_shape_of_a_recorded_launch(site: Site, username: str, recording: str) -> None:
    header, claims = site.claims(username)
    real = recorded(recording)
    assert list(header) == list(real["jwt_header"])
    assert shape(claims) == shape(real["claims"])
    assert claims[f"{CLAIM}roles"] == real["claims"][f"{CLAIM}roles"]
    assert claims[f"{CLAIM}custom"]["roles"] == real["claims"][f"{CLAIM}custom"]["roles"]
    assert claims["exp"] - claims["iat"] == real["claims"]["exp"] - real["claims"]["iat"] == 60
    assert "azp" not in claims


def test_values_of_a_launch(site: Site) -> None:
    _, claims = site.claims("anna")
    assert {name: claims[name] for name in ("nonce", "iat", "exp", "iss", "aud", "sub", "name")} == {
        "nonce": "n",
        "iat": NOW,
        "exp": NOW + 60,
        "iss": BASE,
        "aud": site.tool.client_id,
        "sub": str(site.anna.id),
        "name": "Анна Иванова",
    }
    custom = claims[f"{CLAIM}custom"]
    assert (custom["middlename"], custom["unsupported"], custom["plain"]) == ("Сергеевна", "$User.image", "abc=def")
    assert (claims[f"{CLAIM}context"]["id"], claims[f"{CLAIM}resource_link"]["id"]) == ("2", "1")
    assert claims[f"{CLAIM}lis"]["person_sourcedid"] == "T-2"


def test_a_non_editing_teacher_is_an_instructor_and_a_student_a_learner(site: Site) -> None:
    site.moodle.enrol(site.anna.id, 4)
    assert site.claims("anna")[1][f"{CLAIM}roles"] == [INSTRUCTOR]
    site.moodle.enrolments[site.anna.id] = {5}
    assert site.claims("anna")[1][f"{CLAIM}roles"] == [LEARNER]


def test_the_answer_is_a_form_posted_to_the_tool(site: Site) -> None:
    answer = site.authorise(site.browser("anna"), state="abc")
    form_id, action, fields = form_of(answer.text)
    assert (form_id, action) == ("ltiAuthForm", site.tool.launch_url)
    assert (list(fields), fields["state"]) == (["id_token", "state"], "abc")
    policy = answer.headers["Content-Security-Policy"]
    assert f"form-action 'self' {TOOL}" in policy
    assert "unsafe" not in policy
    assert "<script>" not in answer.text


def test_a_launch_hint_works_once(site: Site) -> None:
    browser = site.browser("anna")
    query = urlencode(site.request(browser))
    assert browser.get(f"/mod/lti/auth.php?{query}").status_code == 200
    replay = browser.get(f"/mod/lti/auth.php?{query}")
    assert replay.status_code == recorded("auth_endpoint")["auth_replay_same_launchid"]["status"] == 404
    assert "Invalid request" in replay.text


def test_a_launch_hint_of_another_session_is_unknown(site: Site) -> None:
    theirs = site.request(site.browser("anna"))
    answer = site.browser("anna").get("/mod/lti/auth.php?" + urlencode(theirs))
    assert answer.status_code == 404


def test_a_redirect_uri_that_is_not_registered_is_invalid(site: Site) -> None:
    for wrong in (f"{TOOL}/lti/launch/", f"{TOOL}/lti/launch?x=1", "http://evil.test/"):
        assert site.authorise(site.browser("anna"), redirect_uri=wrong).status_code == 404


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"login_hint": "2"}, {"error": "access_denied", "state": "s"}),
        ({"client_id": "other"}, {"error": "unauthorized_client", "state": "s"}),
        (
            {"response_mode": "query"},
            {"error": "invalid_request", "error_description": "Invalid response_mode", "state": "s"},
        ),
        ({"prompt": "login"}, {"error": "invalid_request", "error_description": "Invalid prompt", "state": "s"}),
    ],
)
def test_errors_are_posted_to_the_tool(site: Site, changes: dict[str, str], fields: dict[str, str]) -> None:
    answer = site.authorise(site.browser("anna"), **changes)
    assert (answer.status_code, form_of(answer.text)[2]) == (200, fields)


def test_without_the_cookie_the_request_is_posted_again_from_moodle_s_own_page(site: Site) -> None:
    browser = site.browser("anna")
    query = urlencode(site.request(browser))
    form_id, action, fields = form_of(site.app.test_client().get(f"/mod/lti/auth.php?{query}").text)
    assert (form_id, fields, urlsplit(action).path) == ("autopostme", {"repost": "true"}, "/mod/lti/auth.php")
    assert parse_qsl(urlsplit(action).query) == parse_qsl(query)
    # still nobody: Moodle gives up; with the cookie it goes on
    assert site.app.test_client().post(action, data=fields).status_code == 404
    assert list(form_of(browser.post(action, data=fields).text)[2]) == ["id_token", "state"]


def test_the_repost_keeps_a_path_prefix() -> None:
    app = create_demo_moodle(DemoMoodleConfig(f"{BASE}/moodle", school=False))
    page = app.test_client().get("/mod/lti/auth.php?a=1", base_url=f"{BASE}/moodle").text
    assert form_of(page)[1] == "/moodle/mod/lti/auth.php?a=1"


# Service tokens ---------------------------------------------------------------------------------------------------


def assertion(site: Site, **changes: Any) -> str:
    claims = {
        "iss": site.tool.client_id,
        "sub": site.tool.client_id,
        "aud": f"{BASE}/mod/lti/token.php",
        "iat": NOW - 30,
        "exp": NOW + 60,
        "jti": "1",
    }
    return jwt.encode({"alg": "RS256", "kid": "tool-key"}, claims | changes, site.tool_key)


def ask_token(site: Site, scope: str = NRPS, **changes: Any) -> tuple[int, str, Any]:
    answer = site.app.test_client().post(
        "/mod/lti/token.php",
        data={
            "grant_type": "client_credentials",
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": assertion(site, **changes),
            "scope": scope,
        },
    )
    return answer.status_code, answer.headers["Content-Type"], json.loads(answer.text)


def test_a_service_token(site: Site) -> None:
    status, content_type, body = ask_token(site, f"{NRPS} unknown")
    assert (status, content_type) == (200, "text/html; charset=utf-8")
    assert len(body.pop("access_token")) == 32
    assert body == {"token_type": "Bearer", "expires_in": 3600, "scope": NRPS}


@pytest.mark.parametrize(
    ("scope", "changes", "error"),
    [
        (NRPS, {"exp": NOW - 1}, "Expired token"),
        (NRPS, {"iat": NOW + 2}, "Cannot handle token with iat prior to 2026-11-22T21:15:56+0000"),
        ("nonsense", {}, "invalid_scope"),
        (NRPS, {"sub": "nobody"}, "invalid_client"),
    ],
)
def test_a_service_token_is_refused(site: Site, scope: str, changes: dict[str, Any], error: str) -> None:
    assert ask_token(site, scope, **changes) == (400, "text/html; charset=utf-8", {"error": error})


def test_a_token_request_without_an_assertion(site: Site) -> None:
    answer = site.app.test_client().post("/mod/lti/token.php", data={})
    assert (answer.status_code, json.loads(answer.text)) == (400, {"error": "invalid_request"})


# Dynamic registration ---------------------------------------------------------------------------------------------


def start_registration(site: Site) -> dict[str, str]:
    answer = site.browser("admin").get("/mod/lti/startltiadvregistration.php?url=http://new.test/lti/register?i=5")
    target = urlsplit(answer.headers["Location"])
    assert (answer.status_code, target.netloc, target.path) == (302, "new.test", "/lti/register")
    return dict(parse_qsl(target.query))


def test_the_openid_configuration_has_moodle_s_keys(site: Site) -> None:
    ours = site.app.test_client().get("/mod/lti/openid-configuration.php").get_json()
    real = recorded("openid_configuration")
    assert shape(ours) == shape(real)
    platform = "https://purl.imsglobal.org/spec/lti-platform-configuration"
    assert ours[platform] == real[platform]
    assert ours["issuer"] == BASE
    assert ours["registration_endpoint"] == f"{BASE}/mod/lti/openid-registration.php"


def test_a_tool_registers_itself_and_an_administrator_activates_it() -> None:
    site = Site()
    query = start_registration(site)
    assert (query["i"], query["openid_configuration"]) == ("5", f"{BASE}/mod/lti/openid-configuration.php")
    token = jwt.decode(query["registration_token"], site.keys(), algorithms=["RS256"])
    real = recorded("dynreg")
    assert list(token.claims) == list(real["registration_request_query"]["registration_token_claims"])
    assert (token.claims["scope"], token.claims["exp"] - token.claims["iat"]) == ("reg", 3600)

    headers = {"Authorization": f"Bearer {query['registration_token']}"}
    answer = site.app.test_client().post("/mod/lti/openid-registration.php", json=real["post_body"], headers=headers)
    expected = real["response"]["body"] | {"client_id": token.claims["sub"]}
    assert (answer.status_code, answer.get_json()) == (200, expected)
    again = site.app.test_client().post("/mod/lti/openid-registration.php", json=real["post_body"], headers=headers)
    assert (again.status_code, again.text) == (401, real["second_use_of_token"]["body"])

    browser = site.browser("admin")
    assert "ожидает активации" in browser.get("/mod/lti/toolconfigure.php").text
    assert site.initiation(browser)["client_id"] == site.tool.client_id
    assert browser.post("/mod/lti/toolactivate.php", data={"deployment_id": "2"}).status_code == 302
    initiation = site.initiation(browser)
    assert (initiation["client_id"], initiation["lti_deployment_id"]) == (token.claims["sub"], "2")


@pytest.mark.parametrize(
    ("spoil", "error"),
    [
        (lambda body: body.pop("jwks_uri"), "missing_registration_attribute jwks_uri"),
        (lambda body: body.update(response_types=["code"]), "invalid_response_types"),
        (lambda body: body.update(token_endpoint_auth_method="none"), "invalid_token_endpoint_auth_method"),
        (
            lambda body: body["https://purl.imsglobal.org/spec/lti-tool-configuration"].update(domain="other.test"),
            "domain_targetlinkuri_mismatch",
        ),
    ],
)
def test_an_incomplete_registration_is_refused_and_the_token_stays_good(site: Site, spoil: Any, error: str) -> None:
    headers = {"Authorization": f"Bearer {start_registration(site)['registration_token']}"}
    body = recorded("dynreg")["post_body"]
    spoil(body)
    answer = site.app.test_client().post("/mod/lti/openid-registration.php", json=body, headers=headers)
    assert (answer.status_code, answer.text) == (400, error)


def test_registration_needs_a_living_token_and_an_administrator() -> None:
    site = Site()
    assert site.browser("anna").get("/mod/lti/startltiadvregistration.php?url=http://x.test/").status_code == 403
    bare = site.app.test_client().post("/mod/lti/openid-registration.php", json={})
    assert (bare.status_code, bare.text) == (401, "missing_registration_token")
    headers = {"Authorization": f"Bearer {start_registration(site)['registration_token']}"}
    site.clock.now += 3600
    late = site.app.test_client().post("/mod/lti/openid-registration.php", json={}, headers=headers)
    assert (late.status_code, late.text) == (401, "invalid_registration_token")
