"""Registrations: by hand, by invitation, by dynamic registration with the demonstration Moodle; and SSRF."""

import gzip
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import structlog
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from moodle_mentorship.core.actor import system_actor
from moodle_mentorship.core.errors import DomainError, Invalid
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.core.settings import Environment
from moodle_mentorship.demo.moodle.app import create_demo_moodle, demo_state
from moodle_mentorship.demo.moodle.config import DemoMoodleConfig
from moodle_mentorship.demo.moodle.transport import free_port, serving
from moodle_mentorship.lti import commands, fetching, service
from moodle_mentorship.lti.errors import RegistrationFailed
from moodle_mentorship.lti.fetching import FetchFailed, fetch_json
from moodle_mentorship.lti.models import Invitation
from moodle_mentorship.lti.service.registering import TOOL, client_request
from moodle_mentorship.moodle.models import Platform
from moodle_mentorship.moodle.platforms import add_platform, is_safe_address, list_platforms, origin_of
from moodle_mentorship.school.models import School
from tests.conftest import NOW, SignIn
from tests.factories import TestSchool
from tests.lti.platform import Browser, Server
from tests.outside import LOCAL, OK, Outside

DEV, PRODUCTION = Environment.DEVELOPMENT, Environment.PRODUCTION


@pytest.fixture
def new_school(session: Session) -> School:
    school = School(full_name="МБОУ «Школа № 12»", short_name="Школа № 12", year_start=2026, created_at=NOW)
    session.add(school)
    session.commit()
    return school


def add(session: Session, school_id: int, **changes: Any) -> Platform:
    issuer = changes.pop("issuer", "https://new.example")
    host = issuer.rstrip("/")
    values: dict[str, Any] = {
        "client_id": "c",
        "deployment_id": "1",
        "auth_url": f"{host}/mod/lti/auth.php",
        "token_url": f"{host}/mod/lti/token.php",
        "jwks_url": f"{host}/mod/lti/certs.php",
        "environment": PRODUCTION,
        "now": NOW,
    } | changes
    return add_platform(session, system_actor(school_id, "cli"), issuer=issuer, **values)


# By hand ----------------------------------------------------------------------------------------------------------


def test_the_issuer_is_kept_without_a_slash(session: Session, new_school: School) -> None:
    assert add(session, new_school.id, issuer="https://new.example/moodle/").issuer == "https://new.example/moodle"


def test_adding_again_updates_and_revives(session: Session, new_school: School) -> None:
    first = add(session, new_school.id)
    first.disabled_at = NOW
    again = add(session, new_school.id, jwks_url="https://new.example/keys", client_id=" c ", deployment_id="1 ")
    assert (again.id, again.disabled_at, again.jwks_url) == (first.id, None, "https://new.example/keys")


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"issuer": "http://new.example"}, ["auth_url", "issuer", "jwks_url", "token_url"]),
        ({"auth_url": "javascript:alert(1)"}, ["auth_url"]),
        ({"jwks_url": "http://127.0.0.1/keys"}, ["jwks_url"]),
        ({"auth_url": "https://evil.example/auth"}, ["auth_url"]),
        ({"token_url": "https://new.example:444/token"}, ["token_url"]),
        ({"jwks_url": "https://new.example.evil.example/keys"}, ["jwks_url"]),
        ({"client_id": " "}, ["client_id"]),
        ({"deployment_id": "1" * 256}, ["deployment_id"]),
    ],
    ids=[
        *(
            "plain http",
            "script",
            "loopback in production",
            "login elsewhere",
            "token at another port",
            "keys elsewhere",
        ),
        *("no client id", "endless deployment id"),
    ],
)
def test_wrong_values_are_named(
    session: Session, new_school: School, changes: dict[str, Any], fields: list[str]
) -> None:
    with pytest.raises(Invalid) as refused:
        add(session, new_school.id, **changes)
    assert sorted(refused.value.errors) == fields


def test_one_moodle_for_a_school_and_one_school_for_a_registration(
    session: Session, school: TestSchool, other_school: TestSchool, new_school: School
) -> None:
    for school_id, changes, code in (
        (school.id, {}, "school_has_another_moodle"),
        (new_school.id, {"issuer": "https://moodle.other", "client_id": "client"}, "site_belongs_to_another_school"),
    ):
        with pytest.raises(DomainError) as refused:
            add(session, school_id, **changes)
        assert refused.value.code == code
    # Another registration on a Moodle that another school uses, too: a district's Moodle.
    assert add(session, new_school.id, issuer="https://moodle.other", client_id="second").school_id == new_school.id


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("https://Moodle.Example/moodle?x", "https://moodle.example"),
        ("https://moodle.example:443/", "https://moodle.example"),
        ("http://127.0.0.1:8085", "http://127.0.0.1:8085"),
        ("https://[2001:db8::1]:444/", "https://[2001:db8::1]:444"),
    ],
)
def test_origins(address: str, origin: str) -> None:
    assert origin_of(address) == origin


