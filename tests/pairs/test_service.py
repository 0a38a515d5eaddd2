"""Verbs of the pair: every step, every refusal, and the other school beside."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from moodle_mentorship.banks import errors as bank_errors
from moodle_mentorship.banks import service as banks
from moodle_mentorship.banks.enums import Basis, MenteeState, MentorState
from moodle_mentorship.banks.models import Mentee, Mentor
from moodle_mentorship.consents.enums import ConsentKind, EndedWhy, GroundKind
from moodle_mentorship.consents.models import Consent
from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.audit import AuditEvent
from moodle_mentorship.core.db import Database
from moodle_mentorship.core.errors import DomainError, NotFound
from moodle_mentorship.core.grounds import Purpose
from moodle_mentorship.core.jobs import Jobs
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.moodle.models import OutboxItem
from moodle_mentorship.pairs import errors, papers, queries, service
from moodle_mentorship.pairs.enums import (
    OPEN_STATES,
    Answer,
    EndReason,
    MentoringForm,
    MentoringKind,
    PairState,
    Side,
)
from moodle_mentorship.pairs.models import Pair, Space
from moodle_mentorship.people.enums import StaffStatus
from moodle_mentorship.people.models import Person
from moodle_mentorship.people.service.directory import confirm_departure
from moodle_mentorship.surveys.models import Response
from moodle_mentorship.surveys.service import save
from tests.conftest import NOW
from tests.factories import (
    BOX,
    TestSchool,
    make_ground,
    make_mentee,
    make_mentor,
    make_person,
    make_round,
    make_school,
)
from tests.pairs.conftest import ENDS, ORDER, STARTS, Two

LATER = NOW + timedelta(days=2)


def banks_of(two: Two) -> tuple[MenteeState, int]:
    """The mentee's state, and how many of the mentor's places are held."""
    two.session.expire_all()
    mentee = two.session.scalars(select(Mentee).where(Mentee.person_id == two.mentee.id)).one()
    mentor = two.session.scalars(select(Mentor).where(Mentor.person_id == two.mentor.id)).one()
    return mentee.state, mentor.places_held


def outbox(session: Session) -> list[tuple[int, str, str, dict[str, Any]]]:
    rows = session.scalars(select(OutboxItem).order_by(OutboxItem.id))
    return [(row.school_id, row.stream, row.kind, row.payload) for row in rows]


def test_a_school_may_pair_trained_mentors_only(two: Two, other_school: TestSchool) -> None:
    """Of this school alone; a mentor whose training is marked gets the pair."""
    for _ in range(2):
        banks.require_training(two.session, two.curator, True, NOW)
    rules = two.session.scalars(select(AuditEvent).where(AuditEvent.action == "mentors.require_training")).all()
    assert (len(rules), other_school.school.training_required) == (1, False)
    with pytest.raises(bank_errors.NotTrained):
        two.propose()
    two.session.rollback()
    assert banks_of(two) == (MenteeState.WAITING, 0)
    banks.require_training(two.session, two.curator, True, NOW)
    mentor = two.session.scalars(select(Mentor).where(Mentor.person_id == two.mentor.id)).one()
    mentor.trained_on = STARTS
    assert two.propose().state is PairState.PROPOSED


def test_a_proposal_holds_a_place_and_the_mentee(two: Two) -> None:
    pair = two.propose()
    assert (pair.state, pair.starts_on, pair.ends_on, pair.proposed_at) == (PairState.PROPOSED, STARTS, ENDS, NOW)
    assert banks_of(two) == (MenteeState.PAIRED, 1)
    assert outbox(two.session) == []


def test_form_and_kinds_are_said_until_the_order_names_them(two: Two) -> None:
    pair = two.agreed()
    assert (pair.form, pair.kinds) == (MentoringForm.TEACHERS, (MentoringKind.TRADITIONAL,))
    # Kinds stand in one order, however they were ticked.
    said: dict[str, Any] = {
        "form": MentoringForm.HEAD,
        "kinds": [MentoringKind.REVERSE, MentoringKind.REMOTE, MentoringKind.REVERSE],
    }
    for _ in range(2):
        service.describe(two.session, two.curator, pair.id, now=NOW, **said)
    two.session.refresh(pair)
    assert (pair.form, pair.kinds) == (MentoringForm.HEAD, (MentoringKind.REMOTE, MentoringKind.REVERSE))
    acts = [act.action for act in queries.history(two.session, two.school.id, pair.id)]
    assert acts.count("pair.describe") == 1
    service.order(two.session, Jobs(), two.curator, pair.id, now=NOW, **ORDER)
    with pytest.raises(errors.PairMovedOn):
        service.describe(two.session, two.curator, pair.id, now=NOW, **said)


@pytest.mark.parametrize("first", [Side.MENTOR, Side.MENTEE])
def test_both_agree_in_either_order(two: Two, first: Side) -> None:
    pair = two.propose()
    second = Side.MENTEE if first is Side.MENTOR else Side.MENTOR
    assert two.answer(pair, first).state is PairState.PROPOSED
    assert two.answer(pair, second).state is PairState.AGREED
    assert banks_of(two) == (MenteeState.PAIRED, 1)


@pytest.mark.parametrize("side", [Side.MENTOR, Side.MENTEE])
def test_one_no_declines_and_frees_the_place(two: Two, side: Side) -> None:
    pair = two.propose()
    other = Side.MENTEE if side is Side.MENTOR else Side.MENTOR
    two.answer(pair, other)
    declined = two.answer(pair, side, Answer.NO)
    assert (declined.state, declined.closed_at) == (PairState.DECLINED, NOW)
    assert banks_of(two) == (MenteeState.WAITING, 0)
    assert two.answer(pair, side, Answer.NO).state is PairState.DECLINED
    assert banks_of(two) == (MenteeState.WAITING, 0)
    assert two.propose().state is PairState.PROPOSED


def test_a_yes_may_become_a_no_while_nothing_is_decided(two: Two) -> None:
    pair = two.propose()
    two.answer(pair, Side.MENTOR)
    assert two.answer(pair, Side.MENTOR, Answer.NO).state is PairState.DECLINED


def test_another_answer_after_the_decision_comes_too_late(two: Two) -> None:
    pair = two.agreed()
    assert two.answer(pair, Side.MENTOR).state is PairState.AGREED
    with pytest.raises(errors.AnswerTooLate):
        two.answer(pair, Side.MENTOR, Answer.NO)
    service.withdraw(two.session, two.curator, pair.id, NOW)
    with pytest.raises(errors.AnswerTooLate):
        two.answer(pair, Side.MENTEE, Answer.NO)


def test_nobody_answers_for_another(two: Two, other_two: Two) -> None:
    pair = two.propose()
    for actor, side in (
        (two.as_(Side.MENTEE), Side.MENTOR),
        (two.as_(Side.MENTOR), Side.MENTEE),
        (two.curator, Side.MENTOR),
        (two.school.actor(two.school.teachers[3], Role.MENTOR), Side.MENTOR),
    ):
        with pytest.raises(errors.NotYourAnswer):
            service.answer(two.session, actor, pair.id, side, Answer.YES, NOW)
    with pytest.raises(NotFound):
        service.answer(two.session, other_two.as_(Side.MENTOR), pair.id, Side.MENTOR, Answer.YES, NOW)


def test_the_last_place_is_taken_once(two: Two) -> None:
    second = two.school.teachers[2]
    make_mentee(two.session, second, NOW)
    two.propose()
    with pytest.raises(bank_errors.NoFreePlace) as refusal:
        two.propose(mentee_person_id=second.id)
    assert refusal.value.params == {"name": two.mentor.short_name}


def test_a_mentee_has_one_mentor_at_a_time(two: Two) -> None:
    another = two.school.teachers[2]
    make_mentor(two.session, another, NOW)
    two.propose()
    with pytest.raises(bank_errors.AlreadyInPair):
        two.propose(mentor_person_id=another.id)


def test_the_database_has_the_last_word_about_a_second_pair(two: Two) -> None:
    """Should the mentee's state ever disagree with the pairs, the unique index refuses, in the same words."""
    another = two.school.teachers[2]
    make_mentor(two.session, another, NOW)
    two.propose()
    mentee = two.session.scalars(select(Mentee).where(Mentee.person_id == two.mentee.id)).one()
    two.session.refresh(mentee)
    mentee.state = MenteeState.WAITING
    two.session.flush()
    with pytest.raises(bank_errors.AlreadyInPair):
        two.propose(mentor_person_id=another.id)


