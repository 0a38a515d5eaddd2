"""Each state × each step × whoever takes it, in both registers."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from moodle_mentorship.banks import errors, queries, service
from moodle_mentorship.banks.enums import By, MenteeAct, MenteeState, MentorAct, MentorState, Why
from moodle_mentorship.banks.models import BankStep, Mentee, Mentor
from moodle_mentorship.banks.steps import MENTEE_STEPS, MENTOR_STEPS
from moodle_mentorship.consents.enums import ClosedWhy, GroundKind
from moodle_mentorship.consents.models import ProcessingGround
from moodle_mentorship.consents.service import close_processing, open_processing
from moodle_mentorship.core.actor import Actor, Role
from moodle_mentorship.core.errors import DomainError
from moodle_mentorship.core.grounds import Purpose
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.dashboard.journal import ACTIONS
from moodle_mentorship.people.models import Person
from moodle_mentorship.surveys import queries as surveys
from moodle_mentorship.surveys.enums import Kind
from moodle_mentorship.surveys.models import Response, Round, Version
from moodle_mentorship.surveys.ready import NEED, OFFER
from moodle_mentorship.surveys.service import take_ready_made
from tests.conftest import NOW
from tests.factories import TestSchool, make_ground, make_mentee, make_mentor, make_person

# A refusal's code, the state in the end, and the steps that were kept (before, after, by whom).
Outcome = tuple[str | None, str | None, list[tuple[str | None, str, int | None]]]

MENTEE_VERBS: dict[MenteeAct, Callable[[Session, Actor, int], Any]] = {
    MenteeAct.INVITE: lambda s, a, p: service.invite_mentee(s, a, p, NOW, Why.FIRST_YEARS),
    MenteeAct.ASK: lambda s, a, p: service.ask_for_mentor(s, a, NOW),
    MenteeAct.ASSESS: lambda s, a, p: service.assess_mentee(s, a, p, NOW),
    MenteeAct.ADD: lambda s, a, p: service.add_mentee(s, a, p, NOW),
    MenteeAct.COMPLETE: lambda s, a, p: service.complete_mentee(s, a, p, NOW),
    MenteeAct.WITHDRAW: lambda s, a, p: service.withdraw_mentee(s, a, p, NOW),
}
MENTOR_VERBS: dict[MentorAct, Callable[[Session, Actor, int], Any]] = {
    MentorAct.INVITE: lambda s, a, p: service.invite_mentor(s, a, p, NOW),
    MentorAct.APPLY: lambda s, a, p: service.apply_as_mentor(s, a, NOW),
    MentorAct.CHECK: lambda s, a, p: service.check_mentor(s, a, p, NOW),
    MentorAct.TRAIN: lambda s, a, p: service.train_mentor(s, a, p, NOW.date(), NOW),
    MentorAct.OPEN: lambda s, a, p: service.open_mentor(s, a, p, NOW),
    MentorAct.ADD: lambda s, a, p: service.add_mentor(s, a, p, 1, NOW),
    MentorAct.PAUSE: lambda s, a, p: service.pause_mentor(s, a, p, NOW),
    MentorAct.RESUME: lambda s, a, p: service.resume_mentor(s, a, p, NOW),
    MentorAct.WITHDRAW: lambda s, a, p: service.withdraw_mentor(s, a, p, NOW),
}

# Rows: the step. Columns: without an entry, then the states in their order. A letter is the state that is reached,
# "=" says that nothing changes, "!" that the step is refused as the entry stands elsewhere, "?" that there is no entry,
# "p" that a pair stands in the way.
MENTEE_LETTERS = dict(zip("ICAWPDX", MenteeState, strict=True))
#                            none I C A W P D X
MENTEE_TABLE = {
    MenteeAct.INVITE:       "I    = = = = = I I",
    MenteeAct.ASK:          "I    = = = = = I I",
    MenteeAct.ASSESS:       "?    ! A = ! ! ! !",
    MenteeAct.ADD:          "W    W W W = = W W",
    MenteeAct.COMPLETE:     "?    ! ! ! D ! = !",
    MenteeAct.WITHDRAW:     "?    X X X X p = =",
}  # fmt: skip
MENTEE_BY = {
    MenteeAct.INVITE: {"curator"},
    MenteeAct.ASK: {"oneself"},
    MenteeAct.ASSESS: {"curator"},
    MenteeAct.ADD: {"curator"},
    MenteeAct.COMPLETE: {"curator"},
    MenteeAct.WITHDRAW: {"curator", "oneself"},
}
MENTOR_LETTERS = dict(zip("IACTVPL", MentorState, strict=True))
#                            none I A C T V P L
MENTOR_TABLE = {
    MentorAct.INVITE:       "I    = = = = = = I",
    MentorAct.APPLY:        "A    A = = = = = A",
    MentorAct.CHECK:        "?    ! C = ! ! ! !",
    MentorAct.TRAIN:        "?    ! ! T = ! ! !",
    MentorAct.OPEN:         "?    ! ! V V = ! !",
    MentorAct.ADD:          "V    V V V V = V V",
    MentorAct.PAUSE:        "?    ! ! ! ! P = !",
    MentorAct.RESUME:       "?    ! ! ! ! = V !",
    MentorAct.WITHDRAW:     "?    L L L L L L =",
}  # fmt: skip
MENTOR_BY = {
    MentorAct.INVITE: {"curator"},
    MentorAct.APPLY: {"oneself"},
    MentorAct.CHECK: {"curator"},
    MentorAct.TRAIN: {"curator"},
    MentorAct.OPEN: {"curator"},
    MentorAct.ADD: {"curator"},
    MentorAct.PAUSE: {"curator", "oneself"},
    MentorAct.RESUME: {"curator", "oneself"},
    MentorAct.WITHDRAW: {"curator", "oneself"},
}


def actor_of(school: TestSchool, who: str, person: Person) -> Actor:
    """Who takes the step about `person`: the curator, the person, the director, another mentor and mentee."""
    return {
        "curator": school.actor(),
        "oneself": school.actor(person, Role.MENTEE, Role.MENTOR),
        "director": school.actor(school.director, Role.DIRECTOR),
        "another": school.actor(school.teachers[1], Role.MENTEE, Role.MENTOR),
    }[who]


def steps_of(session: Session, person: Person) -> list[tuple[str | None, str, int | None]]:
    rows = session.scalars(select(BankStep).where(BankStep.person_id == person.id).order_by(BankStep.id))
    return [(row.before, row.after, row.by_person_id) for row in rows]


def outcome(act: Callable[[], Any]) -> str | None:
    try:
        act()
    except DomainError as refusal:
        return refusal.code
    return None


@pytest.mark.parametrize("act", MENTEE_TABLE)
@pytest.mark.parametrize("who", ["curator", "oneself", "director", "another"])
def test_mentees(session: Session, school: TestSchool, act: MenteeAct, who: str) -> None:
    expected: list[Outcome] = []
    got: list[Outcome] = []
    for state, cell in zip([None, *MenteeState], MENTEE_TABLE[act].split(), strict=True):
        person = make_person(session, school.id, 100 + len(got), now=NOW)
        if state is not None:
            make_mentee(session, person, NOW, state)
        actor = actor_of(school, who, person)
        code = outcome(partial(MENTEE_VERBS[act], session, actor, person.id))
        entry = queries.mentee_of(session, school.id, person.id)
        got.append((code, entry.state if entry else None, steps_of(session, person)))
        refused = {"!": "entry_moved_on", "?": "not_in_mentee_bank", "p": "mentee_has_pair"}.get(cell)
        if who not in MENTEE_BY[act]:
            # Whoever asks, asks for themselves.
            expected.append((None if act is MenteeAct.ASK else "forbidden", state, []))
        elif cell in MENTEE_LETTERS:
            expected.append((None, MENTEE_LETTERS[cell], [(state, MENTEE_LETTERS[cell], actor.person_id)]))
        else:
            expected.append((refused, state, []))
    assert got == expected


@pytest.mark.parametrize("act", MENTOR_TABLE)
@pytest.mark.parametrize("who", ["curator", "oneself", "director", "another"])
def test_mentors(session: Session, school: TestSchool, act: MentorAct, who: str) -> None:
    expected: list[Outcome] = []
    got: list[Outcome] = []
    for state, cell in zip([None, *MentorState], MENTOR_TABLE[act].split(), strict=True):
        person = make_person(session, school.id, 100 + len(got), now=NOW)
        if state is not None:
            make_mentor(session, person, NOW, state=state)
        actor = actor_of(school, who, person)
        code = outcome(partial(MENTOR_VERBS[act], session, actor, person.id))
        entry = queries.mentor_of(session, school.id, person.id)
        got.append((code, entry.state if entry else None, steps_of(session, person)))
        refused = {"!": "entry_moved_on", "?": "not_in_mentor_bank"}.get(cell)
        if who not in MENTOR_BY[act]:
            expected.append((None if act is MentorAct.APPLY else "forbidden", state, []))
        elif cell in MENTOR_LETTERS:
            expected.append((None, MENTOR_LETTERS[cell], [(state, MENTOR_LETTERS[cell], actor.person_id)]))
        else:
            expected.append((refused, state, []))
    assert got == expected


def test_the_table_in_the_code_is_the_one_of_these_tests() -> None:
    system = {MenteeAct.CONSENT, MenteeAct.WAIT, MenteeAct.PAIR, MenteeAct.UNPAIR}
    assert {act: {by.value for by in step.by - {By.SYSTEM}} for act, step in MENTEE_STEPS.items()} == MENTEE_BY | {
        act: set() for act in system
    }
    assert {act: {by.value for by in step.by - {By.SYSTEM}} for act, step in MENTOR_STEPS.items()} == MENTOR_BY
    spoken = [f"mentee.{act}" for act in MENTEE_VERBS] + [f"mentor.{act}" for act in MENTOR_VERBS]
    assert sorted({*spoken, "mentee.consent", "mentee.wait"} - ACTIONS.keys()) == []


def test_who_says_no_is_not_asked_again_this_year_unless_they_ask(session: Session, school: TestSchool) -> None:
    person = school.teachers[0]
    oneself = actor_of(school, "oneself", person)
    service.invite_mentee(session, school.actor(), person.id, NOW)
    service.withdraw_mentee(session, oneself, person.id, NOW)
    for verb in (service.invite_mentee, service.add_mentee):
        with pytest.raises(errors.SaidNo):
            verb(session, school.actor(), person.id, NOW)
    # Another year, another question.
    school.school.year_start = 2027
    session.flush()
    assert service.invite_mentee(session, school.actor(), person.id, NOW).state is MenteeState.INVITED
    service.withdraw_mentee(session, oneself, person.id, NOW)
    assert service.ask_for_mentor(session, oneself, NOW).refused_year is None
    assert service.add_mentee(session, school.actor(), person.id, NOW).state is MenteeState.WAITING
    assert [
        (row.after, row.why, row.by_person_id) for row in session.scalars(select(BankStep).order_by(BankStep.id))
    ] == [
        ("invited", Why.CURATOR, school.curator.id),
        ("withdrawn", Why.OWN_WISH, person.id),
        ("invited", Why.CURATOR, school.curator.id),
        ("withdrawn", Why.OWN_WISH, person.id),
        ("invited", Why.OWN_WISH, person.id),
        ("waiting", Why.CURATOR, school.curator.id),
    ]


def test_who_declines_to_be_a_mentor_is_not_asked_again_this_year_unless_they_apply(
    session: Session, school: TestSchool
) -> None:
    person = school.teachers[0]
    oneself = actor_of(school, "oneself", person)
    service.invite_mentor(session, school.actor(), person.id, NOW)
    service.withdraw_mentor(session, oneself, person.id, NOW)
    with pytest.raises(errors.SaidNo):
        service.invite_mentor(session, school.actor(), person.id, NOW)
    with pytest.raises(errors.SaidNo):
        service.add_mentor(session, school.actor(), person.id, 1, NOW)
    # What they say themselves counts, and the refusal is forgotten.
    assert service.apply_as_mentor(session, oneself, NOW).refused_year is None
    service.withdraw_mentor(session, oneself, person.id, NOW)
    # Another year, another question.
    school.school.year_start = 2027
    session.flush()
    assert service.invite_mentor(session, school.actor(), person.id, NOW).state is MentorState.INVITED
    # Nothing is asked of them or processed before they agree.
    make_ground(session, person, NOW, Purpose.MENTOR_PROFILE)
    service.ground_given(session, oneself, person.id, Purpose.MENTOR_PROFILE, NOW)
    assert person.id not in session.scalars(queries.applicant_ids(school.id)).all()
    # An acceptance is an application, which the curator checks.
    assert service.apply_as_mentor(session, oneself, NOW).state is MentorState.APPLIED
    assert session.scalars(queries.applicant_ids(school.id)).all() == [person.id]
    assert service.check_mentor(session, school.actor(), person.id, NOW).state is MentorState.CHECKED
    assert [(before, after) for before, after, _by in steps_of(session, person)] == [
        (None, "invited"),
        ("invited", "left"),
        ("left", "applied"),
        ("applied", "left"),
        ("left", "invited"),
        ("invited", "applied"),
        ("applied", "checked"),
    ]


def test_what_the_curator_takes_out_may_come_back(session: Session, school: TestSchool) -> None:
    person = school.teachers[0]
    service.add_mentee(session, school.actor(), person.id, NOW)
    service.withdraw_mentee(session, school.actor(), person.id, NOW)
    assert service.add_mentee(session, school.actor(), person.id, NOW).state is MenteeState.WAITING


def test_a_consent_moves_who_was_invited_and_its_withdrawal_takes_them_out(
    runtime: Runtime, session: Session, school: TestSchool
) -> None:
    grounds, person = runtime.grounds, school.teachers[0]
    grounds.on_given(service.ground_given)
    grounds.on_withdrawn(service.ground_withdrawn)

    def consent() -> None:
        mark, purpose = GroundKind.ELECTRONIC_MARK, Purpose.MENTEE_PROFILE
        open_processing(session, grounds, actor_of(school, "oneself", person), person.id, purpose, mark, NOW)

    def withdraw() -> None:
        mark, purpose, why = [GroundKind.ELECTRONIC_MARK], Purpose.MENTEE_PROFILE, ClosedWhy.WITHDRAWN
        close_processing(session, grounds, actor_of(school, "oneself", person), person.id, purpose, mark, why, NOW)

    def state() -> MenteeState | None:
        session.expire_all()
        entry = queries.mentee_of(session, school.id, person.id)
        return entry.state if entry else None

    service.invite_mentee(session, school.actor(), person.id, NOW)
    consent()
    assert state() is MenteeState.CONSENTED
    withdraw()
    assert state() is MenteeState.WITHDRAWN
    # No refusal: whoever takes a consent back may be asked again. And who has consented before is not asked twice.
    consent()
    assert state() is MenteeState.WITHDRAWN
    assert service.invite_mentee(session, school.actor(), person.id, NOW).state is MenteeState.CONSENTED
    assert [(row.after, row.why) for row in session.scalars(select(BankStep).order_by(BankStep.id))][1:] == [
        ("consented", Why.CONSENT),
        ("withdrawn", Why.CONSENT),
        ("invited", Why.CURATOR),
        ("consented", Why.CONSENT),
    ]


@pytest.mark.parametrize(
    ("kind", "state", "after"),
    [
        (Kind.NEED, MenteeState.CONSENTED, MenteeState.ASSESSED),
        (Kind.PULSE, MenteeState.CONSENTED, MenteeState.CONSENTED),
        (Kind.NEED, MenteeState.INVITED, MenteeState.INVITED),
        (Kind.NEED, MenteeState.WAITING, MenteeState.WAITING),
        (Kind.NEED, MenteeState.WITHDRAWN, MenteeState.WITHDRAWN),
    ],
)
def test_answers_about_needs_move_who_has_consented(
    session: Session, school: TestSchool, other_school: TestSchool, kind: Kind, state: MenteeState, after: MenteeState
) -> None:
    person = school.teachers[0]
    make_mentee(session, person, NOW, state)
    response = Response(school_id=school.id, person_id=person.id, kind=kind, answers={"levels": {"digital": 1}})
    service.answered(session, other_school.actor(), response, NOW)
    service.answered(session, actor_of(school, "oneself", person), response, NOW)
    session.expire_all()
    assert session.scalars(select(Mentee.state)).all() == [after]
    moved = [(row.after, row.why, row.by_person_id) for row in session.scalars(select(BankStep))]
    assert moved == ([] if after is state else [("assessed", Why.ANSWERS, person.id)])


@pytest.mark.parametrize(
    ("answers", "after"),
    [
        ({"levels": {"digital": 1, "parents": 2}}, ["assessed", "waiting"]),
        # Who manages is the curator's to decide about; a school's own questionnaire may ask no levels at all.
        ({"levels": {"digital": 1, "parents": 0}}, ["assessed"]),
        ({}, ["assessed"]),
    ],
)
def test_who_says_that_help_is_needed_waits_for_a_mentor_at_once(
    session: Session, school: TestSchool, answers: dict[str, Any], after: list[str]
) -> None:
    person = school.teachers[0]
    make_mentee(session, person, NOW, MenteeState.CONSENTED)
    response = Response(school_id=school.id, person_id=person.id, kind=Kind.NEED, answers=answers)
    service.answered(session, actor_of(school, "oneself", person), response, NOW)
    assert [step for _before, step, _by in steps_of(session, person)] == after


@pytest.mark.parametrize(
    ("state", "held", "answers", "capacity"),
    [
        (MentorState.APPLIED, 0, {"capacity": 3}, 3),
        (MentorState.AVAILABLE, 2, {"capacity": 1}, 2),
        (MentorState.AVAILABLE, 0, {"capacity": 0}, 0),
        (MentorState.AVAILABLE, 0, {}, 2),
        (MentorState.LEFT, 0, {"capacity": 3}, 2),
    ],
)
def test_the_offer_says_how_many_places_a_mentor_has(
    session: Session,
    school: TestSchool,
    other_school: TestSchool,
    state: MentorState,
    held: int,
    answers: dict[str, Any],
    capacity: int,
) -> None:
    person = school.teachers[0]
    make_mentor(session, person, NOW, 2, held, state=state)
    response = Response(school_id=school.id, person_id=person.id, kind=Kind.OFFER, answers=answers)
    service.answered(session, other_school.actor(), response, NOW)
    service.answered(session, actor_of(school, "oneself", person), response, NOW)
    session.expire_all()
    assert session.scalars(select(Mentor.capacity)).all() == [capacity]


@pytest.mark.parametrize(("purpose", "code"), [(Purpose.MENTEE_PROFILE, NEED), (Purpose.MENTOR_PROFILE, OFFER)])
def test_a_consent_opens_the_questionnaire_once_a_year(
    runtime: Runtime, session: Session, school: TestSchool, purpose: Purpose, code: str
) -> None:
    person = school.teachers[0]
    oneself = actor_of(school, "oneself", person)

    def enter() -> None:
        if purpose is Purpose.MENTEE_PROFILE:
            service.invite_mentee(session, school.actor(), person.id, NOW)
        else:
            service.apply_as_mentor(session, oneself, NOW)

    def leave() -> None:
        side = service.withdraw_mentee if purpose is Purpose.MENTEE_PROFILE else service.withdraw_mentor
        side(session, school.actor(), person.id, NOW)

    def asked() -> list[str]:
        return [mine.round.questionnaire.code for mine in surveys.waiting(session, school.id, person.id, NOW.date())]

    # A school without questionnaires: nothing to open, and nothing stands in the way of the consent.
    enter()
    service.ground_given(session, oneself, person.id, purpose, NOW)
    assert asked() == []
    take_ready_made(session, school.actor(), NOW)
    # Whoever is in neither bank is asked nothing.
    service.ground_given(session, school.actor(), school.teachers[1].id, purpose, NOW)
    assert surveys.waiting(session, school.id, school.teachers[1].id, NOW.date()) == []
    make_ground(session, person, NOW, purpose)
    service.ground_given(session, oneself, person.id, purpose, NOW)
    assert asked() == [code]
    # Answered this year: who comes again is not asked anew.
    _sent(session, school, person.id)
    assert asked() == []
    session.scalars(select(Round)).one().closed_at = NOW
    leave()
    enter()
    assert (asked(), len(session.scalars(select(Round)).all())) == ([], 1)
    school.school.year_start = 2027
    session.flush()
    leave()
    enter()
    assert len(session.scalars(select(Round)).all()) == 2


def _sent(session: Session, school: TestSchool, person_id: int) -> None:
    """The person's answers to the one round, sent off."""
    asked = session.scalars(select(Round)).one()
    version = session.scalars(
        select(Version).where(Version.questionnaire_id == asked.questionnaire_id).order_by(Version.id)
    ).first()
    assert version is not None
    ground = session.scalars(select(ProcessingGround.id).where(ProcessingGround.person_id == person_id)).one()
    session.add(
        Response(
            school_id=school.id,
            round_id=asked.id,
            person_id=person_id,
            version_id=version.id,
            kind=version.kind,
            ground_id=ground,
            answers={},
            revision=1,
            started_at=NOW,
            saved_at=NOW,
            submitted_at=NOW,
        )
    )
    session.flush()


