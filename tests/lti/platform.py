"""A platform's side for tests: keys, tokens with the claims of the recordings, a browser's way through the login."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from flask import Flask
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import RSAKey
from werkzeug.test import TestResponse

from moodle_mentorship.lti.verifier import CLAIM

INSTRUCTOR = "http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor"
LEARNER = "http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"
INSTITUTION_ADMINISTRATOR = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Administrator"
SITE_ADMINISTRATOR = "http://purl.imsglobal.org/vocab/lis/v2/system/person#Administrator"

TARGET = "https://mentor.example/"


@cache
def make_key(kid: str) -> RSAKey:
    """One key for each kid and test process: making them takes most of a test's time."""
    return RSAKey.generate_key(2048, {"kid": kid})


def public(key: RSAKey, **changes: Any) -> dict[str, Any]:
    return {**key.as_dict(private=False), "alg": "RS256", "use": "sig", **changes}


KEY = make_key("moodle-key")
OTHER_KEY = make_key("other-key")
KEYSET = {"keys": [public(KEY)]}

# A key of any other kind that a test's token is signed with.
REMOVE = object()


def make_claims(now: datetime, **changes: Any) -> dict[str, Any]:
    """The claims of launch_teacher01.json. Short names of `changes` stand for LTI claims; `REMOVE` takes one out.
    Claims of other specifications (``**{NRPS_CLAIM: …}``) go by their whole names."""
    issued = int(now.timestamp())
    claims: dict[str, Any] = {
        "nonce": "nonce",
        "iat": issued,
        "exp": issued + 60,
        "iss": "https://moodle.example",
        "aud": "client",
        "sub": "3",
        "given_name": "Мария",
        "family_name": "Петрова",
        "name": "Мария Петрова",
        "email": "teacher01@school.example",
        CLAIM + "deployment_id": "1",
        CLAIM + "target_link_uri": TARGET,
        CLAIM + "roles": [INSTRUCTOR],
        CLAIM + "context": {"id": "2", "label": "mentorship", "title": "Наставничество", "type": ["CourseSection"]},
        CLAIM + "message_type": "LtiResourceLinkRequest",
        CLAIM + "resource_link": {"title": "Наставничество: рабочий стол", "description": "", "id": "1"},
        CLAIM + "version": "1.3.0",
    }
    for name, value in changes.items():
        full = name if name in {"nonce", "iat", "exp", "iss", "aud", "azp", "sub"} or "://" in name else CLAIM + name
        if value is REMOVE:
            claims.pop(full, None)
        else:
            claims[full] = value
    return claims


def make_token(claims: dict[str, Any], key: RSAKey = KEY, **header: Any) -> str:
    protected = {"typ": "JWT", "alg": "RS256", "kid": key.kid} | header
    return jwt.encode({name: value for name, value in protected.items() if value is not REMOVE}, claims, key)


@dataclass
class Browser:
    """A browser that goes through the login; its cookies are its own."""

    client: FlaskClient
    nonce: str = ""
    state: str = ""
    asked: dict[str, str] = field(default_factory=dict)

    def login(self, method: str = "POST", **changes: Any) -> TestResponse:
        """The platform's login initiation (recorded in oidc_login_request_last.json), with the redirect back to
        ourselves that a browser without our cookie is sent on."""
        form = {
            "iss": "https://moodle.example",
            "target_link_uri": TARGET,
            "login_hint": "3",
            "lti_message_hint": json.dumps({"cmid": 2, "launchid": "ltilaunch1_1510168405"}),
            "client_id": "client",
            "lti_deployment_id": "1",
        } | changes
        form = {name: value for name, value in form.items() if value is not REMOVE}
        send = self.client.post if method == "POST" else self.client.get
        response = send("/lti/login", **({"data": form} if method == "POST" else {"query_string": form}))
        if response.status_code == 303:
            response = self.client.get(response.location)
        if response.status_code == 302:
            self.asked = {name: values[0] for name, values in parse_qs(urlsplit(response.location).query).items()}
            self.state, self.nonce = self.asked["state"], self.asked["nonce"]
        return response

    def launch(self, token: str, **changes: Any) -> TestResponse:
        form = {"id_token": token, "state": self.state} | changes
        return self.client.post("/lti/launch", data={k: v for k, v in form.items() if v is not REMOVE})


def make_browser(app: Flask) -> Browser:
    client = app.test_client()
    client.environ_base["wsgi.url_scheme"] = "https"
    return Browser(client)


Answer = tuple[int, dict[str, str], bytes]
Route = Callable[[str, dict[str, str], bytes], Answer]


@dataclass
class Server:
    """A small HTTP server of this machine; `requests` are (method, path with query, headers, body)."""

    url: str
    routes: dict[str, Route] = field(default_factory=dict)
    requests: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)

    def json(self, path: str, value: Any, status: int = 200) -> None:
        raw = json.dumps(value).encode()
        self.routes[path] = lambda *_: (status, {"Content-Type": "application/json"}, raw)


@contextmanager
def serve() -> Iterator[Server]:
    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = dict(self.headers.items())
            server.requests.append((self.command, self.path, headers, body))
            route = server.routes.get(self.path.partition("?")[0])
            status, extra, raw = route(self.path, headers, body) if route else (404, {}, b"")
            self.send_response(status)
            for name, value in extra.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        do_GET = do_POST = answer

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    listener = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server = Server(f"http://127.0.0.1:{listener.server_address[1]}")
    thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        listener.shutdown()
        listener.server_close()
        thread.join()
