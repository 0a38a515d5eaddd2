"""Pairs over REST: the same verbs, schemas and refusals as the pages."""

from collections.abc import Callable
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from moodle_mentorship.pairs.enums import PairState
from moodle_mentorship.pairs.models import Pair
from tests.conftest import NOW, SignIn
from tests.factories import make_papers
from tests.pairs.conftest import Two

Csrf = Callable[[FlaskClient], str]
PERIOD = {"starts_on": "2026-12-01", "ends_on": "2027-05-31"}


def side(person: Any) -> dict[str, Any]:
    return {
        "id": person.id,
        "full_name": person.full_name,
        "position": person.position,
        "subjects": person.subjects,
        "email": person.email,
    }


def test_the_whole_way(sign_in: SignIn, csrf: Csrf, two: Two) -> None:
    make_papers(two.session, two.mentor, two.mentee, NOW)
    two.session.commit()
    curator = sign_in(two.school, two.school.curator)
    headers = {"X-CSRF-Token": csrf(curator)}
    body = {"mentor_person_id": two.mentor.id, "mentee_person_id": two.mentee.id, **PERIOD}
    proposed = curator.post("/api/v1/pairs", json=body, headers=headers)
    assert proposed.json is not None
    pair_id = proposed.json["id"]
    expected = {
        "id": pair_id,
        "state": "proposed",
        "mentor": side(two.mentor),
        "mentee": side(two.mentee),
        "form": "teachers",
        "kinds": ["traditional"],
        **PERIOD,
        "proposed_at": NOW.isoformat(),
        "mentor_answer": None,
        "mentee_answer": None,
        "order_date": None,
        "order_number": None,
        "closed_at": None,
        "end_reason": None,
        "warned_on": None,
        "may_end_on": None,
        "replaces_pair_id": None,
        "group_id": None,
        "moodle_group_id": None,
    }
    assert (proposed.status_code, proposed.json) == (201, expected)
    for person, name in ((two.mentor, "mentor"), (two.mentee, "mentee")):
        client = sign_in(two.school, person)
        answered = client.post(
            f"/api/v1/pairs/{pair_id}/answer",
            json={"side": name, "answer": "yes"},
            headers={"X-CSRF-Token": csrf(client)},
        )
        assert answered.status_code == 200
    order = {"order_date": "2026-11-24", "order_number": "№143-ОД"}
    ordered = curator.post(f"/api/v1/pairs/{pair_id}/order", json=order, headers=headers)
    expected |= {
        "state": "ordered",
        "mentor_answer": "yes",
        "mentee_answer": "yes",
        "order_date": "2026-11-24",
        "order_number": "143-ОД",
    }
    assert (ordered.status_code, ordered.json) == (200, expected)
    assert curator.get("/api/v1/pairs").json == {"rows": [expected], "next": None, "previous": None}
    assert curator.get(f"/api/v1/pairs/{pair_id}").json == expected
    ended = curator.post(f"/api/v1/pairs/{pair_id}/end", json={"reason": "completed"}, headers=headers)
    assert ended.json == expected | {"state": "ended", "end_reason": "completed", "closed_at": NOW.isoformat()}
    assert curator.get("/api/v1/pairs").json == {"rows": [], "next": None, "previous": None}


def test_refusals_are_problems(sign_in: SignIn, csrf: Csrf, session: Session, two: Two) -> None:
    pair = two.propose()
    client = sign_in(two.school, two.school.curator)
    headers = {"X-CSRF-Token": csrf(client)}
    body = {"mentor_person_id": two.mentor.id, "mentee_person_id": two.mentee.id, **PERIOD}
    path = f"/api/v1/pairs/{pair.id}"
    answers = [
        client.post("/api/v1/pairs", json=body, headers=headers),
        client.post("/api/v1/pairs", json=body | {"mentor_person_id": two.mentee.id}, headers=headers),
        client.post("/api/v1/pairs", json=body | {"ends_on": "31.05.2027"}, headers=headers),
        client.post(f"{path}/order", json={"order_date": "2026-11-24", "order_number": "1"}, headers=headers),
        client.post(f"{path}/order", json={"order_date": "2026-11-24", "order_number": "1" * 41}, headers=headers),
        client.post(f"{path}/end", json={"reason": "bored"}, headers=headers),
        client.post(f"{path}/answer", json={"side": "mentor", "answer": "yes"}, headers=headers),
        client.post(f"{path}/withdraw"),
    ]
    assert [(answer.status_code, answer.json["code"]) for answer in answers] == [  # type: ignore[index]
        (409, "no_free_place"),
        (422, "oneself"),
        (422, "invalid"),
        (409, "pair_moved_on"),
        (422, "invalid"),
        (422, "invalid"),
        (403, "forbidden"),
        (403, "csrf_refused"),
    ]


def test_another_schools_pair_is_not_found(
    sign_in: SignIn, csrf: Csrf, session: Session, two: Two, other_two: Two
) -> None:
    theirs = other_two.agreed()
    client = sign_in(two.school, two.school.curator)
    headers = {"X-CSRF-Token": csrf(client)}
    path = f"/api/v1/pairs/{theirs.id}"
    body = {"mentor_person_id": two.mentor.id, "mentee_person_id": other_two.mentee.id, **PERIOD}
    statuses = [
        client.get(path).status_code,
        client.post(
            f"{path}/order", json={"order_date": "2026-11-24", "order_number": "1"}, headers=headers
        ).status_code,
        client.post(f"{path}/end", json={"reason": "completed"}, headers=headers).status_code,
        client.post(f"{path}/withdraw", headers=headers).status_code,
        client.post("/api/v1/pairs", json=body, headers=headers).status_code,
    ]
    mentor = sign_in(two.school, two.mentor)
    answer = {"side": "mentor", "answer": "no"}
    statuses.append(mentor.post(f"{path}/answer", json=answer, headers={"X-CSRF-Token": csrf(mentor)}).status_code)
    assert statuses == [404] * 6
    assert client.get("/api/v1/pairs?state=all").json == {"rows": [], "next": None, "previous": None}
    row = session.get(Pair, theirs.id)
    assert row is not None
    session.refresh(row)
    assert row.state is PairState.AGREED


def test_mentors_read_no_lists(sign_in: SignIn, two: Two) -> None:
    pair = two.propose()
    client = sign_in(two.school, two.mentor)
    assert [client.get(path).status_code for path in ("/api/v1/pairs", f"/api/v1/pairs/{pair.id}")] == [403, 403]
