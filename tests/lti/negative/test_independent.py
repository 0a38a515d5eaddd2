"""Platforms that we didn't write, against the running server: the whole way, and a few bad ones.

`lti-provider-mock` speaks HTTP from the login's form to the launch's; `lti1p3platform` makes the messages.
"""

import html
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from lti1p3platform.ltiplatform import LTI1P3PlatformConfAbstract
from lti1p3platform.message_launch import MessageLaunchAbstract
from lti1p3platform.registration import Registration
from lti1p3platform.request import Request, TRequest

from moodle_mentorship.demo.moodle.transport import free_port
from tests.lti.negative.house import MOODLE, House, Reply, Visitor
from tests.lti.platform import INSTRUCTOR, KEY, TARGET, make_key

ISSUER = "https://mock.example"


# lti-provider-mock ------------------------------------------------------------------------------------------------


@dataclass
class Mock:
    """The mock platform's site, and a browser that has signed in there."""

    url: str
    # As they came: its values hold quotes, which `requests` would take apart.
    cookies: dict[str, str] = field(default_factory=dict)

    def ask(self, method: str, address: str, **options: Any) -> requests.Response:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        answer = requests.request(method, address, headers=headers, allow_redirects=False, timeout=10, **options)
        for cookie in answer.raw.headers.getlist("Set-Cookie"):
            name, _, value = cookie.partition("; ")[0].partition("=")
            self.cookies[name] = value
            if value == '""':
                # Taken back.
                del self.cookies[name]
        return answer

    def sign_in(self, user: str) -> None:
        assert self.ask("POST", f"{self.url}/login", data={"userid": user}).status_code == 303

    def form(self, answer: requests.Response) -> dict[str, str]:
        """The hidden fields of the form that its page posts by itself."""
        assert answer.status_code == 200, answer.text
        inputs = re.findall(r"<input\b[^>]*>", answer.text)
        fields = [dict(re.findall(r'(name|value)="([^"]*)"', text)) for text in inputs]
        return {each["name"]: html.unescape(each["value"]) for each in fields}

    def initiation(self) -> dict[str, str]:
        return self.form(self.ask("GET", f"{self.url}/courses/1"))

    def authorise(self, address: str) -> dict[str, str]:
        """What it makes the browser post to us, after we sent the browser there."""
        assert address.startswith(f"{self.url}/authorize?")
        return self.form(self.ask("GET", address))


