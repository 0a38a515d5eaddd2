"""Pages after the launch: markup from Moodle, writes from elsewhere, frames of others, other people's cookies."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from moodle_mentorship.lti.verifier import CLAIM
from tests.lti.negative.forging import header, signed
from tests.lti.negative.house import MOODLE, OTHER_MOODLE, House, Visitor
from tests.lti.negative.rows import covers

MARKUP = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>"
SESSION = "__Host-mentorship-session"


def csrf_token(visitor: Visitor, page: str = "/") -> str:
    found = re.search(r'name="csrf-token" content="([^"]+)"', visitor.get(page).text)
    assert found is not None
    return found[1]


def harmless(text: str) -> bool:
    return "<script>alert" not in text and "<img src=x" not in text and 'onerror=alert(1)">' not in text


# Markup -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def marked_person(house: House) -> Iterator[None]:
    """A colleague whose name in the directory is markup, as Moodle would have delivered it."""
    change = "UPDATE person SET last_name = :name, position = :name WHERE school_id = :school AND moodle_user_id = 60"
    house.execute(change, name=MARKUP, school=house.own.school)
    yield
    house.execute(change, name="Своя", school=house.own.school)


@covers("markup in names", "markup in the context title", "markup in custom parameters")
@pytest.mark.parametrize(
    "claims",
    [
        pytest.param(
            {"name": MARKUP, "given_name": MARKUP, "family_name": MARKUP, "email": MARKUP, "locale": MARKUP}, id="names"
        ),
        pytest.param({CLAIM + "context": {"id": MARKUP, "title": MARKUP, "label": MARKUP}}, id="context"),
        pytest.param({CLAIM + "resource_link": {"id": MARKUP, "title": MARKUP}}, id="link"),
        pytest.param(
            {
                CLAIM + "custom": {"page": MARKUP, MARKUP: MARKUP},
                CLAIM + "launch_presentation": {"document_target": MARKUP, "return_url": f"javascript:{MARKUP}"},
                CLAIM + "tool_platform": {"name": MARKUP, "guid": MARKUP},
            },
            id="custom parameters",
        ),
        pytest.param({CLAIM + "roles": [MARKUP]}, id="roles"),
    ],
)
def test_markup_in_a_launch_reaches_no_page(
    house: House, visitor: Visitor, marked_person: None, claims: dict[str, Any]
) -> None:
    visitor.begin_login()
    reply = visitor.launch(signed(header(), visitor.claims() | claims))
    assert reply.status == 303
    for address in ("/", "/staff/", "/school/", "/pairs/", "/journal/"):
        page = visitor.get(address)
        assert page.status == 200, address
        assert harmless(page.text), address
    # The colleague's name is shown, as text.
    assert "&lt;script&gt;alert(1)" in visitor.get("/staff/").text


@covers("markup in error texts")
@pytest.mark.parametrize("error", ["access_denied", MARKUP, "x" * 10_000])
def test_an_error_of_moodle_is_not_repeated(house: House, visitor: Visitor, error: str) -> None:
    visitor.begin_login()
    reply = visitor.launch(None, error=error, error_description=MARKUP, error_uri=f"javascript:{MARKUP}")
    house.check_refused(reply, "platform_denied")
    assert "alert" not in reply.text
    assert "xxxxx" not in house.written()


@covers("markup in hints")
def test_markup_in_what_a_login_carries_on(house: House) -> None:
    """The pages for browsers without cookies hold what Moodle said, in attributes and hidden fields."""
    visitor = house.visitor(keeps_cookies=False)
    page = visitor.begin_login(login_hint=MARKUP, lti_message_hint=MARKUP)
    assert page.status == 200
    assert harmless(page.text)
    confirm = visitor.launch(visitor.token())
    assert confirm.status == 200
    assert harmless(confirm.text)
    assert "script-src 'self'" in confirm["Content-Security-Policy"]
    assert house.grown() == {}


# Writes from elsewhere --------------------------------------------------------------------------------------------


@covers(
    "write without token", "write with a wrong token", "write with the token of another session",
    "write from a foreign origin",
)  # fmt: skip
@pytest.mark.parametrize(
    ("token", "origin"),
    [
        pytest.param(None, None, id="no token"),
        pytest.param("", None, id="empty token"),
        pytest.param("A" * 43, None, id="wrong token"),
        pytest.param("жетон", None, id="a token outside ASCII"),
        pytest.param("another's", None, id="the token of another session"),
        pytest.param("own", "https://evil.example", id="foreign origin"),
        pytest.param("own", MOODLE, id="Moodle's origin"),
        pytest.param("own", "null", id="origin null"),
        pytest.param("own", "http://mentor.example", id="our name over http"),
        pytest.param("own", "https://mentor.example.evil.example", id="our name as a part"),
    ],
)
@pytest.mark.parametrize("in_header", [False, True], ids=["field", "header"])
def test_a_write_from_elsewhere(
    house: House, visitor: Visitor, token: str | None, origin: str | None, in_header: bool
) -> None:
    other = house.visitor()
    assert visitor.enter().status == 303
    assert other.enter(sub="4").status == 303
    own, anothers = csrf_token(visitor), csrf_token(other)
    house.begin()
    sent = {"own": own, "another's": anothers}.get(token or "", token)
    headers = [("Origin", origin)] if origin is not None else []
    form = {"full_name": "Захваченная школа", "short_name": "Захват"}
    if sent is not None and in_header:
        headers.append(("X-CSRF-Token", sent))
    elif sent is not None:
        form["csrf_token"] = sent
    house.check_refused(visitor.post("/role", form | {"role": "curator"}, headers=headers), "csrf_refused")
    house.begin()
    house.check_refused(visitor.post("/connection/invitation", form, headers=headers), "forbidden")
    # Each stands in its own session's pages, and in no log line.
    assert own not in house.written()
    assert anothers not in house.written()


def test_a_write_from_our_own_page_is_taken(visitor: Visitor) -> None:
    """So the others were refused for where they come from."""
    assert visitor.enter().status == 303
    form = {"role": "curator", "csrf_token": csrf_token(visitor)}
    assert visitor.post("/role", form, headers=[("Origin", "https://mentor.example")]).status == 303


# Frames -----------------------------------------------------------------------------------------------------------


@covers("framed by its own Moodle alone")
def test_a_page_is_framed_by_its_own_moodle(house: House) -> None:
    for issuer in (MOODLE, OTHER_MOODLE):
        visitor = house.visitor()
        login = visitor.post("/lti/login", visitor.asks(iss=issuer))
        assert login.ancestors == issuer
        assert visitor.enter({"iss": issuer}, iss=issuer).ancestors == issuer
        for address in ("/", "/staff/", "/nowhere", "/connection"):
            assert visitor.get(address).ancestors == issuer, address


@covers("framed by nobody")
@pytest.mark.parametrize(
    "address",
    ["/api/v1/tool", "/api/v1/openapi.json", "/api/v1/school", "/api/v1/nowhere", "/lti/jwks", "/static/kit.css"],
)
def test_what_is_never_embedded_is_framed_by_nobody(visitor: Visitor, address: str) -> None:
    assert visitor.get(address).ancestors == "'none'"


@pytest.mark.parametrize("address", ["/", "/staff/", "/nowhere"])
def test_a_stranger_sees_a_page_with_nothing_to_click(visitor: Visitor, address: str) -> None:
    """Which Moodle shows it can't be known; so there is nothing on it that a frame around it could steal."""
    page = visitor.get(address)
    assert page.status in {401, 404}
    assert page.ancestors == "*"
    assert "<form" not in page.text
    assert "<button" not in page.text
    assert re.findall(r'<a [^>]*href="([^"]*)"', page.text) == ["#main"]


