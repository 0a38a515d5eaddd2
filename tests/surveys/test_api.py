"""Questionnaires over REST: the same verbs, schemas and refusals as the pages."""

from collections.abc import Callable

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.conftest import NOW, SignIn
from tests.factories import TestSchool, make_mentee, make_round

Csrf = Callable[[FlaskClient], str]


def test_from_the_ready_made_set_to_a_round(sign_in: SignIn, csrf: Csrf, session: Session, school: TestSchool) -> None:
    make_mentee(session, school.teachers[0], NOW)
    client = sign_in(school, school.curator)
    headers = {"X-CSRF-Token": csrf(client)}
    taken = client.post("/api/v1/surveys/questionnaires/ready-made", headers=headers)
    assert (taken.status_code, taken.json) == (200, client.get("/api/v1/surveys/questionnaires").json)
    need = next(row for row in taken.json or [] if row["code"] == "need")
    assert need == {
        "id": need["id"],
        "code": "need",
        "kind": "need",
        "title": "Что поможет вам в этом году",
        "version": 1,
        "draft": False,
    }
    asked = {"questionnaire_id": need["id"], "audience": "mentees", "opens_on": "2026-11-24", "closes_on": "2026-12-01"}
    begun = client.post("/api/v1/surveys/rounds", json=asked, headers=headers)
    assert begun.status_code == 201
    assert begun.json is not None
    assert begun.json == {
        "id": begun.json["id"],
        "questionnaire_id": need["id"],
        "opens_on": "2026-11-24",
        "closes_on": "2026-12-01",
        "closed_at": None,
        "remind_after": None,
        "anonymous": False,
    }
    assert client.get("/api/v1/surveys/rounds").json == {"rows": [begun.json], "next": None, "previous": None}
    nobody = client.post("/api/v1/surveys/rounds", json=asked | {"audience": "mentors"}, headers=headers)
    unknown = client.post("/api/v1/surveys/rounds", json=asked | {"audience": "pupils"}, headers=headers)
    assert (nobody.status_code, nobody.json["code"]) == (409, "nobody_to_ask")  # type: ignore[index]
    assert (unknown.status_code, list(unknown.json["errors"])) == (422, ["audience"])  # type: ignore[index]
    closed = client.post(f"/api/v1/surveys/rounds/{begun.json['id']}/close", headers=headers)
    assert closed.json == begun.json | {"closed_at": NOW.isoformat()}


def test_ones_own_answers(sign_in: SignIn, csrf: Csrf, session: Session, school: TestSchool) -> None:
    teacher = school.teachers[0]
    asked = make_round(session, school, [teacher], NOW, code="pulse")
    session.commit()
    client, path = sign_in(school, teacher), f"/api/v1/surveys/rounds/{asked.id}/response"
    headers = {"X-CSRF-Token": csrf(client)}
    fresh = client.get(path).json
    assert fresh is not None
    assert {name: fresh[name] for name in ("version", "answers", "revision", "newer", "saved_at", "submitted_at")} == {
        "version": 1,
        "answers": {},
        "revision": 0,
        "newer": False,
        "saved_at": None,
        "submitted_at": None,
    }
    assert [item["code"] for item in fresh["content"]["sections"][0]["items"]] == [
        "met",
        "useful",
        "decided",
        "support",
    ]
    saved = client.patch(path, json={"version": 1, "answers": {"met": "yes", "useful": "4"}}, headers=headers)
    assert saved.json == fresh | {
        "answers": {"met": "yes", "useful": 4},
        "revision": 1,
        "saved_at": NOW.isoformat(),
    }
    wrong = client.patch(path, json={"version": 1, "answers": {"met": "maybe", "x": 1}}, headers=headers)
    assert wrong.status_code == 422
    assert wrong.json is not None
    assert sorted(wrong.json["errors"]["answers"]) == ["met", "x"]
    whole = {"version": 1, "revision": 1, "answers": {"met": "no", "support": "curator", "useful": "4"}}
    sent = client.post(f"{path}/submit", json=whole, headers=headers)
    assert sent.status_code == 200
    assert sent.json is not None
    assert (sent.json["answers"], sent.json["submitted_at"]) == ({"met": "no", "support": "curator"}, NOW.isoformat())
    late = client.patch(path, json={"version": 1, "answers": {"met": "yes"}}, headers=headers)
    assert (late.status_code, late.json["code"]) == (409, "already_submitted")  # type: ignore[index]