@pytest.fixture(scope="module")
def mock_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port = free_port()
    prefix = "LTI_PROVIDER_MOCK__"
    user = {"id": "3", "given_name": "Елена", "family_name": "Соколова", "email": "sokolova@school.example"}
    environment = os.environ | {
        f"{prefix}USERS": json.dumps([user, user | {"id": "4711"}]),
        f"{prefix}COURSES": json.dumps([{"id": "1", "name": "Наставничество"}]),
        f"{prefix}LTI": json.dumps(
            {
                "iss": ISSUER,
                "login_url": "https://mentor.example/lti/login",
                "launch_url": "https://mentor.example/lti/launch",
            }
        ),
    }
    log = tmp_path_factory.mktemp("mock") / "log"
    with log.open("wb") as written:
        process = subprocess.Popen(
            [sys.executable, "-m", "uvicorn", "lti_provider_mock.server:app", "--port", str(port)],
            env=environment,
            cwd=Path(log).parent,
            stdout=written,
            stderr=written,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(400):
            try:
                requests.get(f"{url}/jwks", timeout=5)
                break
            except requests.ConnectionError:
                assert process.poll() is None, log.read_text()
                time.sleep(0.05)
        yield url
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture
def mock(house: House, mock_url: str) -> Iterator[Mock]:
    """Our school's Moodle is the mock, for one test."""
    change = (
        "UPDATE platform SET issuer = :issuer, client_id = :client, auth_url = :auth, jwks_url = :jwks WHERE id = :id"
    )
    with house.engine.connect() as connection:
        before = connection.exec_driver_sql(
            f"SELECT issuer, client_id, auth_url, jwks_url FROM platform WHERE id = {house.own.platform}"
        ).one()
    house.execute(
        change,
        issuer=ISSUER,
        client="lti-provider-mock",
        auth=f"{mock_url}/authorize",
        jwks=f"{mock_url}/jwks",
        id=house.own.platform,
    )
    house.set_keys(None, fetched=None, tried=None)
    site = Mock(mock_url)
    site.sign_in("3")
    yield site
    issuer, client, auth, jwks = before
    house.execute(change, issuer=issuer, client=client, auth=auth, jwks=jwks, id=house.own.platform)


def asked(mock: Mock, visitor: Visitor) -> dict[str, str]:
    """From the click in the mock's course to the form that it posts to us."""
    reply = visitor.post("/lti/login", mock.initiation())
    if reply.status == 303:
        reply = visitor.get(reply["Location"])
    assert reply.status == 302, reply.text
    form = mock.authorise(reply["Location"])
    visitor.house.keep_silent(form["state"], *form["id_token"].split(".")[1:])
    return form


def post(visitor: Visitor, form: dict[str, str]) -> Reply:
    return visitor.post("/lti/launch", form, headers=[("Origin", ISSUER)])


def test_a_person_comes_in_from_the_mock(house: House, visitor: Visitor, mock: Mock) -> None:
    """Its keys are fetched, its token has no typ, no roles and lives five minutes."""
    reply = post(visitor, asked(mock, visitor))
    assert (reply.status, reply["Location"]) == (303, "/")
    assert "Лицей № 7" in visitor.get("/staff/").text
    assert house.grown() == {"consumed_state": 1, "launch": 1, "browser_session": 1}


def test_the_mocks_form_posted_twice(house: House, visitor: Visitor, mock: Mock) -> None:
    form = asked(mock, visitor)
    assert post(visitor, form).status == 303
    house.begin()
    house.keep_silent(form["state"], *form["id_token"].split(".")[1:])
    house.check_refused(post(visitor, form), "state_replayed")


def test_the_mocks_form_posted_by_another_browser(house: House, visitor: Visitor, mock: Mock) -> None:
    house.check_refused(post(house.visitor(), asked(mock, visitor)), "binding_missing")


def test_the_mocks_token_with_another_state(house: House, visitor: Visitor, mock: Mock) -> None:
    first, second = asked(mock, visitor), asked(mock, visitor)
    house.check_refused(post(visitor, first | {"state": second["state"]}), "nonce_wrong")


def test_a_stranger_from_the_mock_is_told_why(house: House, visitor: Visitor, mock: Mock) -> None:
    mock.sign_in("4711")
    reply = post(visitor, asked(mock, visitor))
    assert (reply.status, "not_in_directory" in reply.text) == (403, True)
    assert house.grown() == {"consumed_state": 1, "launch": 1}


# lti1p3platform ---------------------------------------------------------------------------------------------------


class Platform(LTI1P3PlatformConfAbstract):  # type: ignore[misc]
    """The package's platform with our school's registration; its key is `signing`."""

    def __init__(self, signing: Any = KEY, client_id: str = "client", deployment_id: str = "1") -> None:
        self._ids = (signing, client_id, deployment_id)
        super().__init__()

    def init_platform_config(self, **kwargs: Any) -> None:
        signing, client_id, deployment_id = self._ids
        registration = Registration()
        registration.set_iss(MOODLE).set_client_id(client_id).set_deployment_id(deployment_id).set_launch_url(TARGET)
        registration.set_platform_private_key(signing.as_pem(private=True).decode())
        registration.set_platform_public_key(signing.as_pem(private=False).decode())
        self._registration = registration

    def get_registration_by_params(self, **kwargs: Any) -> Any:
        return self._registration


class Preflight(Request):  # type: ignore[misc]
    """The authorisation request that our redirect makes of the browser."""

    def build_metadata(self, request: dict[str, str]) -> TRequest:
        return {"method": "GET", "form_data": {}, "get_data": request, "headers": {}, "path": "/auth"}


class Launch(MessageLaunchAbstract):  # type: ignore[misc]
    def render_launch_form(self, launch_data: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        return launch_data


def launched(visitor: Visitor, platform: Platform, user: str = "3") -> Reply:
    reply = visitor.begin_login()
    query = {name: values[0] for name, values in parse_qs(urlsplit(reply["Location"]).query).items()}
    # It looks at the client id that was asked for; a platform that doesn't would answer us all the same.
    launch = Launch(Preflight(query | {"client_id": platform._ids[1]}), platform)
    launch.set_user_data(user, [INSTRUCTOR], full_name="Елена Соколова", email_address="sokolova@school.example")
    launch.set_resource_link_claim("1", title="Наставничество")
    launch.set_launch_context_claim("2", ["CourseSection"], "Наставничество", "mentorship")
    form = launch.lti_launch()
    assert form["launch_url"] == "https://mentor.example/lti/launch"
    return visitor.launch(form["id_token"], state=form["state"])


def know_keys_of(house: House, platform: Platform) -> None:
    house.set_keys(platform.get_jwks(), fetched=timedelta(), tried=timedelta())


def test_a_person_comes_in_from_the_package(house: House, visitor: Visitor) -> None:
    platform = Platform()
    know_keys_of(house, platform)
    assert launched(visitor, platform).status == 303
    assert house.grown() == {"consumed_state": 1, "launch": 1, "browser_session": 1}


@pytest.mark.parametrize(
    ("bad", "code", "status"),
    [
        pytest.param({"client_id": "theirs"}, "audience_wrong", 403, id="another client"),
        pytest.param({"deployment_id": "9"}, "deployment_wrong", 400, id="another deployment"),
    ],
)
def test_the_package_speaks_for_somebody_else(
    house: House, visitor: Visitor, bad: dict[str, str], code: str, status: int
) -> None:
    platform = Platform(**bad)
    know_keys_of(house, platform)
    house.check_refused(launched(visitor, platform), code, status)


def test_the_package_signs_with_a_key_that_nobody_published(house: House, visitor: Visitor) -> None:
    know_keys_of(house, Platform())
    reply = launched(visitor, Platform(make_key("unpublished")))
    codes = {line["code"] for line in house.lines("refused")}
    assert codes <= {"kid_unknown", "token_signature_invalid"}
    house.check_refused(reply, codes.pop())
