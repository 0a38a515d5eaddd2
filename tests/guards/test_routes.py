"""Walks every route as a stranger, as a person of another school and as each role.

What is expected follows from the view's own rule (`web.access`), so a new route is guarded from its first day. A new
kind of id in an address has to be added to `rows_of`: the walk says so.
"""

import io
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader
from pypdf.errors import PdfReadError
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from moodle_mentorship.banks.enums import MenteeState, MentorState
from moodle_mentorship.banks.models import Mentee, Mentor
from moodle_mentorship.consents.enums import DutyKind
from moodle_mentorship.consents.models import Duty, PublicAddress
from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.db import Base
from moodle_mentorship.documents.enums import PackState
from moodle_mentorship.documents.models import Pack
from moodle_mentorship.files import pdf
from moodle_mentorship.grammar.cases import Case
from moodle_mentorship.matching.scoring import Factor
from moodle_mentorship.moodle.enums import OutboxState
from moodle_mentorship.moodle.models import OutboxItem
from moodle_mentorship.pairs.board.enums import Cause, MarkKind
from moodle_mentorship.pairs.board.models import Draft, Mark
from moodle_mentorship.pairs.enums import MentoringForm, MentoringKind, PairState
from moodle_mentorship.pairs.models import MentoringGroup, Pair, Space
from moodle_mentorship.people.enums import PersonField, Source, StaffStatus
from moodle_mentorship.people.models import Person, PersonDifference, search_name_of
from moodle_mentorship.personal_data.enums import RequestKind
from moodle_mentorship.personal_data.models import DataRequest
from moodle_mentorship.roadmap import service as roadmap
from moodle_mentorship.roadmap.enums import ActKind
from moodle_mentorship.roadmap.models import ActEdition, Line, SchoolAct
from moodle_mentorship.school.models import Site
from moodle_mentorship.sync.enums import PassKind, PassSource, PassState
from moodle_mentorship.sync.models import SyncPass
from moodle_mentorship.web.access import Access, Gate, access_of
from tests.conftest import NOW, SignIn
from tests.factories import (
    BOX,
    TestSchool,
    grant,
    make_consent,
    make_meeting,
    make_order,
    make_person,
    make_round,
    make_template,
)

# Every name of the other school begins so: none of them may stand in an answer for this school.
FOREIGN = "Чужих"
FOREIGN_JSON = FOREIGN.encode("ascii", "backslashreplace").decode()

# Parts of an address that are words, with a value that every school knows.
WORDS = {
    "code": "unknown",
    "role": "director",
    "field": "position",
    "kind": "xlsx",
    "key": "tk-351.8",
    "item": "file",
    "document_kind": "payments_order",
    "register_code": "orders",
    "what": "zip",
}

# What forms and JSON bodies ask for, apart from ids.
FIELDS = {
    "capacity": "1",
    "answer": "yes",
    "take": "keep",
    "name": "Корпус",
    "side": "mentor",
    "reason": "completed",
    "starts_on": "2026-12-01",
    "ends_on": "2027-05-28",
    "order_date": "2026-11-24",
    "order_number": "143-ОД",
    "kind": "full",
    "audience": "staff",
    "opens_on": "2026-11-24",
    "closes_on": "2026-12-01",
    "version": "1",
    "revision": "0",
    "remind_after": "3",
    "act": "withdraw",
    "basis": "job_duty",
    "why": "curator",
    "document": "processing_mentee",
    "number": "5-С",
    "given_on": "2026-11-24",
    "act_date": "2026-09-01",
    "url": "https://school.example/mentoring/",
    "body": "Я, {ФИО}, согласен.",
    "title": "Согласие",
    "outcome": "refused",
    "remark": "Данные верны",
    "in_force_from": "2026-12-01",
    "mark": "pin",
    "because": "judgement",
    "bank": "mentees",
    "wish": "gladly",
    "reply": "Поговорим",
    **dict.fromkeys((factor.value for factor in Factor), "10"),
    "form": "teachers",
    "theme": "discipline",
    "required": "1",
    "groups": "1-parents",
    "themes": "parents",
    "pause_reason": "leave",
    "from_on": "2026-12-01",
    "warned_on": "2026-11-24",
    "source": "Официальный текст",
    "on": "2026-11-24",
    "text": "ст. 351.8 ТК РФ",
    **dict.fromkeys((case.value for case in Case), "Ивановой"),
    "dated": "2026-11-24",
    "stage": "5",
    "content": "Встреча наставников",
    "timing": "period",
    "responsible": "role:curator",
    "part": "0",
    "done_on": "2026-11-24",
    "note": "Протокол",
    "link": "https://school.example/",
    "where": "down",
    "reminds": "1",
    "signed_on": "2026-11-24",
    "acquainted_on": "2026-11-24",
    "acquaint_until": "2026-11-27",
    "numbering": "issued",
    "day": "2026-11-24",
    "present": "1",
    "pattern": "{n}-ОД",
    "next_number": "200",
}

