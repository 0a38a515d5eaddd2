"""Dynamic registration and the plugin's messages: what a stranger, or a hostile Moodle, can make us do."""

import gzip
import json
import ssl
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from sqlalchemy.orm import Session

from moodle_mentorship.lti.service import invite
from moodle_mentorship.moodle.signing import INVITATION, signed_headers
from moodle_mentorship.school.models import School
from tests.lti.negative.conftest import PUBLIC
from tests.lti.negative.house import WEBHOOK_SECRETS, House, Reply, Visitor, now
from tests.lti.negative.rows import covers
from tests.lti.platform import Server
from tests.outside import OK, Outside, outside_server

TOKEN = "registration-token-of-this-test"
TOOL = "https://purl.imsglobal.org/spec/lti-tool-configuration"


@pytest.fixture
def invitation(house: House) -> str:
    """The unused invitation of a school that has no Moodle yet."""
    codes: list[str] = []

    def make(session: Session) -> None:
        school = School(full_name="МБОУ «Школа № 12»", short_name="Школа № 12", year_start=2026, created_at=now())
        session.add(school)
        session.flush()
        codes.append(invite(session, school.id, now()))

    house.change(make)
    house.begin()
    house.keep_silent(TOKEN, *codes)
    return codes[0]


def register(visitor: Visitor, address: str, invitation: str) -> Reply:
    form = {"openid_configuration": address, "registration_token": TOKEN, "invitation": invitation}
    return visitor.post("/lti/register", form)


def check_failed(house: House, reply: Reply, reason: str) -> None:
    house.check_refused(reply, "registration_failed", 422)
    assert f"({reason})" in reply.text
    assert [line["reason"] for line in house.lines("refused")] == [reason]


def configuration(base: str, **changes: str) -> dict[str, str]:
    return {
        "issuer": base,
        "authorization_endpoint": f"{base}/auth",
        "token_endpoint": f"{base}/token",
        "jwks_uri": f"{base}/certs",
        "registration_endpoint": f"{base}/registration",
    } | changes


# Who may ----------------------------------------------------------------------------------------------------------


@covers("registration without invitation")
@pytest.mark.parametrize("code", ["", "x", "0" * 40, "' OR 1=1 --", "п" * 40])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_without_an_invitation_nobody_is_asked(
    house: House, visitor: Visitor, server: Server, code: str, method: str
) -> None:
    values = {"openid_configuration": f"{server.url}/c", "registration_token": TOKEN, "invitation": code}
    house.keep_silent(TOKEN)
    if method == "POST":
        reply = visitor.post("/lti/register", values)
    else:
        reply = visitor.get(f"/lti/register?{urlencode(values)}")
    house.check_refused(reply, "invitation_invalid", 401)
    assert server.requests == []


@covers("invitation used", "registration token")
def test_an_invitation_connects_one_moodle(house: House, visitor: Visitor, server: Server, invitation: str) -> None:
    server.json("/c", configuration(server.url))
    server.json("/registration", {"client_id": "c", TOOL: {"deployment_id": "1"}})
    done = register(visitor, f"{server.url}/c", invitation)
    assert done.status == 200, done.text
    assert [(method, path) for method, path, _, _ in server.requests] == [("GET", "/c"), ("POST", "/registration")]
    sent = [headers.get("Authorization") for _, _, headers, _ in server.requests]
    assert sent == [None, f"Bearer {TOKEN}"]
    assert TOKEN not in done.text
    house.check_silence()
    house.begin()
    house.keep_silent(TOKEN, invitation)
    server.requests.clear()
    house.check_refused(register(visitor, f"{server.url}/c", invitation), "invitation_used", 401)
    assert server.requests == []


# Where we go ------------------------------------------------------------------------------------------------------


@covers("registration over http")
@pytest.mark.parametrize(
    "address",
    [
        "http://moodle.example/c",
        "ftp://moodle.example/c",
        "file:///etc/passwd",
        "gopher://127.0.0.1:6379/_INFO",
        "https://user:password@moodle.example/c",
        "https://moodle.example\\@127.0.0.1/c",
        "https://мудл.example/c",
        "//moodle.example/c",
        "",
    ],
)
def test_only_https_addresses_are_asked(house: House, visitor: Visitor, invitation: str, address: str) -> None:
    check_failed(house, register(visitor, address, invitation), "address_not_https")


