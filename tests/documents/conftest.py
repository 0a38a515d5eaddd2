"""A kind of document of the tests' own, and the verbs of its life in one hand."""

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import pytest
from docx import Document as Word
from sqlalchemy import select
from sqlalchemy.orm import Session

from moodle_mentorship.core.actor import Actor
from moodle_mentorship.core.jobs import Jobs
from moodle_mentorship.documents import service
from moodle_mentorship.documents.enums import DocumentState, RegisterCode
from moodle_mentorship.documents.kinds import Composed, DocumentKind, Kinds, Moment, Params
from moodle_mentorship.documents.models import Document
from moodle_mentorship.documents.obstacles import Obstacle
from moodle_mentorship.documents.service.registering import file_of
from moodle_mentorship.documents.service.signing import Evidence
from moodle_mentorship.documents.wording import letterhead, sheet
from moodle_mentorship.pairs.orders.kind import sample
from moodle_mentorship.people.models import Person
from tests.conftest import NOW
from tests.factories import BOX, PDF, TestSchool

TODAY = date(2026, 11, 24)
SCAN = Evidence(scan=(PDF, "order.pdf"))


def check_url(code: str) -> str:
    return f"https://mentor.example/documents/check/{code}"


def compose(session: Session, school_id: int, params: Params, _today: date) -> Composed:
    people = session.scalars(
        select(Person).where(Person.school_id == school_id, Person.id.in_(params["people"])).order_by(Person.id)
    ).all()
    values = {**sample(), **letterhead(session, school_id), "heading": "О сверке", "acquainted": sheet(people)}
    return Composed("О сверке", values, [person.id for person in people])


def obstacles(session: Session, draft: Document, today: date) -> list[Obstacle]:
    return [Obstacle("Ким В.", "Signature")] if draft.params.get("lacks") else []


@dataclass
class Told:
    """What the kind's listeners heard; `refuses` names what they raise."""

    heard: list[str] = field(default_factory=list)
    refuses: dict[str, Exception] = field(default_factory=dict)

    def __call__(self, what: str) -> Callable[..., None]:
        def listen(*_about: object) -> None:
            self.heard.append(what)
            if what in self.refuses:
                raise self.refuses[what]

        return listen


def kind_of(told: Told, register: RegisterCode = RegisterCode.ORDERS) -> DocumentKind:
    names = ("drafted", "discarded", "laid", "taken_back", "registered", "cancelled")
    listeners: dict[str, Any] = {name: told(name) for name in names}
    return DocumentKind("note", "Note", "pairs_order", register, compose, sample, obstacles, **listeners)


@dataclass
class Life:
    """The verbs, with what never changes in a test already in their hands."""

    session: Session
    school: TestSchool
    kinds: Kinds
    told: Told
    now: datetime = NOW
    today: date = TODAY

    @property
    def actor(self) -> Actor:
        return self.school.actor()

    @property
    def moment(self) -> Moment:
        return Moment(self.session, Jobs(), self.actor, self.today, self.now)

    def begin(self, **params: Any) -> Document:
        chosen = {"people": [person.id for person in self.school.teachers[:2]]} | params
        return service.begin(self.session, self.kinds, self.actor, "note", chosen, self.now)

    def lay(self, draft: Document | None = None) -> Document:
        draft = self.begin() if draft is None else draft
        return service.lay(self.kinds, BOX, self.moment, draft.id)

    def sign(self, document: Document | None = None, day: date = TODAY, shown: Evidence = SCAN) -> Document:
        document = self.lay() if document is None else document
        return service.sign(BOX, self.moment, document.id, day, shown)

    def register(self, document: Document | None = None, number: str | None = "143-ОД", **more: Any) -> Document:
        document = self.sign() if document is None else document
        return service.register(self.kinds, BOX, self.moment, document.id, number, check_url, **more)

    def another(self, number: str) -> Document:
        """A registered document of another choice."""
        return self.register(self.sign(self.lay(self.begin(turn=number))), number)

    def file(self, document: Document) -> bytes:
        return file_of(self.session, BOX, document, check_url)

    def text(self, document: Document) -> str:
        word = Word(io.BytesIO(self.file(document)))
        cells = [cell.text for table in word.tables for row in table.rows for cell in row.cells]
        return "\n".join([*(paragraph.text for paragraph in word.paragraphs), *cells]).replace(
            "\N{NO-BREAK SPACE}", " "
        )

    def in_state(self, state: DocumentState) -> Document:
        """A document that stands there, of numbers that nothing else has."""
        if state is DocumentState.DRAFT:
            return self.begin()
        if state is DocumentState.FOR_SIGNATURE:
            return self.lay()
        if state is DocumentState.SIGNED:
            return self.sign()
        if state is DocumentState.REGISTERED:
            return self.register()
        old, new = self.register(), self.another("144-ОД")
        return service.cancel(self.kinds, self.moment, old.id, new.id)


def make_life(session: Session, school: TestSchool, register: RegisterCode = RegisterCode.ORDERS) -> Life:
    told, kinds = Told(), Kinds()
    kinds.add(kind_of(told, register))
    return Life(session, school, kinds, told)


@pytest.fixture
def life(session: Session, school: TestSchool) -> Life:
    return make_life(session, school)


@pytest.fixture
def other_life(session: Session, other_school: TestSchool) -> Life:
    return make_life(session, other_school)
