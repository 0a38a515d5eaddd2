"""Each state of a document, each act, each role, on pages and through REST: what follows, and who is refused."""

import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.audit import AuditEvent
from moodle_mentorship.documents import service
from moodle_mentorship.documents.enums import DocumentState
from moodle_mentorship.documents.models import Acquaintance, Document
from moodle_mentorship.documents.views import KINDS as REGISTRY
from moodle_mentorship.moodle.models import OutboxItem
from moodle_mentorship.moodle.to_people import PLUGIN_FROM
from moodle_mentorship.people.models import Person
from tests.conftest import NOW, SignIn
from tests.documents.conftest import Life
from tests.factories import PDF, grant, make_mentee, make_mentor, make_person
from tests.guards.test_routes import code_of

Csrf = Callable[[FlaskClient], str]

LETTERS = dict(zip("DLSRC", DocumentState, strict=True))
# By state: the state after the act (- is gone), or ! for «at another step already».
#               D L S R C
TABLE = {
    "lay":       "L ! ! ! !",
    "discard":   "- ! ! ! !",
    "take-back": "! D ! ! !",
    "send-back": "! D ! ! !",
    "sign":      "! S ! ! !",
    "unsign":    "! ! L ! !",
    # The same number, and the same document that cancels, once more change nothing.
    "register":  "! ! R R !",
    "acquaint":  "! ! ! R !",
    "remind":    "! ! ! R !",
    "cancel":    "! ! ! C C",
}  # fmt: skip
BY = {
    "lay": {Role.CURATOR},
    "discard": {Role.CURATOR},
    "take-back": {Role.CURATOR},
    "send-back": {Role.DIRECTOR},
    "sign": {Role.DIRECTOR, Role.CLERK},
    "unsign": {Role.DIRECTOR, Role.CLERK},
    "register": {Role.CURATOR, Role.CLERK},
    "acquaint": {Role.CURATOR, Role.CLERK},
    "remind": {Role.CURATOR, Role.CLERK},
    "cancel": {Role.CURATOR, Role.CLERK},
}
# A teacher without a role, and somebody who has not signed in.
TEACHER, NOBODY = "teacher", "nobody"


@dataclass(frozen=True)
class Visitor:
    client: FlaskClient
    token: str = ""


@dataclass
class Office:
    """A document in each state, another one that may cancel, and a browser for everybody."""

    session: Session
    documents: dict[DocumentState, Document]
    canceller: Document
    named: Person
    visitors: dict[str, Visitor]

    def send(self, who: str, act: str, document: Document, *, rest: bool) -> TestResponse:
        visitor = self.visitors[who]
        headers = {"X-CSRF-Token": visitor.token} if visitor.token else {}
        path = f"{'/api/v1' if rest else ''}/documents/{document.id}"
        said = {
            "send-back": {"remark": "Нет срока"},
            "register": {"number": document.number or "300-ОД"},
            "acquaint": {"person_ids": [self.named.id], "acquainted_on": "2026-11-24"},
            "cancel": {"by_id": self.canceller.id},
        }.get(act, {})
        if act == "discard" and rest:
            return visitor.client.delete(path, headers=headers)
        if act == "sign":
            form = {"signed_on": "2026-11-24", "scan": (io.BytesIO(PDF), "order.pdf")}
            return visitor.client.post(f"{path}/sign", data=form, headers=headers)
        if rest and said:
            return visitor.client.post(f"{path}/{act}", json=said, headers=headers)
        return visitor.client.post(f"{path}/{act}", data=said, headers=headers)

    def everything(self) -> list[Any]:
        """What an act could change."""
        self.session.expire_all()
        table = Document.__table__
        rows = self.session.execute(select(*table.columns).order_by(table.c.id)).all()
        sheets = self.session.execute(select(*Acquaintance.__table__.columns).order_by(Acquaintance.id)).all()
        counts = [self.session.scalar(select(func.count()).select_from(of)) for of in (AuditEvent, OutboxItem)]
        return [[tuple(row) for row in rows], [tuple(row) for row in sheets], counts]

    def state_of(self, document_id: int) -> DocumentState | None:
        self.session.expire_all()
        return self.session.scalar(select(Document.state).where(Document.id == document_id))

    @contextmanager
    def undone(self) -> Iterator[None]:
        savepoint = self.session.connection().begin_nested()
        try:
            yield
        finally:
            savepoint.rollback()
            self.session.expire_all()


def in_each_state(life: Life, canceller: Document) -> Iterator[tuple[DocumentState, Document]]:
    for turn, state in enumerate(DocumentState):
        document = life.begin(turn=state.value)
        if state is not DocumentState.DRAFT:
            life.lay(document)
        if state not in (DocumentState.DRAFT, DocumentState.FOR_SIGNATURE):
            life.sign(document)
        if state in (DocumentState.REGISTERED, DocumentState.CANCELLED):
            life.register(document, f"{turn}-ОД")
        if state is DocumentState.CANCELLED:
            service.cancel(life.kinds, life.moment, document.id, canceller.id)
        yield state, document


