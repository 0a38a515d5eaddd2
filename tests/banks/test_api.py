"""The banks over REST: the same verbs, schemas and refusals as the pages."""

from collections.abc import Callable

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.conftest import NOW, SignIn
from tests.factories import TestSchool, make_mentee, make_mentor

Csrf = Callable[[FlaskClient], str]


def test_a_mentee_is_added_listed_and_taken_out(sign_in: SignIn, csrf: Csrf, school: TestSchool) -> None:
    client, person = sign_in(school, school.curator), school.teachers[0]
    headers = {"X-CSRF-Token": csrf(client)}
    added = client.post("/api/v1/mentees", json={"person_id": person.id}, headers=headers)
    assert (added.status_code, added.json) == (
        201,
        {
            "person": {
                "id": person.id,
                "full_name": "Белова Марина Павловна",
                "position": "учитель",
                "subjects": None,
                "hire_date": "2026-09-01",
            },
            "state": "waiting",
            "state_since": NOW.isoformat(),
            "entered_at": NOW.isoformat(),
            "refused_year": None,
        },
    )
    assert client.get("/api/v1/mentees").json == {"rows": [added.json], "next": None, "previous": None}
    gone = client.post(f"/api/v1/mentees/{person.id}/step", json={"act": "withdraw"}, headers=headers)
    assert (gone.status_code, gone.json["state"]) == (200, "withdrawn")  # type: ignore[index]


def test_a_mentor_is_added_and_given_places(sign_in: SignIn, csrf: Csrf, school: TestSchool) -> None:
    client, person = sign_in(school, school.curator), school.teachers[0]
    headers = {"X-CSRF-Token": csrf(client)}
    added = client.post("/api/v1/mentors", json={"person_id": person.id, "capacity": 1}, headers=headers)
    more = client.post(f"/api/v1/mentors/{person.id}/capacity", json={"capacity": 3}, headers=headers)
    listed = client.get("/api/v1/mentors?state=free&sort=places")
    assert added.status_code == 201
    assert more.json == added.json | {"capacity": 3}  # type: ignore[operator]
    assert listed.json == {"rows": [more.json], "next": None, "previous": None}
    out = client.post(f"/api/v1/mentors/{person.id}/step", json={"act": "withdraw"}, headers=headers)
    assert (out.status_code, out.json["state"]) == (200, "left")  # type: ignore[index]


def test_an_invitation_is_answered(sign_in: SignIn, csrf: Csrf, school: TestSchool) -> None:
    curator, person = sign_in(school, school.curator), school.teachers[0]
    asked = {"json": {"person_ids": [person.id]}, "headers": {"X-CSRF-Token": csrf(curator)}}
    invited = curator.post("/api/v1/mentors/invite", **asked)
    assert [(row["person"]["id"], row["state"], row["refused_year"]) for row in invited.json] == [  # type: ignore[union-attr]
        (person.id, "invited", None)
    ]
    client = sign_in(school, person)
    headers = {"X-CSRF-Token": csrf(client)}
    no = client.post("/api/v1/participation/mentor", json={"act": "withdraw"}, headers=headers)
    assert (no.json["state"], no.json["refused_year"]) == ("left", 2026)  # type: ignore[index]
    again = curator.post("/api/v1/mentors/invite", **asked)
    assert (again.status_code, again.json["code"]) == (409, "said_no")  # type: ignore[index]


def test_refusals_are_problems(sign_in: SignIn, csrf: Csrf, session: Session, school: TestSchool) -> None:
    make_mentor(session, school.teachers[0], NOW, capacity=2, places_held=2)
    client = sign_in(school, school.curator)
    headers = {"X-CSRF-Token": csrf(client)}
    path = f"/api/v1/mentors/{school.teachers[0].id}"
    fewer = client.post(f"{path}/capacity", json={"capacity": 1}, headers=headers)
    out = client.post(f"{path}/step", json={"act": "withdraw"}, headers=headers)
    wrong = client.post("/api/v1/mentors", json={"person_id": school.teachers[1].id, "capacity": 7}, headers=headers)
    bare = client.post("/api/v1/mentors", json={"person_id": school.teachers[1].id, "capacity": 1})
    assert [(answer.status_code, answer.json["code"]) for answer in (fewer, out, wrong, bare)] == [  # type: ignore[index]
        (409, "capacity_below_held"),
        (409, "mentor_has_pairs"),
        (422, "invalid"),
        (403, "csrf_refused"),
    ]


def test_others_and_other_schools_are_kept_out(
    sign_in: SignIn, csrf: Csrf, session: Session, school: TestSchool, other_school: TestSchool
) -> None:
    stranger = other_school.teachers[0]
    make_mentee(session, stranger, NOW)
    make_mentor(session, stranger, NOW)
    teacher = sign_in(school, school.teachers[0])
    assert [teacher.get(path).status_code for path in ("/api/v1/mentees", "/api/v1/mentors")] == [403, 403]
    client = sign_in(school, school.curator)
    headers = {"X-CSRF-Token": csrf(client)}
    assert client.get("/api/v1/mentees").json == {"rows": [], "next": None, "previous": None}
    assert client.get("/api/v1/mentors").json == {"rows": [], "next": None, "previous": None}
    statuses = [
        client.post("/api/v1/mentees", json={"person_id": stranger.id}, headers=headers).status_code,
        client.post("/api/v1/mentors", json={"person_id": stranger.id, "capacity": 1}, headers=headers).status_code,
        client.post("/api/v1/mentees/invite", json={"person_id": stranger.id}, headers=headers).status_code,
        client.post("/api/v1/mentors/invite", json={"person_ids": [stranger.id]}, headers=headers).status_code,
        *(
            client.post(f"/api/v1/{bank}/{stranger.id}/step", json={"act": "withdraw"}, headers=headers).status_code
            for bank in ("mentees", "mentors")
        ),
        client.post(f"/api/v1/mentors/{stranger.id}/basis", json={"basis": "job_duty"}, headers=headers).status_code,
        client.get(f"/api/v1/staff/{stranger.id}/bank-steps").status_code,
        client.post(f"/api/v1/mentors/{stranger.id}/capacity", json={"capacity": 2}, headers=headers).status_code,
    ]
    assert statuses == [404] * 9
