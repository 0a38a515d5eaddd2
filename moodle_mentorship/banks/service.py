"""Verbs of the banks: enter, change the number of places, leave; and the places that pairs hold."""

from datetime import datetime
from typing import Any, TypeVar, cast

from sqlalchemy import CursorResult, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from moodle_mentorship.banks import errors, queries
from moodle_mentorship.banks.enums import MenteeState, MentorState
from moodle_mentorship.banks.models import MAX_CAPACITY, Mentee, Mentor
from moodle_mentorship.core.actor import Actor
from moodle_mentorship.core.audit import record
from moodle_mentorship.core.errors import NotFound
from moodle_mentorship.people.enums import StaffStatus
from moodle_mentorship.people.models import Person

Entry = TypeVar("Entry", Mentee, Mentor)


def add_mentee(session: Session, actor: Actor, person_id: int, now: datetime) -> Mentee:
    """Put a member of staff into the bank of mentees.

    Who is in it already stays as they are; who was withdrawn gets the same entry back.
    """
    _active_person(session, actor.school_id, person_id)
    mentee = _entry(session, Mentee, actor.school_id, person_id)
    if mentee is None:
        mentee = _insert(
            session,
            Mentee(
                school_id=actor.school_id,
                person_id=person_id,
                state=MenteeState.WAITING,
                state_since=now,
                entered_at=now,
            ),
        )
    elif mentee.state is MenteeState.WITHDRAWN:
        mentee.state, mentee.state_since, mentee.entered_at = MenteeState.WAITING, now, now
    else:
        return mentee
    record(session, actor, "mentee.add", "person", person_id, now)
    session.flush()
    return mentee


def add_mentor(session: Session, actor: Actor, person_id: int, capacity: int, now: datetime) -> Mentor:
    """Put a member of staff into the bank of mentors with 1 to 3 places.

    Who is in it already gets the new number of places; who was withdrawn gets the same entry back.
    """
    _active_person(session, actor.school_id, person_id)
    _check_capacity(capacity)
    mentor = _entry(session, Mentor, actor.school_id, person_id)
    if mentor is None:
        mentor = _insert(
            session,
            Mentor(
                school_id=actor.school_id,
                person_id=person_id,
                state=MentorState.AVAILABLE,
                state_since=now,
                entered_at=now,
                capacity=capacity,
                places_held=0,
            ),
        )
    elif mentor.state is MentorState.WITHDRAWN:
        mentor.state, mentor.state_since, mentor.entered_at = MentorState.AVAILABLE, now, now
        mentor.capacity = capacity
    else:
        return change_capacity(session, actor, person_id, capacity, now)
    record(session, actor, "mentor.add", "person", person_id, now, capacity=capacity)
    session.flush()
    return mentor


def change_capacity(session: Session, actor: Actor, person_id: int, capacity: int, now: datetime) -> Mentor:
    """Give a mentor 1 to 3 places, not fewer than open pairs hold (`CapacityBelowHeld`).

    One conditional statement: a proposal that takes a place at the same moment can't slip in between.
    """
    _check_capacity(capacity)
    changed = _changed(
        session,
        update(Mentor)
        .where(
            Mentor.school_id == actor.school_id,
            Mentor.person_id == person_id,
            Mentor.state == MentorState.AVAILABLE,
            Mentor.places_held <= capacity,
        )
        .values(capacity=capacity),
    )
    mentor = _present_mentor(session, actor.school_id, person_id)
    if not changed:
        raise errors.CapacityBelowHeld(held=mentor.places_held, capacity=capacity)
    record(session, actor, "mentor.change_capacity", "person", person_id, now, capacity=capacity)
    session.flush()
    return mentor


def withdraw_mentee(session: Session, actor: Actor, person_id: int, now: datetime) -> Mentee:
    """Take a person out of the bank of mentees; refused while an open pair holds them (`MenteeHasPair`)."""
    withdrawn = _changed(
        session,
        update(Mentee)
        .where(Mentee.school_id == actor.school_id, Mentee.person_id == person_id, Mentee.state == MenteeState.WAITING)
        .values(state=MenteeState.WITHDRAWN, state_since=now),
    )
    mentee = _entry(session, Mentee, actor.school_id, person_id)
    if mentee is None:
        raise errors.NotInMenteeBank()
    if not withdrawn:
        if mentee.state is MenteeState.PAIRED:
            raise errors.MenteeHasPair(name=mentee.person.short_name)
        return mentee
    record(session, actor, "mentee.withdraw", "person", person_id, now)
    session.flush()
    return mentee