def test_who_is_proposed_stands_in_a_bank_and_works_here(two: Two, other_two: Two) -> None:
    outsider = two.school.teachers[2]
    with pytest.raises(errors.Oneself):
        two.propose(mentee_person_id=two.mentor.id)
    with pytest.raises(bank_errors.NotInMentorBank):
        two.propose(mentor_person_id=outsider.id)
    with pytest.raises(bank_errors.NotInMenteeBank):
        two.propose(mentee_person_id=outsider.id)
    two.session.rollback()
    for stranger in (
        {"mentor_person_id": other_two.mentor.id},
        {"mentee_person_id": other_two.mentee.id},
        {"mentor_person_id": other_two.mentor.id, "mentee_person_id": other_two.mentee.id},
    ):
        with pytest.raises(NotFound):
            two.propose(**stranger)
    two.mentee.status = StaffStatus.LEAVING
    with pytest.raises(bank_errors.NotEmployed):
        two.propose()


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "code", "field"),
    [
        (date(2027, 1, 2), date(2027, 1, 1), "period_reversed", "ends_on"),
        (date(2026, 8, 31), date(2027, 5, 31), "period_outside_year", "starts_on"),
        (date(2026, 12, 1), date(2027, 9, 1), "period_outside_year", "ends_on"),
        (date(2026, 9, 1), date(2027, 5, 31), "before_hire_date", "starts_on"),
    ],
)
def test_the_period_lies_in_the_school_year_after_both_were_hired(
    two: Two, starts_on: date, ends_on: date, code: str, field: str
) -> None:
    with pytest.raises(errors.Refused) as refusal:
        two.propose(starts_on=starts_on, ends_on=ends_on)
    assert (refusal.value.code, refusal.value.field) == (code, field)
    assert banks_of(two) == (MenteeState.WAITING, 0)


