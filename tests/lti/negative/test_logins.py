"""The login initiation: whose Moodle, and which page of ours."""

from typing import Any

import pytest

from tests.lti.negative.house import OTHER_MOODLE, House, Visitor
from tests.lti.negative.rows import covers
from tests.lti.platform import REMOVE, TARGET

# Each variant of a row by itself: the target, and the row it belongs to.
TARGETS = [
    ("target elsewhere", "https://evil.example/"),
    ("target elsewhere", "https://mentor.example.evil.example/"),
    ("target elsewhere", "https://evil.example/https://mentor.example/"),
    ("target elsewhere", ""),
    ("target elsewhere", "/staff/"),
    ("target with userinfo", "https://mentor.example@evil.example/"),
    ("target with userinfo", "https://mentor.example:443@evil.example/"),
    ("target with userinfo", "https://user@mentor.example/"),
    ("target with a backslash", "https://mentor.example\\@evil.example/"),
    ("target with a backslash", "https:\\\\evil.example/"),
    ("target with a backslash", "https://evil.example\\.mentor.example/"),
    ("target with a backslash", "https://mentor.example\\\\evil.example"),
    ("target with two slashes", "//evil.example/"),
    ("target with two slashes", "///evil.example/"),
    ("target with a line break", TARGET + "\r\nSet-Cookie: x=y"),
    ("target with a line break", TARGET + "\u2028x"),
    ("target with a line break", "https://mentor.example\t.evil.example/"),
    ("target in other letters", "https://mentоr.example/"),
    ("target in other letters", "https://ｍentor.example/"),
    ("target in other letters", "https://mentor。example/"),
    ("target with percent signs", "https://mentor.example%2eevil.example/"),
    ("target with percent signs", "https://mentor%2eexample/"),
    ("target with percent signs", "https%3a//mentor.example/"),
    ("target a script", "javascript:alert(1)//https://mentor.example/"),
    ("target a script", "data:text/html,<script>alert(1)</script>"),
    ("target with another port", "https://mentor.example:444/"),
    ("target with another port", "https://mentor.example:99999/"),
    ("target over http", "http://mentor.example/"),
]


@covers(*dict.fromkeys(row for row, _ in TARGETS))
@pytest.mark.parametrize("target", [pytest.param(target, id=f"{row}: {target!r}") for row, target in TARGETS])
def test_a_target_that_is_no_page_of_ours(house: House, visitor: Visitor, target: str) -> None:
    reply = visitor.begin_login(target_link_uri=target)
    house.check_refused(reply, "target_foreign", 400)
    assert "evil" not in reply.text


@covers("target leads on")
@pytest.mark.parametrize(
    ("target", "page"),
    [
        ("https://mentor.example//evil.example/", "/"),
        ("https://mentor.example/lti/launch", "/"),
        ("https://mentor.example/lti/login?iss=https://evil.example", "/"),
        ("https://mentor.example/%2f%2fevil.example/", "/%2f%2fevil.example/"),
        ("https://mentor.example/%5cevil.example/", "/%5cevil.example/"),
        ("https://mentor.example/..//evil.example/", "/..//evil.example/"),
        ("https://mentor.example/?next=https://evil.example", "/?next=https://evil.example"),
    ],
)
def test_a_launch_leads_to_a_path_of_ours(visitor: Visitor, target: str, page: str) -> None:
    """Whatever the path holds, the browser stays: it begins with one slash, and not with a backslash after it."""
    reply = visitor.enter({"target_link_uri": target}, target_link_uri=target)
    assert (reply.status, reply["Location"]) == (303, page)
    assert not page.startswith(("//", "/\\"))
    assert visitor.get(page).status in {200, 404}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        pytest.param({"iss": REMOVE}, "login_incomplete", id="no issuer"),
        pytest.param({"login_hint": REMOVE}, "login_incomplete", id="no hint"),
        pytest.param({"login_hint": "x" * 2001}, "login_incomplete", id="endless hint"),
        pytest.param({"lti_message_hint": "x" * 2001}, "login_incomplete", id="endless message hint"),
        pytest.param({"iss": "https://evil.example"}, "platform_unknown", id="unknown issuer"),
        pytest.param({"iss": "https://mооdle.example"}, "platform_unknown", id="issuer with a homoglyph"),
        pytest.param({"iss": "https://MOODLE.example"}, "platform_unknown", id="issuer in other letters"),
        pytest.param({"iss": "https://moodle.example:443"}, "platform_unknown", id="issuer with a port"),
        pytest.param({"iss": "https://moodle.example' OR 1=1 --"}, "platform_unknown", id="issuer SQL"),
        pytest.param({"iss": "https://moodle.example;script-src *"}, "platform_unknown", id="issuer a policy"),
        pytest.param({"client_id": "another"}, "platform_unknown", id="unknown client"),
        pytest.param({"lti_deployment_id": "9"}, "platform_unknown", id="unknown deployment"),
    ],
)
def test_a_login_of_nobody_we_know(house: House, visitor: Visitor, changes: dict[str, Any], code: str) -> None:
    house.check_refused(visitor.begin_login(**changes), code, 400)


@covers("same ids, other issuer")
def test_the_same_ids_under_another_issuer_are_another_school(visitor: Visitor) -> None:
    """Client, deployment, context, link and user ids are the same; the people aren't."""
    assert visitor.enter({"iss": OTHER_MOODLE}, iss=OTHER_MOODLE, sub="3").status == 303
    page = visitor.get("/staff/").text
    assert "Гимназия № 2" in page
    assert "Лицей № 7" not in page


@pytest.fixture
def shared_moodle(house: House) -> None:
    """The other school has a client id of its own on the first school's Moodle."""
    house.execute(
        "UPDATE platform SET issuer = 'https://moodle.example', client_id = 'theirs' WHERE id = :id",
        id=house.other.platform,
    )


@pytest.fixture(autouse=True)
def _moodles_apart(house: House) -> Any:
    yield
    house.execute(
        "UPDATE platform SET issuer = :issuer, client_id = 'client', deployment_id = '1' WHERE id = :id",
        issuer=OTHER_MOODLE,
        id=house.other.platform,
    )


@covers("two clients of one issuer")
def test_two_clients_of_one_issuer_are_two_schools(house: House, shared_moodle: None) -> None:
    for client_id, school in (("client", "Лицей № 7"), ("theirs", "Гимназия № 2")):
        visitor = house.visitor()
        assert visitor.enter({"client_id": client_id}, aud=client_id).status == 303
        assert school in visitor.get("/staff/").text


@covers("token of the other client")
def test_a_token_for_the_other_client(house: House, visitor: Visitor, shared_moodle: None) -> None:
    house.check_refused(visitor.enter(aud="theirs"), "audience_wrong")


@covers("deployment of the other school")
def test_the_deployment_of_the_other_school(house: House, visitor: Visitor) -> None:
    """One client id with a deployment for each school: a login for one, a token for the other."""
    house.execute(
        "UPDATE platform SET issuer = 'https://moodle.example', deployment_id = '2' WHERE id = :id",
        id=house.other.platform,
    )
    house.check_refused(visitor.enter(deployment_id="2"), "deployment_wrong", 400)
    # Where the login leaves it open, the token's own word decides, and no third one is taken.
    house.begin()
    visitor.begin_login(lti_deployment_id=REMOVE)
    house.check_refused(visitor.launch(visitor.token(deployment_id="3")), "deployment_wrong", 400)
