"""Lays every document of the year out on paper, from the demonstration's agreed pairs: the way of each is walked to its
number, LibreOffice makes pages of the file, and their pictures lie in docs/screenshots/paper. Then the same with the
school's own templates, as Word's users save them anew.

`MENTORSHIP_PICTURES=1 pytest tests/e2e/test_paper.py` writes them anew, with LibreOffice and poppler-utils; look at
them before they are committed (docs/requisites.md says what was seen).
"""

import io
import os
import re
import subprocess
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from docx import Document as Word
from sqlalchemy import delete
from sqlalchemy.orm import Session

from moodle_mentorship.core.actor import Actor
from moodle_mentorship.core.jobs import Jobs
from moodle_mentorship.demo.installation import CURATOR, DIRECTOR, DemoInstallation
from moodle_mentorship.documents import fields
from moodle_mentorship.documents import service as documents
from moodle_mentorship.documents.kinds import Moment
from moodle_mentorship.documents.models import Document
from moodle_mentorship.documents.service.registering import file_of
from moodle_mentorship.documents.service.signing import Evidence
from moodle_mentorship.documents.views import KINDS
from moodle_mentorship.files import docx, office
from moodle_mentorship.pairs import service as pairs
from moodle_mentorship.pairs.enums import Answer, EndReason, Side
from moodle_mentorship.pairs.models import Pair
from moodle_mentorship.pairs.office.queries import AGREEMENT
from moodle_mentorship.pairs.orders import service as orders
from moodle_mentorship.people.models import Person
from moodle_mentorship.roadmap import orders as roadmap_orders
from moodle_mentorship.roadmap import service as roadmap
from moodle_mentorship.roadmap.models import MapVersion
from moodle_mentorship.roadmap.schemas import LineSchema
from moodle_mentorship.roadmap.told import evidence
from tests.e2e.conftest import school_day
from tests.factories import PDF, make_papers

FOLDER = Path(__file__).parents[2] / "docs" / "screenshots" / "paper"
MENTORS = ("dubrovina.g", "guryanova.t", "guryanova.t", "saakyan.a")
MENTEES = ("barashkova.y", "zaytseva.k", "kuzmichev.l", "ponomarenko.a")
ANOTHER = "guryanova.t"
MOTTO = "Учитель учителю"

pytestmark = [
    pytest.mark.skipif("MENTORSHIP_PICTURES" not in os.environ, reason="pictures are taken when they are asked for"),
    pytest.mark.timeout(900),
]


class Desk:
    """The curator's, the director's and the clerk's hands, in one unit of work."""

    def __init__(self, demo: DemoInstallation, session: Session) -> None:
        self.demo, self.session = demo, session
        self.school_id, self.kinds = demo.school_id, demo.app.extensions[KINDS]
        self.today, self.now = school_day(demo), demo.runtime.clock.now()
        self.curator, self.director = demo.actor(session, CURATOR), demo.actor(session, DIRECTOR)

    def moment(self, actor: Actor) -> Moment:
        return Moment(self.session, Jobs(), actor, self.today, self.now)

    def person(self, username: str) -> Person:
        return self.session.get_one(Person, self.demo.actor(self.session, username).person_id)

    def chosen(self, username: str) -> str:
        return str(self.person(username).id)

    def day(self, days: int) -> str:
        return (self.today + timedelta(days=days)).isoformat()

    def agreed(self, mentor: str, mentee: str) -> Pair:
        sides = {Side.MENTOR: self.demo.actor(self.session, mentor), Side.MENTEE: self.demo.actor(self.session, mentee)}
        pair = pairs.propose(
            self.session,
            self.curator,
            mentor_person_id=sides[Side.MENTOR].person_id or 0,
            mentee_person_id=sides[Side.MENTEE].person_id or 0,
            starts_on=self.today,
            ends_on=date(self.today.year + 1, 5, 28),
            now=self.now,
        )
        for side, actor in sides.items():
            pairs.answer(self.session, actor, pair.id, side, Answer.YES, self.now)
        make_papers(self.session, pair.mentor, pair.mentee, self.now)
        return pair

    def typed(self, code: str, sent: Mapping[str, Any]) -> Document:
        params = fields.load(self.session, self.school_id, self.kinds.of(code).fields, sent)
        return documents.begin(self.session, self.kinds, self.curator, code, params, self.now)

    def numbered(self, draft: Document, number: str | None) -> bytes:
        """The file of a draft that went to the director, came back signed and got its number."""
        box, url = self.demo.runtime.box, lambda code: f"https://mentor.example/documents/check/{code}"
        documents.lay(self.kinds, box, self.moment(self.curator), draft.id)
        scan = Evidence(scan=(PDF, "order.pdf"))
        documents.sign(box, self.moment(self.director), draft.id, self.today, scan)
        documents.register(self.kinds, box, self.moment(self.curator), draft.id, number, url)
        return file_of(self.session, box, draft, url)