def test_a_pair_of_one_day_is_a_pair(two: Two) -> None:
    assert two.propose(starts_on=date(2027, 8, 31), ends_on=date(2027, 8, 31)).state is PairState.PROPOSED


@pytest.mark.parametrize("state", ["propose", "agreed"])
def test_a_proposal_is_withdrawn(two: Two, state: str) -> None:
    pair = getattr(two, state)()
    for _ in range(2):
        assert service.withdraw(two.session, two.curator, pair.id, NOW).state is PairState.WITHDRAWN
        assert banks_of(two) == (MenteeState.WAITING, 0)


def test_an_order_fixes_an_agreed_pair_and_opens_its_group(two: Two) -> None:
    pair = two.agreed()
    for _ in range(2):
        ordered = service.order(two.session, Jobs(), two.curator, pair.id, now=LATER, **ORDER)
        assert (ordered.state, ordered.order_number, ordered.order_date, ordered.ordered_at) == (
            PairState.ORDERED,
            "143-ОД",
            date(2026, 11, 24),
            LATER,
        )
    assert outbox(two.session) == [
        (two.school.id, f"space:{pair.space_id}", "pair.keep_space", {"space_id": pair.space_id})
    ]


def test_one_order_fixes_several_pairs(session: Session, two: Two) -> None:
    two.ordered()
    mentor, mentee = two.school.teachers[2:]
    make_mentor(session, mentor, NOW)
    make_mentee(session, mentee, NOW)
    assert Two(session, two.school, mentor, mentee).ordered().order_number == "143-ОД"


@pytest.mark.parametrize("day", [date(2026, 12, 26), date(2025, 12, 31), date(202, 11, 24)])
def test_an_order_of_an_unlikely_day_is_refused(two: Two, day: date) -> None:
    pair = two.agreed()
    with pytest.raises(errors.OrderDateUnlikely):
        service.order(two.session, Jobs(), two.curator, pair.id, now=NOW, **(ORDER | {"order_date": day}))
    assert outbox(two.session) == []


def without(two: Two, person: Person, kind: ConsentKind) -> None:
    two.session.execute(
        update(Consent)
        .where(Consent.person_id == person.id, Consent.kind == kind)
        .values(ended_at=NOW, ended_why=EndedWhy.WITHDRAWN)
    )


def test_an_order_waits_for_every_paper(two: Two, other_two: Two) -> None:
    """Whose and which is missing, all at once; the papers of another school's people count for nothing here."""
    pair = two.agreed()
    without(two, two.mentee, ConsentKind.PROCESSING_MENTEE)
    without(two, two.mentor, ConsentKind.PROCESSING_MENTOR)
    without(two, two.mentor, ConsentKind.MENTOR_WORK)
    with pytest.raises(errors.PapersMissing) as refusal:
        service.order(two.session, Jobs(), two.curator, pair.id, now=NOW, **ORDER)
    assert refusal.value.errors == {
        "mentor": ["Work as a mentor", "Processing of data: mentor"],
        "mentee": ["Processing of data: mentee"],
    }
    assert (pair.state, outbox(two.session)) == (PairState.AGREED, [])
    # A mark in Moodle opens questionnaires, and is no paper.
    make_ground(two.session, two.mentee, NOW, kind=GroundKind.ELECTRONIC_MARK)
    assert [lack.document for lack in papers.lacking(two.session, pair) if lack.side is Side.MENTEE] == [
        ConsentKind.PROCESSING_MENTEE
    ]