@covers("registration in a private network")
@pytest.mark.parametrize(
    "host",
    [
        "10.0.0.1",
        "100.64.0.1",
        "169.254.169.254",
        "192.168.1.1",
        "0.0.0.0",
        "127.0.0.3",
        "2130706435",
        "0x7f000003",
        "0177.0.0.3",
        "127.3",
        "[::ffff:10.0.0.1]",
        "[::ffff:127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "[fd00::1]",
        "[fe80::1]",
    ],
)
def test_private_networks_are_not_entered(house: House, visitor: Visitor, invitation: str, host: str) -> None:
    check_failed(house, register(visitor, f"https://{host}/c", invitation), "private_address")


@pytest.fixture
def moodle(house: House) -> Iterator[Outside]:
    """A Moodle at rebind.example, at an address that the server may connect to."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    house.authority.issue_cert("rebind.example").configure_cert(context)
    with outside_server(context=context, host=PUBLIC) as server:
        base = f"https://rebind.example:{server.port}"
        server.json(json.dumps(configuration(base)).encode())
        yield server


@covers("registration at a changing name")
def test_a_name_that_means_this_machine_a_moment_later(
    house: House, visitor: Visitor, invitation: str, moodle: Outside
) -> None:
    """First between judging and connecting, then between the configuration and the registration."""
    base = f"https://rebind.example:{moodle.port}"
    with ExitStack() as stack:
        inside = stack.enter_context(outside_server(port=moodle.port))
        house.name(rebind_example=["192.0.2.1", "127.0.0.1"])
        reply = register(visitor, f"{base}/c", invitation)
        assert reply.status == 422
        assert house.lines("refused")[0]["reason"] in {"no_connection", "timeout"}
        assert (inside.connections, moodle.connections) == (0, 0)
        house.begin()
        house.keep_silent(TOKEN, invitation)
        house.name(rebind_example=[PUBLIC, "127.0.0.1"])
        check_failed(house, register(visitor, f"{base}/c", invitation), "private_address")
        assert (inside.connections, moodle.connections) == (0, 1)
    assert TOKEN not in str(moodle.heard)


def test_a_name_that_stays_is_asked(house: House, visitor: Visitor, invitation: str, moodle: Outside) -> None:
    """So the name was refused for its change."""
    house.name(rebind_example=[PUBLIC])
    reply = register(visitor, f"https://rebind.example:{moodle.port}/c", invitation)
    # The same answer comes for the client, and holds none.
    check_failed(house, reply, "client_incomplete")
    assert [head.split()[0] for head in moodle.heard] == ["GET", "POST"]


def test_a_certificate_of_another_name(house: House, visitor: Visitor, invitation: str, moodle: Outside) -> None:
    house.name(other_example=[PUBLIC])
    check_failed(house, register(visitor, f"https://other.example:{moodle.port}/c", invitation), "certificate")
    assert moodle.heard == []


@covers("registration redirected", "registration huge", "registration packed")
@pytest.mark.parametrize(
    ("pieces", "reason"),
    [
        pytest.param([b"HTTP/1.1 302 Found\r\nLocation: /d\r\nContent-Length: 0\r\n\r\n"], "http_302", id="redirected"),
        pytest.param([OK + b"Content-Length: 900000\r\n\r\n" + b" " * 900_000], "too_large", id="huge"),
        pytest.param(
            [OK + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b" " * 50_000_000)], "too_large", id="packed"
        ),
        pytest.param([OK + b"\r\n<html>"], "not_json", id="no JSON"),
        pytest.param([OK + b"\r\n" + b"[" * 200_000], "not_json", id="nested"),
        pytest.param([OK + b"\r\n{}"], "configuration_incomplete", id="empty"),
    ],
)
def test_answers_that_are_none(
    house: House, visitor: Visitor, invitation: str, outside: Outside, pieces: list[bytes], reason: str
) -> None:
    outside.says(*pieces)
    check_failed(house, register(visitor, f"{outside.url}c", invitation), reason)
    assert len(outside.heard) == 1


@covers("registration dripping")
def test_an_answer_that_drips_is_cut_off(house: House, visitor: Visitor, invitation: str, outside: Outside) -> None:
    """Nine seconds of this test are the eight that a whole answer may take."""
    outside.says(OK + b"Content-Length: 1000\r\n\r\n{", *[b" "] * 900, pause=0.2)
    started = time.monotonic()
    check_failed(house, register(visitor, f"{outside.url}c", invitation), "too_slow")
    assert time.monotonic() - started < 20


@covers("registration endpoint elsewhere")
@pytest.mark.parametrize(
    "name", ["issuer", "authorization_endpoint", "token_endpoint", "jwks_uri", "registration_endpoint"]
)
@pytest.mark.parametrize("address", ["https://evil.example/x", "http://127.0.0.1:9/x", "https://127.0.0.1/x"])
def test_every_endpoint_is_on_the_issuers_host(
    house: House, visitor: Visitor, invitation: str, server: Server, name: str, address: str
) -> None:
    server.json("/c", configuration(server.url, **{name: address}))
    check_failed(house, register(visitor, f"{server.url}/c", invitation), "addresses_of_several_hosts")
    assert [path for _, path, _, _ in server.requests] == ["/c"]


@pytest.mark.parametrize(
    "odd", ["x\0", "x\ud83d", "", 7, None], ids=["NUL", "half a character", "empty", "number", "null"]
)
@pytest.mark.parametrize("name", ["client_id", "deployment_id"])
def test_a_client_that_can_not_be_kept(
    house: House, visitor: Visitor, invitation: str, server: Server, name: str, odd: Any
) -> None:
    server.json("/c", configuration(server.url))
    ids = {"client_id": "c", "deployment_id": "1"} | {name: odd}
    server.json("/registration", {"client_id": ids["client_id"], TOOL: {"deployment_id": ids["deployment_id"]}})
    check_failed(house, register(visitor, f"{server.url}/c", invitation), "client_incomplete")


# The plugin's messages --------------------------------------------------------------------------------------------


def connect_body(base: str) -> dict[str, Any]:
    return {
        "protocol": 2,
        "site": {"url": base, "name": "Школа № 12", "moodle_version": "4.5.6", "plugin_version": "2026112200"},
        "lti": {
            "issuer": base,
            "client_id": "of-the-plugin",
            "deployment_id": "3",
            "auth_url": f"{base}/mod/lti/auth.php",
            "token_url": f"{base}/mod/lti/token.php",
            "jwks_url": f"{base}/mod/lti/certs.php",
        },
        "webservice": {"token": "f" * 32, "url": f"{base}/webservice/rest/server.php"},
        "webhook": {"secret": "ab" * 32},
        "course": {"id": 2, "shortname": "mentorship", "url": f"{base}/course/view.php?id=2", "cmid": 7},
        "cohort": {"id": 1, "idnumber": "staff", "name": "Педагоги", "members": 64},
        "student_role_id": 5,
        "profile_fields": [],
        "curator": None,
        "warnings": [],
    }


def post_signed(
    visitor: Visitor, path: str, body: Any, secret: str, *, delivery: str | None = None, at: Any = None, **headers: str
) -> Reply:
    raw = json.dumps(body).encode()
    signed = signed_headers(secret, raw, delivery=delivery or str(uuid4()), now=at or now())
    visitor.house.keep_silent(secret, *signed.values())
    return visitor.post(path, body=raw, headers=[*signed.items(), *headers.items()], content_type="application/json")


@covers("connection without a signature")
@pytest.mark.parametrize(
    ("change", "code"),
    [
        pytest.param({}, "timestamp_out_of_window", id="no headers"),
        pytest.param({"X-Mentorship-Timestamp": "1"}, "timestamp_out_of_window", id="from 1970"),
        pytest.param({"X-Mentorship-Timestamp": "９"}, "timestamp_out_of_window", id="other digits"),
    ],
)
def test_a_connection_that_nobody_signed(
    house: House, visitor: Visitor, invitation: str, change: dict[str, str], code: str
) -> None:
    raw = json.dumps(connect_body("https://moodle12.example")).encode()
    headers = [(INVITATION, invitation), *change.items()]
    reply = visitor.post("/api/v1/connect", body=raw, headers=headers, content_type="application/json")
    house.check_problem(reply, code, 401)


def test_a_connection_signed_by_somebody_else(house: House, visitor: Visitor, invitation: str) -> None:
    body = connect_body("https://moodle12.example")
    reply = post_signed(visitor, "/api/v1/connect", body, "cd" * 32, **{INVITATION: invitation})
    house.check_problem(reply, "signature_invalid", 401)


@pytest.mark.parametrize("odd", ["x\0", "x\ud83d"], ids=["NUL", "half a character"])
@pytest.mark.parametrize(
    "path", ["site.name", "lti.client_id", "cohort.name", "cohort.idnumber", "warnings.0", "profile_fields.0.name"]
)
def test_a_connection_with_characters_that_no_database_keeps(
    house: House, visitor: Visitor, invitation: str, path: str, odd: str
) -> None:
    body = connect_body("https://10.99.0.1")
    body["warnings"], body["profile_fields"] = ["x"], [{"shortname": "a", "name": "b", "datatype": "text"}]
    part, *rest = path.split(".")
    place: Any = body
    for key in (part, *rest[:-1]):
        place = place[int(key)] if key.isdigit() else place[key]
    place[int(rest[-1]) if rest[-1].isdigit() else rest[-1]] = odd
    reply = post_signed(visitor, "/api/v1/connect", body, "ab" * 32, **{INVITATION: invitation})
    house.check_problem(reply, "body_invalid", 422)
    assert path in json.loads(reply.body)["errors"]


@covers("connection with a private web service")
def test_a_connection_names_a_private_web_service(house: House, visitor: Visitor, invitation: str) -> None:
    """The school is connected, for its administrator's sake; what it names is not asked, and the answer says why."""
    house.keep_silent("f" * 32)
    body = connect_body("https://10.99.0.1")
    reply = post_signed(visitor, "/api/v1/connect", body, "ab" * 32, **{INVITATION: invitation})
    assert reply.status == 200, reply.text
    assert json.loads(reply.body)["webservice"] == "moodle_private_address"