@pytest.mark.parametrize(
    ("held", "state", "after"),
    [
        (0, MentorState.AVAILABLE, MentorState.LEFT),
        (1, MentorState.AVAILABLE, MentorState.PAUSED),
        (1, MentorState.PAUSED, MentorState.PAUSED),
        (0, MentorState.APPLIED, MentorState.LEFT),
        (0, MentorState.LEFT, MentorState.LEFT),
    ],
)
def test_a_mentor_without_a_ground_gets_nobody_new(
    session: Session, school: TestSchool, held: int, state: MentorState, after: MentorState
) -> None:
    person = school.teachers[0]
    make_mentor(session, person, NOW, 2, held, state=state)
    service.ground_withdrawn(session, school.actor(), person.id, Purpose.MENTOR_PROFILE, NOW)
    service.ground_given(session, school.actor(), person.id, Purpose.MENTOR_PROFILE, NOW)
    session.expire_all()
    assert session.scalars(select(Mentor.state)).all() == [after]


def test_a_pair_is_not_torn_by_a_withdrawn_consent(session: Session, school: TestSchool) -> None:
    make_mentee(session, school.teachers[0], NOW, MenteeState.PAIRED)
    make_ground(session, school.teachers[0], NOW)
    service.ground_withdrawn(session, school.actor(), school.teachers[0].id, Purpose.MENTEE_PROFILE, NOW)
    assert session.scalars(select(Mentee.state)).all() == [MenteeState.PAIRED]