@pytest.mark.parametrize(
    ("basis", "missing"),
    [
        (None, [None]),
        (Basis.ASSIGNMENT, [ConsentKind.MENTOR_WORK]),
        (Basis.JOB_DUTY, []),
        (Basis.EXTERNAL_CONTRACT, []),
    ],
)
def test_what_the_mentors_ground_asks_for(two: Two, basis: Basis | None, missing: list[ConsentKind | None]) -> None:
    pair = two.agreed()
    without(two, two.mentor, ConsentKind.MENTOR_WORK)
    two.session.execute(update(Mentor).where(Mentor.person_id == two.mentor.id).values(basis=basis))
    assert [lack.document for lack in papers.lacking(two.session, pair)] == missing


def test_a_duty_under_labour_law_needs_no_consent(two: Two) -> None:
    pair = two.agreed()
    without(two, two.mentee, ConsentKind.PROCESSING_MENTEE)
    make_ground(two.session, two.mentee, NOW, kind=GroundKind.LABOUR_DUTY)
    assert papers.lacking(two.session, pair) == []


def test_a_pair_at_work_whose_paper_ends_is_shown_and_goes_on(two: Two, other_two: Two) -> None:
    pair = two.ordered()
    other_two.ordered()
    assert papers.working_without(two.session, two.school.id) == []
    without(two, two.mentor, ConsentKind.MENTOR_WORK)
    assert papers.working_without(two.session, two.school.id) == [pair]
    assert papers.working_without(two.session, other_two.school.id) == []
    assert pair.state is PairState.ORDERED


def test_nobody_who_cannot_work_is_ordered(two: Two) -> None:
    pair = two.agreed()
    two.mentor.suspended = True
    with pytest.raises(bank_errors.NotEmployed):
        service.order(two.session, Jobs(), two.curator, pair.id, now=NOW, **ORDER)


def test_the_end_frees_the_place_and_empties_the_group(two: Two) -> None:
    pair = two.ordered()
    for reason in (EndReason.COMPLETED, EndReason.REPLACED):
        ended = service.end(two.session, Jobs(), two.curator, pair.id, reason, LATER)
        assert (ended.state, ended.end_reason, ended.closed_at) == (PairState.ENDED, EndReason.COMPLETED, LATER)
    assert banks_of(two) == (MenteeState.WAITING, 0)
    assert [kind for _, _, kind, _ in outbox(two.session)] == ["pair.keep_space"] * 2
    assert two.propose().state is PairState.PROPOSED


ACTS: dict[str, Callable[[Two, int], object]] = {
    "describe": lambda two, id_: service.describe(
        two.session, two.curator, id_, form=MentoringForm.HEAD, kinds=[MentoringKind.GROUP], now=NOW
    ),
    "order": lambda two, id_: service.order(two.session, Jobs(), two.curator, id_, now=NOW, **ORDER),
    "end": lambda two, id_: service.end(two.session, Jobs(), two.curator, id_, EndReason.COMPLETED, NOW),
    "withdraw": lambda two, id_: service.withdraw(two.session, two.curator, id_, NOW),
}


@pytest.mark.parametrize(("state", "act"), [("propose", "order"), ("propose", "end"), ("agreed", "end")])
def test_steps_are_not_skipped(two: Two, state: str, act: str) -> None:
    pair = getattr(two, state)()
    with pytest.raises(errors.PairMovedOn):
        ACTS[act](two, pair.id)


def test_an_ordered_pair_is_not_withdrawn(two: Two) -> None:
    pair = two.ordered()
    with pytest.raises(errors.PairMovedOn):
        service.withdraw(two.session, two.curator, pair.id, NOW)


@pytest.mark.parametrize("act", ACTS)
def test_another_schools_pair_is_not_found(two: Two, other_two: Two, act: str) -> None:
    pair = other_two.agreed()
    with pytest.raises(NotFound):
        ACTS[act](two, pair.id)
    assert queries.pair_of(two.session, other_two.school.id, pair.id).state is PairState.AGREED
    with pytest.raises(NotFound):
        queries.pair_of(two.session, two.school.id, pair.id)