# Other people's cookies -------------------------------------------------------------------------------------------


@covers("cookie tossed")
def test_a_cookie_of_a_sibling_host_is_not_read(house: House, visitor: Visitor) -> None:
    """evil.example.ru can set cookies for .example.ru, but none whose name begins with `__Host-`."""
    victim = house.visitor()
    assert visitor.enter().status == 303
    handle, binding = visitor.cookies[SESSION], visitor.cookies["__Host-mentorship-binding"]
    for prefix in ("", "__Secure-", "__host-", "__Host_"):
        victim.cookies = {f"{prefix}mentorship-session": handle, f"{prefix}mentorship-binding": binding}
        assert victim.get("/staff/").status == 401
        victim.state, victim.nonce = visitor.state, visitor.nonce
        reply = victim.launch(visitor.token())
        assert reply.status == 403
        assert "binding_missing" in reply.text


@covers("session fixed")
def test_a_handle_chosen_by_the_attacker_opens_nothing(house: House, visitor: Visitor) -> None:
    chosen = "A" * 43
    visitor.cookies[SESSION] = chosen
    assert visitor.get("/staff/").status == 401
    assert visitor.enter().status == 303
    assert visitor.cookies[SESSION] != chosen
    assert house.visitor(cookies={SESSION: chosen}).get("/staff/").status == 401
    assert house.visitor().get(f"/~{chosen}/staff/").status == 401
    # A cookie's handle is worth nothing in a path.
    assert house.visitor().get(f"/~{visitor.cookies[SESSION]}/staff/").status == 401


@covers("handle of the other school")
def test_two_schools_in_one_browser_stay_apart(house: House, visitor: Visitor) -> None:
    """A cookie of one school and an address of the other: the address decides, and takes no token of the cookie's."""
    assert visitor.enter().status == 303
    token = csrf_token(visitor)
    other = house.visitor(keeps_cookies=False)
    other.begin_login(iss=OTHER_MOODLE)
    reply = other.launch(other.token(iss=OTHER_MOODLE), secret=other.secret)
    handle = reply["Location"].split("/")[1]
    house.keep_silent(handle.removeprefix("~"))
    mixed = house.visitor(cookies=dict(visitor.cookies))
    page = mixed.get(f"/{handle}/staff/")
    assert page.status == 200
    assert "Гимназия № 2" in page.text
    assert "Лицей № 7" not in page.text
    assert page.ancestors == OTHER_MOODLE
    refused = mixed.post(f"/{handle}/role", {"role": "curator", "csrf_token": token})
    assert (refused.status, "csrf_refused" in refused.text) == (403, True)
