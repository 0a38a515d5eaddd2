"""Consents given on paper and by the mark, withdrawn, expired; what follows; a second school beside."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from moodle_mentorship.consents import errors, queries, service
from moodle_mentorship.consents.enums import (
    Category,
    ConsentForm,
    ConsentKind,
    DutyKind,
    DutyOutcome,
    EndedWhy,
    GroundKind,
    Order,
    Shown,
)
from moodle_mentorship.consents.jobs import end_expired
from moodle_mentorship.consents.models import Consent, Duty, Permit
from moodle_mentorship.consents.needs import Needs
from moodle_mentorship.consents.printing import papers
from moodle_mentorship.consents.service import Given
from moodle_mentorship.core.actor import Actor, Role
from moodle_mentorship.core.audit import AuditEvent
from moodle_mentorship.core.errors import Conflict, Invalid, NotFound
from moodle_mentorship.core.grounds import Grounds, Purpose
from moodle_mentorship.core.jobs import SomeFailed
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.files.errors import ScanMisnamed
from moodle_mentorship.files.models import Scan
from moodle_mentorship.people.enums import StaffStatus
from moodle_mentorship.people.models import Person
from moodle_mentorship.people.service.directory import confirm_departure
from tests.conftest import NOW
from tests.factories import BOX, PDF, TestSchool, make_consent, make_ground

TODAY = date(2026, 11, 24)
MENTEE, MENTOR = ConsentKind.PROCESSING_MENTEE, ConsentKind.PROCESSING_MENTOR
WEB, WORK = ConsentKind.DISSEMINATION, ConsentKind.MENTOR_WORK
PAPER = Given(MENTEE, "5-С", TODAY, date(2027, 8, 31))


@pytest.fixture
def told() -> list[tuple[str, int]]:
    return []


@pytest.fixture
def grounds(told: list[tuple[str, int]]) -> Grounds:
    registry = Grounds()

    def hear(word: str) -> Callable[..., None]:
        return lambda session, actor, person_id, purpose, now: told.append((word, person_id))

    registry.on_given(hear("given"))
    registry.on_withdrawn(hear("withdrawn"))
    return registry


def record(session: Session, grounds: Grounds, school: TestSchool, person: Person, given: Given = PAPER) -> Consent:
    return service.record_paper(session, grounds, BOX, school.actor(), person.id, given, TODAY, NOW)


def mine(school: TestSchool, person: Person, launch: int | None = 7) -> Actor:
    return Actor(school.id, person.id, frozenset({Role.MENTEE}), launch_id=launch)


def actions(session: Session) -> list[tuple[str, dict[str, Any]]]:
    return [(row.action, row.details) for row in session.scalars(select(AuditEvent).order_by(AuditEvent.id))]


def test_a_signed_paper_opens_the_ground(
    session: Session, school: TestSchool, grounds: Grounds, told: list[tuple[str, int]]
) -> None:
    person = school.teachers[0]
    consent = record(session, grounds, school, person, replace(PAPER, scan=(PDF, "скан.pdf")))
    assert (consent.form, consent.number, consent.given_on) == (ConsentForm.PAPER, "5-С", TODAY)
    assert (
        service.require_ground(session, school.id, person.id, Purpose.MENTEE_PROFILE).kind is GroundKind.PAPER_CONSENT
    )
    assert told == [("given", person.id)]
    assert session.scalar(select(Scan.size).where(Scan.id == consent.scan_id)) == len(PDF)
    assert actions(session) == [
        ("consent.record", {"kind": "processing_mentee"}),
        ("ground.open", {"purpose": "mentee_profile", "kind": "paper_consent"}),
    ]


def test_a_newer_paper_stands_in_place_of_the_older(
    session: Session, school: TestSchool, grounds: Grounds, told: list[tuple[str, int]]
) -> None:
    person = school.teachers[0]
    first = record(session, grounds, school, person)
    second = record(session, grounds, school, person, replace(PAPER, number="6-С"))
    assert (first.ended_why, second.ended_why) == (EndedWhy.REPLACED, None)
    assert told == [("given", person.id)]
    assert session.scalars(select(Duty)).all() == []


def test_a_lying_scan_keeps_nothing(session: Session, school: TestSchool, grounds: Grounds) -> None:
    with pytest.raises(ScanMisnamed), session.begin_nested():
        record(session, grounds, school, school.teachers[0], replace(PAPER, scan=(PDF, "скан.png")))
    assert session.scalar(select(func.count()).select_from(Consent)) == 0


def test_another_schools_people_and_addresses_are_not_found(
    session: Session, school: TestSchool, other_school: TestSchool, grounds: Grounds
) -> None:
    with pytest.raises(NotFound):
        record(session, grounds, school, other_school.teachers[0])
    foreign = service.add_address(session, other_school.actor(), "https://other.example/", "Чужой сайт", NOW)
    web = Given(WEB, "1", TODAY, None, permits={(foreign.id, Category.PHOTO)})
    with pytest.raises(NotFound):
        record(session, grounds, school, school.teachers[0], web)


def test_the_mark_needs_a_local_act_and_is_evidence(
    session: Session, school: TestSchool, grounds: Grounds, told: list[tuple[str, int]]
) -> None:
    person = school.teachers[0]
    with pytest.raises(errors.MarkNotAllowed):
        service.give_mark(session, grounds, BOX, mine(school, person), MENTEE, 1, TODAY, NOW)
    act = service.allow_mark(session, school.actor(), "Положение о наставничестве", "7", date(2026, 9, 1), NOW)
    consent = service.give_mark(session, grounds, BOX, mine(school, person), MENTEE, 1, TODAY, NOW)
    assert (consent.form, consent.act_id, consent.launch_id, consent.number) == (ConsentForm.MARK, act.id, 7, None)
    assert consent.valid_until == date(2027, 8, 31)
    ground = service.require_ground(session, school.id, person.id, Purpose.MENTEE_PROFILE)
    assert ground.kind is GroundKind.ELECTRONIC_MARK
    again = service.give_mark(session, grounds, BOX, mine(school, person), MENTEE, 1, TODAY, NOW)
    assert again.id == consent.id
    assert told == [("given", person.id)]


def test_what_was_agreed_to_by_the_mark_stays_as_it_read(
    session: Session, school: TestSchool, grounds: Grounds
) -> None:
    """152-ФЗ ст. 9 ч. 3: a new text, another processor and another name change nothing of it."""
    person = school.teachers[0]
    service.allow_mark(session, school.actor(), "Положение", "7", date(2026, 9, 1), NOW)
    read = papers(session, school.id, MENTEE, [person], TODAY)[0]
    consent = service.give_mark(session, grounds, BOX, mine(school, person), MENTEE, 1, TODAY, NOW)
    assert person.last_name not in (consent.sealed_words or person.last_name)
    service.write_text(session, school.actor(), MENTEE, "Другое", "Я, {ФИО}.", TODAY, NOW)
    school.school.processor_name, school.school.processor_address = "ГАУ «Центр»", "г. Энск"
    school.school.full_name, person.last_name, person.position = "Другая школа", "Новая", "Директор"
    session.flush()
    agreed = queries.agreed(consent, BOX)
    assert agreed is not None
    assert (agreed.title, agreed.paragraphs) == (read.title, read.paragraphs)
    assert not any("{" in line for line in agreed.paragraphs)
    assert queries.agreed(record(session, grounds, school, person), BOX) is None


@pytest.mark.parametrize("kind", [WORK, WEB])
def test_what_must_be_in_writing_is_never_marked(
    session: Session, school: TestSchool, grounds: Grounds, kind: ConsentKind
) -> None:
    act = service.allow_mark(session, school.actor(), "Положение", "7", date(2026, 9, 1), NOW)
    person = school.teachers[0]
    with pytest.raises(errors.MarkNotAllowed):
        service.give_mark(session, grounds, BOX, mine(school, person), kind, 1, TODAY, NOW)
    # The database says the same.
    text_id = make_consent(session, school.teachers[1], NOW, kind).text_id
    with pytest.raises(IntegrityError, match="ck_consent_evidence"), session.begin_nested():
        session.add(
            Consent(
                school_id=school.id,
                person_id=person.id,
                kind=kind,
                form=ConsentForm.MARK,
                text_id=text_id,
                given_on=TODAY,
                act_id=act.id,
                launch_id=7,
                recorded_at=NOW,
            )
        )


def test_a_mark_without_a_launch_or_under_another_text_is_refused(
    session: Session, school: TestSchool, grounds: Grounds
) -> None:
    person = school.teachers[0]
    service.allow_mark(session, school.actor(), "Положение", "7", date(2026, 9, 1), NOW)
    with pytest.raises(NotFound):
        service.give_mark(session, grounds, BOX, mine(school, person, launch=None), MENTEE, 1, TODAY, NOW)
    service.write_text(session, school.actor(), MENTEE, "Согласие", "Я, {ФИО}, согласен.", TODAY, NOW)
    with pytest.raises(errors.TextMoved):
        service.give_mark(session, grounds, BOX, mine(school, person), MENTEE, 1, TODAY, NOW)
    assert service.give_mark(session, grounds, BOX, mine(school, person), MENTEE, 2, TODAY, NOW).text.version == 2


def test_switching_the_mark_off_leaves_marks_that_were_given(
    session: Session, school: TestSchool, other_school: TestSchool, grounds: Grounds
) -> None:
    service.allow_mark(session, school.actor(), "Положение", "7", date(2026, 9, 1), NOW)
    with pytest.raises(errors.ActIsSet):
        service.allow_mark(session, school.actor(), "Положение", "8", date(2026, 9, 2), NOW)
    service.give_mark(session, grounds, BOX, mine(school, school.teachers[0]), MENTEE, 1, TODAY, NOW)
    service.forbid_mark(session, other_school.actor(), NOW)
    assert queries.local_act(session, school.id) is not None
    service.forbid_mark(session, school.actor(), NOW)
    assert queries.local_act(session, school.id) is None
    assert [consent.ended_at for consent in queries.in_force(session, school.id, school.teachers[0].id, MENTEE)] == [
        None
    ]


def test_withdrawing_takes_paper_and_mark_and_stops_processing(
    session: Session, school: TestSchool, grounds: Grounds, told: list[tuple[str, int]]
) -> None:
    person = school.teachers[0]
    service.allow_mark(session, school.actor(), "Положение", "7", date(2026, 9, 1), NOW)
    service.give_mark(session, grounds, BOX, mine(school, person), MENTEE, 1, TODAY, NOW)
    record(session, grounds, school, person)
    ended = service.withdraw(session, grounds, mine(school, person), person.id, MENTEE, TODAY, NOW)
    assert ended.remaining is None
    assert told == [("given", person.id), ("withdrawn", person.id)]
    duty = session.scalars(select(Duty)).one()
    assert (duty.kind, duty.due_on, duty.done_at) == (DutyKind.DESTROY, TODAY + timedelta(days=30), None)
    whys = session.scalars(select(Consent.ended_why)).all()
    assert whys == [EndedWhy.WITHDRAWN, EndedWhy.WITHDRAWN]
    with pytest.raises(errors.NothingToWithdraw):
        service.withdraw(session, grounds, mine(school, person), person.id, MENTEE, TODAY, NOW)


def test_withdrawing_beside_a_duty_at_work_destroys_nothing(
    session: Session, school: TestSchool, grounds: Grounds, told: list[tuple[str, int]]
) -> None:
    person = school.teachers[0]
    make_consent(session, person, NOW, MENTOR)
    duty_at_work = make_ground(session, person, NOW, Purpose.MENTOR_PROFILE, GroundKind.LABOUR_DUTY)
    ended = service.withdraw(session, grounds, mine(school, person), person.id, MENTOR, TODAY, NOW)
    assert (ended.remaining, ended.duty) == (duty_at_work, None)
    assert told == []
    assert session.scalars(select(Duty)).all() == []


def test_nobody_withdraws_for_another_school(
    session: Session, school: TestSchool, other_school: TestSchool, grounds: Grounds
) -> None:
    stranger = other_school.teachers[0]
    make_consent(session, stranger, NOW)
    with pytest.raises(NotFound):
        service.withdraw(session, grounds, school.actor(), stranger.id, MENTEE, TODAY, NOW)


def test_dissemination_is_allowed_by_address_and_category_and_taken_down(
    session: Session, school: TestSchool, grounds: Grounds
) -> None:
    person = school.teachers[0]
    site = service.add_address(session, school.actor(), "https://school.example/m/", "Сайт", NOW)
    page = service.add_address(session, school.actor(), "https://vk.example/school", "Страница", NOW)
    permits = {(site.id, Category.NAME), (site.id, Category.PHOTO), (page.id, Category.NAME)}
    record(session, grounds, school, person, Given(WEB, "1", TODAY, None, permits=permits, conditions="без подписи"))

    def shown() -> list[dict[str, list[Category]]]:
        held = [consent.id for consent in queries.in_force(session, school.id, person.id, WEB)]
        return list(queries.permits(session, school.id, held).values())

    assert shown() == [{site.url: [Category.NAME, Category.PHOTO], page.url: [Category.NAME]}]
    with pytest.raises(errors.AddressInUse):
        service.remove_address(session, school.actor(), site.id, NOW)
    # A narrower one: what it no longer allows is taken down at once.
    record(session, grounds, school, person, Given(WEB, "2", TODAY, TODAY, permits={(site.id, Category.NAME)}))
    assert shown() == [{site.url: [Category.NAME]}]
    ended = service.withdraw(session, grounds, mine(school, person), person.id, WEB, TODAY, NOW)
    assert ended.duty is not None
    assert shown() == []
    duties = session.scalars(select(Duty).order_by(Duty.id)).all()
    assert [(duty.kind, duty.due_on, duty.places) for duty in duties] == [
        (
            DutyKind.TAKE_DOWN,
            TODAY,
            [{"url": site.url, "categories": ["photo"]}, {"url": page.url, "categories": ["name"]}],
        ),
        (DutyKind.TAKE_DOWN, TODAY, [{"url": site.url, "categories": ["name"]}]),
    ]
    assert session.scalar(select(func.count()).select_from(Permit)) == 4
    service.remove_address(session, school.actor(), site.id, NOW)
    assert [address.url for address in queries.addresses(session, school.id)] == [page.url]


def test_the_night_ends_what_is_over(
    runtime: Runtime, session: Session, school: TestSchool, other_school: TestSchool
) -> None:
    over = make_consent(session, school.teachers[0], NOW, valid_until=TODAY)
    still = make_consent(session, school.teachers[1], NOW, valid_until=TODAY + timedelta(days=1))
    open_ended = make_consent(session, other_school.teachers[0], NOW, valid_until=None)
    session.commit()
    end_expired(runtime)
    session.expire_all()
    assert [consent.ended_why for consent in (over, still, open_ended)] == [None, None, None]
    runtime.clock.move_to(NOW + timedelta(days=1))  # type: ignore[attr-defined]
    for _ in range(2):
        end_expired(runtime)
    session.expire_all()
    assert [consent.ended_why for consent in (over, still, open_ended)] == [EndedWhy.EXPIRED, None, None]
    assert queries.open_ground(session, school.id, over.person_id, Purpose.MENTEE_PROFILE) is None
    duty = session.scalars(select(Duty)).one()
    assert (duty.person_id, duty.due_on) == (over.person_id, TODAY + timedelta(days=31))


def test_a_consent_that_can_not_be_ended_keeps_no_other_waiting(
    runtime: Runtime, session: Session, school: TestSchool, other_school: TestSchool
) -> None:
    first, second, third = (
        make_consent(session, person, NOW, valid_until=TODAY)
        for person in (school.teachers[0], school.teachers[1], other_school.teachers[0])
    )
    session.commit()
    stubborn = first.person_id

    def fail(session: Session, actor: Actor, person_id: int, purpose: Purpose, now: Any) -> None:
        if person_id == stubborn:
            raise RuntimeError("a fault of ours")

    runtime.grounds.on_withdrawn(fail)
    runtime.clock.move_to(NOW + timedelta(days=1))  # type: ignore[attr-defined]
    with pytest.raises(SomeFailed):
        end_expired(runtime)
    session.expire_all()
    assert [consent.ended_why for consent in (first, second, third)] == [None, EndedWhy.EXPIRED, EndedWhy.EXPIRED]


@pytest.mark.parametrize(
    ("given_on", "valid_until", "field"),
    [(1, 300, "given_on"), (-9, -1, "valid_until"), (-9, 0, None)],
)
def test_a_paper_holds_on_the_day_it_is_recorded(
    session: Session, school: TestSchool, grounds: Grounds, given_on: int, valid_until: int, field: str | None
) -> None:
    """Days counted from today; one that does not hold today would open a ground until the night."""
    person, days = school.teachers[0], timedelta(days=1)
    paper = replace(PAPER, given_on=TODAY + given_on * days, valid_until=TODAY + valid_until * days)
    if field is not None:
        with pytest.raises(Invalid) as refused:
            record(session, grounds, school, person, paper)
        assert list(refused.value.errors) == [field]
    else:
        record(session, grounds, school, person, paper)
    opened = queries.open_ground(session, school.id, person.id, Purpose.MENTEE_PROFILE)
    assert (opened is None) is (field is not None)


def test_a_duty_is_done_once(session: Session, school: TestSchool, other_school: TestSchool, grounds: Grounds) -> None:
    person = school.teachers[0]
    make_consent(session, person, NOW)
    duty = service.withdraw(session, grounds, school.actor(), person.id, MENTEE, TODAY, NOW).duty
    assert duty is not None
    with pytest.raises(NotFound):
        service.do_duty(session, grounds, other_school.actor(), duty.id, NOW)
    service.do_duty(session, grounds, school.actor(), duty.id, NOW)
    again = service.do_duty(session, grounds, school.actor(school.director), duty.id, NOW + timedelta(days=1))
    assert (again.done_at, again.done_by) == (NOW, school.curator.id)
    assert queries.open_duties(session, school.id) == []


def test_a_scan_comes_later_and_is_replaced(session: Session, school: TestSchool, grounds: Grounds) -> None:
    consent = record(session, grounds, school, school.teachers[0])
    service.attach_scan(session, BOX, school.actor(), consent.id, PDF, "первый.pdf", NOW)
    first = consent.scan_id
    service.attach_scan(session, BOX, school.actor(), consent.id, PDF, "второй.pdf", NOW)
    assert session.scalars(select(Scan.id)).all() == [consent.scan_id]
    assert consent.scan_id != first
    service.allow_mark(session, school.actor(), "Положение", "7", date(2026, 9, 1), NOW)
    mark = service.give_mark(session, grounds, BOX, mine(school, school.teachers[0]), MENTEE, 1, TODAY, NOW)
    with pytest.raises(Conflict):
        service.attach_scan(session, BOX, school.actor(), mark.id, PDF, "скан.pdf", NOW)


def test_texts_have_versions_and_days(
    session: Session, school: TestSchool, other_school: TestSchool, grounds: Grounds
) -> None:
    tomorrow = TODAY + timedelta(days=1)
    shipped = queries.text_in_force(session, school.id, MENTEE, TODAY)
    given = record(session, grounds, school, school.teachers[0])
    second = service.write_text(session, school.actor(), MENTEE, "Согласие", "Я, {ФИО}.", tomorrow, NOW)
    same = service.write_text(session, school.actor(), MENTEE, "Согласие", "Я, {ФИО}.", tomorrow, NOW)
    assert (second.version, same.id) == (2, second.id)
    assert queries.text_in_force(session, school.id, MENTEE, TODAY).body == shipped.body
    assert queries.text_in_force(session, school.id, MENTEE, tomorrow).body == "Я, {ФИО}."
    assert queries.text_in_force(session, other_school.id, MENTEE, tomorrow) == shipped
    assert queries.consent_of(session, school.id, given.id).text.version == 1
    with pytest.raises(errors.UnknownBlank) as refused:
        service.write_text(session, school.actor(), MENTEE, "{Имя}", "Я, {ФИО} {СНИЛС} {", TODAY, NOW)
    assert refused.value.names == ["Имя", "СНИЛС", "{"]


def test_a_paper_is_recorded_under_the_text_that_was_signed(
    session: Session, school: TestSchool, grounds: Grounds
) -> None:
    """152-ФЗ ст. 9 ч. 3: printed before a new text came, recorded after it."""
    service.write_text(session, school.actor(), MENTEE, "Согласие", "Я, {ФИО}.", TODAY, NOW)
    service.write_text(session, school.actor(), MENTEE, "Согласие", "Завтра.", TODAY + timedelta(days=1), NOW)
    person = school.teachers[0]

    def version(**given: Any) -> int | list[str]:
        try:
            with session.begin_nested():
                return record(session, grounds, school, person, replace(PAPER, **given)).text.version
        except Invalid as error:
            return list(error.errors)

    earlier = TODAY - timedelta(days=9)
    assert version(number="0", given_on=date(2025, 8, 1)) == 1
    assert version(number="1", given_on=earlier) == 1
    assert version(number="2", given_on=earlier, version=2) == ["version"]
    assert version(number="2", version=3) == version(number="2", version=0) == ["version"]
    assert version(number="2") == 2
    # Printed before, signed today; recorded anew, this corrects what was recorded wrongly.
    assert version(number="2", version=1) == 1
    assert version(number="2", version=1) == 1
    assert [consent.text.version for consent in queries.consents_of_person(session, school.id, person.id)] == [
        *(1, 2, 1, 1)
    ]


@pytest.fixture
def needs() -> Needs:
    registry = Needs()
    registry.add(
        MENTEE,
        lambda school_id, _day: select(Person.id).where(Person.school_id == school_id, Person.moodle_user_id > 4),
    )
    registry.add(
        MENTEE,
        lambda school_id, _day: select(Person.id).where(Person.school_id == school_id, Person.moodle_user_id > 5),
    )
    return registry


def test_who_lacks_a_consent(
    session: Session, school: TestSchool, other_school: TestSchool, grounds: Grounds, needs: Needs
) -> None:
    papers, marks, duty, nothing = school.teachers
    make_consent(session, papers, NOW)
    service.allow_mark(session, school.actor(), "Положение", "7", date(2026, 9, 1), NOW)
    service.give_mark(session, grounds, BOX, mine(school, marks), MENTEE, 1, TODAY, NOW)
    make_ground(session, duty, NOW, Purpose.MENTEE_PROFILE, GroundKind.LABOUR_DUTY)

    def lacking(*, paper: bool, search: str = "") -> list[int]:
        page = queries.missing(session, needs, school.id, MENTEE, search=search, paper=paper, today=TODAY, cursor=None)
        count = queries.missing_count(session, needs, school.id, MENTEE, search=search, paper=paper, today=TODAY)
        assert count == len(page.rows)
        return sorted(person.id for person in page.rows)

    assert lacking(paper=True) == sorted([marks.id, nothing.id])
    assert lacking(paper=False) == [nothing.id]
    assert lacking(paper=True, search=marks.last_name) == [marks.id]
    assert queries.needed_of(session, needs, school.id, papers.id, TODAY) == [MENTEE]
    assert queries.needed_of(session, needs, school.id, school.curator.id, TODAY) == []
    assert queries.needed_of(session, needs, school.id, other_school.teachers[0].id, TODAY) == []


def test_the_register_is_narrowed_sorted_and_paged(
    session: Session, school: TestSchool, other_school: TestSchool
) -> None:
    make_consent(session, other_school.teachers[0], NOW)
    terms = [date(2027, 8, 31), date(2026, 12, 10), None]
    first, second, third = (
        make_consent(session, person, NOW, valid_until=term)
        for person, term in zip(school.teachers, terms, strict=False)
    )
    work = make_consent(session, school.teachers[3], NOW, WORK, scan=True)
    third.ended_at, third.ended_why = NOW, EndedWhy.WITHDRAWN
    session.flush()

    def found(shown: Shown = Shown.IN_FORCE, sort: Order = Order.NEWEST, **more: Any) -> list[int]:
        asked: dict[str, Any] = {"search": "", "shown": shown, "kind": None, "form": None, "today": TODAY} | more
        ids: list[int] = []
        cursor: str | None = None
        while True:
            page = queries.register(session, school.id, sort=sort, cursor=cursor, limit=2, **asked)
            ids += [consent.id for consent in page.rows]
            cursor = page.next
            if cursor is None:
                break
        assert queries.register_count(session, school.id, **asked) == len(ids)
        chunks = queries.whole_register(session, school.id, sort=sort, **asked)
        assert [consent.id for chunk in chunks for consent in chunk] == ids
        return ids

    assert found() == [work.id, second.id, first.id]
    assert found(sort=Order.NAME) == [first.id, second.id, work.id]
    assert found(sort=Order.TERM) == [second.id, work.id, first.id]
    assert found(Shown.ALL, sort=Order.TERM)[-1] == third.id
    assert found(Shown.EXPIRING) == [second.id]
    assert found(Shown.NO_SCAN) == [second.id, first.id]
    assert found(Shown.WITHDRAWN) == [third.id]
    assert found(Shown.EXPIRED) == []
    assert found(kind=WORK) == [work.id]
    assert found(form=ConsentForm.MARK) == []
    assert found(search=school.teachers[1].last_name) == [second.id]


def test_a_form_sent_twice_makes_one_paper(session: Session, school: TestSchool, grounds: Grounds) -> None:
    person = school.teachers[0]
    first = record(session, grounds, school, person)
    again = record(session, grounds, school, person, replace(PAPER, scan=(PDF, "скан.pdf")))
    assert (again.id, again.scan_id is not None) == (first.id, True)
    # A slip of the pen is corrected under the same number.
    corrected = record(session, grounds, school, person, replace(PAPER, valid_until=date(2027, 5, 31)))
    assert (corrected.id == first.id, first.ended_why) == (False, EndedWhy.REPLACED)
    assert session.scalar(select(func.count()).select_from(Consent)) == 2


def test_a_number_belongs_to_one_paper_of_the_year(
    session: Session, school: TestSchool, other_school: TestSchool, grounds: Grounds
) -> None:
    record(session, grounds, school, school.teachers[0])
    with pytest.raises(Invalid) as refused:
        record(session, grounds, school, school.teachers[1], replace(PAPER, given_on=TODAY - timedelta(days=9)))
    assert list(refused.value.errors) == ["number"]
    # Another document, another year and another school number theirs anew.
    record(session, grounds, school, school.teachers[1], replace(PAPER, kind=MENTOR))
    record(session, grounds, school, school.teachers[1], replace(PAPER, given_on=TODAY - timedelta(days=365)))
    record(session, grounds, other_school, other_school.teachers[0])
    twin = make_consent(session, school.teachers[2], NOW)
    twin.number = PAPER.number
    with pytest.raises(IntegrityError, match=r"uq_consent_number|consent\.number"):
        session.flush()


def test_an_older_paper_neither_replaces_a_newer_one_nor_undoes_a_withdrawal(
    session: Session, school: TestSchool, grounds: Grounds
) -> None:
    person, yesterday = school.teachers[0], TODAY - timedelta(days=1)
    newer = record(session, grounds, school, person)
    older = replace(PAPER, number="4-С", given_on=yesterday)
    with pytest.raises(Invalid) as refused:
        record(session, grounds, school, person, older)
    assert (list(refused.value.errors), newer.ended_at) == (["given_on"], None)
    service.withdraw(session, grounds, mine(school, person), person.id, MENTEE, TODAY, NOW)
    # The form of the withdrawn paper sent once more, and one signed before the withdrawal.
    for stale in (PAPER, older):
        with pytest.raises(Invalid) as refused:
            record(session, grounds, school, person, stale)
        assert list(refused.value.errors) == ["given_on"]
    assert queries.open_ground(session, school.id, person.id, Purpose.MENTEE_PROFILE) is None
    record(session, grounds, school, person, replace(PAPER, number="6-С"))
    assert queries.open_ground(session, school.id, person.id, Purpose.MENTEE_PROFILE) is not None


def test_a_new_consent_lets_the_duty_to_destroy_lapse(session: Session, school: TestSchool, grounds: Grounds) -> None:
    """What is lawful again is not destroyed, and the duty of another purpose and of another person stays."""
    destroyed: list[int] = []
    grounds.on_destroyed(lambda session, actor, person_id, purpose, now: destroyed.append(person_id))
    person, other = school.teachers[:2]
    for each, kind in ((person, MENTEE), (person, MENTOR), (other, MENTEE)):
        make_consent(session, each, NOW, kind)
        service.withdraw(session, grounds, mine(school, each), each.id, kind, TODAY, NOW)
    record(session, grounds, school, person, replace(PAPER, number="77-С"))
    first, *rest = session.scalars(select(Duty).order_by(Duty.id)).all()
    assert (first.outcome, first.done_at, first.done_by) == (DutyOutcome.LAPSED, NOW, None)
    assert [duty.outcome for duty in rest] == [None, None]
    service.do_duty(session, grounds, school.actor(), first.id, NOW + timedelta(days=1))
    assert (first.outcome, destroyed) == (DutyOutcome.LAPSED, [])
    service.do_duty(session, grounds, school.actor(), rest[0].id, NOW)
    assert (rest[0].outcome, destroyed) == (DutyOutcome.DONE, [person.id])


def test_who_leaves_the_school_leaves_no_ground_behind(
    runtime: Runtime, app: Flask, session: Session, school: TestSchool, other_school: TestSchool
) -> None:
    person = school.teachers[0]
    person.status = StaffStatus.LEAVING
    for kind in ConsentKind:
        make_consent(session, person, NOW, kind)
    make_ground(session, person, NOW, Purpose.MENTOR_PROFILE, GroundKind.LABOUR_DUTY)
    stays = make_consent(session, other_school.teachers[0], NOW)
    session.commit()
    confirm_departure(session, school.actor(), person.id, NOW, runtime.departures)
    session.expire_all()
    ended = {consent.kind: consent.ended_why for consent in queries.consents_of_person(session, school.id, person.id)}
    assert ended == {MENTEE: EndedWhy.LEFT, MENTOR: EndedWhy.LEFT, WORK: EndedWhy.LEFT, WEB: None}
    for purpose in Purpose:
        assert queries.open_ground(session, school.id, person.id, purpose) is None
    duties = session.scalars(select(Duty).order_by(Duty.id)).all()
    assert [(duty.kind, duty.due_on) for duty in duties] == [(DutyKind.DESTROY, TODAY + timedelta(days=30))] * 2
    assert stays.ended_at is None


def test_the_products_new_wording_reaches_who_keeps_it(session: Session, school: TestSchool, grounds: Grounds) -> None:
    """What was given stays with its text; a school that wrote its own keeps it."""
    first = record(session, grounds, school, school.teachers[0])
    assert first.text.version == 1
    first.text.body = "Прежний текст продукта"
    session.flush()
    read = queries.text_in_force(session, school.id, MENTEE, TODAY)
    assert (read.version, "{поручение обработки}" in read.body) == (2, True)
    second = record(session, grounds, school, school.teachers[1], replace(PAPER, number="6-С"))
    assert (second.text.version, second.text.body, first.text.version) == (2, read.body, 1)
    service.write_text(session, school.actor(), MENTEE, "Согласие", "Я, {ФИО}, согласен.", TODAY, NOW)
    assert queries.text_in_force(session, school.id, MENTEE, TODAY).body == "Я, {ФИО}, согласен."


def test_a_consent_says_who_processes_for_the_school(session: Session, school: TestSchool) -> None:
    def sentence() -> str:
        paper = papers(session, school.id, MENTEE, [school.teachers[0]], TODAY)[0]
        return next(line for line in paper.paragraphs if line.startswith("Способ обработки"))

    assert "Обработка другому лицу не поручается." in sentence()
    school.school.processor_name = "ГАУ «Центр цифрового образования»"
    school.school.processor_address = "г. Энск, ул. Лесная, 2"
    assert (
        "Обработка поручается другому лицу: ГАУ «Центр цифрового образования», адрес: г. Энск, ул. Лесная, 2."
        in sentence()
    )
    assert "не поручается" not in sentence()
