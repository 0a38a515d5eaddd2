"""Verbs of the two registers: the steps of `banks.steps`, places, and the places that pairs hold."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Generic, TypeVar, cast

from sqlalchemy import CursorResult, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from moodle_mentorship.banks import errors, queries
from moodle_mentorship.banks.enums import (
    MENTEES_IN_BANK,
    MENTEES_ON_THE_WAY,
    MENTORS_APPLYING,
    MENTORS_IN_BANK,
    Bank,
    Basis,
    By,
    MenteeAct,
    MenteeState,
    MentorAct,
    MentorState,
    Why,
)
from moodle_mentorship.banks.models import MAX_CAPACITY, BankStep, Mentee, Mentor
from moodle_mentorship.banks.steps import MENTEE_STEPS, MENTOR_STEPS, Act, State, Step
from moodle_mentorship.consents.queries import open_ground
from moodle_mentorship.core.actor import Actor, Role
from moodle_mentorship.core.audit import record
from moodle_mentorship.core.clock import local_date
from moodle_mentorship.core.errors import Forbidden, NotFound
from moodle_mentorship.core.grounds import Purpose
from moodle_mentorship.people.enums import StaffStatus
from moodle_mentorship.people.models import Person
from moodle_mentorship.school.queries import school_of
from moodle_mentorship.surveys.enums import Kind
from moodle_mentorship.surveys.errors import NothingPublished
from moodle_mentorship.surveys.models import Response
from moodle_mentorship.surveys.queries import latest_answers
from moodle_mentorship.surveys.ready import CAPACITY, HELP_NEEDED, LEVELS, NEED, OFFER
from moodle_mentorship.surveys.service import ask

# How long a person has for the questionnaire that opens to them with the consent.
TIME_TO_ANSWER = timedelta(days=14)

Entry = TypeVar("Entry", Mentee, Mentor)


@dataclass(frozen=True)
class _Register(Generic[Act, State]):
    """What the two registers do alike, in their own words."""

    bank: Bank
    steps: Mapping[Act, Step[State]]
    absent: type[NotFound]
    # The first word of the journal's actions.
    journal: str


_MENTEES = _Register(Bank.MENTEES, MENTEE_STEPS, errors.NotInMenteeBank, "mentee")
_MENTORS = _Register(Bank.MENTORS, MENTOR_STEPS, errors.NotInMentorBank, "mentor")


# Mentees ------------------------------------------------------------------------------------------------------------


def add_mentee(session: Session, actor: Actor, person_id: int, now: datetime, why: Why = Why.CURATOR) -> Mentee:
    """Put a member of staff into the bank of mentees, past all that lies on the way there; the reason is kept.

    Who is in it already stays as they are; who was withdrawn gets the same entry back. Raises `SaidNo`.
    """
    _active_person(session, actor.school_id, person_id)
    return _mentee(session, actor, person_id, MenteeAct.ADD, why, now)


def invite_mentee(session: Session, actor: Actor, person_id: int, now: datetime, why: Why = Why.CURATOR) -> Mentee:
    """Offer somebody a mentor, and say why. Who is on the way or in the bank stays where they are. Raises `SaidNo`."""
    _active_person(session, actor.school_id, person_id)
    return _mentee(session, actor, person_id, MenteeAct.INVITE, why, now)


def ask_for_mentor(session: Session, actor: Actor, now: datetime) -> Mentee:
    """The person asks for a mentor themselves; an earlier refusal is forgotten."""
    person_id = _oneself(actor)
    _active_person(session, actor.school_id, person_id)
    return _mentee(session, actor, person_id, MenteeAct.ASK, Why.OWN_WISH, now)


def assess_mentee(session: Session, actor: Actor, person_id: int, now: datetime) -> Mentee:
    """The curator has found out in a talk what the person needs."""
    return _mentee(session, actor, person_id, MenteeAct.ASSESS, Why.CURATOR, now)


def complete_mentee(session: Session, actor: Actor, person_id: int, now: datetime) -> Mentee:
    """Who had a mentor needs none any more; the entry stays."""
    return _mentee(session, actor, person_id, MenteeAct.COMPLETE, Why.CURATOR, now)


def withdraw_mentee(session: Session, actor: Actor, person_id: int, now: datetime) -> Mentee:
    """Take a person out of the bank of mentees, or oneself: who says no is not asked again in this school year, unless
    they ask. Refused while an open pair holds them (`MenteeHasPair`)."""
    why = Why.OWN_WISH if actor.person_id == person_id else Why.CURATOR
    return _mentee(session, actor, person_id, MenteeAct.WITHDRAW, why, now)


def _mentee(
    session: Session, actor: Actor, person_id: int, act: MenteeAct, why: Why, now: datetime, by: By | None = None
) -> Mentee:
    mentee = _entry(session, Mentee, actor.school_id, person_id, lock=True)
    by = by or _by(actor, person_id, MENTEE_STEPS[act])
    if act in (MenteeAct.ADD, MenteeAct.INVITE):
        _respect_refusal(session, mentee)
    if act is MenteeAct.WITHDRAW and mentee is not None and mentee.state is MenteeState.PAIRED:
        raise errors.MenteeHasPair(name=mentee.person.short_name)
    before = None if mentee is None else mentee.state
    after = _after(_MENTEES, act, before, mentee)
    if after is None:
        assert mentee is not None
        return mentee
    if mentee is None:
        row = Mentee(school_id=actor.school_id, person_id=person_id, state=after, state_since=now, entered_at=now)
        mentee = _insert(session, row)
        if mentee is not row:
            return mentee
    else:
        entered = now if before in (MenteeState.WITHDRAWN, MenteeState.COMPLETED) else mentee.entered_at
        mentee.state, mentee.state_since, mentee.entered_at = after, now, entered
    if act is MenteeAct.WITHDRAW and by is By.ONESELF:
        mentee.refused_year = school_of(session, actor.school_id).year_start
    elif act is MenteeAct.ASK:
        mentee.refused_year = None
    _keep(session, actor, _MENTEES, person_id, before, act, after, why, by, now)
    if after is MenteeState.INVITED and open_ground(session, actor.school_id, person_id, Purpose.MENTEE_PROFILE):
        # Consented before they were asked (last year's consent still holds).
        ground_given(session, actor, person_id, Purpose.MENTEE_PROFILE, now)
    return mentee


# Mentors ------------------------------------------------------------------------------------------------------------


def add_mentor(session: Session, actor: Actor, person_id: int, capacity: int, now: datetime) -> Mentor:
    """Put a member of staff into the bank of mentors with 1 to 3 places, past all that lies on the way there.

    Who is in it already gets the new number of places; who left gets the same entry back. Raises `SaidNo`.
    """
    _active_person(session, actor.school_id, person_id)
    _check_capacity(capacity)
    _by(actor, person_id, MENTOR_STEPS[MentorAct.ADD])
    mentor = _entry(session, Mentor, actor.school_id, person_id, lock=True)
    if mentor is not None and mentor.state is MentorState.AVAILABLE:
        return change_capacity(session, actor, person_id, capacity, now)
    return _mentor(session, actor, person_id, MentorAct.ADD, Why.CURATOR, now, capacity=capacity)


def invite_mentor(session: Session, actor: Actor, person_id: int, now: datetime) -> Mentor:
    """Offer somebody to be a mentor; nothing of them is processed until they agree. Who is on the way or in the bank
    stays where they are. Raises `SaidNo`."""
    _active_person(session, actor.school_id, person_id)
    return _mentor(session, actor, person_id, MentorAct.INVITE, Why.CURATOR, now, capacity=1)


def apply_as_mentor(session: Session, actor: Actor, now: datetime) -> Mentor:
    """The person offers to be a mentor, or agrees to it when invited; an earlier refusal is forgotten. Who is in the
    bank or has applied stays where they are.

    One place until the questionnaire about the offer says how many (`answered`): nobody says it twice.
    """
    person_id = _oneself(actor)
    _active_person(session, actor.school_id, person_id)
    mentor = _mentor(session, actor, person_id, MentorAct.APPLY, Why.OWN_WISH, now, capacity=1)
    if open_ground(session, actor.school_id, person_id, Purpose.MENTOR_PROFILE):
        _ask(session, actor, OFFER, person_id, now)
    return mentor


def check_mentor(session: Session, actor: Actor, person_id: int, now: datetime) -> Mentor:
    """The curator has looked at the application."""
    return _mentor(session, actor, person_id, MentorAct.CHECK, Why.CURATOR, now)


def train_mentor(session: Session, actor: Actor, person_id: int, today: date, now: datetime) -> Mentor:
    """The mentor was trained; the day is kept, whatever becomes of the entry."""
    mentor = _mentor(session, actor, person_id, MentorAct.TRAIN, Why.CURATOR, now)
    mentor.trained_on = mentor.trained_on or today
    session.flush()
    return mentor


def open_mentor(session: Session, actor: Actor, person_id: int, now: datetime) -> Mentor:
    """From now on mentees may be proposed to the mentor; without training too."""
    return _mentor(session, actor, person_id, MentorAct.OPEN, Why.CURATOR, now)


def pause_mentor(session: Session, actor: Actor, person_id: int, now: datetime) -> Mentor:
    """No new mentees for now; those whom the mentor has stay."""
    return _mentor(session, actor, person_id, MentorAct.PAUSE, _wish(actor, person_id), now)


def resume_mentor(session: Session, actor: Actor, person_id: int, now: datetime) -> Mentor:
    """The pause is over."""
    return _mentor(session, actor, person_id, MentorAct.RESUME, _wish(actor, person_id), now)


def withdraw_mentor(session: Session, actor: Actor, person_id: int, now: datetime) -> Mentor:
    """Take a person out of the bank of mentors, or oneself: no reason is asked for, nothing follows from it, and who
    says no is not asked again in this school year, unless they apply.

    Refused while open pairs hold places (`MentorHasPairs`).
    """
    return _mentor(session, actor, person_id, MentorAct.WITHDRAW, _wish(actor, person_id), now)


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
            Mentor.state != MentorState.LEFT,
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


def set_basis(session: Session, actor: Actor, person_id: int, basis: Basis, now: datetime) -> Mentor:
    """Say on what the mentor does this work. The same again changes nothing."""
    mentor = _entry(session, Mentor, actor.school_id, person_id, lock=True)
    if mentor is None or mentor.state is MentorState.LEFT:
        raise errors.NotInMentorBank()
    if mentor.basis is not basis:
        mentor.basis = basis
        record(session, actor, "mentor.set_basis", "person", person_id, now, basis=basis.value)
        session.flush()
    return mentor


def _mentor(
    session: Session,
    actor: Actor,
    person_id: int,
    act: MentorAct,
    why: Why,
    now: datetime,
    *,
    by: By | None = None,
    capacity: int | None = None,
) -> Mentor:
    mentor = _entry(session, Mentor, actor.school_id, person_id, lock=True)
    by = by or _by(actor, person_id, MENTOR_STEPS[act])
    if act in (MentorAct.ADD, MentorAct.INVITE):
        _respect_refusal(session, mentor)
    if act is MentorAct.WITHDRAW and mentor is not None and mentor.places_held:
        raise errors.MentorHasPairs(name=mentor.person.short_name, held=mentor.places_held)
    if capacity is not None and mentor is not None and mentor.places_held > capacity:
        raise errors.CapacityBelowHeld(held=mentor.places_held, capacity=capacity)
    before = None if mentor is None else mentor.state
    after = _after(_MENTORS, act, before, mentor)
    if after is None:
        assert mentor is not None
        return mentor
    if mentor is None:
        row = Mentor(
            school_id=actor.school_id,
            person_id=person_id,
            state=after,
            state_since=now,
            entered_at=now,
            capacity=capacity or 0,
            places_held=0,
        )
        mentor = _insert(session, row)
        if mentor is not row:
            return mentor
    else:
        entered = now if before is MentorState.LEFT else mentor.entered_at
        mentor.state, mentor.state_since, mentor.entered_at = after, now, entered
        mentor.capacity = mentor.capacity if capacity is None else capacity
    if act is MentorAct.WITHDRAW and by is By.ONESELF:
        mentor.refused_year = school_of(session, actor.school_id).year_start
    elif act is MentorAct.APPLY:
        mentor.refused_year = None
    details = {} if capacity is None else {"capacity": capacity}
    _keep(session, actor, _MENTORS, person_id, before, act, after, why, by, now, **details)
    return mentor


# What other acts bring along ----------------------------------------------------------------------------------------


def ground_given(session: Session, actor: Actor, person_id: int, purpose: Purpose, now: datetime) -> None:
    """The processing of a profile is lawful from now on: who was invited has consented, and the questionnaire is
    opened to them at once. For `core.grounds`."""
    if purpose is Purpose.MENTOR_PROFILE:
        mentor = _entry(session, Mentor, actor.school_id, person_id)
        if mentor is not None and mentor.state in (*MENTORS_APPLYING, *MENTORS_IN_BANK):
            _ask(session, actor, OFFER, person_id, now)
        return
    mentee = _entry(session, Mentee, actor.school_id, person_id)
    if mentee is not None and mentee.state is MenteeState.INVITED:
        _mentee(session, actor, person_id, MenteeAct.CONSENT, Why.CONSENT, now, By.SYSTEM)
    if mentee is not None and mentee.state in (*MENTEES_ON_THE_WAY, *MENTEES_IN_BANK):
        _ask(session, actor, NEED, person_id, now)


def ground_withdrawn(session: Session, actor: Actor, person_id: int, purpose: Purpose, now: datetime) -> None:
    """The last ground is gone: whom no pair holds is taken out; a mentor with mentees gets no new ones. For
    `core.grounds`.

    Held from the first look on: a pair proposed at this moment comes before or after, a withdrawal is never refused.
    """
    if purpose is Purpose.MENTEE_PROFILE:
        mentee = _entry(session, Mentee, actor.school_id, person_id, lock=True)
        if mentee is not None and mentee.state in MENTEE_STEPS[MenteeAct.WITHDRAW].before:
            _mentee(session, actor, person_id, MenteeAct.WITHDRAW, Why.CONSENT, now, By.SYSTEM)
        return
    mentor = _entry(session, Mentor, actor.school_id, person_id, lock=True)
    if mentor is None or mentor.state is MentorState.LEFT:
        return
    if not mentor.places_held:
        _mentor(session, actor, person_id, MentorAct.WITHDRAW, Why.CONSENT, now, by=By.SYSTEM)
    elif mentor.state is MentorState.AVAILABLE:
        _mentor(session, actor, person_id, MentorAct.PAUSE, Why.CONSENT, now, by=By.SYSTEM)


def answered(session: Session, actor: Actor, response: Response, now: datetime) -> None:
    """A questionnaire was sent off: what it says about the bank stands there from now on. For `surveys.listeners`."""
    if response.kind is Kind.NEED:
        _needs_known(session, actor, response, now)
    elif response.kind is Kind.OFFER and CAPACITY in response.answers:
        _places_offered(session, actor, response.person_id, int(response.answers[CAPACITY]), now)


def _needs_known(session: Session, actor: Actor, response: Response, now: datetime) -> None:
    mentee = _entry(session, Mentee, actor.school_id, response.person_id)
    if mentee is None or mentee.state is not MenteeState.CONSENTED:
        return
    _mentee(session, actor, response.person_id, MenteeAct.ASSESS, Why.ANSWERS, now, By.SYSTEM)
    if any(level >= HELP_NEEDED for level in response.answers.get(LEVELS, {}).values()):
        _mentee(session, actor, response.person_id, MenteeAct.WAIT, Why.ANSWERS, now, By.SYSTEM)


def _places_offered(session: Session, actor: Actor, person_id: int, offered: int, now: datetime) -> None:
    """As many places as the mentor offers, none too; those that pairs hold stay theirs."""
    mentor = _entry(session, Mentor, actor.school_id, person_id, lock=True)
    if mentor is None or mentor.state is MentorState.LEFT:
        return
    capacity = min(MAX_CAPACITY, max(offered, mentor.places_held))
    if mentor.capacity != capacity:
        mentor.capacity = capacity
        record(session, actor, "mentor.change_capacity", "person", person_id, now, capacity=capacity)
        session.flush()


def _ask(session: Session, actor: Actor, code: str, person_id: int, now: datetime) -> None:
    """Open the questionnaire to a person who has not answered it in this school year. A school that has not published
    one asks later, by a round."""
    school = school_of(session, actor.school_id)
    last = latest_answers(session, actor.school_id, person_id, code)
    if last is not None and local_date(last.submitted_at, school.timezone) >= school.year_begins:
        return
    today = local_date(now, school.timezone)
    with suppress(NothingPublished):
        ask(session, actor, code, [person_id], today, today + TIME_TO_ANSWER, now)


def leave_school(session: Session, actor: Actor, person_id: int, now: datetime) -> None:
    """The person has left the school, and their pairs are closed: both entries end."""
    if (mentee := _entry(session, Mentee, actor.school_id, person_id)) and mentee.state is not MenteeState.WITHDRAWN:
        _mentee(session, actor, person_id, MenteeAct.WITHDRAW, Why.DEPARTURE, now, By.SYSTEM)
    if (mentor := _entry(session, Mentor, actor.school_id, person_id)) and mentor.state is not MentorState.LEFT:
        _mentor(session, actor, person_id, MentorAct.WITHDRAW, Why.DEPARTURE, now, by=By.SYSTEM)


def require_training(session: Session, actor: Actor, required: bool, now: datetime) -> None:
    """Pair trained mentors only from now on, or let a missing training be a warning. The same again changes nothing;
    pairs that stand are not asked."""
    school = school_of(session, actor.school_id)
    if school.training_required is not required:
        school.training_required = required
        record(session, actor, "mentors.require_training", "school", school.id, now, required=required)
        session.flush()


def hold_place(session: Session, school_id: int, mentor_person_id: int, places: int = 1) -> None:
    """Hold a place of the mentor in the unit of work that makes the pair. `places` 0: the mentor takes one mentee more
    on a place that is held already, in a group.

    Raises `NotInMentorBank`, `NotTrained`, `NoFreePlace`; the caller's unit of work is then rolled back. The statement
    is conditional, so the database lets one of two simultaneous callers win; all callers take mentor before mentee
    (`take_mentee`), so they can't wait for each other in a ring.
    """
    if school_of(session, school_id).training_required:
        asked = _present_mentor(session, school_id, mentor_person_id)
        if asked.trained_on is None:
            raise errors.NotTrained(name=asked.person.short_name)
    held = _changed(
        session,
        update(Mentor)
        .where(Mentor.school_id == school_id, Mentor.person_id == mentor_person_id, queries.has_places(places))
        .values(places_held=Mentor.places_held + places),
    )
    if not held:
        mentor = _present_mentor(session, school_id, mentor_person_id)
        raise errors.NoFreePlace(name=mentor.person.short_name)


def take_mentee(session: Session, actor: Actor, mentee_person_id: int, now: datetime) -> None:
    """The mentee waits no longer, in the unit of work that makes the pair. Raises `NotInMenteeBank`, `AlreadyInPair`;
    the caller's unit of work is then rolled back."""
    taken = _changed(
        session,
        update(Mentee)
        .where(
            Mentee.school_id == actor.school_id,
            Mentee.person_id == mentee_person_id,
            Mentee.state == MenteeState.WAITING,
        )
        .values(state=MenteeState.PAIRED, state_since=now),
    )
    if not taken:
        mentee = _entry(session, Mentee, actor.school_id, mentee_person_id)
        if mentee is not None and mentee.state is MenteeState.PAIRED:
            raise errors.AlreadyInPair(name=mentee.person.short_name)
        raise errors.NotInMenteeBank()
    _remember(session, actor, mentee_person_id, MenteeState.WAITING, MenteeState.PAIRED, now)