# What JSON bodies alone ask for.
JSON_FIELDS = {
    "kinds": ["traditional"],
    "groups": ["1-parents"],
    "themes": ["parents"],
    "mentee_person_ids": [1, 2, 3],
    "person_ids": [1],
    "content": {"sections": [{"title": "Вопросы", "items": []}]},
}


@dataclass
class Rows:
    """The ids of one school by the name that an address or a form has for them."""

    ids: dict[str, int] = field(default_factory=dict)
    mentor: Person | None = None
    mentee: Person | None = None


def rows_of(session: Session, school: TestSchool) -> Rows:
    """One row for each kind of id that stands in an address."""
    mentor, mentee = school.teachers[0], school.teachers[1]
    target = make_person(session, school.id, 900, "Лебедева Ольга Ильинична", now=NOW, status=StaffStatus.LEAVING)
    site = Site(school_id=school.id, name="Корпус на Садовой", address=None)
    difference = PersonDifference(
        school_id=school.id,
        person_id=target.id,
        field=PersonField.POSITION,
        moodle_value="учитель",
        source=Source.PROFILE_FIELD,
        noticed_at=NOW,
    )
    session.add_all(
        [
            site,
            difference,
            Mentor(
                school_id=school.id,
                person_id=mentor.id,
                state=MentorState.AVAILABLE,
                state_since=NOW,
                entered_at=NOW,
                capacity=2,
                places_held=1,
            ),
            Mentee(school_id=school.id, person_id=mentee.id, state=MenteeState.PAIRED, state_since=NOW, entered_at=NOW),
        ]
    )
    session.flush()
    group = MentoringGroup(
        school_id=school.id,
        mentor_person_id=mentor.id,
        theme="discipline",
        starts_on=school.school.year_begins,
        ends_on=school.school.year_ends,
        form=MentoringForm.TEACHERS,
        kinds=(MentoringKind.GROUP,),
        created_at=NOW,
        members_open=1,
    )
    session.add(group)
    session.flush()
    pair = Pair(
        school_id=school.id,
        space=Space(school_id=school.id),
        group_id=group.id,
        kinds=group.kinds,
        mentor_person_id=mentor.id,
        mentee_person_id=mentee.id,
        state=PairState.PROPOSED,
        starts_on=school.school.year_begins,
        ends_on=school.school.year_ends,
        proposed_at=NOW,
    )
    staff_pass = SyncPass(
        school_id=school.id, kind=PassKind.FULL, source=PassSource.PLUGIN, state=PassState.ASKING, created_at=NOW
    )
    item = OutboxItem(
        school_id=school.id,
        stream="space:1",
        kind="pair.keep_space",
        payload={},
        state=OutboxState.STUCK,
        created_at=NOW,
        due_at=NOW,
    )
    address = PublicAddress(school_id=school.id, url="https://school.example/", name="Сайт", added_at=NOW)
    session.add_all([pair, staff_pass, item, address])
    session.flush()
    consent = make_consent(session, target, NOW, scan=True)
    make_consent(session, mentee, NOW)
    duty = Duty(
        school_id=school.id,
        person_id=target.id,
        consent_id=consent.id,
        kind=DutyKind.DESTROY,
        opened_at=NOW,
        due_on=school.school.year_ends,
    )
    session.add(duty)
    session.flush()
    wanted = DataRequest(
        school_id=school.id,
        person_id=target.id,
        kind=RequestKind.ERASURE,
        asked_at=NOW,
        due_on=school.school.year_ends,
    )
    session.add(wanted)
    asked = make_round(session, school, [mentor, mentee], NOW)
    mark = Mark(
        school_id=school.id,
        mentee_person_id=mentee.id,
        mentor_person_id=mentor.id,
        kind=MarkKind.PIN,
        sealed_because=BOX.seal('"judgement"'),
        made_at=NOW,
    )
    draft = Draft(school_id=school.id, number=1, cause=Cause.ASKED, created_at=NOW)
    session.add_all([mark, draft])
    session.flush()
    roadmap.take_ready(session, school.actor(), NOW)
    version = roadmap.approve(
        *(session, school.actor()), order_date=NOW.date(), order_number="120-ОД", today=NOW.date(), now=NOW
    )
    line = session.scalars(select(Line).where(Line.school_id == school.id)).first()
    assert line is not None
    order = make_order(session, BOX, school.id, school.director, target, NOW)
    act = SchoolAct(school_id=school.id, kind=ActKind.REGULATION, title="Положение", added_at=NOW)
    session.add(act)
    session.flush()
    pack = Pack(
        school_id=school.id,
        asked_by=school.curator.id,
        asked_at=NOW,
        state=PackState.DONE,
        total=0,
        expires_at=NOW + timedelta(days=1),
    )
    edition = ActEdition(
        school_id=school.id,
        act_id=act.id,
        edition=1,
        dated=NOW.date(),
        in_force_from=NOW.date(),
        file_name="положение.txt",
        sealed_content=BOX.seal("0LA="),
        sealed_text=BOX.seal("[]"),
        findings=0,
        added_at=NOW,
    )
    session.add_all([edition, pack])
    session.flush()
    ids = {
        "person_id": target.id,
        "site_id": site.id,
        "pair_id": pair.id,
        "group_id": group.id,
        "pass_id": staff_pass.id,
        "item_id": item.id,
        "connection_id": school.site.id,
        "questionnaire_id": asked.questionnaire_id,
        "round_id": asked.id,
        "consent_id": consent.id,
        "duty_id": duty.id,
        "request_id": wanted.id,
        "address_id": address.id,
        "mark_id": mark.id,
        "draft_id": draft.id,
        "line_id": line.id,
        "act_id": act.id,
        "edition_id": edition.id,
        "version_id": version.id,
        "document_id": order.id,
        "pack_id": pack.id,
        "template_id": make_template(session, school.id, NOW).id,
        "meeting_id": make_meeting(session, school, [mentor, mentee], NOW.date(), NOW).id,
        # Names that stand in forms only.
        "by_id": order.id,
        "colleague_id": mentor.id,
        "mentor_person_id": mentor.id,
        "mentee_person_id": mentee.id,
        "mentor_id": mentor.id,
        "mentee_id": mentee.id,
        "person_ids": target.id,
    }
    return Rows(ids, mentor, mentee)


