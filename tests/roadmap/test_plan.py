"""The road map on paper: its table as schools know it, the mark of approval, sheets on their long side."""

import io
import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from docx import Document as Word
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import select
from sqlalchemy.orm import Session

from moodle_mentorship.roadmap import plan, service
from moodle_mentorship.roadmap.models import Line, MapVersion, RoadMap
from moodle_mentorship.roadmap.ready import LINES, STAGES
from tests.conftest import NOW, SignIn
from tests.factories import TestSchool
from tests.roadmap.test_service import TODAY, lines

Csrf = Callable[[FlaskClient], str]
MARK = ["УТВЕРЖДЕНА", "приказом от 10 сентября 2026 г.", "№ 118-ОД"]
BLANK = ["УТВЕРЖДЕНА", "приказом от «____» ______________ 20____ г.", "№ ______________"]


@pytest.fixture
def road_map(session: Session, school: TestSchool) -> RoadMap:
    return service.take_ready(session, school.actor(), NOW)


def approve(session: Session, school: TestSchool) -> MapVersion:
    service.approve(session, school.actor(), order_date=date(2026, 9, 10), order_number="118-ОД", today=TODAY, now=NOW)
    return session.scalars(select(MapVersion).order_by(MapVersion.number.desc())).all()[0]


def read(content: bytes) -> tuple[list[str], list[list[str]]]:
    """Paragraphs, and the rows of the table; a cell that goes on says what it goes on from."""
    document = Word(io.BytesIO(content))
    said = [paragraph.text.replace("\N{NO-BREAK SPACE}", " ") for paragraph in document.paragraphs]
    (table,) = document.tables
    return [text for text in said if text], [[cell.text for cell in row.cells] for row in table.rows]


def test_every_line_stands_beside_its_stage(session: Session, school: TestSchool, road_map: RoadMap) -> None:
    said, (head, *rows) = read(plan.of_now(session, road_map))
    assert head[:3] == ["№", "Наименование этапа", "Содержание деятельности и план мероприятий"]
    assert said[:3] == BLANK
    assert school.school.full_name in said
    assert any(text.endswith("педагогических работников на 2026/27 учебный год") for text in said)
    assert len(rows) == len(LINES)
    assert list(dict.fromkeys((row[0], row[1]) for row in rows)) == [
        (f"{number}.", name) for number, name in STAGES.items()
    ]
    assert rows[-1][2].startswith("7.1. Освещение мероприятий")
    assert not any("{" in text for row in rows for text in row)


def test_the_mark_is_of_the_version_whose_lines_they_are(
    session: Session, school: TestSchool, road_map: RoadMap
) -> None:
    version = approve(session, school)
    assert read(plan.of_now(session, road_map))[0][:3] == MARK
    service.remove_line(session, school.actor(), lines(session, road_map)[0].id, NOW)
    # What has changed since is not approved; the version goes on saying what it said.
    assert read(plan.of_now(session, road_map))[0][:3] == BLANK
    said, rows = read(plan.of_version(session, road_map, version))
    assert (said[:3], len(rows)) == (MARK, 1 + len(LINES))
    version.cancelled_at = NOW
    assert read(plan.of_version(session, road_map, version))[0][:3] == BLANK


def test_an_amendment_is_named_beside_the_order_that_approved(
    session: Session, school: TestSchool, road_map: RoadMap
) -> None:
    first = approve(session, school)
    service.remove_line(session, school.actor(), lines(session, road_map)[0].id, NOW)
    service.approve(session, school.actor(), order_date=TODAY, order_number="130-ОД", today=TODAY, now=NOW)
    edition = "(в редакции приказа от 24 ноября 2026 г. № 130-ОД)"
    assert read(plan.of_now(session, road_map))[0][:4] == [*MARK, edition]
    assert edition not in read(plan.of_version(session, road_map, first))[0]
    # The first order is cancelled later: the amendment goes on, and what it amended is still named.
    first.cancelled_at = NOW + timedelta(days=1)
    assert read(plan.of_now(session, road_map))[0][:4] == [*MARK, edition]


def test_the_files_are_on_the_pages(
    sign_in: SignIn, session: Session, school: TestSchool, other_school: TestSchool, road_map: RoadMap
) -> None:
    version = approve(session, school)
    session.commit()
    client = sign_in(school, school.teachers[0])
    for page, base in (("/road-map/", "/road-map"), (f"/road-map/versions/{version.id}",) * 2):
        assert set(re.findall(r'href="([^"]+\.(?:docx|pdf))"', client.get(page).text)) == {
            f"{base}/road-map.docx",
            f"{base}/road-map.pdf",
        }
        assert read(client.get(f"{base}/road-map.docx").data)[0][:3] == MARK
        sheets = PdfReader(io.BytesIO(client.get(f"{base}/road-map.pdf").data)).pages
        assert all(sheet.mediabox.width > sheet.mediabox.height for sheet in sheets)
        assert "118-ОД" in sheets[0].extract_text()
        assert all("Наименование этапа" in sheet.extract_text() for sheet in sheets)
    stranger = sign_in(other_school, other_school.curator)
    assert stranger.get("/road-map/road-map.docx").status_code == 404
    assert stranger.get(f"/road-map/versions/{version.id}/road-map.pdf").status_code == 404


def test_a_long_line_and_an_empty_map(session: Session, school: TestSchool, road_map: RoadMap) -> None:
    first, *others = lines(session, road_map)
    first.content = "Слово " * 400
    for line in others:
        session.delete(line)
    session.flush()
    assert len(read(plan.of_now(session, road_map))[1]) == 2
    session.delete(session.scalars(select(Line)).one())
    session.flush()
    assert len(read(plan.of_now(session, road_map))[1]) == 1
