"""Registers: where their numbers come from, the next one, and a start in the middle of the year."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from threading import Barrier, Thread

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.audit import AuditEvent
from moodle_mentorship.core.db import Database
from moodle_mentorship.documents import errors, queries, service
from moodle_mentorship.documents.enums import Numbering, RegisterCode
from moodle_mentorship.documents.models import Document, RegisterYear
from moodle_mentorship.documents.registers import DEFAULTS, Rule
from moodle_mentorship.documents.views import KINDS as REGISTRY
from tests.conftest import NOW, SignIn
from tests.documents.conftest import Life, check_url, make_life
from tests.factories import BOX, TestSchool, grant, make_school

Csrf = Callable[[FlaskClient], str]

ORDERS = RegisterCode.ORDERS
ISSUED, TYPED = Rule(Numbering.ISSUED, "{n}-ОД"), Rule(Numbering.TYPED, "{n}-ОД")


def signed(life: Life, turn: int, day: date | None = None) -> Document:
    return life.sign(life.lay(life.begin(turn=turn)), day or life.today)


def orders(life: Life, year: int = 2026) -> queries.Counted:
    return queries.counted_in(life.session, life.school.id, year, ORDERS)


def test_a_school_goes_on_after_its_journal_and_begins_the_year_anew(life: Life) -> None:
    service.set_rule(life.moment, ORDERS, ISSUED, 58)
    assert orders(life).next == 58
    assert life.register(signed(life, 1), None).number == "58-ОД"
    assert life.register(signed(life, 2), None).number == "59-ОД"
    life.now, life.today = datetime(2027, 1, 12, 9, tzinfo=UTC), date(2027, 1, 12)
    assert life.register(signed(life, 3), None).number == "1-ОД"
    # What was signed before the new year is numbered in the old one.
    assert life.register(signed(life, 4, date(2026, 12, 30)), None).number == "60-ОД"


def test_a_number_is_never_given_twice(life: Life) -> None:
    service.set_rule(life.moment, ORDERS, ISSUED, 58)
    life.register(signed(life, 1), None)
    for number in (1, 57, 58):
        with pytest.raises(errors.NumberPassed) as refusal:
            service.set_rule(life.moment, ORDERS, ISSUED, number)
        assert refusal.value.params == {"given": 58}
    # A gap that the school wants, and back to where nothing was given yet.
    service.set_rule(life.moment, ORDERS, ISSUED, 580)
    service.set_rule(life.moment, ORDERS, ISSUED, 59)
    assert life.register(signed(life, 2), None).number == "59-ОД"


def test_typed_numbers_are_stepped_over_and_offer_where_to_go_on(life: Life) -> None:
    for turn, number in enumerate(("56-ОД", "57-ОД", "60-ОД", "7/1")):
        life.register(signed(life, turn), number)
    assert (orders(life).next, orders(life).offered, orders(life).counting) == (None, 61, False)
    assert [row.number for row in orders(life).last] == ["7/1", "60-ОД", "57-ОД", "56-ОД"]
    service.set_rule(life.moment, ORDERS, ISSUED, 57)
    assert (orders(life).next, orders(life).counting) == (58, True)
    given = [life.register(signed(life, turn), None).number for turn in (5, 6, 7)]
    assert given == ["58-ОД", "59-ОД", "61-ОД"]


def test_typed_in_between_the_count_stays(life: Life) -> None:
    service.set_rule(life.moment, ORDERS, ISSUED, 58)
    life.register(signed(life, 1), None)
    # Where numbers are typed, no count is set.
    service.set_rule(life.moment, ORDERS, TYPED, 3)
    life.register(signed(life, 2), "59-ОД")
    service.set_rule(life.moment, ORDERS, Rule(Numbering.ISSUED, "{n}-ОД"))
    assert life.register(signed(life, 3), None).number == "60-ОД"


def test_counted_again_it_goes_on_after_the_largest_that_was_typed(life: Life) -> None:
    service.set_rule(life.moment, ORDERS, ISSUED, 58)
    life.register(signed(life, 1), None)
    assert (orders(life).offered, orders(life).counting) == (59, True)
    service.set_rule(life.moment, ORDERS, TYPED)
    assert (orders(life).offered, orders(life).counting) == (59, False)
    # 59 and 60 stand in the journal on paper alone.
    for turn, number in enumerate(("61-ОД", "120-ОД", "7/1"), 2):
        life.register(signed(life, turn), number)
    assert orders(life).offered == 121


def test_one_register_is_read_alone(life: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    letter = life.register(signed(life, 1), "5")
    letter.register = RegisterCode.LETTERS
    life.register(signed(life, 2), "57-ОД")
    everything = queries.counted(life.session, life.school.id, 2026)
    read = list[str]()
    monkeypatch.setattr(Rule, "read", lambda _rule, written: read.append(written))
    found = orders(life)
    assert read == ["57-ОД"]
    assert found.last == next(one.last for one in everything if one.code is ORDERS)


def test_registers_and_schools_count_apart(life: Life, other_life: Life) -> None:
    service.set_rule(life.moment, ORDERS, ISSUED, 58)
    found = {one.code: one for one in queries.counted(life.session, life.school.id, 2026)}
    assert {code: one.next for code, one in found.items()} == {
        ORDERS: 58,
        RegisterCode.AGREEMENTS: None,
        RegisterCode.LETTERS: None,
        RegisterCode.PAPERS: 1,
    }
    assert orders(other_life).rule == DEFAULTS[ORDERS]
    assert orders(life, 2027).next == 1


@pytest.mark.parametrize("pattern", ["ОД-{n}", "{n}", "({n})+*"])
def test_a_pattern_reads_what_it_writes(pattern: str) -> None:
    rule = Rule(Numbering.ISSUED, pattern)
    assert [rule.read(rule.written(number)) for number in (1, 57, 999_999)] == [1, 57, 999_999]
    assert [rule.read(text) for text in ("", "57-x", rule.written(57) + "а", rule.written(0))] == [None] * 4


def test_whoever_sets_the_count_while_numbers_are_given_takes_none_back(fresh_url: str) -> None:
    database = Database(fresh_url)
    with database.unit_of_work() as session:
        school = make_school(session, "Лицей № 7", issuer="https://moodle.example", now=NOW)
        life = make_life(session, school)
        service.set_rule(life.moment, ORDERS, ISSUED)
        ids = [signed(life, number).id for number in range(16)]
    start, failed, refused = Barrier(3), list[Exception](), list[int]()

    def clerk(mine: list[int]) -> None:
        start.wait()
        for document_id in mine:
            try:
                with database.unit_of_work() as session:
                    hand = make_life(session, school)
                    service.register(hand.kinds, BOX, hand.moment, document_id, None, check_url)
            except Exception as error:
                failed.append(error)

    def curator() -> None:
        start.wait()
        for number in (5, 3, 40, 2, 20):
            try:
                with database.unit_of_work() as session:
                    service.set_rule(make_life(session, school).moment, ORDERS, ISSUED, number)
            except errors.NumberPassed:
                refused.append(number)

    hands = [Thread(target=clerk, args=(ids[place::2],)) for place in range(2)] + [Thread(target=curator)]
    for thread in hands:
        thread.start()
    for thread in hands:
        thread.join()
    assert failed == []
    with database.unit_of_work(read_only=True) as session:
        numbers = [ISSUED.read(number or "") for number in session.scalars(select(Document.number))]
        assert None not in numbers
        assert len(set(numbers)) == 16
        (year,) = session.scalars(select(RegisterYear)).all()
        assert year.last_given == max(number for number in numbers if number)
        assert year.last_given <= year.last_number
    database.engine.dispose()


# Pages


@pytest.fixture
def client(app: Flask, life: Life, sign_in: SignIn) -> FlaskClient:
    app.extensions[REGISTRY].add(*life.kinds)
    grant(life.session, life.school.teachers[3], Role.CLERK, NOW)
    return sign_in(life.school, life.school.teachers[3])


def said(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return " ".join(answer.text.replace("\u00a0", " ").replace("&nbsp;", " ").split())


def test_the_clerk_lets_the_register_issue_from_the_middle_of_the_year(
    client: FlaskClient, csrf: Csrf, life: Life
) -> None:
    life.register(number="57-ОД")
    waiting = signed(life, 1)
    life.session.commit()
    assert 'href="/documents/registers/"' in said(client, "/documents/")
    page = said(client, "/documents/registers/")
    assert "№ 57-ОД</a> от 24 ноября 2026" in page
    assert 'name="next_number" type="text" value="58"' in said(client, "/documents/registers/orders")
    form = {
        "csrf_token": csrf(client),
        "numbering": "issued",
        "pattern": "{n}-ОД",
        "next_number": "58",
        "next_seen": "",
    }
    assert client.post("/documents/registers/orders", data=form).location == "/documents/registers/?done=register_saved"
    assert "№ 58-ОД" in said(client, "/documents/registers/")
    assert "следующий — № 58-ОД" in said(client, f"/documents/{waiting.id}")
    assert "Следующий документ получит № 58-ОД" in said(client, "/documents/registers/orders")
    life.session.expire_all()
    life.register(waiting, None)
    life.session.commit()
    # An old tab: the number in it was given meanwhile, and nobody has touched it. The pattern alone changes.
    form |= {"next_seen": "58", "pattern": "{n}-О"}
    assert client.post("/documents/registers/orders", data=form).status_code == 303
    assert "№ 59-О<" in said(client, "/documents/registers/")
    # The same number typed on purpose is refused, with what was typed kept.
    wrong = client.post("/documents/registers/orders", data=form | {"next_seen": "59", "next_number": "12"})
    assert wrong.status_code == 409
    assert "Номера до 58 включительно уже выданы" in wrong.text
    assert 'value="12"' in wrong.text
    found = life.session.scalars(
        select(AuditEvent.details).where(AuditEvent.action == "register.set_rule").order_by(AuditEvent.id)
    ).all()
    assert found == [{"register": "orders", "next": 58}, {"register": "orders"}]


def test_let_go_on_it_counts_from_the_number_that_the_page_shows(client: FlaskClient, csrf: Csrf, life: Life) -> None:
    service.set_rule(life.moment, ORDERS, ISSUED, 58)
    life.register(signed(life, 1), None)
    service.set_rule(life.moment, ORDERS, TYPED)
    life.register(signed(life, 2), "120-ОД")
    life.session.commit()
    page = said(client, "/documents/registers/orders")
    fields = {name: re.search(rf'name="{name}"[^>]* value="([^"]*)"', page) for name in ("next_seen", "next_number")}
    sent = {name: found[1] for name, found in fields.items() if found}
    assert sent == {"next_seen": "", "next_number": "121"}
    form = {"csrf_token": csrf(client), "numbering": "issued", "pattern": "{n}-ОД", **sent}
    assert client.post("/documents/registers/orders", data=form).status_code == 303
    assert "№ 121-ОД" in said(client, "/documents/registers/")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("pattern", "ОД"),
        ("pattern", "{n}{n}"),
        ("pattern", ""),
        ("pattern", "{n}" + "-" * 40),
        ("numbering", ""),
        ("numbering", "guessed"),
        ("next_number", "0"),
        ("next_number", "-5"),
        ("next_number", "пять"),
        ("next_number", "1000000"),
    ],
)
def test_what_makes_no_sense_stands_beside_its_field(
    client: FlaskClient, csrf: Csrf, life: Life, field: str, value: str
) -> None:
    form = {"csrf_token": csrf(client), "numbering": "issued", "pattern": "{n}-ОД", "next_number": "", "next_seen": ""}
    answer = client.post("/documents/registers/orders", data=form | {field: value})
    assert answer.status_code == 422
    assert f'id="e-{field}"' in answer.text
    assert orders(life).rule == DEFAULTS[ORDERS]


def test_an_unknown_register_is_none(client: FlaskClient) -> None:
    assert client.get("/documents/registers/cars").status_code == 404


def test_the_director_does_not_number(sign_in: SignIn, school: TestSchool) -> None:
    director = sign_in(school, school.director)
    assert director.get("/documents/registers/").status_code == 403
    assert 'href="/documents/registers/"' not in director.get("/documents/").text