@pytest.mark.parametrize(
    "address",
    [
        "",
        "moodle.example",
        "ftp://moodle.example",
        "https://",
        "https://a b.example",
        "https://moodle.example;script-src",
        "https://u:p@moodle.example",
        "https://moodle.example\\@evil.example",
        "https://moodle.example:99999",
        "https://moodle.example/\nX: y",
    ],
)
def test_what_is_no_safe_address(address: str) -> None:
    assert not is_safe_address(address, DEV)


# Commands ---------------------------------------------------------------------------------------------------------


def test_the_commands(session: Session, runtime: Runtime, new_school: School, school: TestSchool) -> None:
    run = CliRunner().invoke
    host = "https://new.example"
    options = ["--issuer", f"{host}/", "--client-id", "abc", "--deployment-id", "4"]
    addresses = ["--auth-url", f"{host}/a", "--token-url", f"{host}/t", "--jwks-url", f"{host}/j"]
    added = run(commands.platform, ["add", "--school", str(new_school.id), *options, *addresses], obj=runtime)
    platform = session.scalars(select(Platform).where(Platform.school_id == new_school.id)).one()
    assert (added.exit_code, added.output) == (0, f"platform {platform.id}: {host} for school {new_school.id}\n")
    listed = run(commands.platform, ["list", "--school", str(new_school.id)], obj=runtime)
    assert listed.output == f"{platform.id}\tschool {new_school.id}\t{host}\tabc\t4\tworks\n"
    assert len(run(commands.platform, ["list"], obj=runtime).output.splitlines()) == 2
    disabled = run(commands.platform, ["disable", str(platform.id)], obj=runtime)
    assert (disabled.exit_code, disabled.output) == (0, f"platform {platform.id}: disabled\n")
    session.expire_all()
    assert platform.disabled_at == NOW
    for arguments, said in (
        (["disable", "999999"], "Error: not_found"),
        (["add", "--school", "999999", *options, *addresses], "Error: not_found"),
        (["add", "--school", str(school.id), *options, *addresses], "Error: school_has_another_moodle"),
        (["add", "--school", str(new_school.id), *options, *addresses[:-1], "http://x"], "Error: jwks_url"),
    ):
        refused = run(commands.platform, arguments, obj=runtime)
        assert (refused.exit_code, refused.output.startswith(said)) == (1, True)
    invited = run(commands.invite, ["--school", str(new_school.id)], obj=runtime)
    assert service.invited_school(session, invited.output.strip(), NOW).id == new_school.id
    assert run(commands.invite, ["--school", "999999"], obj=runtime).exit_code == 1


# Invitations ------------------------------------------------------------------------------------------------------


def test_an_invitation_is_used_once_and_kept_as_a_hash(session: Session, new_school: School) -> None:
    code = service.invite(session, new_school.id, NOW)
    assert code not in session.scalars(select(Invitation.code_hash)).one()
    assert service.invited_school(session, f" {code}\n", NOW).id == new_school.id
    assert service.use_invitation(session, code, NOW) == new_school.id
    for verb in (service.use_invitation, service.invited_school):
        with pytest.raises(DomainError) as refused:
            verb(session, code, NOW)
        assert refused.value.code == "invitation_used"


def test_an_invitation_ends(session: Session, new_school: School) -> None:
    code = service.invite(session, new_school.id, NOW, days=1)
    assert service.invited_school(session, code, NOW + timedelta(hours=23)).id == new_school.id
    for verb in (service.use_invitation, service.invited_school):
        with pytest.raises(DomainError) as refused:
            verb(session, code, NOW + timedelta(days=1))
        assert refused.value.code == "invitation_invalid"


# Dynamic registration ---------------------------------------------------------------------------------------------


@pytest.fixture
def moodle(clock: Any) -> Iterator[tuple[Flask, str]]:
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    app = create_demo_moodle(DemoMoodleConfig(base_url=base))
    with serving(app, port):
        yield app, base


def started(moodle: tuple[Flask, str], code: str) -> dict[str, str]:
    """What Moodle sends the administrator's browser to us with."""
    demo, base = moodle
    browser = demo.test_client()
    admin = next(user for user in demo_state(demo).users.values() if user.is_admin)
    browser.post("/demo/enter", data={"username": admin.username}, base_url=base)
    sent = browser.get(
        "/mod/lti/startltiadvregistration.php",
        query_string={"url": f"https://mentor.example/lti/register?invitation={code}"},
        base_url=base,
    )
    assert sent.status_code == 302, sent.text
    return {name: values[0] for name, values in parse_qs(urlsplit(sent.location).query).items()}