@pytest.fixture
def office(app: Flask, life: Life, session: Session, sign_in: SignIn, csrf: Csrf) -> Office:
    app.extensions[REGISTRY].add(*life.kinds)
    school = life.school
    school.site.plugin_version = PLUGIN_FROM
    canceller = life.another("200-ОД")
    documents = dict(in_each_state(life, canceller))
    mentor, mentee, psychologist, clerk = school.teachers
    teacher = make_person(session, school.id, 99, now=NOW)
    make_mentor(session, mentor, NOW)
    make_mentee(session, mentee, NOW)
    grant(session, psychologist, Role.PSYCHOLOGIST, NOW)
    grant(session, clerk, Role.CLERK, NOW)
    people = {
        Role.CURATOR: school.curator,
        Role.DIRECTOR: school.director,
        Role.CLERK: clerk,
        Role.MENTOR: mentor,
        Role.MENTEE: mentee,
        Role.PSYCHOLOGIST: psychologist,
        Role.ADMINISTRATOR: None,
        TEACHER: teacher,
    }
    assert set(Role) <= people.keys()
    visitors: dict[str, Visitor] = {NOBODY: Visitor(app.test_client())}
    for who, person in people.items():
        client = sign_in(school, person, site_administrator=person is None)
        visitors[who] = Visitor(client, csrf(client))
    return Office(session, documents, canceller, mentor, visitors)


@pytest.mark.parametrize("rest", [False, True], ids=["pages", "REST"])
@pytest.mark.parametrize("act", TABLE)
def test_who_does_what_when(office: Office, act: str, rest: bool) -> None:
    faults = []
    done = {204} if act == "discard" else {200}
    for state, cell in zip(DocumentState, TABLE[act].split(), strict=True):
        document = office.documents[state]
        number, before = document.id, office.everything()
        for who in office.visitors:
            with office.undone():
                answer = office.send(who, act, document, rest=rest)
                got = (answer.status_code, code_of(answer) if answer.status_code >= 400 else "")
                after, changed = office.state_of(number), office.everything() != before
            if who == NOBODY:
                good = got == (401, "no_session") and not changed
            elif who not in BY[act]:
                good = got == (403, "forbidden") and not changed
            elif cell == "!":
                good = got == (409, "document_moved_on") and not changed
            else:
                good = got[0] in (done if rest else {303}) and after is LETTERS.get(cell)
            if not good:
                faults.append((state.value, who, got, after, changed))
    assert faults == []


@pytest.mark.parametrize("rest", [False, True], ids=["pages", "REST"])
@pytest.mark.parametrize("act", TABLE)
def test_another_schools_office_finds_nothing(
    office: Office, sign_in: SignIn, csrf: Csrf, other_life: Life, act: str, rest: bool
) -> None:
    everybody = other_life.school.curator
    for role in (Role.DIRECTOR, Role.CLERK):
        grant(office.session, everybody, role, NOW)
    client = sign_in(other_life.school, everybody)
    office.visitors["outsider"] = Visitor(client, csrf(client))
    before = office.everything()
    answers = [office.send("outsider", act, one, rest=rest).status_code for one in office.documents.values()]
    assert answers == [404] * 5
    assert office.everything() == before


def test_the_page_offers_what_the_table_allows(office: Office) -> None:
    """Each reader's page of a document has the forms of exactly those acts that would be done."""
    readers = (Role.CURATOR, Role.DIRECTOR, Role.CLERK)
    # Its own number and canceller once more are never offered.
    again = {("register", DocumentState.REGISTERED), ("cancel", DocumentState.CANCELLED)}
    faults = []
    for who in readers:
        for place, (state, document) in enumerate(office.documents.items()):
            page = office.visitors[who].client.get(f"/documents/{document.id}").text
            offered = {act for act in TABLE if f'="/documents/{document.id}/{act}"' in page}
            allowed = {
                act
                for act, row in TABLE.items()
                if who in BY[act] and row.split()[place] != "!" and (act, state) not in again
            }
            if offered != allowed:
                faults.append((who.value, state.value, offered ^ allowed))
    assert faults == []


def test_forms_say_what_cannot_be_changed_later(office: Office) -> None:
    """Who signs has today's date proposed; who brings a paper that was signed some day types what stands on it."""

    def page(who: Role, state: DocumentState) -> str:
        return office.visitors[who].client.get(f"/documents/{office.documents[state].id}").text

    days = {who: re.search(r'name="signed_on"[^>]* value="([^"]*)"', page(who, LETTERS["L"])) for who in BY["sign"]}
    assert {who: day and day[1] for who, day in days.items()} == {Role.DIRECTOR: "2026-11-24", Role.CLERK: ""}
    assert "Дата подписи — это дата документа" in page(Role.CLERK, LETTERS["L"])
    for who in BY["register"]:
        said = page(who, LETTERS["S"]).replace("\N{NO-BREAK SPACE}", " ")
        assert "Дата документа — 24 ноября 2026" in said
        assert "Номер и дату потом изменить нельзя" in said


