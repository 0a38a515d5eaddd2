"""Verbs of a group: every step, every refusal, what the database keeps, and the other school beside."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from moodle_mentorship.banks import service as banks
from moodle_mentorship.banks.enums import Basis, MentorState
from moodle_mentorship.banks.errors import NoFreePlace, NotInMentorBank, NotTrained
from moodle_mentorship.banks.models import Mentor
from moodle_mentorship.consents.enums import EndedWhy
from moodle_mentorship.consents.models import Consent
from moodle_mentorship.core.actor import Actor, Role
from moodle_mentorship.core.db import Database
from moodle_mentorship.core.errors import DomainError, NotFound
from moodle_mentorship.core.jobs import Jobs
from moodle_mentorship.moodle.models import OutboxItem
from moodle_mentorship.pairs import errors as pair_errors
from moodle_mentorship.pairs import queries as pair_queries
from moodle_mentorship.pairs import service as pairs
from moodle_mentorship.pairs.enums import (
    OPEN_STATES,
    USUAL_KINDS,
    Answer,
    EndReason,
    MentoringForm,
    MentoringKind,
    PairState,
    PauseReason,
    Side,
)
from moodle_mentorship.pairs.groups import errors, queries, service
from moodle_mentorship.pairs.models import MentoringGroup, Pair, Space
from moodle_mentorship.people.enums import StaffStatus
from moodle_mentorship.people.models import NBSP
from tests.conftest import NOW
from tests.factories import make_mentee, make_mentor, make_papers, make_person, make_school
from tests.pairs.conftest import ENDS, STARTS
from tests.pairs.groups.conftest import Several, make_several
from tests.pairs.test_service import at_once

TODAY = NOW.date()
BEGUN = NOW + timedelta(days=8)
LONGER: dict[str, Any] = {"ends_on": date(2027, 8, 31), "order_date": TODAY, "order_number": "200-ОД"}


def names(refused: errors.GroupNotPossible) -> list[tuple[str, object]]:
    return [(refusal.code, str(refusal.params.get("name")).replace(NBSP, " ")) for refusal in refused.refusals]


# Proposing ----------------------------------------------------------------------------------------------------------


def test_a_group_holds_one_place_and_every_mentee(several: Several) -> None:
    group = several.propose()
    assert (group.theme, group.form, group.kinds) == ("discipline", MentoringForm.TEACHERS, (MentoringKind.GROUP,))
    assert several.counted(group) == (4, 1)
    assert several.waiting() == ["paired"] * 4 + ["waiting"]
    assert {(pair.starts_on, pair.ends_on, pair.kinds) for pair in several.members(group)} == {
        (STARTS, ENDS, (MentoringKind.GROUP,))
    }


@pytest.mark.parametrize("number", [0, 2, 7])
def test_three_to_six(several: Several, number: int) -> None:
    people = [make_person(several.session, several.school.id, 900 + one, now=NOW) for one in range(number)]
    with pytest.raises(errors.GroupSize):
        several.propose(mentee_person_ids=[person.id for person in people])


def test_the_same_one_three_times_is_no_group(several: Several) -> None:
    with pytest.raises(errors.GroupSize):
        several.propose(several.mentees[0], several.mentees[0], several.mentees[0])


def test_who_cannot_be_a_member_is_named_and_nothing_is_proposed(several: Several) -> None:
    paired, leaving, late, away, fine = several.mentees
    banks.withdraw_mentee(several.session, several.curator, away.id, NOW)
    other = several.another_mentor(3)
    pairs.propose(
        several.session,
        several.curator,
        mentor_person_id=other.id,
        mentee_person_id=paired.id,
        starts_on=STARTS,
        ends_on=ENDS,
        now=NOW,
    )
    leaving.status, late.hire_date = StaffStatus.LEAVING, date(2027, 1, 11)
    several.session.commit()
    with pytest.raises(errors.GroupNotPossible) as refused:
        several.propose(paired, leaving, late, away, fine)
    assert names(refused.value) == [
        ("already_in_pair", "Белкина Я. Ю."),
        ("not_employed", "Волков Я. Ю."),
        ("before_hire_date", "Громова И. Ю."),
        ("not_waiting", "Дроздов Л. Ю."),
    ]
    assert several.session.scalar(select(func.count()).select_from(MentoringGroup)) == 0
    assert several.waiting() == ["paired", "waiting", "waiting", "withdrawn", "waiting"]
    assert several.session.scalars(select(Mentor.places_held).order_by(Mentor.id)).all() == [0, 1]


def test_what_is_wrong_with_the_mentor_is_said_once(several: Several) -> None:
    several.mentor.status = StaffStatus.LEAVING
    with pytest.raises(errors.GroupNotPossible) as refused:
        several.propose()
    assert names(refused.value) == [("not_employed", "Белова М. П.")]


def test_a_mentor_is_no_member_of_their_own_group(several: Several) -> None:
    make_mentee(several.session, several.mentor, NOW)
    with pytest.raises(errors.GroupNotPossible) as refused:
        several.propose(several.mentor, *several.mentees[:3])
    assert [refusal.code for refusal in refused.value.refusals] == ["oneself"]


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"theme": "astrology"}, errors.ThemeUnknown),
        ({"ends_on": STARTS - timedelta(days=1)}, pair_errors.PeriodReversed),
        ({"ends_on": date(2027, 9, 1)}, pair_errors.PeriodOutsideYear),
        ({"mentor_person_id": 10**6}, NotInMentorBank),
        ({"mentee_person_ids": [10**6, 10**6 + 1, 10**6 + 2]}, NotFound),
    ],
)
def test_what_is_refused_as_a_whole(several: Several, changes: dict[str, Any], refusal: type[DomainError]) -> None:
    with pytest.raises(refusal):
        several.propose(**changes)
    assert several.session.scalar(select(func.count()).select_from(MentoringGroup)) == 0


def test_a_group_needs_a_free_place_and_a_trained_mentor(several: Several) -> None:
    banks.require_training(several.session, several.curator, True, NOW)
    with pytest.raises(NotTrained):
        several.propose()
    banks.require_training(several.session, several.curator, False, NOW)
    several.session.execute(update(Mentor).values(capacity=0))
    with pytest.raises(NoFreePlace):
        several.propose()


def test_a_group_and_a_pair_need_two_places(several: Several) -> None:
    several.session.execute(update(Mentor).values(capacity=2))
    group = several.propose()
    pairs.propose(
        several.session,
        several.curator,
        mentor_person_id=several.mentor.id,
        mentee_person_id=several.mentees[4].id,
        starts_on=STARTS,
        ends_on=ENDS,
        now=NOW,
    )
    several.session.expire_all()
    assert several.session.scalars(select(Mentor.places_held)).one() == 2
    service.withdraw_group(several.session, several.curator, group.id, NOW)
    several.session.expire_all()
    assert several.session.scalars(select(Mentor.places_held)).one() == 1


def test_people_of_another_school_are_not_found(several: Several, other_several: Several) -> None:
    with pytest.raises(NotInMentorBank):
        several.propose(mentor_person_id=other_several.mentor.id)
    with pytest.raises(NotFound):
        several.propose(*several.mentees[:3], other_several.mentees[0])


# Joining ------------------------------------------------------------------------------------------------------------


def test_a_mentee_more_is_asked_for_what_is_left(several: Several) -> None:
    group = several.ordered()
    pair = service.add_member(
        several.session, several.curator, group.id, mentee_person_id=several.mentees[4].id, now=BEGUN
    )
    assert (pair.state, pair.starts_on, pair.ends_on) == (PairState.PROPOSED, BEGUN.date(), ENDS)
    assert (pair.group_id, pair.form, pair.kinds) == (group.id, group.form, group.kinds)
    assert several.counted(group) == (5, 1)
    several.say(pair)
    several.answer(group)
    assert several.states(group) == ["ordered"] * 4 + ["agreed"]


def test_who_cannot_join_and_why(several: Several) -> None:
    group = several.propose()
    with pytest.raises(errors.GroupNotPossible) as refused:
        service.add_member(several.session, several.curator, group.id, mentee_person_id=several.mentees[0].id, now=NOW)
    assert names(refused.value) == [("already_in_pair", "Белкина Я. Ю.")]
    with pytest.raises(pair_errors.NothingLeft):
        service.add_member(
            several.session,
            several.curator,
            group.id,
            mentee_person_id=several.mentees[4].id,
            now=NOW + timedelta(days=365),
        )
    several.session.execute(update(Mentor).values(state=MentorState.PAUSED))
    with pytest.raises(NoFreePlace):
        service.add_member(several.session, several.curator, group.id, mentee_person_id=several.mentees[4].id, now=NOW)
    assert several.counted(group) == (4, 1)


def test_nobody_joins_a_group_that_is_over(several: Several) -> None:
    group = several.propose()
    service.withdraw_group(several.session, several.curator, group.id, NOW)
    with pytest.raises(errors.GroupMovedOn):
        service.add_member(several.session, several.curator, group.id, mentee_person_id=several.mentees[4].id, now=NOW)
    assert several.counted(group) == (0, 0)
    assert several.waiting() == ["waiting"] * 5


def _counters(session: Session) -> tuple[int, int]:
    members = session.scalars(select(MentoringGroup.members_open)).one()
    return members, session.scalars(select(Mentor.places_held)).one()


def test_of_fifty_who_join_at_once_for_the_last_seat_one_wins(fresh_url: str) -> None:
    database = Database(fresh_url)
    with database.unit_of_work() as session:
        school = make_school(session, "Лицей № 7", issuer="https://moodle.example", now=NOW)
        several = make_several(session, school)
        group = several.propose(*several.mentees)
        people = [make_person(session, school.id, 1000 + number, now=NOW) for number in range(50)]
        for person in people:
            make_mentee(session, person, NOW)

    def join(mentee_id: int) -> str:
        with database.unit_of_work() as session:
            service.add_member(session, school.actor(), group.id, mentee_person_id=mentee_id, now=NOW)
        return "won"

    results = at_once([lambda id_=person.id: join(id_) for person in people])  # type: ignore[misc]
    assert sorted(results) == ["group_full"] * 49 + ["won"]
    with database.unit_of_work(read_only=True) as session:
        opened = session.scalar(select(func.count()).where(Pair.state.in_(OPEN_STATES)))
        held = _counters(session)
    database.engine.dispose()
    assert (opened, *held) == (6, 6, 1)


def test_all_leave_at_once_and_the_place_is_free_once(fresh_url: str) -> None:
    database = Database(fresh_url)
    with database.unit_of_work() as session:
        school = make_school(session, "Лицей № 7", issuer="https://moodle.example", now=NOW)
        several = make_several(session, school)
        group = several.propose(*several.mentees)
        members = [(pair.id, school.actor(pair.mentee, Role.MENTEE)) for pair in several.members(group)]

    def decline(pair_id: int, who: Actor) -> str:
        with database.unit_of_work() as session:
            pairs.answer(session, who, pair_id, Side.MENTEE, Answer.NO, NOW)
        return "left"

    def withdraw() -> str:
        with database.unit_of_work() as session:
            service.withdraw_group(session, school.actor(), group.id, NOW)
        return "withdrawn"

    results = at_once([*(lambda id_=id_, who=who: decline(id_, who) for id_, who in members), withdraw])
    assert set(results) <= {"left", "withdrawn", "answer_too_late"}
    with database.unit_of_work(read_only=True) as session:
        held = _counters(session)
    database.engine.dispose()
    assert held == (0, 0)


# Answers and orders -------------------------------------------------------------------------------------------------


def test_the_mentor_answers_once_for_all(several: Several) -> None:
    group = several.propose()
    first, second, *_ = several.members(group)
    several.say(first)
    several.say(second, Answer.NO)
    for _ in range(2):
        several.answer(group)
    assert several.states(group) == ["agreed", "declined", "proposed", "proposed"]
    assert several.counted(group) == (3, 1)
    assert several.waiting() == ["paired", "waiting", "paired", "paired", "waiting"]


def test_the_mentors_no_declines_all(several: Several) -> None:
    group = several.propose()
    for _ in range(2):
        several.answer(group, Answer.NO)
    assert several.states(group) == ["declined"] * 4
    assert several.counted(group) == (0, 0)
    with pytest.raises(pair_errors.AnswerTooLate):
        several.answer(group)


def test_only_the_mentor_answers_for_the_group(several: Several) -> None:
    group = several.propose()
    for who in (several.curator, several.school.actor(several.mentees[0], Role.MENTEE)):
        with pytest.raises(pair_errors.NotYourAnswer):
            service.answer_group(several.session, who, group.id, Answer.YES, NOW)


def test_one_order_fixes_all_who_agreed_and_says_who_is_left(several: Several) -> None:
    group = several.propose()
    members = several.members(group)
    for pair in members:
        make_papers(several.session, several.mentor, pair.mentee, NOW)
    for pair in members[:3]:
        several.say(pair)
    several.answer(group)
    done = several.order(group)
    assert ([pair.id for pair in done.fixed], [pair.id for pair in done.left]) == (
        [pair.id for pair in members[:3]],
        [members[3].id],
    )
    assert several.states(group) == ["ordered"] * 3 + ["proposed"]
    assert {(pair.order_number, pair.order_date) for pair in several.members(group)[:3]} == {("143-ОД", TODAY)}
    # The same again changes nothing; who agrees later is fixed by the same order.
    assert len(several.order(group).fixed) == 3
    several.say(members[3])
    assert (len(several.order(group).fixed), several.states(group)) == (4, ["ordered"] * 4)
    with pytest.raises(errors.GroupMovedOn):
        several.order(group, order_number="1-ОД")


def test_an_order_waits_for_the_papers_of_all_and_names_whose(several: Several) -> None:
    group = several.agreed()
    first, second, *_ = several.members(group)
    for pair in (first, second):
        several.session.execute(
            update(Consent)
            .where(Consent.person_id == pair.mentee_person_id)
            .values(ended_at=NOW, ended_why=EndedWhy.WITHDRAWN)
        )
    several.session.execute(update(Mentor).values(basis=None))
    with pytest.raises(pair_errors.PapersMissing) as refused:
        several.order(group)
    processing = "Processing of data: mentee"
    assert refused.value.errors == {
        several.mentor.short_name: ["Ground of the mentor's work"],
        first.mentee.short_name: [processing],
        second.mentee.short_name: [processing],
    }
    assert several.states(group) == ["agreed"] * 4


def test_an_order_with_an_impossible_day_fixes_nobody(several: Several) -> None:
    group = several.agreed()
    with pytest.raises(pair_errors.OrderDateUnlikely):
        several.order(group, order_date=date(2028, 1, 1))
    assert several.states(group) == ["agreed"] * 4


def test_one_order_extends_all_who_are_at_work(several: Several) -> None:
    group = several.ordered()
    first, *others = several.members(group)
    pairs.extend(several.session, several.curator, first.id, **LONGER, today=TODAY, now=NOW)
    sooner = LONGER | {"ends_on": date(2027, 6, 30), "order_number": "201-ОД"}
    for _ in range(2):
        service.extend_group(several.session, several.curator, group.id, **sooner, today=TODAY, now=NOW)
    several.session.expire_all()
    ends = [pair.ends_on for pair in several.members(group)]
    assert (ends, group.ends_on) == ([date(2027, 8, 31), *[date(2027, 6, 30)] * 3], date(2027, 6, 30))
    assert [len(pair_queries.extensions(several.session, several.school.id, pair.id)) for pair in others] == [1] * 3
    earlier = sooner | {"ends_on": STARTS}
    with pytest.raises(pair_errors.NotLonger):
        service.extend_group(several.session, several.curator, group.id, **earlier, today=TODAY, now=NOW)
    late = service.add_member(
        several.session, several.curator, group.id, mentee_person_id=several.mentees[4].id, now=NOW
    )
    assert late.ends_on == date(2027, 6, 30)


# The matrix ---------------------------------------------------------------------------------------------------------


def suspended(several: Several) -> MentoringGroup:
    group = several.ordered()
    for pair in several.members(group):
        pairs.suspend(
            several.session,
            several.curator,
            pair.id,
            reason=PauseReason.SCHOOL,
            from_on=STARTS,
            until_on=None,
            today=BEGUN.date(),
            now=BEGUN,
        )
    return group


def ended(several: Several) -> MentoringGroup:
    group = several.ordered()
    return service.end_group(several.session, Jobs(), several.curator, group.id, EndReason.COMPLETED, NOW)


def mixed(several: Several) -> MentoringGroup:
    """One of each: at work, agreed, proposed, declined."""
    group = several.propose()
    first, second, _third, fourth = several.members(group)
    make_papers(several.session, several.mentor, first.mentee, NOW)
    several.say(first)
    several.answer(group)
    several.order(group)
    make_papers(several.session, several.mentor, second.mentee, NOW)
    several.say(second)
    several.say(fourth, Answer.NO)
    return group


STATES: dict[str, Callable[[Several], MentoringGroup]] = {
    "proposed": Several.propose,
    "agreed": Several.agreed,
    "ordered": Several.ordered,
    "suspended": suspended,
    "mixed": mixed,
    "ended": ended,
    "declined": lambda several: several.answer(several.propose(), Answer.NO),
    "withdrawn": lambda several: service.withdraw_group(several.session, several.curator, several.propose().id, NOW),
}
ACTS: dict[str, Callable[[Several, int], object]] = {
    "answer": lambda several, id_: service.answer_group(several.session, several.leader, id_, Answer.YES, NOW),
    "add": lambda several, id_: service.add_member(
        several.session, several.curator, id_, mentee_person_id=several.mentees[4].id, now=NOW
    ),
    "order": lambda several, id_: service.order_group(
        several.session,
        Jobs(),
        several.curator,
        id_,
        order_date=TODAY,
        order_number="200-ОД",
        today=TODAY,
        now=NOW,
    ),
    "extend": lambda several, id_: service.extend_group(
        several.session, several.curator, id_, **LONGER, today=TODAY, now=NOW
    ),
    "warn": lambda several, id_: service.warn_group(
        several.session, several.curator, id_, warned_on=TODAY, may_end_on=None, today=TODAY, now=NOW
    ),
    "end": lambda several, id_: service.end_group(
        several.session, Jobs(), several.curator, id_, EndReason.AGREEMENT, BEGUN
    ),
    "refuse": lambda several, id_: service.refuse_group(several.session, Jobs(), several.leader, id_, BEGUN),
    "withdraw": lambda several, id_: service.withdraw_group(several.session, several.curator, id_, NOW),
    "replace": lambda several, id_: service.replace_mentor(
        several.session, Jobs(), several.curator, id_, mentor_person_id=several.school.teachers[1].id, now=BEGUN
    ),
}
P, A, R, S, E, D, W = "proposed", "agreed", "ordered", "suspended", "ended", "declined", "withdrawn"
# What each act makes of the members; what is not named is refused and changes nothing.
BECOMES: dict[tuple[str, str], list[str]] = {
    (P, "answer"): [P] * 4,
    (P, "add"): [P] * 5,
    (P, "withdraw"): [W] * 4,
    (P, "replace"): [W] * 4,
    (A, "answer"): [A] * 4,
    (A, "add"): [A] * 4 + [P],
    (A, "order"): [R] * 4,
    (A, "withdraw"): [W] * 4,
    (A, "replace"): [W] * 4,
    (R, "answer"): [R] * 4,
    (R, "add"): [R] * 4 + [P],
    (R, "extend"): [R] * 4,
    (R, "warn"): [R] * 4,
    (R, "end"): [E] * 4,
    (R, "refuse"): [E] * 4,
    (R, "replace"): [E] * 4,
    (S, "answer"): [S] * 4,
    (S, "add"): [S] * 4 + [P],
    (S, "extend"): [S] * 4,
    (S, "warn"): [S] * 4,
    (S, "end"): [E] * 4,
    (S, "refuse"): [E] * 4,
    (S, "replace"): [E] * 4,
    ("mixed", "answer"): [R, A, P, D],
    ("mixed", "add"): [R, A, P, D, P],
    ("mixed", "order"): [R, R, P, D],
    ("mixed", "extend"): [R, A, P, D],
    ("mixed", "warn"): [R, A, P, D],
    ("mixed", "end"): [E, W, W, D],
    ("mixed", "refuse"): [E, W, W, D],
    ("mixed", "withdraw"): [R, W, W, D],
    ("mixed", "replace"): [E, W, W, D],
    (E, "answer"): [E] * 4,
    (E, "end"): [E] * 4,
    (E, "refuse"): [E] * 4,
    (E, "withdraw"): [E] * 4,
    (D, "withdraw"): [D] * 4,
    (W, "withdraw"): [W] * 4,
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("act", ACTS)
def test_states_and_acts(several: Several, state: str, act: str) -> None:
    several.another_mentor()
    group = STATES[state](several)
    before = several.states(group)
    # A duty of the post here: no notice is needed.
    several.session.execute(update(Mentor).values(basis=Basis.JOB_DUTY))
    if (state, act) in BECOMES:
        ACTS[act](several, group.id)
        assert several.states(group) == BECOMES[state, act]
    else:
        with pytest.raises((errors.GroupMovedOn, pair_errors.AnswerTooLate)):
            ACTS[act](several, group.id)
        assert several.states(group) == before
    several.counted(group)


@pytest.mark.parametrize("act", ACTS)
def test_another_schools_group_is_not_found(several: Several, other_several: Several, act: str) -> None:
    group = other_several.ordered()
    several.another_mentor()
    with pytest.raises(NotFound):
        ACTS[act](several, group.id)
    assert other_several.states(group) == ["ordered"] * 4


# Endings ------------------------------------------------------------------------------------------------------------


def test_the_school_ends_a_group_after_one_notice(several: Several) -> None:
    group = several.ordered()
    end: dict[str, Any] = {"reason": EndReason.CANCELLED, "now": NOW}
    with pytest.raises(pair_errors.NoticeNeeded):
        service.end_group(several.session, Jobs(), several.curator, group.id, **end)
    service.warn_group(
        several.session, several.curator, group.id, warned_on=TODAY, may_end_on=None, today=TODAY, now=NOW
    )
    assert {(pair.warned_on, pair.may_end_on) for pair in several.members(group)} == {(TODAY, date(2026, 11, 28))}
    with pytest.raises(pair_errors.NoticeRuns):
        service.end_group(several.session, Jobs(), several.curator, group.id, **end)
    assert several.states(group) == ["ordered"] * 4
    service.end_group(several.session, Jobs(), several.curator, group.id, **(end | {"now": BEGUN}))
    assert {(pair.state, pair.end_reason) for pair in several.members(group)} == {
        (PairState.ENDED, EndReason.CANCELLED)
    }
    assert several.counted(group) == (0, 0)


def test_a_mentors_own_refusal_is_never_blocked(several: Several) -> None:
    group = several.ordered()
    with pytest.raises(pair_errors.NotYourAnswer):
        service.refuse_group(several.session, Jobs(), several.curator, group.id, NOW)
    service.refuse_group(several.session, Jobs(), several.leader, group.id, NOW)
    assert {pair.end_reason for pair in several.members(group)} == {EndReason.MENTOR_REFUSED}


def test_the_place_is_free_when_the_last_has_gone(several: Several) -> None:
    group = several.ordered()
    members = several.members(group)
    for left, pair in zip((3, 2, 1, 0), members, strict=True):
        pairs.end(several.session, Jobs(), several.curator, pair.id, EndReason.MENTEE_REFUSED, NOW)
        assert several.counted(group) == (left, int(left > 0))
        assert pairs.end(several.session, Jobs(), several.curator, pair.id, EndReason.AGREEMENT, NOW) is pair
    assert several.waiting() == ["waiting"] * 5


def test_who_gets_another_mentor_leaves_the_group(several: Several) -> None:
    other = several.another_mentor()
    group = several.ordered()
    several.session.execute(update(Mentor).values(basis=Basis.JOB_DUTY))
    pair = several.members(group)[0]
    new = pairs.replace(several.session, Jobs(), several.curator, pair.id, mentor_person_id=other.id, now=BEGUN)
    assert (new.group_id, new.kinds, new.replaces_pair_id) == (None, USUAL_KINDS, pair.id)
    assert several.counted(group) == (3, 1)
    assert several.session.scalars(select(Mentor.places_held).where(Mentor.person_id == other.id)).one() == 1


def test_a_departure_of_a_member_and_of_the_mentor(several: Several) -> None:
    group = several.ordered()
    gone = several.members(group)[0].mentee
    pairs.end_because_left(several.session, Jobs(), several.curator, gone.id, NOW)
    assert several.states(group) == ["ended", *["ordered"] * 3]
    assert several.counted(group) == (3, 1)
    pairs.end_because_left(several.session, Jobs(), several.curator, several.mentor.id, NOW)
    assert several.counted(group) == (0, 0)
    assert {pair.end_reason for pair in several.members(group)} == {EndReason.MENTEE_LEFT, EndReason.MENTOR_LEFT}
    assert several.waiting() == ["withdrawn", *["waiting"] * 4]


# Another mentor -----------------------------------------------------------------------------------------------------


def test_another_mentor_takes_the_whole_group(several: Several) -> None:
    other = several.another_mentor()
    group = mixed(several)
    several.session.execute(update(Mentor).values(basis=Basis.JOB_DUTY))
    new = service.replace_mentor(
        several.session, Jobs(), several.curator, group.id, mentor_person_id=other.id, now=BEGUN
    )
    assert (new.theme, new.mentor_person_id, new.starts_on, new.ends_on) == (group.theme, other.id, BEGUN.date(), ENDS)
    before, after = several.members(group), several.members(new)
    assert [(pair.replaces_pair_id, pair.mentee_person_id) for pair in after] == [
        (pair.id, pair.mentee_person_id) for pair in before[:3]
    ]
    assert several.states(new) == ["proposed"] * 3
    assert (several.counted(group), several.counted(new)) == ((0, 0), (3, 1))


def test_a_replacement_that_cannot_be_changes_nothing(several: Several) -> None:
    other = several.another_mentor(0)
    group = several.ordered()

    def replace(mentor_id: int, now: Any = BEGUN) -> None:
        service.replace_mentor(several.session, Jobs(), several.curator, group.id, mentor_person_id=mentor_id, now=now)

    with pytest.raises(pair_errors.NoticeNeeded):
        replace(other.id)
    several.session.execute(update(Mentor).values(basis=Basis.JOB_DUTY))
    with pytest.raises(NoFreePlace):
        replace(other.id)
    with pytest.raises(pair_errors.SameMentor):
        replace(several.mentor.id)
    with pytest.raises(NotFound):
        replace(10**6)
    with pytest.raises(pair_errors.NothingLeft):
        replace(other.id, NOW + timedelta(days=365))
    assert several.states(group) == ["ordered"] * 4
    assert several.counted(group) == (4, 1)


# What the database keeps --------------------------------------------------------------------------------------------


def add(several: Several, **changes: Any) -> MentoringGroup:
    values: dict[str, Any] = {
        "school_id": several.school.id,
        "mentor_person_id": several.mentor.id,
        "theme": "discipline",
        "starts_on": STARTS,
        "ends_on": ENDS,
        "form": MentoringForm.TEACHERS,
        "kinds": (MentoringKind.GROUP,),
        "created_at": NOW,
    }
    group = MentoringGroup(**(values | changes))
    with several.session.begin_nested():
        several.session.add(group)
    return group


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"members_open": 7}, "ck_mentoring_group_members"),
        ({"members_open": -1}, "ck_mentoring_group_members"),
        ({"ends_on": STARTS - timedelta(days=1)}, "ck_mentoring_group_period"),
        ({"kinds": (MentoringKind.REMOTE,)}, "ck_mentoring_group_kind"),
    ],
)
def test_what_cannot_be_is_refused(several: Several, changes: dict[str, Any], constraint: str) -> None:
    with pytest.raises(IntegrityError, match=constraint):
        add(several, **changes)


def test_a_group_stays_in_its_school(several: Several, other_several: Several) -> None:
    with pytest.raises(IntegrityError):
        add(several, mentor_person_id=other_several.mentor.id)


def test_a_member_has_the_groups_mentor_and_kind(several: Several, session: Session) -> None:
    other = several.another_mentor()
    group = add(several)
    member: dict[str, Any] = {
        "school_id": several.school.id,
        "mentor_person_id": several.mentor.id,
        "mentee_person_id": several.mentees[0].id,
        "group_id": group.id,
        "kinds": (MentoringKind.GROUP,),
        "starts_on": STARTS,
        "ends_on": ENDS,
        "proposed_at": NOW,
    }
    for changes in ({"mentor_person_id": other.id}, {"kinds": USUAL_KINDS}, {"group_id": 10**6}):
        with pytest.raises(IntegrityError), session.begin_nested():
            session.add(Pair(space=Space(school_id=several.school.id), **(member | changes)))
    with session.begin_nested():
        session.add(Pair(space=Space(school_id=several.school.id), **member))


def test_a_member_works_in_a_group_whatever_is_ticked(several: Several) -> None:
    pair = several.members(several.propose())[0]
    pairs.describe(several.session, several.curator, pair.id, form=pair.form, kinds=[MentoringKind.REMOTE], now=NOW)
    assert pair.kinds == (MentoringKind.REMOTE, MentoringKind.GROUP)


def test_a_group_is_found_in_its_school_alone(several: Several, other_several: Several) -> None:
    group = several.propose()
    with pytest.raises(NotFound):
        queries.group_of(several.session, other_several.school.id, group.id)
    assert queries.members(several.session, other_several.school.id, group.id) == []
    make_mentor(other_several.session, other_several.school.teachers[1], NOW)
    with pytest.raises(NotFound):
        service.add_member(
            several.session, several.curator, group.id, mentee_person_id=other_several.mentees[4].id, now=NOW
        )


def test_the_members_share_one_place_in_moodle(several: Several) -> None:
    group = several.ordered()
    late = service.add_member(
        several.session, several.curator, group.id, mentee_person_id=several.mentees[4].id, now=NOW
    )
    [space_id] = {pair.space_id for pair in several.members(group)}
    assert late.space_id == space_id
    streams = set(several.session.scalars(select(OutboxItem.stream)))
    assert streams == {pairs.stream_of(space_id)}