def test_every_act_stands_in_the_journal(two: Two) -> None:
    pair = two.ordered()
    service.end(two.session, Jobs(), two.curator, pair.id, EndReason.AGREEMENT, NOW)
    acts = [
        (act.action, act.by.id if act.by else None, act.details)
        for act in queries.history(two.session, two.school.id, pair.id)
    ]
    assert acts == [
        ("pair.propose", two.school.curator.id, {"mentor": two.mentor.id, "mentee": two.mentee.id}),
        ("pair.answer", two.mentee.id, {"side": "mentee", "answer": "yes"}),
        ("pair.answer", two.mentor.id, {"side": "mentor", "answer": "yes"}),
        ("pair.order", two.school.curator.id, {"order_date": "2026-11-24"}),
        ("pair.end", two.school.curator.id, {"reason": "agreement"}),
    ]


def test_a_departure_ends_everything(session: Session, two: Two, other_two: Two) -> None:
    """The mentor who leaves had an ordered pair and a proposal, and was in the bank of mentees as well."""
    banks.change_capacity(session, two.curator, two.mentor.id, 2, NOW)
    ordered, second = two.ordered(), two.school.teachers[2]
    make_mentee(session, second, NOW)
    make_mentee(session, two.mentor, NOW)
    proposed = two.propose(mentee_person_id=second.id)
    theirs = other_two.ordered()
    left = service.end_because_left(session, Jobs(), two.curator, two.mentor.id, LATER)
    session.expire_all()
    assert left == [ordered, proposed]
    assert [(pair.state, pair.end_reason) for pair in left] == [
        (PairState.ENDED, EndReason.MENTOR_LEFT),
        (PairState.WITHDRAWN, EndReason.MENTOR_LEFT),
    ]
    assert theirs.state is PairState.ORDERED
    mentor = session.scalars(select(Mentor).where(Mentor.person_id == two.mentor.id)).one()
    assert (mentor.state, mentor.places_held) == (MentorState.LEFT, 0)
    states = {row.person_id: row.state for row in session.scalars(select(Mentee))}
    assert states == {
        two.mentee.id: MenteeState.WAITING,
        second.id: MenteeState.WAITING,
        two.mentor.id: MenteeState.WITHDRAWN,
        other_two.mentee.id: MenteeState.PAIRED,
    }
    assert service.end_because_left(session, Jobs(), two.curator, two.mentor.id, LATER) == []


def test_a_confirmed_departure_of_the_mentee_reaches_the_pair(app: object, runtime: Runtime, two: Two) -> None:
    pair = two.ordered()
    two.mentee.status = StaffStatus.LEAVING
    confirm_departure(two.session, two.curator, two.mentee.id, LATER, runtime.departures)
    assert (pair.state, pair.end_reason) == (PairState.ENDED, EndReason.MENTEE_LEFT)
    assert banks_of(two) == (MenteeState.WITHDRAWN, 0)
    assert [kind for _, _, kind, _ in outbox(two.session)] == ["pair.keep_space"] * 2


def at_once(acts: list[Callable[[], str]]) -> list[str]:
    """Run all acts at the same moment, each in a thread of its own; a refusal counts by its code."""
    barrier = threading.Barrier(len(acts))

    def run(act: Callable[[], str]) -> str:
        barrier.wait()
        try:
            return act()
        except DomainError as refusal:
            return refusal.code

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def test_of_fifty_simultaneous_proposals_for_the_last_place_one_wins(fresh_url: str) -> None:
    database = Database(fresh_url)
    with database.unit_of_work() as session:
        school = make_school(session, "Лицей № 7", issuer="https://moodle.example", now=NOW)
        mentor = school.teachers[0]
        make_mentor(session, mentor, NOW, capacity=2, places_held=0)
        people = [make_person(session, school.id, 1000 + number, now=NOW) for number in range(51)]
        for person in people:
            make_mentee(session, person, NOW)
        Two(session, school, mentor, people.pop()).propose()

    def propose(mentee_id: int) -> str:
        with database.unit_of_work() as session:
            service.propose(
                session,
                school.actor(),
                mentor_person_id=mentor.id,
                mentee_person_id=mentee_id,
                starts_on=STARTS,
                ends_on=ENDS,
                now=NOW,
            )
        return "won"

    results = at_once([lambda id_=person.id: propose(id_) for person in people])  # type: ignore[misc]
    assert sorted(results) == ["no_free_place"] * 49 + ["won"]
    with database.unit_of_work(read_only=True) as session:
        held = session.scalars(select(Mentor.places_held)).one()
        opened = session.scalar(select(func.count()).where(Pair.state.in_(OPEN_STATES)))
        paired = session.scalar(select(func.count()).where(Mentee.state == MenteeState.PAIRED))
    database.engine.dispose()
    assert (held, opened, paired) == (2, 2, 2)