def hold_mentors(session: Session, school_id: int, *person_ids: int) -> None:
    """Lock the entries of several mentors, in one order, before the places of more than one are changed: two who do so
    at once can't wait for each other in a ring."""
    session.execute(
        select(Mentor.id)
        .where(Mentor.school_id == school_id, Mentor.person_id.in_(person_ids))
        .order_by(Mentor.person_id)
        .with_for_update()
    ).all()


def free_place(session: Session, school_id: int, mentor_person_id: int) -> None:
    """Give the place back, in the unit of work that closes the pair (of a group: the last one)."""
    _changed(
        session,
        update(Mentor)
        .where(Mentor.school_id == school_id, Mentor.person_id == mentor_person_id)
        .values(places_held=Mentor.places_held - 1),
    )


def free_mentee(session: Session, actor: Actor, mentee_person_id: int, now: datetime) -> None:
    """Let the mentee wait again, in the unit of work that closes the pair."""
    freed = _changed(
        session,
        update(Mentee)
        .where(
            Mentee.school_id == actor.school_id,
            Mentee.person_id == mentee_person_id,
            Mentee.state == MenteeState.PAIRED,
        )
        .values(state=MenteeState.WAITING, state_since=now),
    )
    if freed:
        _remember(session, actor, mentee_person_id, MenteeState.PAIRED, MenteeState.WAITING, now)


