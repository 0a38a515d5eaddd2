"""Security headers of every answer: each route, for strangers and inside, whatever comes of it."""

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from moodle_mentorship.web.access import Gate, access_of, public
from moodle_mentorship.web.handles import is_file
from tests.conftest import SignIn
from tests.factories import TestSchool
from tests.lti.platform import make_browser

#: Everything that a page of ours needs, and nothing of others. Where a form goes and who frames the page is told apart.
POLICY = re.compile(
    r"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    r"connect-src 'self'; form-action ('self'|https://moodle\.example); base-uri 'none'; "
    r"frame-ancestors ('none'|\*|https://moodle\.example)"
)

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Strict-Transport-Security": "max-age=31536000",
}

VALUES: dict[str, Any] = {"filename": "kit.css", "role": "director", "field": "position", "kind": "xlsx", "what": "zip"}


def check(response: TestResponse, endpoint: str | None, *, inside: bool) -> None:
    headers = response.headers
    assert POLICY.fullmatch(headers["Content-Security-Policy"]), headers["Content-Security-Policy"]
    assert {name: headers.get(name) for name in ALWAYS} == ALWAYS
    file = is_file(endpoint)
    assert headers["Cross-Origin-Resource-Policy"] == ("cross-origin" if file else "same-origin")
    if not file and endpoint != "lti.jwks":
        assert headers["Cache-Control"] == "no-store"
    if inside:
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert headers["Content-Security-Policy"].endswith("frame-ancestors https://moodle.example")
    # What tells an attacker which version to look for.
    assert "X-Powered-By" not in headers
    for name in ("Access-Control-Allow-Origin", "Access-Control-Allow-Credentials"):
        assert name not in headers
    # A file that is sent stays open otherwise.
    response.close()


def addresses(app: Flask) -> list[tuple[str, str, str]]:
    """Endpoint, method and an address of every route; ids are those of nobody's row."""
    found = []
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            values = {name: VALUES.get(name, 987654321) for name in rule.arguments}
            address = str(app.url_map.bind("localhost").build(rule.endpoint, values, force_external=False))
            found += [(rule.endpoint, method, address) for method in sorted(rule.methods or ())]
    return found


def test_every_route_for_strangers(app: Flask) -> None:
    client = make_browser(app).client
    seen = {endpoint for endpoint, _, _ in addresses(app)}
    for endpoint, method, address in addresses(app):
        check(client.open(address, method=method), endpoint, inside=False)
    assert len(seen) > 40


def test_every_route_inside(app: Flask, sign_in: SignIn, school: TestSchool) -> None:
    """Writes come without a token, so they are refused, and nothing changes on the way."""
    client = sign_in(school, school.curator, site_administrator=True)
    for endpoint, method, address in addresses(app):
        rule = access_of(app, endpoint)
        check(client.open(address, method=method), endpoint, inside=rule is not None and rule.gate is Gate.SESSION)


@pytest.fixture
def stranger(app: Flask) -> FlaskClient:
    @app.get("/breaks")
    @public
    def breaks() -> str:
        raise RuntimeError("on purpose")

    return make_browser(app).client


@pytest.mark.parametrize(
    ("method", "address", "status"),
    [
        ("GET", "/nowhere", 404),
        ("GET", "/api/v1/nowhere", 404),
        ("GET", "/static/nothing.css", 404),
        ("DELETE", "/lti/login", 405),
        ("GET", "/breaks", 500),
        ("GET", "/staff", 308),
        ("GET", "/?x=%00", 400),
    ],
)
def test_answers_that_are_none(stranger: FlaskClient, method: str, address: str, status: int) -> None:
    response = stranger.open(address, method=method)
    assert response.status_code == status
    check(response, "static" if "/static/" in address else None, inside=False)


def test_a_body_that_is_too_large(stranger: FlaskClient) -> None:
    response = stranger.post("/lti/launch", data=b"x" * 600_000, content_type="application/x-www-form-urlencoded")
    assert response.status_code == 413
    check(response, None, inside=False)


def test_redirects_of_the_login(app: Flask, school: TestSchool) -> None:
    browser = make_browser(app)
    form = {"iss": "https://moodle.example", "login_hint": "3", "target_link_uri": "https://mentor.example/"}
    first = browser.client.post("/lti/login", data=form)
    second = browser.client.get(first.location)
    assert (first.status_code, second.status_code) == (303, 302)
    for response in (first, second):
        check(response, "lti.login", inside=False)
        assert "Cross-Origin-Opener-Policy" not in response.headers