def rename(school: TestSchool, session: Session) -> None:
    """Make every name of a school recognisable."""
    school.school.full_name = f"{FOREIGN} гимназия № 2"
    school.school.short_name = f"{FOREIGN} гимназия"
    for person in session.scalars(select(Person).where(Person.school_id == school.id)):
        person.last_name = FOREIGN
        person.search_name = search_name_of(FOREIGN, person.first_name, person.middle_name)
    for site in session.scalars(select(Site).where(Site.school_id == school.id)):
        site.name = f"{FOREIGN} корпус"


@dataclass(frozen=True)
class Visitor:
    """A signed-in browser and its CSRF token."""

    client: FlaskClient
    token: str
    role: Role = Role.CURATOR


@dataclass
class House:
    """Everything the walk needs: routes, both schools' ids, a browser for each role."""

    app: Flask
    session: Session
    own: Rows
    foreign: Rows
    foreign_school_id: int
    visitors: dict[Role, Visitor]
    # Somebody of the other school who holds every role there that is appointed.
    outsider: Visitor
    outsider_administrator: Visitor

    def routes(self) -> Iterator[tuple[Rule, str, Access]]:
        """Every route and method with its rule; files of packages have no rule and need none."""
        for rule in sorted(self.app.url_map.iter_rules(), key=str):
            access = access_of(self.app, rule.endpoint)
            if access is None:
                pytest.fail(f"{rule.endpoint} ({rule}) has no access rule: decorate the view (web/access.py)")
            if rule.endpoint.endswith("static") or rule.endpoint == "web.vendor":
                continue
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                yield rule, method, access

    def address(self, rule: Rule, rows: Rows) -> str:
        values: dict[str, Any] = {}
        for name in rule.arguments:
            if name in rows.ids:
                values[name] = rows.ids[name]
            elif name in WORDS:
                values[name] = WORDS[name]
            else:
                pytest.fail(f"{rule} has <{name}>, which this walk doesn't know: add a row to rows_of in {__file__}")
        with self.app.test_request_context():
            return str(self.app.url_map.bind("localhost").build(rule.endpoint, values, method=None))

    def send(
        self,
        visitor: Visitor | None,
        rule: Rule,
        method: str,
        rows: Rows,
        *,
        token: bool = True,
        headers: Mapping[str, str] | None = None,
    ) -> TestResponse:
        """One request; whatever it changed is undone."""
        with self.undone():
            return self.ask(visitor, rule, method, rows, token=token, headers=headers)

    def ask(
        self,
        visitor: Visitor | None,
        rule: Rule,
        method: str,
        rows: Rows,
        *,
        token: bool = True,
        headers: Mapping[str, str] | None = None,
    ) -> TestResponse:
        """One request whose changes stand until the caller's savepoint ends."""
        address = self.address(rule, rows)
        client = visitor.client if visitor else self.app.test_client()
        sent = dict(headers or {})
        if visitor and token:
            sent["X-CSRF-Token"] = visitor.token
        if method == "GET":
            return client.open(address, method=method, headers=sent)
        values: dict[str, Any] = dict(fields_of(rows, visitor))
        if not address.startswith("/api/"):
            return client.open(address, method=method, headers=sent, data=values)
        values = values | JSON_FIELDS
        response = client.open(address, method=method, headers=sent, json=values)
        if response.status_code == 422:
            # REST refuses fields that it doesn't know; the walk sends them all, so it takes back the needless ones.
            errors = response.get_json().get("errors") or {}
            known = {name: value for name, value in values.items() if name not in errors}
            response = client.open(address, method=method, headers=sent, json=known)
        return response

    @contextmanager
    def undone(self) -> Iterator[None]:
        savepoint = self.session.connection().begin_nested()
        try:
            yield
        finally:
            savepoint.rollback()
            self.session.expire_all()