def _remember(
    session: Session, actor: Actor, person_id: int, before: MenteeState, after: MenteeState, now: datetime
) -> None:
    session.add(_history(actor, Bank.MENTEES, person_id, before, after, Why.PAIR, now))
    session.flush()


# Common -------------------------------------------------------------------------------------------------------------


def _by(actor: Actor, person_id: int, step: Step[Any]) -> By:
    """As whom the actor takes the step. Raises `Forbidden`."""
    if actor.person_id == person_id and By.ONESELF in step.by:
        return By.ONESELF
    if actor.has(Role.CURATOR) and By.CURATOR in step.by:
        return By.CURATOR
    raise Forbidden()


def _after(
    register: _Register[Act, State], act: Act, before: State | None, entry: Mentee | Mentor | None
) -> State | None:
    """Where the step leads; None: the entry stands there already. Raises `NotInMenteeBank` and its like,
    `EntryMovedOn`."""
    step = register.steps[act]
    if before in step.before:
        return step.after
    if entry is None:
        raise register.absent()
    if before is step.after or before in step.stays:
        return None
    raise errors.EntryMovedOn(name=entry.person.short_name)


def _keep(
    session: Session,
    actor: Actor,
    register: _Register[Any, Any],
    person_id: int,
    before: MenteeState | MentorState | None,
    act: MenteeAct | MentorAct,
    after: MenteeState | MentorState,
    why: Why,
    by: By,
    now: datetime,
    **details: Any,
) -> None:
    """Write down the step, in the entry's history and in the journal."""
    session.add(_history(actor, register.bank, person_id, before, after, why, now))
    said = details | {"why": why.value, "by": by.value}
    record(session, actor, f"{register.journal}.{act.value}", "person", person_id, now, **said)
    session.flush()