def test_dynamic_registration_with_the_demonstration_moodle(
    session: Session, new_school: School, moodle: tuple[Flask, str], browser: Browser
) -> None:
    demo, base = moodle
    code = service.invite(session, new_school.id, NOW)
    session.commit()
    asked = started(moodle, code)
    assert sorted(asked) == ["invitation", "openid_configuration", "registration_token"]
    with structlog.testing.capture_logs() as lines:
        page = browser.client.get("/lti/register", query_string=asked)
        assert page.status_code == 200
        assert page.headers["Content-Security-Policy"].endswith(f"frame-ancestors {base}")
        assert "Школа № 12" in page.text
        done = browser.client.post("/lti/register", data=asked)
        again = browser.client.post("/lti/register", data=asked)
    assert done.status_code == 200
    assert f'data-close="{base}"' in done.text
    assert asked["registration_token"] not in done.text
    assert asked["registration_token"] not in str(lines)
    assert again.status_code == 401
    assert "invitation_used" in again.text
    platform = session.scalars(select(Platform).where(Platform.school_id == new_school.id)).one()
    tool = demo_state(demo).tool_by_client(platform.client_id)
    assert tool is not None
    assert (platform.issuer, platform.deployment_id) == (base, tool.deployment_id)
    assert platform.jwks_url == f"{base}/mod/lti/certs.php"
    assert (tool.login_url, tool.all_redirect_uris) == (
        "https://mentor.example/lti/login",
        ("https://mentor.example/lti/launch",),
    )
    assert (tool.active, dict(tool.custom_parameters)) == (False, {"middlename": "$Person.name.middle"})
    # Without our plugin the course's members are the directory; Moodle withholds what a tool didn't ask for.
    assert (tool.memberships, tool.send_names, tool.send_email) == (True, True, True)


def test_deep_linking_is_announced(runtime: Runtime) -> None:
    asked = client_request(runtime.settings)
    assert [message["type"] for message in asked[TOOL]["messages"]] == [
        "LtiResourceLinkRequest",
        "LtiDeepLinkingRequest",
    ]
    # A page that is placed is launched at its own address, but Moodle answers at the one registered address.
    assert asked["redirect_uris"] == ["https://mentor.example/lti/launch"]


def test_a_registration_that_moodle_refuses_leaves_the_invitation(
    session: Session, new_school: School, moodle: tuple[Flask, str], browser: Browser
) -> None:
    code = service.invite(session, new_school.id, NOW)
    session.commit()
    asked = started(moodle, code) | {"registration_token": "forged"}
    refused = browser.client.post("/lti/register", data=asked)
    assert refused.status_code == 422
    assert "registration_failed" in refused.text
    assert "http_401" in refused.text
    session.expire_all()
    assert session.scalars(select(Invitation.used_at)).one() is None
    assert list_platforms(session, new_school.id) == []


def test_a_school_with_another_moodle_asks_for_no_client(
    session: Session, school: TestSchool, moodle: tuple[Flask, str], browser: Browser
) -> None:
    """Otherwise a client that nobody knows would be left in Moodle; and the invitation stays usable."""
    demo, _ = moodle
    code = service.invite(session, school.id, NOW)
    session.commit()
    before = set(demo_state(demo).tools)
    refused = browser.client.post("/lti/register", data=started(moodle, code))
    assert refused.status_code == 409
    assert "school_has_another_moodle" in refused.text
    assert set(demo_state(demo).tools) == before
    session.expire_all()
    assert session.scalars(select(Invitation.used_at)).one() is None


@pytest.mark.parametrize("method", ["get", "post"])
def test_without_an_invitation_nothing_is_asked(
    browser: Browser, server: Server, session: Session, school: TestSchool, method: str
) -> None:
    values = {"openid_configuration": f"{server.url}/configuration", "registration_token": "t", "invitation": "x"}
    send = getattr(browser.client, method)
    response = send("/lti/register", **{"query_string" if method == "get" else "data": values})
    assert response.status_code == 401
    assert "invitation_invalid" in response.text
    assert server.requests == []


# SSRF -------------------------------------------------------------------------------------------------------------


def configuration(base: str, **changes: str) -> dict[str, str]:
    return {
        "issuer": base,
        "authorization_endpoint": f"{base}/auth",
        "token_endpoint": f"{base}/token",
        "jwks_uri": f"{base}/certs",
        "registration_endpoint": f"{base}/registration",
    } | changes


