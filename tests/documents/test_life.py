"""The life of a document: what each step freezes, refuses and gives back."""

import hashlib
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from moodle_mentorship.core.audit import AuditEvent
from moodle_mentorship.core.db import Database
from moodle_mentorship.core.errors import Conflict, Invalid, NotFound
from moodle_mentorship.core.secrets import SecretBox
from moodle_mentorship.documents import errors, queries, service
from moodle_mentorship.documents.enums import DocumentState, Numbering, RegisterCode
from moodle_mentorship.documents.models import Document, RegisterYear, Template
from moodle_mentorship.documents.registers import Rule
from moodle_mentorship.documents.service import registering
from moodle_mentorship.documents.service.signing import Evidence
from moodle_mentorship.files import docx
from moodle_mentorship.files.errors import ScanRefused
from moodle_mentorship.files.service import open_scan
from moodle_mentorship.people.enums import StaffStatus
from moodle_mentorship.people.models import RoleGrant
from tests.conftest import NOW
from tests.documents.conftest import SCAN, TODAY, Life, check_url, make_life
from tests.documents.test_signatures import OF_A_PERSON, detached
from tests.factories import BOX, PDF, TEST_KEY, TestSchool, make_school
from tests.files.test_docx import written

DRAFT, LAID, SIGNED = DocumentState.DRAFT, DocumentState.FOR_SIGNATURE, DocumentState.SIGNED
REGISTERED, CANCELLED = DocumentState.REGISTERED, DocumentState.CANCELLED
ISSUED = Rule(Numbering.ISSUED, "{n}-ОД")

# Each act: how it is done, and in which states it may be.
ACTS: dict[str, tuple[Callable[[Life, Document], object], set[DocumentState]]] = {
    "change": (
        lambda life, one: service.change(
            life.session, life.kinds, life.actor, one.id, one.version, {"people": [life.school.teachers[2].id]}, NOW
        ),
        {DRAFT},
    ),
    "discard": (lambda life, one: service.discard(life.session, life.kinds, life.actor, one.id, NOW), {DRAFT}),
    "lay": (lambda life, one: life.lay(one), {DRAFT}),
    "send back": (lambda life, one: service.send_back(life.kinds, life.moment, one.id, "Нет срока"), {LAID}),
    "take back": (lambda life, one: service.take_back(life.kinds, life.moment, one.id), {LAID}),
    "sign": (lambda life, one: life.sign(one), {LAID}),
    "unsign": (lambda life, one: service.unsign(life.moment, one.id), {SIGNED}),
    # The same number again changes nothing.
    "register": (lambda life, one: life.register(one), {SIGNED, REGISTERED}),
    "acquaint": (
        lambda life, one: service.acquaint(life.moment, one.id, [life.school.teachers[0].id], TODAY),
        {REGISTERED},
    ),
    "cancel": (
        lambda life, one: service.cancel(life.kinds, life.moment, one.id, life.another("200-ОД").id),
        {REGISTERED},
    ),
}


@pytest.mark.parametrize("state", list(DocumentState))
@pytest.mark.parametrize("act", ACTS)
def test_an_act_is_done_in_its_states_and_refused_in_all_others(life: Life, act: str, state: DocumentState) -> None:
    document = life.in_state(state)
    do, good = ACTS[act]
    if state in good:
        do(life, document)
        return
    with pytest.raises(errors.DocumentMovedOn):
        do(life, document)
    assert document.state is state


@pytest.mark.parametrize("act", ACTS)
def test_another_school_finds_nothing(life: Life, other_life: Life, act: str) -> None:
    do, good = ACTS[act]
    document = life.in_state(min(good))
    with pytest.raises(NotFound):
        do(other_life, document)


