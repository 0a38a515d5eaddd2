"""Verbs of the banks, always with a second school beside."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from moodle_mentorship.banks import errors, queries, service
from moodle_mentorship.banks.enums import MenteeState, MentorState
from moodle_mentorship.banks.models import Mentee, Mentor
from moodle_mentorship.core.actor import Role, RoleSources
from moodle_mentorship.core.audit import AuditEvent
from moodle_mentorship.core.errors import NotFound
from moodle_mentorship.people.enums import StaffStatus
from tests.conftest import NOW
from tests.factories import TestSchool, make_mentee, make_mentor

LATER = NOW + timedelta(days=3)


def roles_of(session: Session, school_id: int, person_id: int) -> list[Role]:
    sources = RoleSources()
    sources.add(queries.role_of(Mentee))
    sources.add(queries.role_of(Mentor))
    return sorted(sources.roles_of(session, school_id, person_id))


def journal(session: Session) -> list[tuple[str, int | None, dict[str, Any]]]:
    rows = session.scalars(select(AuditEvent).order_by(AuditEvent.id))
    return [(row.action, row.object_id, row.details) for row in rows]


def test_a_mentee_enters_and_waits(session: Session, school: TestSchool, other_school: TestSchool) -> None:
    person = school.teachers[1]
    mentee = service.add_mentee(session, school.actor(), person.id, NOW)
    assert (mentee.school_id, mentee.person_id, mentee.state) == (school.id, person.id, MenteeState.WAITING)
    assert roles_of(session, school.id, person.id) == [Role.MENTEE]
    assert roles_of(session, other_school.id, person.id) == []
    assert journal(session) == [("mentee.add", person.id, {"why": "curator", "by": "curator"})]


def test_adding_a_mentee_again_changes_nothing(session: Session, school: TestSchool) -> None:
    first = service.add_mentee(session, school.actor(), school.teachers[1].id, NOW)
    again = service.add_mentee(session, school.actor(), school.teachers[1].id, LATER)
    assert (again.id, again.entered_at, len(journal(session))) == (first.id, NOW, 1)


def test_a_withdrawn_mentee_gets_the_same_entry_back(session: Session, school: TestSchool) -> None:
    person = school.teachers[1]
    first = service.add_mentee(session, school.actor(), person.id, NOW)
    withdrawn = service.withdraw_mentee(session, school.actor(), person.id, LATER)
    assert (withdrawn.state, withdrawn.state_since) == (MenteeState.WITHDRAWN, LATER)
    assert roles_of(session, school.id, person.id) == []
    again = service.add_mentee(session, school.actor(), person.id, LATER)
    assert (again.id, again.state, again.entered_at) == (first.id, MenteeState.WAITING, LATER)


def test_a_withdrawn_mentor_gets_the_same_entry_back(session: Session, school: TestSchool) -> None:
    person = school.teachers[0]
    first = service.add_mentor(session, school.actor(), person.id, 3, NOW)
    assert roles_of(session, school.id, person.id) == [Role.MENTOR]
    withdrawn = service.withdraw_mentor(session, school.actor(), person.id, LATER)
    assert withdrawn.state is MentorState.LEFT
    assert roles_of(session, school.id, person.id) == []
    again = service.add_mentor(session, school.actor(), person.id, 1, LATER)
    assert (again.id, again.state, again.capacity, again.places_held) == (first.id, MentorState.AVAILABLE, 1, 0)


def test_adding_a_mentor_again_gives_the_new_number_of_places(session: Session, school: TestSchool) -> None:
    person = school.teachers[0]
    service.add_mentor(session, school.actor(), person.id, 1, NOW)
    assert service.add_mentor(session, school.actor(), person.id, 2, LATER).capacity == 2
    assert journal(session) == [
        ("mentor.add", person.id, {"capacity": 1, "why": "curator", "by": "curator"}),
        ("mentor.change_capacity", person.id, {"capacity": 2}),
    ]


def test_places_are_not_fewer_than_pairs_hold(session: Session, school: TestSchool) -> None:
    make_mentor(session, school.teachers[0], NOW, capacity=3, places_held=2)
    assert service.change_capacity(session, school.actor(), school.teachers[0].id, 2, NOW).capacity == 2
    with pytest.raises(errors.CapacityBelowHeld) as refusal:
        service.change_capacity(session, school.actor(), school.teachers[0].id, 1, NOW)
    assert refusal.value.params == {"held": 2, "capacity": 1}
    assert session.scalars(select(Mentor.capacity)).all() == [2]


@pytest.mark.parametrize("capacity", [0, 4])
def test_a_mentor_has_one_to_three_places(session: Session, school: TestSchool, capacity: int) -> None:
    with pytest.raises(ValueError, match="1 to 3"):
        service.add_mentor(session, school.actor(), school.teachers[0].id, capacity, NOW)


def test_who_is_in_an_open_pair_is_not_taken_out(session: Session, school: TestSchool) -> None:
    mentor, mentee = school.teachers[:2]
    make_mentor(session, mentor, NOW, capacity=2, places_held=1)
    make_mentee(session, mentee, NOW, MenteeState.PAIRED)
    with pytest.raises(errors.MentorHasPairs) as refusal:
        service.withdraw_mentor(session, school.actor(), mentor.id, NOW)
    assert refusal.value.params == {"name": mentor.short_name, "held": 1}
    with pytest.raises(errors.MenteeHasPair):
        service.withdraw_mentee(session, school.actor(), mentee.id, NOW)


def test_taking_out_again_changes_nothing(session: Session, school: TestSchool) -> None:
    person = school.teachers[0]
    make_mentor(session, person, NOW)
    make_mentee(session, person, NOW)
    for _ in range(2):
        assert service.withdraw_mentor(session, school.actor(), person.id, LATER).state_since == LATER
        assert service.withdraw_mentee(session, school.actor(), person.id, LATER).state_since == LATER
    assert [action for action, *_ in journal(session)] == ["mentor.withdraw", "mentee.withdraw"]


@pytest.mark.parametrize("change", [{"status": StaffStatus.LEFT}, {"status": StaffStatus.LEAVING}, {"suspended": True}])
def test_only_who_works_here_enters(session: Session, school: TestSchool, change: dict[str, Any]) -> None:
    person = school.teachers[2]
    for key, value in change.items():
        setattr(person, key, value)
    session.flush()
    with pytest.raises(errors.NotEmployed):
        service.add_mentee(session, school.actor(), person.id, NOW)
    with pytest.raises(errors.NotEmployed):
        service.add_mentor(session, school.actor(), person.id, 1, NOW)
    assert (session.scalars(select(Mentee)).all(), session.scalars(select(Mentor)).all()) == ([], [])


VERBS: dict[str, Callable[..., object]] = {
    "add_mentee": lambda s, a, p: service.add_mentee(s, a, p, NOW),
    "add_mentor": lambda s, a, p: service.add_mentor(s, a, p, 1, NOW),
    "change_capacity": lambda s, a, p: service.change_capacity(s, a, p, 2, NOW),
    "withdraw_mentee": lambda s, a, p: service.withdraw_mentee(s, a, p, NOW),
    "withdraw_mentor": lambda s, a, p: service.withdraw_mentor(s, a, p, NOW),
}


@pytest.mark.parametrize("verb", VERBS)
def test_another_school_is_out_of_reach(
    session: Session, school: TestSchool, other_school: TestSchool, verb: str
) -> None:
    stranger = other_school.teachers[0]
    make_mentee(session, stranger, NOW)
    make_mentor(session, stranger, NOW)
    with pytest.raises(NotFound):
        VERBS[verb](session, school.actor(), stranger.id)
    assert (
        session.scalars(select(Mentee.state)).all(),
        [(row.state, row.capacity) for row in session.scalars(select(Mentor))],
    ) == ([MenteeState.WAITING], [(MentorState.AVAILABLE, 1)])


def test_a_place_is_held_and_freed(session: Session, school: TestSchool) -> None:
    mentor, mentee = school.teachers[:2]
    make_mentor(session, mentor, NOW)
    make_mentee(session, mentee, NOW)
    service.hold_place(session, school.id, mentor.id)
    service.take_mentee(session, school.actor(), mentee.id, NOW)
    session.expire_all()
    assert queries.counts(session, school.id) == queries.Counts(0, 1, 1, 1, 1)
    service.free_place(session, school.id, mentor.id)
    service.free_mentee(session, school.actor(), mentee.id, LATER)
    assert queries.counts(session, school.id) == queries.Counts(1, 0, 1, 1, 0)


def test_marks_name_who_stands_in_a_bank(session: Session, school: TestSchool, other_school: TestSchool) -> None:
    both, waiting, gone = school.teachers[:3]
    make_mentor(session, both, NOW)
    make_mentee(session, both, NOW)
    make_mentee(session, waiting, NOW)
    make_mentee(session, gone, NOW, MenteeState.WITHDRAWN)
    ids = [person.id for person in school.teachers]
    assert queries.marks(session, school.id, ids) == {
        both.id: ["in the bank of mentees", "in the bank of mentors"],
        waiting.id: ["in the bank of mentees"],
    }
    assert queries.marks(session, other_school.id, ids) == {}
    assert sorted(session.scalars(queries.mentee_ids(school.id))) == sorted([both.id, waiting.id])
    assert session.scalars(queries.mentor_ids(school.id)).all() == [both.id]