def test_a_full_mentor_keeps_a_break_apart_from_places(session: Session, school: TestSchool) -> None:
    """Full is counted: a break ends where it began, and a place that is freed makes the mentor available again."""
    mentor, mentee = school.teachers[:2]
    make_mentor(session, mentor, NOW)
    make_mentee(session, mentee, NOW)
    service.hold_place(session, school.id, mentor.id)
    service.take_mentee(session, school.actor(), mentee.id, NOW)
    session.expire_all()
    full = queries.mentor_of(session, school.id, mentor.id)
    assert full is not None
    assert (full.state, full.takes_mentees) == (MentorState.AVAILABLE, False)
    service.pause_mentor(session, school.actor(), mentor.id, NOW)
    service.free_place(session, school.id, mentor.id)
    service.free_mentee(session, school.actor(), mentee.id, NOW)
    session.expire_all()
    assert (full.state, full.takes_mentees, full.places_free) == (MentorState.PAUSED, False, 1)
    assert [(row.person_id, row.before, row.after, row.why) for row in session.scalars(select(BankStep))] == [
        (mentee.id, "waiting", "paired", Why.PAIR),
        (mentor.id, "available", "paused", Why.CURATOR),
        (mentee.id, "paired", "waiting", Why.PAIR),
    ]


def test_a_visitor_without_an_entry_in_the_directory_says_nothing_for_themselves(
    session: Session, school: TestSchool
) -> None:
    nobody = Actor(school.id, None, frozenset({Role.ADMINISTRATOR}))
    with pytest.raises(errors.NotInDirectory):
        service.ask_for_mentor(session, nobody, NOW)
    with pytest.raises(errors.NotInDirectory):
        service.apply_as_mentor(session, nobody, NOW)