def test_what_is_laid_is_frozen(life: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    person, director = life.school.teachers[0], life.school.director
    document = life.lay()
    assert document.signer_person_id == director.id
    before = life.text(document)
    assert person.full_name in before
    person.last_name, person.position = "Голубева", "методист"
    director.last_name = "Воробьёв"
    monkeypatch.setattr(docx, "layout", lambda _name: b"another product, another layout")
    assert life.text(document) == before
    life.register(life.sign(document))
    after = life.text(document)
    assert "№ 143-ОД" in after
    assert "Голубева" not in after
    assert queries.acquaintances(life.session, life.school.id, document.id)[0].name != person.full_name


@pytest.mark.parametrize("way", ["send back", "take back"])
def test_what_comes_back_is_composed_anew(life: Life, way: str) -> None:
    document = life.lay()
    ACTS[way][0](life, document)
    person = life.school.teachers[0]
    assert (document.state, document.check_code, document.template_id) == (DRAFT, None, None)
    assert queries.acquaintances(life.session, life.school.id, document.id) == []
    assert document.remark == ("Нет срока" if way == "send back" else None)
    person.last_name = "Голубева"
    life.session.flush()
    life.lay(document)
    assert document.remark is None
    assert "Голубева" in life.text(document)
    assert life.told.heard == ["drafted", "laid", "taken_back", "laid"]


def test_the_gate_holds_a_draft_that_lacks_something(life: Life) -> None:
    draft = life.begin(lacks=True)
    with pytest.raises(errors.NotReady) as refusal:
        life.lay(draft)
    assert [one.who for one in refusal.value.obstacles] == ["Ким В."]
    assert draft.state is DRAFT


def test_without_a_director_nobody_signs(life: Life) -> None:
    for grant in life.session.scalars(select(RoleGrant).where(RoleGrant.school_id == life.school.id)):
        grant.revoked_at = NOW
    with pytest.raises(errors.NobodySigns):
        life.lay()


def test_the_same_choice_is_the_same_draft_and_a_late_change_is_told(life: Life) -> None:
    draft = life.begin()
    assert life.begin() is draft
    ACTS["change"][0](life, draft)
    with pytest.raises(Conflict):
        service.change(life.session, life.kinds, life.actor, draft.id, 1, {"people": []}, NOW)


def test_the_shipped_template_is_kept_once(life: Life) -> None:
    life.lay()
    life.lay(life.begin(people=[life.school.teachers[2].id]))
    assert len(life.session.scalars(select(Template).where(Template.school_id == life.school.id)).all()) == 1


# Signature


@pytest.mark.parametrize("day", [date(2025, 12, 31), date(2026, 11, 25)])
def test_a_signature_of_an_unlikely_day_is_refused(life: Life, day: date) -> None:
    with pytest.raises(errors.DateUnlikely):
        life.sign(day=day)


def test_an_order_on_the_coming_year_is_signed_in_august(life: Life) -> None:
    assert life.sign(day=date(2026, 8, 28)).signed_on == date(2026, 8, 28)


def test_a_mark_alone_is_no_signature(life: Life) -> None:
    document = life.lay()
    with pytest.raises(errors.NotSigned):
        life.sign(document, shown=Evidence())
    with pytest.raises(ScanRefused):
        life.sign(document, shown=Evidence(scan=(b"GIF89a", "order.gif")))
    assert document.state is LAID


def test_a_wrong_mark_is_taken_off_with_what_showed_it(life: Life) -> None:
    document = life.sign(day=date(2026, 11, 23))
    frozen = document.sealed_values, document.template_id, document.check_code
    assert document.scan_id is not None
    scan_id = document.scan_id
    service.unsign(life.moment, document.id)
    assert (document.state, document.signed_on, document.signed_at, document.signed_by) == (LAID, None, None, None)
    assert (document.sealed_values, document.template_id, document.check_code) == frozen
    with pytest.raises(NotFound):
        open_scan(life.session, BOX, life.school.id, scan_id)
    life.sign(document, shown=Evidence(signature=detached(OF_A_PERSON)))
    service.unsign(life.moment, document.id)
    assert (document.sealed_signature, document.signature_holder) == (None, None)
    assert "24 ноября 2026 г." in " ".join(life.text(life.register(life.sign(document))).split())
    journal = life.session.scalars(
        select(AuditEvent).where(AuditEvent.action == "document.unsign").order_by(AuditEvent.id)
    ).all()
    assert [row.details["signed_on"] for row in journal] == ["2026-11-23", "2026-11-24"]


def test_a_signed_document_shows_its_date_and_a_blank_for_the_number(life: Life) -> None:
    text = " ".join(life.text(life.sign()).split())
    assert "24 ноября 2026 г." in text
    assert "№ ______________" in text


# Number and file


def test_a_registered_document_is_produced_again_byte_for_byte(life: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    document = life.register()
    first = life.file(document)
    assert document.sha256 == hashlib.sha256(first).hexdigest()
    monkeypatch.setattr(registering, "render", lambda *_: b"another way to draw it")
    monkeypatch.setattr(docx, "layout", lambda _name: b"another layout")
    life.school.teachers[0].last_name = "Голубева"
    life.session.commit()
    life.session.expire_all()
    assert life.file(document) == first


def test_a_typed_number_stands_once_in_a_year_of_a_register(life: Life, other_life: Life) -> None:
    life.register()
    other_life.register()
    second = life.sign(life.lay(life.begin(people=[life.school.teachers[2].id])))
    with pytest.raises(errors.NumberTaken):
        life.register(second)
    assert second.state is SIGNED
    assert second.sealed_content is None
    life.register(second, "144-ОД")
    # The same number of another year.
    life.now, life.today = datetime(2027, 1, 12, 9, tzinfo=UTC), date(2027, 1, 12)
    third = life.sign(life.lay(life.begin(people=[life.school.teachers[3].id])), life.today)
    assert life.register(third).register_year == 2027


@pytest.mark.parametrize(
    "number",
    [
        "143-од",
        "143 -  ОД",
        "143-OД",
        "143-oд",
        "143\N{EN DASH}ОД",
        "143\N{NON-BREAKING HYPHEN}ОД",
        "143\N{SOFT HYPHEN}-ОД",
    ],
)
def test_a_number_written_otherwise_is_the_same_number(life: Life, number: str) -> None:
    first = life.register()
    second = life.sign(life.lay(life.begin(people=[life.school.teachers[2].id])))
    with pytest.raises(errors.NumberTaken) as refusal:
        life.register(second, number)
    assert refusal.value.params == {"number": "143-ОД", "heading": first.heading, "day": "24.11.2026"}
    assert (second.state, second.number, second.number_key) == (SIGNED, None, None)
    # Who registers the first once more has told the same number.
    assert life.register(first, number).number == "143-ОД"
    assert life.register(second, "143-ОД/1").number == "143-ОД/1"


def test_the_registers_rule_says_who_numbers(life: Life) -> None:
    document = life.sign()
    with pytest.raises(errors.NumberMissing):
        life.register(document, None)
    service.set_rule(life.moment, RegisterCode.ORDERS, ISSUED)
    with pytest.raises(errors.NumberIssuedHere):
        life.register(document, "143-ОД")
    assert life.register(document, None).number == "1-ОД"
    assert life.register(document, None).number == "1-ОД"
    with pytest.raises(errors.DocumentMovedOn):
        life.register(document, "2-ОД")
    with pytest.raises(Invalid):
        service.set_rule(life.moment, RegisterCode.ORDERS, Rule(Numbering.ISSUED, "ОД"))


@pytest.mark.parametrize("typed", ["1-ОД", "1 - oд"])
def test_an_issued_number_steps_over_one_that_was_typed(life: Life, typed: str) -> None:
    life.register(number=typed)
    service.set_rule(life.moment, RegisterCode.ORDERS, ISSUED)
    assert queries.counted_in(life.session, life.school.id, 2026, RegisterCode.ORDERS).next == 2
    second = life.sign(life.lay(life.begin(people=[life.school.teachers[2].id])))
    assert life.register(second, None).number == "2-ОД"


def last_number(session: Session, school: TestSchool) -> int | None:
    return session.scalar(select(RegisterYear.last_number).where(RegisterYear.school_id == school.id))


def test_what_is_rolled_back_gives_its_number_back(life: Life) -> None:
    service.set_rule(life.moment, RegisterCode.ORDERS, ISSUED)
    first, second = life.sign(), life.sign(life.lay(life.begin(people=[life.school.teachers[2].id])))
    life.session.commit()
    life.register(first, None)
    life.session.rollback()
    assert last_number(life.session, life.school) is None
    assert life.register(second, None).number == "1-ОД"
    assert life.register(first, None).number == "2-ОД"


class Broken(SecretBox):
    """Seals nothing: the machine stops between the number and the file."""

    def seal(self, secret: str) -> str:
        raise OSError("the machine stops here")


@pytest.mark.parametrize("where", ["render", "seal", "listener"])
def test_a_crash_between_number_and_file_leaves_neither(
    life: Life, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    service.set_rule(life.moment, RegisterCode.ORDERS, ISSUED)
    document = life.sign()
    life.session.commit()

    def stops(*_: object) -> bytes:
        raise OSError("the machine stops here")

    with monkeypatch.context() as patched:
        if where == "render":
            patched.setattr(registering, "render", stops)
        if where == "listener":
            life.told.refuses["registered"] = OSError("the machine stops here")
        box = Broken([TEST_KEY]) if where == "seal" else BOX
        with pytest.raises(OSError, match="stops here"):
            service.register(life.kinds, box, life.moment, document.id, None, check_url)
        life.session.rollback()
    life.session.expire_all()
    assert (document.state, document.number, document.sealed_content) == (SIGNED, None, None)
    assert last_number(life.session, life.school) is None
    life.told.refuses.clear()
    assert life.register(document, None).number == "1-ОД"


@pytest.mark.parametrize("register", [RegisterCode.PAPERS, RegisterCode.ORDERS])
def test_of_fifty_simultaneous_registrations_each_gets_its_own_number(
    fresh_url: str, register: RegisterCode, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fifty threads at once: where numbers are issued each gets the next; of two who type the same, one."""
    issued = register is RegisterCode.PAPERS
    # A file of one line: what is tried is who gets which number.
    short = written("{{ heading }} {{ doc.number }}")
    monkeypatch.setattr(docx, "layout", lambda _name: short)
    database = Database(fresh_url)
    with database.unit_of_work() as session:
        school = make_school(session, "Лицей № 7", issuer="https://moodle.example", now=NOW)
        life = make_life(session, school, register)
        # Fifty drafts of one choice each; what they say is the same, so one file does for all.
        ids = [life.sign(life.lay(life.begin(turn=number))).id for number in range(50)]
    start, failed = Barrier(50), dict[int, Exception]()

    def clerk(place: int) -> None:
        # «7-ОД» and «7-од» are the same number.
        typed = None if issued else f"{place // 2}-{('ОД', 'од')[place % 2]}"
        start.wait()
        try:
            with database.unit_of_work() as session:
                hand = make_life(session, school, register)
                service.register(hand.kinds, BOX, hand.moment, ids[place], typed, check_url)
        except Exception as error:
            failed[place] = error

    clerks = [Thread(target=clerk, args=(place,)) for place in range(50)]
    for thread in clerks:
        thread.start()
    for thread in clerks:
        thread.join()
    with database.unit_of_work(read_only=True) as session:
        rows = session.scalars(select(Document).order_by(Document.id)).all()
        registered = [row for row in rows if row.state is REGISTERED]
        assert all(row.sha256 and row.sealed_content for row in registered)
        numbers = sorted(int((row.number or "").partition("-")[0]) for row in registered)
        if issued:
            assert (failed, numbers) == ({}, list(range(1, 51)))
        else:
            assert numbers == list(range(25))
            assert sorted(place // 2 for place in failed) == numbers
        for place, error in failed.items():
            # Who came second is told which document has it.
            assert isinstance(error, errors.NumberTaken)
            assert str(error.params["number"]).casefold() == f"{place // 2}-од"
            assert (rows[place].state, rows[place].number, rows[place].sealed_content) == (SIGNED, None, None)
    database.engine.dispose()


# Acquaintance and end


def test_who_signed_the_sheet_is_marked_and_a_wrong_mark_taken_back(life: Life) -> None:
    document = life.register(acquaint_until=date(2026, 11, 27))
    people = [person.id for person in life.school.teachers]
    # Two of the four are named.
    assert service.acquaint(life.moment, document.id, people, TODAY) == 2
    assert service.acquaint(life.moment, document.id, people, TODAY) == 0
    assert service.acquaint(life.moment, document.id, people[:1], None) == 1
    assert queries.sheets_of(life.session, life.school.id, [document.id])[document.id] == queries.Sheet(1, 2)
    for day in (date(2026, 11, 23), date(2026, 11, 25)):
        with pytest.raises(errors.AcquaintedUnlikely):
            service.acquaint(life.moment, document.id, people, day)


def test_a_term_before_the_documents_date_is_refused(life: Life) -> None:
    with pytest.raises(errors.TermUnlikely):
        life.register(acquaint_until=date(2026, 11, 23))


def test_a_document_ends_by_another_registered_one(life: Life, other_life: Life) -> None:
    old = life.register()
    new = life.sign(life.lay(life.begin(people=[life.school.teachers[2].id])))
    for by in (old, new):
        with pytest.raises(errors.CancellerUnfit):
            service.cancel(life.kinds, life.moment, old.id, by.id)
    with pytest.raises(NotFound):
        service.cancel(life.kinds, life.moment, old.id, other_life.register().id)
    content = life.file(old)
    service.cancel(life.kinds, life.moment, old.id, life.register(new, "144-ОД").id)
    assert (old.state, old.cancelled_by_id) == (CANCELLED, new.id)
    assert life.file(old) == content


def test_what_cancels_is_signed_on_the_day_or_later(life: Life) -> None:
    old = life.register(life.sign(day=date(2026, 11, 20)), "140-ОД")
    new = life.another("143-ОД")
    with pytest.raises(errors.CancellerUnfit):
        service.cancel(life.kinds, life.moment, new.id, old.id)
    assert new.state is REGISTERED


def test_what_cancels_stands_in_the_same_register(life: Life) -> None:
    # An agreement ends by an agreement of both sides (ТК РФ, ст. 72), no order ends it; and no letter ends an order.
    agreement, order, other = life.register(number="1"), life.another("144-ОД"), life.another("2")
    agreement.register = other.register = RegisterCode.AGREEMENTS
    life.session.flush()
    for document, by in ((agreement, order), (order, agreement)):
        with pytest.raises(errors.CancellerUnfit):
            service.cancel(life.kinds, life.moment, document.id, by.id)
        assert by not in queries.cancellers(life.session, life.school.id, document, "", None).rows
    assert queries.cancellers(life.session, life.school.id, agreement, "", None).rows == [other]
    assert service.cancel(life.kinds, life.moment, agreement.id, other.id).state is CANCELLED


def test_who_has_left_makes_no_sheet_late(life: Life) -> None:
    document = life.register(acquaint_until=TODAY)

    def late() -> list[tuple[Document, int]]:
        day = TODAY + timedelta(days=1)
        asked = {"prepares": True, "registers": True}
        return list(queries.waiting(life.session, life.school.id, day, life.school.curator.id, **asked).late)

    assert late() == [(document, 2)]
    life.school.teachers[0].status = StaffStatus.LEFT
    life.session.flush()
    assert late() == [(document, 1)]
    life.school.teachers[1].status = StaffStatus.LEFT
    life.session.flush()
    assert late() == []


def test_a_chain_of_ends(life: Life) -> None:
    first, second, third = life.register(), life.another("144-ОД"), life.another("145-ОД")
    service.cancel(life.kinds, life.moment, first.id, second.id)
    # Twice is once.
    life.now = datetime(2026, 11, 24, 10, tzinfo=UTC)
    assert service.cancel(life.kinds, life.moment, first.id, second.id).cancelled_at == NOW
    with pytest.raises(errors.DocumentMovedOn):
        service.cancel(life.kinds, life.moment, first.id, third.id)
    service.cancel(life.kinds, life.moment, second.id, third.id)
    # No ring: what is no longer in force cancels nothing.
    with pytest.raises(errors.CancellerUnfit):
        service.cancel(life.kinds, life.moment, third.id, first.id)
    assert [one.state for one in (first, second, third)] == [CANCELLED, CANCELLED, REGISTERED]
    assert (first.cancelled_by_id, second.cancelled_by_id) == (second.id, third.id)
    assert life.told.heard.count("cancelled") == 2


def test_of_two_that_cancel_each_other_at_once_one_stays_in_force(fresh_url: str) -> None:
    database = Database(fresh_url)
    with database.unit_of_work() as session:
        school = make_school(session, "Лицей № 7", issuer="https://moodle.example", now=NOW)
        life = make_life(session, school)
        both = [life.register().id, life.another("144-ОД").id]
    start, refused = Barrier(2), list[Exception]()

    def clerk(document_id: int, by_id: int) -> None:
        start.wait()
        try:
            with database.unit_of_work() as session:
                hand = make_life(session, school)
                service.cancel(hand.kinds, hand.moment, document_id, by_id)
        except (errors.CancellerUnfit, errors.DocumentMovedOn) as error:
            refused.append(error)

    clerks = [Thread(target=clerk, args=pair) for pair in (both, both[::-1])]
    for thread in clerks:
        thread.start()
    for thread in clerks:
        thread.join()
    assert len(refused) == 1
    with database.unit_of_work(read_only=True) as session:
        states = session.scalars(select(Document.state).where(Document.id.in_(both))).all()
        assert sorted(states) == [CANCELLED, REGISTERED]
    database.engine.dispose()


def test_each_act_stands_in_the_journal(life: Life) -> None:
    document = life.register()
    service.acquaint(life.moment, document.id, [life.school.teachers[0].id], TODAY)
    found = life.session.scalars(
        select(AuditEvent.action)
        .where(AuditEvent.object_type == "document", AuditEvent.object_id == document.id)
        .order_by(AuditEvent.id)
    ).all()
    assert found == [f"document.{act}" for act in ("begin", "lay", "sign", "register", "acquaint")]


def test_a_scan_is_kept_as_it_came(life: Life) -> None:
    document = life.sign(shown=SCAN)
    assert document.scan_id is not None

    assert open_scan(life.session, BOX, life.school.id, document.scan_id)[0] == PDF
