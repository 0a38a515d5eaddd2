"""REST: the staff list and one person, with the page's own schema and verbs."""

from collections.abc import Callable

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.conftest import SignIn
from tests.factories import TestSchool


def test_paging_through_the_list(sign_in: SignIn, school: TestSchool, other_school: TestSchool) -> None:
    client = sign_in(school, school.director)
    first = client.get("/api/v1/staff?limit=4").get_json()
    second = client.get("/api/v1/staff", query_string={"limit": 4, "cursor": first["next"]}).get_json()
    assert [person["last_name"] for page in (first, second) for person in page["items"]] == [
        "Белова",
        "Зайцев",
        "Ким",
        "Орлов",
        "Соколова",
        "Тихонов",
    ]
    assert (first["total"], first["previous"], second["next"]) == (6, None, None)
    back = client.get("/api/v1/staff", query_string={"limit": 4, "cursor": second["previous"]}).get_json()
    assert back["items"] == first["items"]


def test_searching(sign_in: SignIn, school: TestSchool, other_school: TestSchool) -> None:
    client = sign_in(school, school.curator)
    found = client.get("/api/v1/staff?search=петр&status=active").get_json()
    assert [person["id"] for person in found["items"]] == [school.director.id]


def test_a_wrong_question_is_named(sign_in: SignIn, school: TestSchool) -> None:
    answer = sign_in(school, school.curator).get("/api/v1/staff?limit=5000&status=nobody")
    assert answer.status_code == 422
    assert answer.content_type == "application/problem+json"
    assert {name: len(texts) for name, texts in answer.get_json()["errors"].items()} == {
        "limit": 1,
        "status": 1,
    }


def test_editing(
    sign_in: SignIn, csrf: Callable[[FlaskClient], str], session: Session, school: TestSchool, other_school: TestSchool
) -> None:
    client = sign_in(school, school.curator)
    headers = {"X-CSRF-Token": csrf(client)}
    person = school.teachers[0]
    answer = client.patch(f"/api/v1/staff/{person.id}", json={"position": "методист"}, headers=headers)
    assert answer.status_code == 200
    told = client.get(f"/api/v1/staff/{person.id}").get_json()
    assert told == answer.get_json()
    assert (told["position"], told["last_name"]) == ("методист", "Белова")
    assert told["sources"]["position"]["source"] == "by_hand"
    wrong = client.patch(f"/api/v1/staff/{person.id}", json={"hire_date": "вчера"}, headers=headers)
    assert wrong.status_code == 422
    assert list(wrong.get_json()["errors"]) == ["hire_date"]
    foreign = client.get(f"/api/v1/staff/{other_school.teachers[0].id}")
    assert (foreign.status_code, foreign.get_json()["code"]) == (404, "not_found")