def withdraw_mentor(session: Session, actor: Actor, person_id: int, now: datetime) -> Mentor:
    """Take a person out of the bank of mentors; refused while open pairs hold places (`MentorHasPairs`)."""
    withdrawn = _changed(
        session,
        update(Mentor)
        .where(
            Mentor.school_id == actor.school_id,
            Mentor.person_id == person_id,
            Mentor.state == MentorState.AVAILABLE,
            Mentor.places_held == 0,
        )
        .values(state=MentorState.WITHDRAWN, state_since=now),
    )
    mentor = _entry(session, Mentor, actor.school_id, person_id)
    if mentor is None:
        raise errors.NotInMentorBank()
    if not withdrawn:
        if mentor.state is MentorState.AVAILABLE:
            raise errors.MentorHasPairs(name=mentor.person.short_name, held=mentor.places_held)
        return mentor
    record(session, actor, "mentor.withdraw", "person", person_id, now)
    session.flush()
    return mentor


def hold_place(session: Session, school_id: int, mentor_person_id: int, mentee_person_id: int, now: datetime) -> None:
    """Hold a place of the mentor for the mentee, in the unit of work that makes the pair.

    Raises `NotInMentorBank`, `NoFreePlace`, `NotInMenteeBank`, `AlreadyInPair`; the caller's unit of work is then
    rolled back. The two statements are conditional, so the database lets one of two simultaneous callers win; all
    callers take mentor before mentee, so they can't wait for each other in a ring.
    """
    held = _changed(
        session,
        update(Mentor)
        .where(Mentor.school_id == school_id, Mentor.person_id == mentor_person_id, queries.has_free_place())
        .values(places_held=Mentor.places_held + 1),
    )
    if not held:
        mentor = _present_mentor(session, school_id, mentor_person_id)
        raise errors.NoFreePlace(name=mentor.person.short_name)
    taken = _changed(
        session,
        update(Mentee)
        .where(
            Mentee.school_id == school_id,
            Mentee.person_id == mentee_person_id,
            Mentee.state == MenteeState.WAITING,
        )
        .values(state=MenteeState.PAIRED, state_since=now),
    )
    if not taken:
        mentee = _entry(session, Mentee, school_id, mentee_person_id)
        if mentee is None or mentee.state is MenteeState.WITHDRAWN:
            raise errors.NotInMenteeBank()
        raise errors.AlreadyInPair(name=mentee.person.short_name)


def free_place(session: Session, school_id: int, mentor_person_id: int, mentee_person_id: int, now: datetime) -> None:
    """Give the place back and let the mentee wait again, in the unit of work that closes the pair."""
    _changed(
        session,
        update(Mentor)
        .where(Mentor.school_id == school_id, Mentor.person_id == mentor_person_id)
        .values(places_held=Mentor.places_held - 1),
    )
    _changed(
        session,
        update(Mentee)
        .where(Mentee.school_id == school_id, Mentee.person_id == mentee_person_id, Mentee.state == MenteeState.PAIRED)
        .values(state=MenteeState.WAITING, state_since=now),
    )


def _active_person(session: Session, school_id: int, person_id: int) -> Person:
    # Shared lock: a departure that is confirmed at this moment comes before or after this act, not into it.
    person = session.scalar(
        select(Person).where(Person.school_id == school_id, Person.id == person_id).with_for_update(read=True)
    )
    if person is None:
        raise NotFound(f"person {person_id}")
    # Somebody whose departure awaits confirmation keeps what they have, but takes up nothing new.
    if not person.employed or person.status is not StaffStatus.ACTIVE:
        raise errors.NotEmployed(name=person.short_name)
    return person


def _check_capacity(capacity: int) -> None:
    if not 1 <= capacity <= MAX_CAPACITY:
        raise ValueError(f"a mentor has 1 to {MAX_CAPACITY} places, not {capacity}")


def _entry(session: Session, entry: type[Entry], school_id: int, person_id: int) -> Entry | None:
    """The row as the database has it now, whatever a statement has changed behind the session's back."""
    return session.scalar(
        select(entry)
        .where(entry.school_id == school_id, entry.person_id == person_id)
        .execution_options(populate_existing=True)
    )


def _present_mentor(session: Session, school_id: int, person_id: int) -> Mentor:
    mentor = _entry(session, Mentor, school_id, person_id)
    if mentor is None or mentor.state is MentorState.WITHDRAWN:
        raise errors.NotInMentorBank()
    return mentor


def _insert(session: Session, row: Entry) -> Entry:
    """Add the row, or return the one that a simultaneous request has added meanwhile."""
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        present = _entry(session, type(row), row.school_id, row.person_id)
        if present is None:
            raise
        return present
    return row


def _changed(session: Session, statement: Any) -> bool:
    result = cast("CursorResult[Any]", session.execute(statement.execution_options(synchronize_session=False)))
    return bool(result.rowcount)
