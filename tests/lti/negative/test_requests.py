"""The request itself: said twice, in another form, by another method, by half, or without end."""

import json
import socket
from urllib.parse import urlencode

import pytest

from tests.lti.negative.house import MOODLE, House, Visitor
from tests.lti.negative.rows import covers
from tests.lti.platform import REMOVE, TARGET

EVIL = "https://evil.example"


# Twice ------------------------------------------------------------------------------------------------------------


@covers("issuer twice")
@pytest.mark.parametrize("name", ["iss", "client_id", "target_link_uri", "login_hint"])
def test_a_parameter_of_the_login_twice(house: House, visitor: Visitor, name: str) -> None:
    """In query and body, and twice in each: one reader takes the first, another the last."""
    asks = visitor.asks()
    other = EVIL if name in {"iss", "target_link_uri"} else "9"
    house.check_refused(visitor.post(f"/lti/login?{urlencode({name: other})}", asks), "parameter_repeated", 400)
    for pairs in ([(name, other), *asks.items()], [*asks.items(), (name, other)], [*asks.items(), (name, asks[name])]):
        house.begin()
        house.check_refused(visitor.post("/lti/login", pairs), "parameter_repeated", 400)
        house.begin()
        house.check_refused(visitor.get(f"/lti/login?{urlencode(pairs)}"), "parameter_repeated", 400)


@covers("two tokens")
@pytest.mark.parametrize("name", ["id_token", "state"])
def test_a_parameter_of_the_launch_twice(house: House, visitor: Visitor, name: str) -> None:
    visitor.begin_login()
    good = {"id_token": visitor.token(), "state": visitor.state}
    house.keep_silent(good["id_token"])
    for pairs in ([(name, "x"), *good.items()], [*good.items(), (name, "x")], [*good.items(), (name, good[name])]):
        house.check_refused(visitor.post("/lti/launch", pairs), "parameter_repeated", 400)
        house.begin()
        house.keep_silent(good["id_token"])


# In another form --------------------------------------------------------------------------------------------------


@covers("token as JSON", "token as plain text", "token as a file")
@pytest.mark.parametrize(
    ("content_type", "write"),
    [
        pytest.param("application/json", json.dumps, id="JSON"),
        pytest.param("text/plain", urlencode, id="plain text"),
        pytest.param("", urlencode, id="no type"),
        pytest.param("application/x-www-form-urlencoded+json", urlencode, id="an invented type"),
    ],
)
def test_a_launch_that_is_no_form(house: House, visitor: Visitor, content_type: str, write: object) -> None:
    """Types that a form of another site could send, and those that it couldn't."""
    visitor.begin_login()
    form = {"id_token": visitor.token(), "state": visitor.state}
    house.keep_silent(form["id_token"])
    assert callable(write)
    reply = visitor.post("/lti/launch", body=write(form).encode(), content_type=content_type)
    house.check_refused(reply, "state_missing", 400)


def test_a_token_as_a_file(house: House, visitor: Visitor) -> None:
    visitor.begin_login()
    token = visitor.token()
    house.keep_silent(token)
    part = '--x\r\nContent-Disposition: form-data; name="{}"{}\r\n\r\n{}\r\n'
    body = part.format("state", "", visitor.state) + part.format("id_token", '; filename="t"', token) + "--x--\r\n"
    reply = visitor.post("/lti/launch", body=body.encode(), content_type="multipart/form-data; boundary=x")
    house.check_refused(reply, "token_missing", 400)


@covers("token in the query")
@pytest.mark.parametrize(
    ("query", "code"),
    [(["id_token"], "token_in_query"), (["state"], "state_missing"), (["id_token", "state"], "state_missing")],
)
def test_a_token_in_the_query(house: House, visitor: Visitor, query: list[str], code: str) -> None:
    """It would stand in logs, histories and `Referer`."""
    visitor.begin_login()
    values = {"id_token": visitor.token(), "state": visitor.state}
    house.keep_silent(values["id_token"])
    address = f"/lti/launch?{urlencode({name: values[name] for name in query})}"
    form = {name: value for name, value in values.items() if name not in query}
    reply = visitor.post(address, form)
    house.check_refused(reply, code, 400)