def test_a_configuration_is_read(server: Server, runtime: Runtime) -> None:
    server.json("/configuration", configuration(server.url))
    read = service.read_configuration(f"{server.url}/configuration", runtime.settings)
    assert (read.issuer, read.registration_url) == (server.url, f"{server.url}/registration")


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        pytest.param({"issuer": "https://moodle.example"}, "addresses_of_several_hosts", id="another issuer"),
        pytest.param({"jwks_uri": "https://evil.example/"}, "addresses_of_several_hosts", id="keys elsewhere"),
        pytest.param({"registration_endpoint": "http://127.0.0.1:9/"}, "addresses_of_several_hosts", id="another port"),
        pytest.param({"registration_endpoint": "http://10.0.0.1/"}, "address_not_https", id="private network"),
        pytest.param({"token_endpoint": "file:///etc/passwd"}, "address_not_https", id="file"),
        pytest.param({"jwks_uri": ""}, "address_not_https", id="empty"),
        pytest.param({"jwks_uri": 7}, "configuration_incomplete", id="a number"),
    ],
)
def test_a_configuration_that_leads_elsewhere_is_refused(
    server: Server, runtime: Runtime, answer: dict[str, Any], reason: str
) -> None:
    server.json("/configuration", configuration(server.url, **answer))
    with pytest.raises(RegistrationFailed) as refused:
        service.read_configuration(f"{server.url}/configuration", runtime.settings)
    assert refused.value.params == {"reason": reason}


@pytest.mark.parametrize(
    ("address", "environment", "reason"),
    [
        ("http://moodle.example/c", DEV, "address_not_https"),
        ("http://127.0.0.1/c", PRODUCTION, "address_not_https"),
        ("https://127.0.0.1/c", PRODUCTION, "private_address"),
        ("https://localhost/c", PRODUCTION, "private_address"),
        ("https://10.1.2.3/c", DEV, "private_address"),
        ("https://192.168.0.1/c", DEV, "private_address"),
        ("https://169.254.169.254/latest/meta-data", DEV, "private_address"),
        ("https://[::1]/c", PRODUCTION, "private_address"),
        ("https://[fd00::1]/c", DEV, "private_address"),
        ("https://[::ffff:10.0.0.1]/c", DEV, "private_address"),
        ("https://224.0.0.1/c", DEV, "private_address"),
        ("https://2130706433/c", PRODUCTION, "private_address"),
        ("https://no-such-name.invalid/c", DEV, "unknown_host"),
    ],
)
def test_private_networks_are_out_of_reach(
    runtime: Runtime, address: str, environment: Environment, reason: str
) -> None:
    with pytest.raises(RegistrationFailed) as refused:
        service.read_configuration(address, replace(runtime.settings, environment=environment))
    assert refused.value.params == {"reason": reason}


@pytest.mark.parametrize(
    ("route", "reason"),
    [
        ((302, {"Location": "/elsewhere"}, b""), "http_302"),
        ((200, {}, b"x" * 300_000), "too_large"),
        ((200, {}, b"<html>"), "not_json"),
        ((200, {}, b"[]"), "not_an_object"),
        ((500, {}, b"{}"), "http_500"),
    ],
    ids=["redirect", "large", "html", "list", "fault"],
)
def test_answers_that_are_none(server: Server, route: Any, reason: str) -> None:
    server.routes["/c"] = lambda *_: route
    with pytest.raises(FetchFailed) as failed:
        fetch_json(f"{server.url}/c", LOCAL)
    assert failed.value.reason == reason
    assert [path for _, path, _, _ in server.requests] == ["/c"]


def test_an_answer_that_drips_is_too_slow(outside: Outside, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "WHOLE", 0.3)
    for head in (OK + b"\r\n{", OK + b"Content-Length: 900\r\n\r\n{", b"HTTP/1.1 2"):
        outside.says(head, *[b" "] * 900, pause=0.05)
        with pytest.raises(FetchFailed) as failed:
            fetch_json(outside.url, LOCAL)
        assert failed.value.reason == "too_slow"


def test_a_packed_answer_is_measured_unpacked(outside: Outside) -> None:
    bomb = gzip.compress(b" " * 50_000_000)
    outside.says(OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb) + bomb)
    with pytest.raises(FetchFailed) as failed:
        fetch_json(outside.url, LOCAL)
    assert failed.value.reason == "too_large"


@pytest.mark.parametrize("answer", [b"nonsense\r\n\r\n", OK + b"Content-Encoding: gzip\r\n\r\nno gzip", b""])
def test_what_is_no_http_is_no_fault_of_ours(outside: Outside, answer: bytes) -> None:
    outside.says(answer)
    with pytest.raises(FetchFailed) as failed:
        fetch_json(outside.url, LOCAL)
    assert failed.value.reason == "no_connection"


def test_a_disabled_registration_ends_its_sessions_and_no_others(
    session: Session, runtime: Runtime, school: TestSchool, other_school: TestSchool, sign_in: SignIn
) -> None:
    browsers = [sign_in(school, school.curator), sign_in(other_school, other_school.curator)]
    CliRunner().invoke(commands.platform, ["disable", str(school.platform.id)], obj=runtime)
    assert [browser.get("/school/").status_code for browser in browsers] == [401, 200]
