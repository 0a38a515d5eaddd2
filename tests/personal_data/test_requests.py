"""Requests: asked once, answered in time by somebody else, carried out whole or not at all."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.clock import FixedClock
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.pairs.enums import PairState
from moodle_mentorship.pairs.models import Pair, Space
from moodle_mentorship.people.enums import StaffStatus
from moodle_mentorship.people.models import Person
from moodle_mentorship.personal_data import erasing, ledger, requests
from moodle_mentorship.personal_data.enums import Outcome, RequestKind
from moodle_mentorship.personal_data.errors import AlreadyAnswered, AlreadyAsked, OwnRequest
from moodle_mentorship.personal_data.models import DataRequest
from tests.conftest import NOW, SignIn
from tests.factories import BOX, TestSchool, grant, make_mentee, make_mentor
from tests.personal_data.conftest import Answers, held

TODAY = date(2026, 11, 24)
Csrf = Callable[[FlaskClient], str]


def ask(session: Session, school: TestSchool, person: Person, kind: RequestKind = RequestKind.ERASURE) -> DataRequest:
    actor = school.actor(person)
    made = requests.ask(session, BOX, actor, person.id, kind, "Отчество с ошибкой", 5, TODAY, NOW)
    session.commit()
    return made


def erase(runtime: Runtime, session: Session, school: TestSchool, made: DataRequest) -> DataRequest:
    folder = runtime.settings.data_dir
    return erasing.erase(session, runtime.holdings, folder, school.actor(), made.id, NOW)


@pytest.mark.parametrize(
    ("day", "in_week", "due"),
    [
        (date(2026, 11, 24), 5, date(2026, 12, 3)),
        (date(2026, 11, 24), 6, date(2026, 12, 2)),
        (date(2026, 11, 28), 5, date(2026, 12, 8)),
    ],
)
def test_seven_working_days(day: date, in_week: int, due: date) -> None:
    assert requests.working_days_later(day, requests.TIME, in_week) == due


def test_one_request_of_a_kind_waits(session: Session, school: TestSchool) -> None:
    me = school.teachers[0]
    ask(session, school, me)
    ask(session, school, me, RequestKind.CORRECTION)
    with pytest.raises(AlreadyAsked):
        ask(session, school, me)


def test_the_way_of_a_correction(
    session: Session, school: TestSchool, sign_in: SignIn, csrf: Csrf, clock: FixedClock
) -> None:
    me = school.teachers[0]
    client = sign_in(school, me)
    token = csrf(client)
    empty = client.post("/my-data/correction", data={"csrf_token": token, "text": " "})
    assert empty.status_code == 422
    assert "Заполните это поле" in empty.get_data(as_text=True)
    sent = client.post("/my-data/correction", data={"csrf_token": token, "text": "Отчество: Павловна"})
    assert sent.status_code == 303
    [made] = session.scalars(select(DataRequest)).all()
    assert "Павловна" not in (made.sealed_text or "")

    curator = sign_in(school, school.curator)
    token = csrf(curator)
    today = curator.get("/").get_data(as_text=True)
    assert "1\u00a0запрос о\u00a0персональных данных" in today or "1 запрос о" in today
    page = curator.get(f"/data-requests/{made.id}").get_data(as_text=True)
    assert "Отчество: Павловна" in page
    kept = curator.post(f"/data-requests/{made.id}/answer", data={"csrf_token": token, "outcome": "done"})
    assert kept.status_code == 422
    answer = {"csrf_token": token, "outcome": "done", "remark": "Исправили, спасибо"}
    assert curator.post(f"/data-requests/{made.id}/answer", data=answer).status_code == 303
    assert curator.post(f"/data-requests/{made.id}/answer", data=answer).status_code == 409
    assert "Исправили, спасибо" in sign_in(school, me).get("/my-data/").get_data(as_text=True)


def test_nobody_decides_about_their_own_data(
    runtime: Runtime, session: Session, school: TestSchool, app: Flask
) -> None:
    """So the only curator needs a second one."""
    made = ask(session, school, school.curator)
    with pytest.raises(OwnRequest):
        erase(runtime, session, school, made)
    with pytest.raises(OwnRequest):
        requests.answer(session, BOX, school.actor(), made.id, Outcome.REFUSED, "Нет", NOW)
    second = school.teachers[1]
    grant(session, second, Role.CURATOR, NOW)
    erasing.erase(session, runtime.holdings, runtime.settings.data_dir, school.actor(second), made.id, NOW)
    assert made.outcome is Outcome.DONE


def test_another_person_s_pair_has_to_end_first(
    session: Session, school: TestSchool, sign_in: SignIn, csrf: Csrf
) -> None:
    mentor, mentee = school.teachers[0], school.teachers[1]
    make_mentor(session, mentor, NOW, places_held=1)
    make_mentee(session, mentee, NOW)
    session.add(
        Pair(
            school_id=school.id,
            space=Space(school_id=school.id),
            mentor_person_id=mentor.id,
            mentee_person_id=mentee.id,
            state=PairState.PROPOSED,
            starts_on=TODAY,
            ends_on=TODAY,
            proposed_at=NOW,
        )
    )
    made = ask(session, school, mentee)
    client = sign_in(school, school.curator)
    assert "Удалить навсегда" not in client.get(f"/data-requests/{made.id}").get_data(as_text=True)
    refused = client.post(f"/data-requests/{made.id}/erase", data={"csrf_token": csrf(client)})
    assert refused.status_code == 409
    assert "Сначала завершите её" in refused.get_data(as_text=True)


def test_an_erasure_says_what_it_did_and_happens_once(
    runtime: Runtime, session: Session, school: TestSchool, sign_in: SignIn, csrf: Csrf, answers: Answers
) -> None:
    me = school.teachers[0]
    answers(me)
    me.status = StaffStatus.LEFT
    session.commit()
    client = sign_in(school, school.curator)
    token = csrf(client)
    letter = client.post(f"/data-requests/people/{me.id}", data={"csrf_token": token})
    address = letter.headers["Location"].partition("?")[0]
    plan = client.get(f"/api/v1{address}/plan").get_json()
    assert {part["code"] for part in plan["parts"] if part["gone"]} >= {"survey_response", "survey_participant"}
    assert all(part["why"] for part in plan["parts"] if part["kept"])
    assert client.post(f"{address}/erase", data={"csrf_token": token}).status_code == 303
    assert client.post(f"{address}/erase", data={"csrf_token": token}).status_code == 409
    session.expire_all()
    [made] = session.scalars(select(DataRequest)).all()
    assert made.erased is not None
    assert made.erased["survey_response"] == 1
    assert me.full_name == f"№ {me.id}"
    assert "Белова" not in client.get("/staff/?status=left").get_data(as_text=True)
    assert client.get("/journal/").status_code == 200


def test_a_fault_half_way_leaves_all_of_it_and_the_next_run_does_it(
    runtime: Runtime, session: Session, school: TestSchool, answers: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    me = school.teachers[0]
    answers(me)
    made = ask(session, school, me)
    before = held(runtime, session, me)
    session.commit()

    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("cut")

    with monkeypatch.context() as patched:
        patched.setattr(erasing, "record", broken)
        with pytest.raises(RuntimeError, match="cut"):
            erase(runtime, session, school, made)
    session.rollback()
    assert held(runtime, session, me) == before
    assert erase(runtime, session, school, made).outcome is Outcome.DONE
    session.commit()
    assert "survey_response" not in held(runtime, session, me)
    with pytest.raises(AlreadyAnswered):
        erase(runtime, session, school, made)


def test_without_the_list_nothing_is_erased(
    runtime: Runtime, session: Session, school: TestSchool, answers: Answers, tmp_path: Path
) -> None:
    me = school.teachers[0]
    answers(me)
    made = ask(session, school, me)
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        erasing.erase(session, runtime.holdings, tmp_path / "file", school.actor(), made.id, NOW)
    session.rollback()
    assert "survey_response" in held(runtime, session, me)


def test_another_school_s_requests_are_not_found(
    session: Session, school: TestSchool, other_school: TestSchool, sign_in: SignIn, csrf: Csrf
) -> None:
    made = ask(session, school, school.teachers[0])
    client = sign_in(other_school, other_school.curator)
    token = csrf(client)
    assert client.get(f"/data-requests/{made.id}").status_code == 404
    for what in ("erase", "answer"):
        data = {"csrf_token": token, "outcome": "refused", "remark": "Нет"}
        assert client.post(f"/data-requests/{made.id}/{what}", data=data).status_code == 404
    assert client.post(f"/data-requests/people/{school.teachers[0].id}", data={"csrf_token": token}).status_code == 404
    assert "Таких запросов нет" in client.get("/data-requests/").get_data(as_text=True)


def test_rest_asks_and_answers(session: Session, school: TestSchool, sign_in: SignIn, csrf: Csrf) -> None:
    me = sign_in(school, school.teachers[0])
    headers = {"X-CSRF-Token": csrf(me)}
    lacking = me.post("/api/v1/me/data/requests", json={"kind": "correction"}, headers=headers)
    assert (lacking.status_code, list(lacking.get_json()["errors"])) == (422, ["text"])
    made = me.post("/api/v1/me/data/requests", json={"kind": "erasure"}, headers=headers).get_json()
    assert (made["kind"], made["due_on"], made["outcome"]) == ("erasure", "2026-12-03", None)
    assert me.get("/api/v1/me/data/requests").get_json() == [made]
    curator = sign_in(school, school.curator)
    headers = {"X-CSRF-Token": csrf(curator)}
    assert curator.get("/api/v1/data-requests").get_json()["rows"] == [made]
    answer = {"outcome": "refused", "remark": "Договор действует"}
    told = curator.post(f"/api/v1/data-requests/{made['id']}/answer", json=answer, headers=headers).get_json()
    assert told["outcome"] == "refused"
    assert curator.get("/api/v1/data-requests?shown=answered").get_json()["rows"] == [told]


def test_a_torn_line_of_the_list_is_passed_over(tmp_path: Path) -> None:
    entry = ledger.Entry(1, NOW.isoformat(), 7, False, NOW.isoformat())
    ledger.append(tmp_path, entry)
    with (tmp_path / ledger.FILE).open("a") as file:
        file.write('{"school_id": 1, "sin')
    ledger.append(tmp_path, entry)
    assert list(ledger.entries(tmp_path / ledger.FILE)) == [entry, entry]
    assert (tmp_path / ledger.FILE).stat().st_mode & 0o777 == 0o600