def year(desk: Desk) -> dict[str, bytes]:
    """The documents of a year, in the order in which it needs them."""
    made = {}
    # The demonstration's road map is approved already; the first order of a year is wanted too.
    desk.session.execute(delete(MapVersion).where(MapVersion.school_id == desk.school_id))
    draft = documents.begin(desk.session, desk.kinds, desk.curator, roadmap_orders.CODE, {}, desk.now)
    made["road-map-order"] = desk.numbered(draft, "201-ОД")
    line = {
        "stage": "5",
        "content": "Школа наставника",
        "timing": "period",
        "starts_on": desk.day(1),
        "ends_on": desk.day(30),
    }
    line |= {"responsible": "role:curator", "product": "Материалы"}
    said = cast(Mapping[str, Any], LineSchema().load(line))
    roadmap.add_line(desk.session, desk.curator, evidence(desk.demo.app), said, desk.now)
    draft = documents.begin(desk.session, desk.kinds, desk.curator, roadmap_orders.CODE, {}, desk.now)
    made["road-map-amended-order"] = desk.numbered(draft, "201/1-ОД")
    sent: dict[str, Any] = {"curator": desk.chosen(CURATOR), "council": [desk.chosen(name) for name in MENTORS[:2]]}
    made["curator-order"] = desk.numbered(
        desk.typed("curator_order", sent | {"chair": desk.chosen(MENTORS[0])}), "202-ОД"
    )
    agreed = [desk.agreed(*both) for both in zip(MENTORS, MENTEES, strict=True)]
    draft = orders.prepare(desk.session, desk.kinds, desk.curator, desk.now)
    made["pairs-order"] = desk.numbered(draft, "203-ОД")
    sent = {"mentor": desk.chosen(MENTORS[0]), "contract_day": "2015-09-01", "contract_number": "14"}
    made["agreement"] = desk.numbered(desk.typed(AGREEMENT, sent | {"payment": "3000 рублей в месяц"}), "7")
    sent = {"pair": str(agreed[0].id), "aim": "Помочь в первый год работы", "tasks": "Освоить план урока\nОценивание"}
    made["programme"] = desk.numbered(desk.typed("programme", sent), None)
    pairs.end(desk.session, Jobs(), desk.curator, agreed[3].id, EndReason.MENTOR_REFUSED, desk.now)
    new = pairs.replace(
        desk.session, Jobs(), desk.curator, agreed[3].id, mentor_person_id=desk.person(ANOTHER).id, now=desk.now
    )
    for side, who in ((Side.MENTOR, ANOTHER), (Side.MENTEE, MENTEES[3])):
        pairs.answer(desk.session, desk.demo.actor(desk.session, who), new.id, side, Answer.YES, desk.now)
    made["replacement-order"] = desk.numbered(desk.typed("replacement_order", {"pair": str(new.id)}), "204-ОД")
    sent = {"whom": f"pair-{agreed[2].id}", "ends_on": (agreed[2].ends_on + timedelta(days=1)).isoformat()}
    made["extension-order"] = desk.numbered(desk.typed("extension_order", sent), "204/1-ОД")
    sent = {"pair": str(agreed[1].id), "ground": "mentor_refused", "ends_on": desk.day(14)}
    made["end-order"] = desk.numbered(desk.typed("end_order", sent), "205-ОД")
    sent = {"title": "конкурс наставнических практик «Вместе»", "day": desk.day(60), "time": "14:00"}
    sent |= {
        "place": "актовый зал",
        "responsible": desk.chosen(CURATOR),
        "jury": [desk.chosen(name) for name in MENTEES[:2]],
    }
    sent |= {"programme": "Открытие\nВыступления пар\nПодведение итогов"}
    made["closing-event-order"] = desk.numbered(desk.typed("closing_event_order", sent), "206-ОД")
    sums = {desk.chosen(name): "3000" for name in MENTORS[:1]}
    sent = {"period": "за декабрь 2026 года", "ground": "положением об оплате труда работников", "sums": sums}
    made["payments-order"] = desk.numbered(desk.typed("payments_order", sent), "207-ОД")
    sent = {"to": [desk.chosen(name) for name in MENTEES[:2]], "about": "О приглашении на конкурс", "day": desk.day(60)}
    sent |= {"text": "Приглашаем Вас на конкурс наставнических практик.", "time": "14:00", "place": "актовый зал"}
    made["invitation"] = desk.numbered(desk.typed("invitation", sent), "12")
    return made


