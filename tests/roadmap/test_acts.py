"""The register of local acts: files with their editions, references checked, evidence for the road map."""

import io
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from moodle_mentorship.core.errors import Invalid, NotFound
from moodle_mentorship.roadmap import acts, errors
from moodle_mentorship.roadmap.enums import ActKind
from moodle_mentorship.roadmap.evidence import Period
from moodle_mentorship.roadmap.models import SchoolAct
from moodle_mentorship.roadmap.told import evidence
from moodle_mentorship.school.models import SchoolYear
from tests.conftest import NOW, SignIn
from tests.factories import BOX, TestSchool

Csrf = Callable[[FlaskClient], str]

TITLE = "Положение о системе (целевой модели) наставничества педагогических работников"
WRONG = "Положение о наставничестве разработано на основании ст. 358.1 ТК РФ.".encode()
RIGHT = "Положение о наставничестве разработано на основании ст. 351.8 ТК РФ.".encode()
FORM = {
    "kind": "regulation",
    "title": TITLE,
    "number": "17",
    "dated": "2026-08-30",
    "in_force_from": "2026-09-01",
    "in_force_until": "",
}


def said(**values: Any) -> Mapping[str, Any]:
    usual = {
        "kind": ActKind.REGULATION,
        "title": TITLE,
        "number": "17",
        "dated": date(2026, 8, 30),
        "in_force_from": date(2026, 9, 1),
        "in_force_until": None,
    }
    return usual | values


def put(session: Session, school: TestSchool, content: bytes = WRONG, **values: Any) -> SchoolAct:
    return acts.add(session, BOX, school.actor(), said(**values), content, "положение.txt", NOW)


def test_an_edition_is_kept_with_its_file_and_what_its_references_look_like(
    session: Session, school: TestSchool, other_school: TestSchool
) -> None:
    act = put(session, school)
    put(session, other_school)
    (listed,) = acts.acts(session, school.id)
    assert (listed.newest.edition, listed.newest.findings) == (1, 1)
    (remark,) = acts.wrong(acts.remarks(session, BOX, listed.newest))
    assert remark.instead is not None
    assert "351.8" in remark.instead
    renewed = acts.renew(
        session, BOX, school.actor(), act.id, said(in_force_from=date(2026, 11, 1)), RIGHT, "2.txt", NOW
    )
    assert (renewed.edition, renewed.findings) == (2, 0)
    assert [one.in_force_until for one in acts.editions(session, school.id, act.id)] == [None, date(2026, 10, 31)]
    assert acts.file_of(session, BOX, school.id, listed.newest.id) == (WRONG, "положение.txt")
    assert WRONG.decode() not in listed.newest.sealed_text
    with pytest.raises(NotFound):
        acts.file_of(session, BOX, other_school.id, listed.newest.id)
    with pytest.raises(NotFound):
        acts.renew(session, BOX, other_school.actor(), act.id, said(), RIGHT, "2.txt", NOW)


def test_what_makes_no_sense_is_refused(session: Session, school: TestSchool) -> None:
    act = put(session, school)
    with pytest.raises(errors.ActExists):
        put(session, school)
    with pytest.raises(Invalid):
        acts.renew(session, BOX, school.actor(), act.id, said(), RIGHT, "2.txt", NOW)
    with pytest.raises(Invalid):
        put(session, school, title="Другое", in_force_until=date(2026, 8, 1))
    with pytest.raises(Invalid):
        put(session, school, b"", title="Третье")


def test_the_regulation_is_evidence_while_it_is_in_force(app: Flask, session: Session, school: TestSchool) -> None:
    def sees(today: date) -> bool:
        return bool(evidence(app).look(session, Period(school.id, SchoolYear(2026), today), ["acts.regulation"]))

    put(session, school, title="Положение об оплате труда")
    assert not sees(date(2026, 9, 10))
    put(session, school, in_force_until=date(2026, 12, 31))
    assert [sees(day) for day in (date(2026, 8, 31), date(2026, 9, 1), date(2027, 1, 1))] == [False, True, False]


def test_its_pages(sign_in: SignIn, csrf: Csrf, school: TestSchool, other_school: TestSchool) -> None:
    curator = sign_in(school, school.curator)
    token = csrf(curator)
    assert "Реестр пуст" in curator.get("/local-acts/").text
    without = curator.post("/local-acts/new", data=FORM | {"csrf_token": token})
    assert (without.status_code, 'href="#f-document"' in without.text, TITLE in without.text) == (422, True, True)
    wrong = {"dated": "", "document": (io.BytesIO(WRONG), "п.txt"), "csrf_token": token}
    answer = curator.post("/local-acts/new", data=FORM | wrong)
    assert (answer.status_code, 'href="#f-dated"' in answer.text) == (422, True)
    old = {"document": (io.BytesIO(b"\xd0\xcf\x11\xe0"), "п.doc"), "csrf_token": token}
    assert curator.post("/local-acts/new", data=FORM | old).status_code == 422
    sent = curator.post("/local-acts/new", data=FORM | wrong | {"dated": "2026-08-30"} | _file(WRONG))
    assert sent.status_code == 303
    address = sent.location.partition("?")[0]
    assert "исправить" in curator.get("/local-acts/").text
    assert "351.8" in curator.get(address).text
    newer = {"dated": "2026-11-01", "in_force_from": "2026-11-01", "csrf_token": token}
    assert curator.post(f"{address}/edition", data=newer | _file(RIGHT)).status_code == 303
    assert "Редакция 2" in curator.get(address).text
    director = sign_in(school, school.director)
    assert director.get(address).status_code == 200
    assert director.get("/local-acts/new").status_code == 403
    assert sign_in(other_school, other_school.curator).get(address).status_code == 404


def _file(content: bytes) -> dict[str, Any]:
    return {"document": (io.BytesIO(content), "положение.txt")}