@covers("launch by GET", "method override")
@pytest.mark.parametrize(
    "headers",
    [
        pytest.param([], id="GET"),
        pytest.param([("X-HTTP-Method-Override", "POST")], id="override"),
        pytest.param([("X-Method-Override", "POST")], id="another override"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_a_launch_by_another_method(
    house: House, visitor: Visitor, method: str, headers: list[tuple[str, str]]
) -> None:
    visitor.begin_login()
    values = {"id_token": visitor.token(), "state": visitor.state, "_method": "POST"}
    house.keep_silent(values["id_token"])
    reply = visitor.send(method, f"/lti/launch?{urlencode(values)}", headers=headers)
    house.check_refused(reply, "method_not_allowed", 405)


# Who says where we are --------------------------------------------------------------------------------------------


@covers("host header of another", "forwarded headers untrusted")
@pytest.mark.parametrize(
    ("host", "headers"),
    [
        pytest.param("evil.example", [], id="host"),
        pytest.param("mentor.example:1@evil.example", [], id="host with userinfo"),
        pytest.param("mentor.example", [("X-Forwarded-Host", "evil.example")], id="forwarded host"),
        pytest.param(
            "mentor.example", [("X-Forwarded-Proto", "http"), ("X-Forwarded-Port", "80")], id="forwarded proto"
        ),
        pytest.param("mentor.example", [("X-Forwarded-Prefix", "/evil")], id="forwarded prefix"),
        pytest.param("mentor.example", [("Forwarded", "host=evil.example;proto=http")], id="forwarded"),
        pytest.param("mentor.example", [("X-Original-URL", "/connection"), ("X-Rewrite-URL", "/evil")], id="rewrite"),
    ],
)
def test_our_address_is_what_the_settings_say(
    house: House, visitor: Visitor, host: str, headers: list[tuple[str, str]]
) -> None:
    visitor.begin_login()
    login = visitor.post("/lti/login", visitor.asks(), headers=headers, host=host)
    if host.endswith("@evil.example"):
        # No host name at all.
        assert login.status in {302, 400}
    else:
        assert login.status == 302
        assert f"redirect_uri={urlencode({'': TARGET + 'lti/launch'})[1:]}" in login["Location"]
    assert "evil" not in login.text + str(login.headers)
    tool = visitor.get("/api/v1/tool", headers=headers, host="mentor.example")
    assert json.loads(tool.body)["launch_url"] == "https://mentor.example/lti/launch"
    form = {"id_token": visitor.token(), "state": visitor.state}
    launch = visitor.post("/lti/launch", form, headers=[("Origin", MOODLE), *headers], host="mentor.example")
    assert (launch.status, launch["Location"]) == (303, "/")
    house.check_silence()


@covers("letters outside ASCII in headers")
@pytest.mark.parametrize(
    "headers",
    [
        pytest.param([("Origin", "https://мудл.example")], id="origin"),
        pytest.param([("Cookie", "__Host-mentorship-binding=привет; __Host-mentorship-session=мир")], id="cookie"),
        pytest.param([("Cookie", "=; ;;;=x; a")], id="a cookie that is none"),
        pytest.param([("X-CSRF-Token", "жетон")], id="token"),
        pytest.param([("X-Mentorship-Signature", "v2=подпись"), ("X-Mentorship-Timestamp", "сейчас")], id="signature"),
        pytest.param([("Authorization", "Bearer ы")], id="authorization"),
        pytest.param([("Accept-Language", "я" * 3000)], id="language"),
        pytest.param([("If-Modified-Since", "вчера"), ("Range", "bytes=ъ-"), ("If-None-Match", "ы")], id="conditions"),
    ],
)
def test_letters_in_headers_are_no_fault(house: House, visitor: Visitor, headers: list[tuple[str, str]]) -> None:
    """`house` looks for faults in the log when the test ends."""
    for method, address in (
        ("GET", "/"),
        ("GET", "/static/kit.css"),
        ("POST", "/lti/login"),
        ("POST", "/lti/launch"),
        ("POST", "/role"),
        ("POST", "/api/v1/connect"),
        ("POST", f"/api/v1/webhooks/moodle/{house.own.site}"),
    ):
        reply = visitor.send(method, address, visitor.asks() if method == "POST" else None, headers=headers)
        assert reply.status < 500, (method, address, reply.text)
    assert house.grown() == {}


# Half, and without end --------------------------------------------------------------------------------------------


@covers("half a request")
@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(
            b"POST /lti/launch HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nid_token=x", id="half a body"
        ),
        pytest.param(b"POST /lti/lau", id="half a line"),
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", id="TLS"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n", id="negative length"),
        pytest.param(
            b"POST /lti/launch HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            id="two lengths",
        ),
        pytest.param(b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: " + b"y" * 300_000 + b"\r\n\r\n", id="endless header"),
    ],
)
def test_half_a_request_takes_nothing_from_others(house: House, visitor: Visitor, sent: bytes) -> None:
    with socket.create_connection(("127.0.0.1", house.port), timeout=10) as line:
        line.sendall(sent)
        assert visitor.enter().status == 303
        assert sorted(house.grown()) == ["browser_session", "consumed_state", "launch"]


@covers("a body larger than allowed", "chunked without end")
@pytest.mark.parametrize("address", ["/lti/login", "/lti/launch", "/lti/register", "/api/v1/connect", "/role"])
def test_a_body_larger_than_allowed(house: House, visitor: Visitor, address: str) -> None:
    reply = visitor.post(address, body=b"x=" + b"y" * 3_000_000)
    if address.startswith("/api/"):
        house.check_problem(reply, "too_large", 413)
    else:
        house.check_refused(reply, "too_large", 413)
    house.begin()
    # The server itself stops at what no page takes, before the body is there.
    with socket.create_connection(("127.0.0.1", house.port), timeout=10) as line:
        head = f"POST {address} HTTP/1.1\r\nHost: mentor.example\r\nContent-Length: 900000000\r\n\r\n"
        line.sendall(head.encode())
        assert line.recv(100).startswith(b"HTTP/1.1 413 ")
    with socket.create_connection(("127.0.0.1", house.port), timeout=10) as line:
        line.sendall(f"POST {address} HTTP/1.1\r\nHost: mentor.example\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
        said = _pour(line)
    assert said.startswith(b"HTTP/1.1 413 ")
    assert house.grown() == {}


def _pour(line: socket.socket) -> bytes:
    """Chunks until the server has had enough; what it says then."""
    chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    for _ in range(400):
        try:
            line.sendall(chunk)
        except OSError:
            break
    try:
        return line.recv(100)
    except ConnectionResetError:
        # It closed while we were still talking: its answer is lost, and it listened no longer all the same.
        return b"HTTP/1.1 413 "


@covers("error pages repeat nothing")
@pytest.mark.parametrize(
    "address",
    [
        "/<script>alert(1)</script>",
        "/%3Cscript%3Ealert(1)%3C/script%3E",
        "/staff/<img src=x onerror=alert(1)>",
        "/lti/login?iss=<script>alert(1)</script>&login_hint=1",
        "/lti/register?openid_configuration=https://<script>alert(1)</script>/",
        "/api/v1/<script>alert(1)</script>",
        "/?done=<script>alert(1)</script>",
        "/~" + "A" * 43 + "/<script>alert(1)</script>",
    ],
)
def test_error_pages_repeat_nothing_of_the_address(visitor: Visitor, address: str) -> None:
    reply = visitor.get(address.replace(" ", "%20"))
    assert reply.status in {400, 401, 404, 422}
    assert "alert(1)" not in reply.text
    assert "script-src 'self'" in reply["Content-Security-Policy"]
    assert reply["X-Content-Type-Options"] == "nosniff"


@covers("tokens in no log line")
def test_a_whole_good_way_leaves_no_secret_in_the_log(house: House) -> None:
    """With cookies and without; the address of a page may hold the session's handle."""
    visitor = house.visitor()
    assert visitor.enter().status == 303
    assert (
        visitor.get("/staff/?q=Петрова".replace("Петрова", "%D0%9F%D0%B5%D1%82%D1%80%D0%BE%D0%B2%D0%B0")).status == 200
    )
    assert visitor.get("/nowhere").status == 404
    cookieless = house.visitor(keeps_cookies=False)
    cookieless.begin_login()
    reply = cookieless.launch(cookieless.token(), secret=cookieless.secret)
    assert reply.status == 303
    handle = reply["Location"].split("/")[1].removeprefix("~")
    assert len(handle) == 43
    house.keep_silent(handle)
    assert cookieless.get(reply["Location"]).status == 200
    assert cookieless.get(f"/~{handle}/nowhere").status == 404
    assert cookieless.send("POST", f"/~{handle}/role", {"role": "king"}).status == 403
    assert cookieless.post("/lti/launch", {"id_token": REMOVE, "state": cookieless.state, "error": "x"}).status == 403
    assert len(house.lines("request")) >= 8
    house.check_silence()