WEBHOOK = "/api/v1/webhooks/moodle/"


@covers("webhook of a stranger", "webhook of another connection")
@pytest.mark.parametrize(
    "secret",
    [pytest.param("ef" * 32, id="of a stranger"), pytest.param(WEBHOOK_SECRETS[1], id="of another connection")],
)
def test_a_message_signed_with_another_secret(house: House, visitor: Visitor, secret: str) -> None:
    reply = post_signed(visitor, f"{WEBHOOK}{house.own.site}", {"event": "staff_changed", "sequence": 1}, secret)
    house.check_problem(reply, "signature_invalid", 401)


def test_a_connection_that_does_not_exist_looks_the_same(house: House, visitor: Visitor) -> None:
    reply = post_signed(visitor, f"{WEBHOOK}99999999", {"event": "ping"}, WEBHOOK_SECRETS[0])
    house.check_problem(reply, "signature_invalid", 401)


@covers("webhook replayed")
def test_a_message_that_comes_again(house: House, visitor: Visitor) -> None:
    """Within the window it is taken once; after it, a captured message is of no use."""
    delivery, address = str(uuid4()), f"{WEBHOOK}{house.own.site}"
    body = {"event": "ping"}
    for _ in range(3):
        assert post_signed(visitor, address, body, WEBHOOK_SECRETS[0], delivery=delivery).status == 202
    assert house.grown() == {"webhook_delivery": 1}
    house.begin()
    old = now() - timedelta(seconds=400)
    reply = post_signed(visitor, address, body, WEBHOOK_SECRETS[0], at=old)
    house.check_problem(reply, "timestamp_out_of_window", 401)
