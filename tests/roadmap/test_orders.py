"""The order that approves the road map or changes it: its text and annex, and what follows from its life."""

import io
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import pytest
from docx import Document as Word
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from moodle_mentorship.core.jobs import Jobs
from moodle_mentorship.documents import service as documents
from moodle_mentorship.documents.errors import NothingToSay
from moodle_mentorship.documents.kinds import Kinds, Moment
from moodle_mentorship.documents.models import Document
from moodle_mentorship.documents.rendering import Stamp, render
from moodle_mentorship.documents.service.signing import Evidence as Shown
from moodle_mentorship.files import docx
from moodle_mentorship.roadmap import errors, orders, queries, service
from moodle_mentorship.roadmap.evidence import Evidence
from moodle_mentorship.roadmap.models import RoadMap
from tests.conftest import NOW, SignIn
from tests.factories import BOX, PDF, TestSchool
from tests.roadmap.test_service import TODAY, lines, said

KINDS = Kinds()
KINDS.add(orders.KIND)


@pytest.fixture
def road_map(session: Session, school: TestSchool) -> RoadMap:
    return service.take_ready(session, school.actor(), NOW)


def text_of(values: Mapping[str, Any]) -> str:
    document = Word(io.BytesIO(render(docx.layout(orders.KIND.layout), values, Stamp())))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    found = "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])
    assert "{" not in found
    return found.replace("\u00a0", " ")


def moment(session: Session, school: TestSchool) -> Moment:
    return Moment(session, Jobs(), school.actor(), TODAY, NOW)


def begun(session: Session, school: TestSchool) -> Document:
    return documents.begin(session, KINDS, school.actor(), orders.CODE, {}, NOW)


def registered(session: Session, school: TestSchool, number: str) -> Document:
    document, now = begun(session, school), moment(session, school)
    documents.lay(KINDS, BOX, now, document.id)
    documents.sign(BOX, now, document.id, TODAY, Shown(scan=(PDF, "scan.pdf")))
    return documents.register(KINDS, BOX, now, document.id, number, lambda code: f"https://mentor.example/{code}")


def test_the_sample_fills_the_layout() -> None:
    assert "Подготовка условий" in text_of(orders.sample())


def test_the_order_approves_the_road_map(session: Session, school: TestSchool, road_map: RoadMap) -> None:
    composed = orders.compose(session, school.id, {}, TODAY)
    text = text_of(composed.values)
    assert composed.heading == (
        "Об утверждении дорожной карты (плана мероприятий) по реализации Положения о системе (целевой модели) "
        "наставничества педагогических работников на 2026/27 учебный год"
    )
    assert "Утвердить дорожную карту (план мероприятий)" in text
    assert "Приложение № 1" in text
    for said_there in ("7. Информационная поддержка", "01.09.2026 – 15.09.2026", "ежемесячно, октябрь – май"):
        assert said_there in text
    # Who holds a role that a line names; the director signs.
    assert list(composed.people) == [school.curator.id]
    assert school.curator.full_name in text


def test_there_is_no_order_without_lines_that_wait_for_it(
    session: Session, school: TestSchool, other_school: TestSchool
) -> None:
    service.take_ready(session, other_school.actor(), NOW)
    with pytest.raises(NothingToSay):
        orders.compose(session, school.id, {}, TODAY)
    service.approve(*(session, other_school.actor()), order_date=TODAY, order_number="118-ОД", today=TODAY, now=NOW)
    with pytest.raises(NothingToSay):
        orders.compose(session, other_school.id, {}, TODAY)


def test_the_life_of_the_order_is_the_life_of_its_version(
    session: Session, school: TestSchool, road_map: RoadMap
) -> None:
    document = begun(session, school)
    now = moment(session, school)
    documents.lay(KINDS, BOX, now, document.id)
    (version,) = queries.versions_of(session, school.id, road_map.id)
    assert (version.number, version.document_id, version.approved_at) == (1, document.id, None)
    with pytest.raises(errors.VersionWaits):
        service.approve(session, school.actor(), order_date=TODAY, order_number="1", today=TODAY, now=NOW)
    documents.take_back(KINDS, now, document.id)
    assert queries.versions_of(session, school.id, road_map.id) == []
    made = registered(session, school, "118-ОД")
    (version,) = queries.versions_of(session, school.id, road_map.id)
    assert (version.order_date, version.order_number, version.document_id) == (TODAY, "118-ОД", made.id)
    assert not service.changed(session, road_map)


def test_what_was_changed_since_is_an_amendment(
    app: Flask, session: Session, school: TestSchool, road_map: RoadMap
) -> None:
    first = registered(session, school, "118-ОД")
    there = lines(session, road_map)
    nothing = Evidence()
    service.change_line(session, school.actor(), nothing, there[4].id, said(stage=1), NOW)
    service.add_line(session, school.actor(), nothing, said(content="Новое", ends_on=date(2026, 12, 20)), NOW)
    service.remove_line(session, school.actor(), there[5].id, NOW)
    text = text_of(orders.compose(session, school.id, {}, TODAY).values)
    for part in (
        "О внесении изменений в дорожную карту (план мероприятий)",
        "утверждённую приказом от 24 ноября 2026 г. № 118-ОД, следующие изменения",
        "– пункт 1.5 изложить в новой редакции;",
        "– дополнить пунктом 5.5;",
        "– исключить пункт 2.1.",
        "Школа наставника",
    ):
        assert part in text
    second = registered(session, school, "130-ОД")
    service.remove_line(session, school.actor(), there[6].id, NOW)
    again = text_of(orders.compose(session, school.id, {}, TODAY).values)
    assert "№ 118-ОД (в редакции приказа от 24 ноября 2026 г. № 130-ОД), следующие изменения" in again
    assert [one.number for one in queries.versions_of(session, school.id, road_map.id)] == [2, 1]
    # The amendment is cancelled: what held before holds again.
    with app.test_request_context():
        assert orders.ends(session, first) == ["Дорожная карта действует по более позднему приказу и не изменится."]
        assert orders.ends(session, second) == ["Снова будет действовать редакция по приказу № 118-ОД."]
    documents.cancel(KINDS, moment(session, school), second.id, first.id)
    approved = queries.in_force(queries.versions_of(session, school.id, road_map.id))
    assert approved is not None
    assert approved.order_number == "118-ОД"
    with app.test_request_context():
        assert orders.ends(session, first) == ["Дорожная карта останется без утверждающего приказа."]
    assert service.changed(session, road_map)


def test_the_order_is_prepared_by_one_click(
    sign_in: SignIn, csrf: Callable[[FlaskClient], str], school: TestSchool, road_map: RoadMap, session: Session
) -> None:
    session.commit()
    curator = sign_in(school, school.curator)
    token = csrf(curator)
    assert "Подготовить приказ" in curator.get("/road-map/versions").text
    first = curator.post("/road-map/order", data={"csrf_token": token})
    assert first.status_code == 303
    assert curator.post("/road-map/order", data={"csrf_token": token}).location == first.location
    assert "Об утверждении дорожной карты" in curator.get(first.location).text