def fields_of(rows: Rows, visitor: Visitor | None) -> dict[str, str]:
    """A form that answers whatever may be asked, with the ids of `rows`; the role is one that the visitor holds."""
    ids = {name: str(value) for name, value in rows.ids.items()}
    return ids | FIELDS | {"role": (visitor.role if visitor else Role.CURATOR).value}


@pytest.fixture
def house(
    app: Flask,
    session: Session,
    school: TestSchool,
    other_school: TestSchool,
    sign_in: SignIn,
    csrf: Callable[[FlaskClient], str],
) -> House:
    own, foreign = rows_of(session, school), rows_of(session, other_school)
    rename(other_school, session)
    grant(session, school.teachers[2], Role.PSYCHOLOGIST, NOW)
    grant(session, school.teachers[3], Role.CLERK, NOW)
    for role in (Role.DIRECTOR, Role.PSYCHOLOGIST, Role.CLERK):
        grant(session, other_school.curator, role, NOW)
    for bank in (Mentor, Mentee):
        entry: dict[str, Any] = {"capacity": 1, "places_held": 0} if bank is Mentor else {}
        person_id = other_school.curator.id
        session.add(bank(school_id=other_school.id, person_id=person_id, state_since=NOW, entered_at=NOW, **entry))
    session.commit()

    def visitor(school: TestSchool, person: Person | None, role: Role = Role.CURATOR) -> Visitor:
        client = sign_in(school, person, site_administrator=person is None)
        return Visitor(client, csrf(client), role)

    people = {
        Role.CURATOR: school.curator,
        Role.DIRECTOR: school.director,
        Role.MENTOR: own.mentor,
        Role.MENTEE: own.mentee,
        Role.PSYCHOLOGIST: school.teachers[2],
        Role.CLERK: school.teachers[3],
        Role.ADMINISTRATOR: None,
    }
    visitors = {role: visitor(school, person, role) for role, person in people.items()}
    return House(
        app,
        session,
        own,
        foreign,
        other_school.id,
        visitors,
        visitor(other_school, other_school.curator),
        visitor(other_school, None),
    )


def code_of(response: TestResponse) -> str:
    """The code of a refusal, from the problem document or from the page."""
    if response.is_json:
        return str((response.get_json() or {}).get("code"))
    text = response.get_data(as_text=True)
    return text.split("<code>")[1].split("</code>")[0] if "<code>" in text else ""


def text_of(response: TestResponse) -> str:
    """What an answer says; a workbook, a paper or its PDF too, whatever kind it is sent as."""
    content = response.get_data()
    if content.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            return "".join(book.read(name).decode(errors="replace") for name in book.namelist())
    if response.mimetype == pdf.MEDIA_TYPE:
        # A scan of the tests is none that a reader takes.
        with suppress(PdfReadError):
            return "".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
    return content.decode(errors="replace" if response.mimetype == pdf.MEDIA_TYPE else "strict")