def test_one_document_over_rest_says_what_its_page_says(office: Office, life: Life) -> None:
    client = office.visitors[Role.CLERK].client
    registered = office.documents[DocumentState.REGISTERED]
    told = client.get(f"/api/v1/documents/{registered.id}").get_json()
    assert (told["state"], told["number"], told["signed_on"]) == ("registered", "3-ОД", "2026-11-24")
    assert [line["name"] for line in told["sheet"]] == [person.full_name for person in life.school.teachers[:2]]
    assert told["files"].keys() == {"docx", "pdf", "scan"}
    assert [client.get(address).status_code for address in told["files"].values()] == [200] * 3
    gone = client.get(f"/api/v1/documents/{office.documents[DocumentState.CANCELLED].id}").get_json()
    by = client.get(f"/api/v1/documents/{office.canceller.id}").get_json()
    assert (gone["cancelled_by_id"], by["cancels"]) == (by["id"], [gone["id"]])
    draft = life.begin(lacks=True)
    office.session.commit()
    curator = office.visitors[Role.CURATOR]
    told = client.get(f"/api/v1/documents/{draft.id}").get_json()
    assert (told["obstacles"], told["number"], told["sheet"]) == ([{"who": "Ким В.", "what": "Signature"}], None, [])
    laid = curator.client.post(f"/api/v1/documents/{draft.id}/lay", headers={"X-CSRF-Token": curator.token})
    assert (laid.status_code, code_of(laid)) == (409, "document_not_ready")


def test_who_forgets_the_day_over_rest_takes_no_marks_back(office: Office) -> None:
    registered = office.documents[DocumentState.REGISTERED]
    clerk = office.visitors[Role.CLERK]
    headers, path = {"X-CSRF-Token": clerk.token}, f"/api/v1/documents/{registered.id}/acquaint"

    def marks(**day: str | None) -> tuple[int, Any]:
        answer = clerk.client.post(path, json={"person_ids": [office.named.id], **day}, headers=headers)
        office.session.expire_all()
        of_them = Acquaintance.document_id == registered.id, Acquaintance.person_id == office.named.id
        marked = office.session.scalar(select(Acquaintance.acquainted_on).where(*of_them))
        return answer.status_code, marked and marked.isoformat()

    assert marks(acquainted_on="2026-11-24") == (200, "2026-11-24")
    assert marks() == (422, "2026-11-24")
    assert marks(acquainted_on=None) == (200, None)


def test_the_list_over_rest_is_narrowed_and_paged(office: Office) -> None:
    client = office.visitors[Role.DIRECTOR].client
    listed = client.get("/api/v1/documents").get_json()
    assert [row["id"] for row in listed["rows"]] == sorted((row["id"] for row in listed["rows"]), reverse=True)
    assert len(listed["rows"]) == 6
    found = client.get("/api/v1/documents?state=registered&q=200&sort=date").get_json()
    assert [row["number"] for row in found["rows"]] == ["200-ОД"]
    assert client.get("/api/v1/documents?cursor=x").status_code == 422
    assert client.get("/api/v1/documents?state=burnt").status_code == 422


def test_registers_over_rest(office: Office) -> None:
    clerk = office.visitors[Role.CLERK]
    headers = {"X-CSRF-Token": clerk.token}
    path = "/api/v1/documents/registers"
    orders = clerk.client.get(path).get_json()[0]
    assert (orders["code"], orders["numbering"], orders["next"]) == ("orders", "typed", None)
    assert {row["number"] for row in orders["last"]} == {"200-ОД", "3-ОД", "4-ОД"}
    rule = {"numbering": "issued", "pattern": "{n}-ОД", "next_number": 3}
    told = clerk.client.put(f"{path}/orders", json=rule, headers=headers)
    assert (told.status_code, told.get_json()["next"]) == (200, "5-ОД")
    signed = office.documents[DocumentState.SIGNED]
    given = clerk.client.post(f"/api/v1/documents/{signed.id}/register", json={}, headers=headers)
    assert given.get_json()["number"] == "5-ОД"
    refused = clerk.client.put(f"{path}/orders", json=rule, headers=headers)
    assert (refused.status_code, code_of(refused)) == (409, "number_passed")
    assert clerk.client.put(f"{path}/cars", json=rule, headers=headers).status_code == 404
    assert office.visitors[Role.DIRECTOR].client.get(path).status_code == 403