def resaved(content: bytes, folder: Path) -> bytes:
    """A layout of ours as a school makes it its own: with its motto and in its own font, saved by another program."""
    source = folder / "template.docx"
    word = Word(io.BytesIO(content))
    word.styles["Normal"].font.name = "Liberation Sans"
    word.paragraphs[0].insert_paragraph_before(MOTTO)
    word.save(str(source))
    to = ("--headless", "--convert-to", "docx:MS Word 2007 XML", "--outdir", str(folder / "again"))
    command = ["soffice", f"-env:UserInstallation=file://{folder}/profile", *to, str(source)]
    subprocess.run(command, check=True, capture_output=True)
    return (folder / "again" / "template.docx").read_bytes()


def pictured(made: Mapping[str, bytes], where: Path, folder: Path) -> dict[str, list[str]]:
    """Pictures of all pages; the text of each page by document."""
    where.mkdir(parents=True, exist_ok=True)
    for old in where.glob("*.png"):
        old.unlink()
    texts = {}
    for name, content in made.items():
        paper = folder / f"{name}.pdf"
        drawn = office.converted(content)
        assert drawn is not None, name
        paper.write_bytes(drawn)
        subprocess.run(["pdftoppm", "-r", "60", "-gray", "-png", str(paper), str(where / name)], check=True)
        text = subprocess.run(
            ["pdftotext", "-layout", str(paper), "-"], check=True, capture_output=True, text=True
        ).stdout
        texts[name] = text.replace("\N{NO-BREAK SPACE}", " ").rstrip("\f").split("\f")
    return texts


def proved(texts: Mapping[str, list[str]]) -> None:
    """The requisites that every order has, in their order, on the pages that LibreOffice made."""
    for name, pages in texts.items():
        whole = re.sub(r"\s+", " ", " ".join(pages))
        assert "{" not in whole, name
        if name.endswith("-order"):
            wanted = ("МБОУ «Школа № 12»", "ПРИКАЗ", "ОД", "г. Приреченск", "ПРИКАЗЫВАЮ:", "Контроль", "Директор")
            place = 0
            for each in wanted:
                place = whole.find(each, place)
                assert place >= 0, (name, each)
            # Each on a sheet of its own, below the page's number.
            for begins in ("Лист ознакомления", *(["Приложение № 1"] if "приложени" in whole else [])):
                assert any(re.match(rf"\s*\d+\s+{begins}", page) for page in pages[1:]), (name, begins)
            assert not re.search(r"\n\s*\d+\.\s*$", pages[0]), name


def own_templates(desk: Desk, folder: Path) -> None:
    """Every kind gets a template of the school's own."""
    for kind in desk.kinds:
        content = resaved(docx.layout(kind.layout), folder)
        kept = documents.add_template(desk.session, desk.curator, kind, content, f"{kind.code}.docx", desk.now)
        documents.use_template(desk.session, desk.kinds, desk.curator, kept.id, desk.now)


def test_the_papers_of_a_year(demo: DemoInstallation, tmp_path: Path) -> None:
    with demo.runtime.db.unit_of_work() as session:
        made = year(Desk(demo, session))
        # The next one begins where this one did.
        session.rollback()
    proved(pictured(made, FOLDER / "shipped", tmp_path))


def test_the_same_on_the_schools_own_templates(demo: DemoInstallation, tmp_path: Path) -> None:
    with demo.runtime.db.unit_of_work() as session:
        desk = Desk(demo, session)
        own_templates(desk, tmp_path)
        made = year(desk)
    texts = pictured(made, FOLDER / "own", tmp_path)
    assert [name for name, pages in texts.items() if MOTTO not in pages[0]] == []
    proved(texts)