def tells_of_foreign(response: TestResponse) -> bool:
    text = text_of(response)
    return FOREIGN in text or FOREIGN_JSON in text


def test_every_role_has_a_browser_in_this_walk(house: House) -> None:
    assert set(house.visitors) == set(Role)


def test_strangers_see_nothing(house: House) -> None:
    faults = []
    for rule, method, access in house.routes():
        response = house.send(None, rule, method, house.own)
        if access.gate is Gate.SESSION:
            good = (response.status_code, code_of(response)) == (401, "no_session")
            problem = response.content_type == "application/problem+json"
            good = good and problem is str(rule).startswith("/api/")
        elif access.gate is Gate.SIGNED:
            good = 400 <= response.status_code < 500
        else:
            good = response.status_code < 500
        if not good or tells_of_foreign(response):
            faults.append((method, str(rule), access.gate.value, response.status_code))
    assert faults == []


def test_a_role_opens_what_is_its_own_and_nothing_else(house: House) -> None:
    faults = []
    for rule, method, access in house.routes():
        if access.gate is not Gate.SESSION:
            continue
        for role, visitor in house.visitors.items():
            response = house.send(visitor, rule, method, house.own)
            code = code_of(response) if response.status_code >= 400 else ""
            if access.roles and role not in access.roles:
                good = (response.status_code, code) == (403, "forbidden")
            else:
                good = response.status_code < 500 and code not in {"forbidden", "no_session", "csrf_refused"}
            if not good or tells_of_foreign(response):
                faults.append((role.value, method, str(rule), response.status_code, code))
    assert faults == []


def test_another_schools_rows_are_not_found(house: House) -> None:
    """Whoever may use a route finds no row of another school by it, and changes none."""
    before = snapshot(house)
    faults = []
    for rule, method, access in house.routes():
        if access.gate is not Gate.SESSION:
            continue
        named = bool(rule.arguments - WORDS.keys())
        for role, visitor in house.visitors.items():
            if access.roles and role not in access.roles:
                continue
            savepoint = house.session.connection().begin_nested()
            response = house.ask(visitor, rule, method, house.foreign)
            house.session.expire_all()
            changed = snapshot(house) != before
            savepoint.rollback()
            house.session.expire_all()
            good = response.status_code == 404 if named else response.status_code < 500
            if not good or changed or tells_of_foreign(response):
                faults.append((role.value, method, str(rule), response.status_code, changed))
    assert faults == []


def test_a_person_of_another_school_finds_nothing_here(house: House) -> None:
    """Somebody who may do everything at home, with this school's ids."""
    faults = []
    for rule, method, access in house.routes():
        if access.gate is not Gate.SESSION or not rule.arguments - WORDS.keys():
            continue
        administrator = access.roles == frozenset({Role.ADMINISTRATOR})
        response = house.send(
            house.outsider_administrator if administrator else house.outsider, rule, method, house.own
        )
        text = response.get_data(as_text=True)
        if response.status_code != 404 or "Лебедева" in text or "Лицей" in text:
            faults.append((method, str(rule), response.status_code))
    assert faults == []


def test_writes_come_from_our_own_pages(house: House) -> None:
    """No write without the session's CSRF token, none that another site's page sends, even with the token."""
    faults = []
    for rule, method, access in house.routes():
        if access.gate is not Gate.SESSION or method == "GET":
            continue
        role = next(role for role in Role if not access.roles or role in access.roles)
        visitor = house.visitors[role]
        answers = [
            house.send(visitor, rule, method, house.own, token=False),
            house.send(visitor, rule, method, house.own, headers={"Origin": "https://evil.example"}),
            house.send(visitor, rule, method, house.own, headers={"Origin": "null"}),
        ]
        got = [(answer.status_code, code_of(answer)) for answer in answers]
        if got != [(403, "csrf_refused")] * 3:
            faults.append((method, str(rule), got))
    assert faults == []


def snapshot(house: House) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of the other school."""
    rows = {}
    for name, table in Base.metadata.tables.items():
        if "school_id" in table.columns:
            found = house.session.execute(select(table).where(table.c.school_id == house.foreign_school_id))
            rows[name] = sorted((tuple(map(str, row)) for row in found), key=str)
    school = Base.metadata.tables["school"]
    found = house.session.execute(select(school).where(school.c.id == house.foreign_school_id))
    rows["school"] = [tuple(map(str, row)) for row in found]
    return rows