def _history(
    actor: Actor,
    bank: Bank,
    person_id: int,
    before: MenteeState | MentorState | None,
    after: MenteeState | MentorState,
    why: Why,
    now: datetime,
) -> BankStep:
    return BankStep(
        school_id=actor.school_id,
        person_id=person_id,
        bank=bank,
        before=None if before is None else before.value,
        after=after.value,
        why=why,
        at=now,
        by_person_id=actor.person_id,
    )


def _oneself(actor: Actor) -> int:
    if actor.person_id is None:
        raise errors.NotInDirectory()
    return actor.person_id


def _wish(actor: Actor, person_id: int) -> Why:
    return Why.OWN_WISH if actor.person_id == person_id else Why.CURATOR


def _respect_refusal(session: Session, entry: Mentee | Mentor | None) -> None:
    """Nobody is asked again in the school year in which they said no. Raises `SaidNo`."""
    if entry is not None and entry.refused_year == school_of(session, entry.school_id).year_start:
        raise errors.SaidNo(name=entry.person.short_name)


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


def _entry(session: Session, entry: type[Entry], school_id: int, person_id: int, *, lock: bool = False) -> Entry | None:
    """The row as the database has it now, whatever a statement has changed behind the session's back.

    With `lock` it stays so until the unit of work ends: what was read is what the step begins from.
    """
    found = select(entry).where(entry.school_id == school_id, entry.person_id == person_id)
    if lock:
        found = found.with_for_update(of=entry)
    return session.scalar(found.execution_options(populate_existing=True))


def _present_mentor(session: Session, school_id: int, person_id: int) -> Mentor:
    mentor = _entry(session, Mentor, school_id, person_id)
    if mentor is None or mentor.state is MentorState.LEFT:
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