def test_who_is_not_asked_finds_nothing(
    sign_in: SignIn, csrf: Csrf, session: Session, school: TestSchool, other_school: TestSchool
) -> None:
    asked = make_round(session, school, school.teachers[:1], NOW)
    foreign = make_round(session, other_school, other_school.teachers, NOW)
    session.commit()
    client = sign_in(school, school.teachers[1])
    headers = {"X-CSRF-Token": csrf(client)}
    body = {"version": 1, "answers": {}}
    codes = []
    for number in (asked.id, foreign.id):
        path = f"/api/v1/surveys/rounds/{number}/response"
        codes += [client.get(path).json["code"], client.patch(path, json=body, headers=headers).json["code"]]  # type: ignore[index]
    assert codes == ["not_asked", "not_asked", "not_found", "not_found"]


def test_a_questionnaire_is_built(
    sign_in: SignIn, csrf: Csrf, session: Session, school: TestSchool, other_school: TestSchool
) -> None:
    foreign = make_round(session, other_school, other_school.teachers, NOW)
    session.commit()
    client, base = sign_in(school, school.curator), "/api/v1/surveys/questionnaires"
    headers = {"X-CSRF-Token": csrf(client)}
    made = client.post(base, json={"title": "Своя анкета"}, headers=headers)
    assert made.status_code == 201
    assert made.json is not None
    path, seen = f"{base}/{made.json['questionnaire_id']}", {"version": 1, "revision": 1}
    asked = {"type": "slots", "code": "free", "title": "Когда вы свободны?"}
    content = {"intro": "", "sections": [{"title": "Время", "items": [asked]}]}
    written = client.put(f"{path}/draft", json=seen | {"content": content}, headers=headers)
    assert (written.status_code, written.json) == (200, client.get(f"{path}/draft").json)
    late = client.put(f"{path}/draft", json=seen | {"content": content}, headers=headers)
    assert (late.status_code, late.json["code"]) == (409, "draft_changed")  # type: ignore[index]
    unfit = {"intro": "", "sections": [{"title": "Время", "items": [asked, asked]}]}
    wrong = client.put(f"{path}/draft", json={"version": 1, "revision": 2, "content": unfit}, headers=headers)
    assert wrong.status_code == 422
    undone = client.post(f"{path}/draft/undo", json={"version": 1, "revision": 2}, headers=headers)
    assert (undone.status_code, undone.json["content"]["sections"][0]["items"]) == (200, [])  # type: ignore[index]
    empty = client.post(f"{path}/draft/publish", json={"version": 1, "revision": 3}, headers=headers)
    assert (empty.status_code, empty.json["code"]) == (409, "nothing_to_ask")  # type: ignore[index]
    client.post(f"{path}/draft/undo", json={"version": 1, "revision": 3}, headers=headers)
    published = client.post(f"{path}/draft/publish", json={"version": 1, "revision": 4}, headers=headers)
    assert {name: (published.json or {})[name] for name in ("version", "revision", "begun")} == {
        "version": 2,
        "revision": 0,
        "begun": False,
    }
    named = client.patch(path, json={"title": "Свободное время"}, headers=headers)
    assert (named.json or {})["title"] == "Свободное время"
    source = str(foreign.questionnaire_id)
    assert client.post(base, json={"title": "Чужая", "source": source}, headers=headers).status_code == 422
    gone = client.post(f"{base}/{source}/draft/discard", json={"version": 2, "revision": 0}, headers=headers)
    assert gone.status_code == 404
