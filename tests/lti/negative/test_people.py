"""The launch is genuine; whether the person comes in, and as what, our own records say."""

from typing import Any

import pytest

from tests.lti.negative.house import House, Visitor
from tests.lti.negative.rows import covers
from tests.lti.platform import INSTITUTION_ADMINISTRATOR, INSTRUCTOR, LEARNER, SITE_ADMINISTRATOR

INSTITUTION = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Instructor"
SYSTEM = "http://purl.imsglobal.org/vocab/lis/v2/system/person#Instructor"


def check_not_let_in(house: House, reply: Any, code: str) -> None:
    """A page for people, and no session; the launch itself stands in the journal, which the login's end keeps."""
    assert reply.status == 403
    assert f"<code>{code}</code>" in reply.text
    assert "Лицей № 7" in reply.text
    assert reply.all("Set-Cookie") == []
    assert [line["code"] for line in house.lines("refused")] == [code]
    assert house.grown() == {"consumed_state": 1, "launch": 1}
    house.check_silence()


@covers("suspended person", "person deleted in Moodle")
@pytest.mark.parametrize("column", ["suspended", "deleted_in_moodle"], ids=["suspended", "deleted in Moodle"])
def test_who_is_shut_out_in_moodle(house: House, visitor: Visitor, column: str) -> None:
    change = f"UPDATE person SET {column} = :value WHERE school_id = :school AND moodle_user_id = :id"
    values = {"school": house.own.school, "id": int(house.own.teacher)}
    house.execute(change, value=True, **values)
    try:
        check_not_let_in(house, visitor.enter(sub=house.own.teacher), "access_ended")
    finally:
        house.execute(change, value=False, **values)


@covers("departed person")
def test_who_left(house: House, visitor: Visitor) -> None:
    check_not_let_in(house, visitor.enter(sub=house.own.leaver), "access_ended")


@covers("person unknown")
def test_who_is_not_in_the_directory(house: House, visitor: Visitor) -> None:
    check_not_let_in(house, visitor.enter(sub="61"), "not_in_directory")


ROLES = [
    ("role unknown", "http://purl.imsglobal.org/vocab/lis/v2/membership#Curator"),
    ("role unknown", "curator"),
    ("role unknown", ""),
    ("role in other letters", SITE_ADMINISTRATOR.upper()),
    ("role in other letters", SITE_ADMINISTRATOR.replace("Admin", "admin")),
    ("role in other letters", SITE_ADMINISTRATOR + " "),
    ("role in other letters", SITE_ADMINISTRATOR.replace("Administrator", "Administratоr")),
    ("role of another vocabulary", "http://purl.imsglobal.org/vocab/lis/v2/system/evil#Administrator"),
    ("role of another vocabulary", "https://evil.example/vocab/lis/v2/system/person#Administrator"),
    ("role of another vocabulary", "urn:lti:sysrole:ims/lis/Administrator"),
    ("role of the institution", INSTITUTION_ADMINISTRATOR),
    ("role of the institution", INSTITUTION),
    ("role of the system", SYSTEM),
]


@covers(*dict.fromkeys(row for row, _ in ROLES))
@pytest.mark.parametrize("role", [pytest.param(role, id=f"{row}: {role}") for row, role in ROLES if role])
def test_a_role_of_a_token_opens_nothing(house: House, role: str) -> None:
    """A teacher stays a teacher, and somebody who isn't in the directory stays outside."""
    teacher, stranger = house.visitor(), house.visitor()
    assert teacher.enter(sub=house.own.teacher, roles=[role, LEARNER, INSTRUCTOR]).status == 303
    house.begin()
    for address in ("/connection", "/school/edit", "/sync/"):
        assert teacher.get(address).status == 403
    assert house.grown() == {}
    house.begin()
    check_not_let_in(house, stranger.enter(sub="61", roles=[role, INSTRUCTOR]), "not_in_directory")


def test_an_empty_role_is_no_role(house: House, visitor: Visitor) -> None:
    house.check_refused(visitor.enter(roles=["", INSTRUCTOR]), "roles_invalid")


@covers("role gone")
def test_a_role_is_gone_with_the_next_launch(visitor: Visitor, house: House) -> None:
    assert visitor.enter(sub=house.own.teacher, roles=[SITE_ADMINISTRATOR]).status == 303
    former = dict(visitor.cookies)
    assert visitor.get("/connection").status == 200
    assert visitor.enter(sub=house.own.teacher).status == 303
    assert visitor.get("/connection").status == 403
    # The handle of before opens nothing either.
    assert house.visitor(cookies=former).get("/connection").status == 401