def test_of_ten_simultaneous_proposals_for_one_mentee_one_wins(fresh_url: str) -> None:
    database = Database(fresh_url)
    with database.unit_of_work() as session:
        school = make_school(session, "Лицей № 7", issuer="https://moodle.example", now=NOW)
        mentors = [make_person(session, school.id, 1000 + number, now=NOW) for number in range(10)]
        for person in mentors:
            make_mentor(session, person, NOW)
        mentee = school.teachers[0]
        make_mentee(session, mentee, NOW)

    def propose(mentor_id: int) -> str:
        with database.unit_of_work() as session:
            Two(session, school, school.teachers[1], mentee).propose(mentor_person_id=mentor_id)
        return "won"

    results = at_once([lambda id_=person.id: propose(id_) for person in mentors])  # type: ignore[misc]
    assert sorted(results) == ["already_in_pair"] * 9 + ["won"]
    with database.unit_of_work(read_only=True) as session:
        held = session.scalar(select(func.sum(Mentor.places_held)))
    database.engine.dispose()
    assert held == 1


def test_two_simultaneous_yeses_agree(fresh_url: str) -> None:
    database = Database(fresh_url)
    with database.unit_of_work() as session:
        school = make_school(session, "Лицей № 7", issuer="https://moodle.example", now=NOW)
        mentor, mentee = school.teachers[:2]
        make_mentor(session, mentor, NOW)
        make_mentee(session, mentee, NOW)
        pair = Two(session, school, mentor, mentee).propose()

    def answer(side: Side) -> str:
        with database.unit_of_work() as session:
            Two(session, school, mentor, mentee).answer(pair, side)
        return "answered"

    assert at_once([lambda: answer(Side.MENTOR), lambda: answer(Side.MENTEE)]) == ["answered", "answered"]
    with database.unit_of_work(read_only=True) as session:
        state = session.scalars(select(Pair.state)).one()
        acts = session.scalar(select(func.count()).where(AuditEvent.action == "pair.answer"))
    database.engine.dispose()
    assert (state, acts) == (PairState.AGREED, 2)


def test_what_mentors_said_of_a_mentee_goes_with_the_mentees_profile(
    session: Session, school: TestSchool, other_school: TestSchool
) -> None:
    """The mentor of another mentee keeps theirs, and so does the mentee's own word of another purpose."""
    mentor, mentee, other_mentor, other_mentee = school.teachers[:4]
    for one, two in ((mentor, mentee), (other_mentor, other_mentee)):
        make_mentor(session, one, NOW)
        make_mentee(session, two, NOW, MenteeState.PAIRED)
        session.add(
            Pair(
                school_id=school.id,
                space=Space(school_id=school.id),
                mentor_person_id=one.id,
                mentee_person_id=two.id,
                state=PairState.ORDERED,
                starts_on=NOW.date(),
                ends_on=school.school.year_ends,
                proposed_at=NOW,
                order_date=NOW.date(),
                order_number="143-ОД",
            )
        )
    said = {"levels": {"discipline": 1}, "again": "yes", "helped": "О наставляемом"}
    asked = make_round(session, school, [mentor, other_mentor], NOW, code="finish_mentor")
    own = make_round(session, school, [mentor], NOW, code="finish_mentee")
    for person, number in ((mentor, asked.id), (other_mentor, asked.id), (mentor, own.id)):
        save(session, BOX, school.actor(person), number, version=1, said=said, today=NOW.date(), now=NOW)
    for purpose in (Purpose.MENTOR_PROFILE, Purpose.MENTEE_PROFILE):
        service.destroy_what_mentors_said(session, school.actor(), mentee.id, purpose, NOW)
        kept = session.execute(select(Response.person_id, Response.round_id).order_by(Response.id)).all()
        everything = [(mentor.id, asked.id), (other_mentor.id, asked.id), (mentor.id, own.id)]
        assert [tuple(row) for row in kept] == everything[purpose is Purpose.MENTEE_PROFILE :]
