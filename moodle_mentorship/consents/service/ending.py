"""Consents that end: withdrawn by the person, expired, and what is done afterwards."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from moodle_mentorship.consents import queries
from moodle_mentorship.consents.enums import (
    GROUND_OF_FORM,
    PURPOSES,
    ClosedWhy,
    ConsentKind,
    DutyKind,
    DutyOutcome,
    EndedWhy,
    GroundKind,
)
from moodle_mentorship.consents.errors import NothingToWithdraw
from moodle_mentorship.consents.models import Consent, Duty, ProcessingGround
from moodle_mentorship.consents.service.duties import open_duty
from moodle_mentorship.consents.service.grounds import close_processing, turn
from moodle_mentorship.core.actor import Actor
from moodle_mentorship.core.audit import record
from moodle_mentorship.core.errors import NotFound
from moodle_mentorship.core.grounds import Grounds

_GROUND_WHY = {
    EndedWhy.WITHDRAWN: ClosedWhy.WITHDRAWN,
    EndedWhy.EXPIRED: ClosedWhy.EXPIRED,
    EndedWhy.LEFT: ClosedWhy.ENDED,
}


@dataclass(frozen=True)
class Ended:
    """What followed: the ground on which processing goes on (None: it stops), and what has to be done."""

    remaining: ProcessingGround | None
    duty: Duty | None


def withdraw(
    session: Session,
    grounds: Grounds,
    actor: Actor,
    person_id: int,
    kind: ConsentKind,
    today: date,
    now: datetime,
) -> Ended:
    """Withdraw all consents of this kind, the paper and the mark: processing stops unless another ground remains.

    By the person, or by the curator who was handed a letter. Raises `NotFound`, `NothingToWithdraw`.
    """
    turn(session, actor.school_id, person_id)
    present = queries.in_force(session, actor.school_id, person_id, kind)
    if not present:
        raise NothingToWithdraw(f"person {person_id}, {kind}")
    for consent in present:
        _end(session, consent, EndedWhy.WITHDRAWN, now)
        record(session, actor, "consent.withdraw", "consent", consent.id, now, kind=kind.value)
    return _follow(session, grounds, actor, list(present), EndedWhy.WITHDRAWN, today, now)


def expire(session: Session, grounds: Grounds, actor: Actor, consent_id: int, today: date, now: datetime) -> bool:
    """End a consent whose term is over. False: it has ended already, or was prolonged meanwhile."""
    consent = queries.consent_of(session, actor.school_id, consent_id)
    turn(session, actor.school_id, consent.person_id)
    session.refresh(consent)
    if consent.ended_at is not None or consent.valid_until is None or consent.valid_until >= today:
        return False
    _end(session, consent, EndedWhy.EXPIRED, now)
    record(session, actor, "consent.expire", "consent", consent.id, now, kind=consent.kind.value)
    _follow(session, grounds, actor, [consent], EndedWhy.EXPIRED, today, now)
    return True


def do_duty(session: Session, grounds: Grounds, actor: Actor, duty_id: int, now: datetime) -> Duty:
    """Put down that it is done, by whom and when: this is what the act of destruction says. Raises `NotFound`; what is
    done or has lapsed already stays as it is.

    With the curator's papers goes what the rooms above have collected.
    """
    duty = session.scalars(select(Duty).where(Duty.school_id == actor.school_id, Duty.id == duty_id)).one_or_none()
    if duty is None:
        raise NotFound(f"duty {duty_id}")
    turn(session, actor.school_id, duty.person_id)
    session.refresh(duty)
    if duty.done_at is None:
        if duty.kind is DutyKind.DESTROY:
            purpose = PURPOSES[queries.consent_of(session, actor.school_id, duty.consent_id).kind]
            grounds.tell_destroyed(session, actor, duty.person_id, purpose, now)
        duty.done_at, duty.done_by, duty.outcome = now, actor.person_id, DutyOutcome.DONE
        session.flush()
        record(session, actor, "consent.duty_done", "consent_duty", duty_id, now, kind=duty.kind.value)
    return duty


def leave_school(session: Session, grounds: Grounds, actor: Actor, person_id: int, today: date, now: datetime) -> None:
    """The person has left the school: mentoring was what their data were processed for, and it is over for them. Every
    ground closes, and what was collected is destroyed within thirty days (152-ФЗ ст. 21 ч. 4).

    A consent to dissemination goes on until its term or until it is withdrawn: what was published is no less true.
    """
    turn(session, actor.school_id, person_id)
    for kind in (*PURPOSES, ConsentKind.MENTOR_WORK):
        present = list(queries.in_force(session, actor.school_id, person_id, kind))
        for consent in present:
            _end(session, consent, EndedWhy.LEFT, now)
            record(session, actor, "consent.leave", "consent", consent.id, now, kind=kind.value)
        if kind in PURPOSES:
            duty = [GroundKind.LABOUR_DUTY]
            close_processing(session, grounds, actor, person_id, PURPOSES[kind], duty, ClosedWhy.ENDED, now)
        if present:
            _follow(session, grounds, actor, present, EndedWhy.LEFT, today, now)


def _end(session: Session, consent: Consent, why: EndedWhy, now: datetime) -> None:
    consent.ended_at, consent.ended_why = now, why
    session.flush()


def _follow(
    session: Session,
    grounds: Grounds,
    actor: Actor,
    ended: list[Consent],
    why: EndedWhy,
    today: date,
    now: datetime,
) -> Ended:
    consent = ended[0]
    if consent.kind is ConsentKind.DISSEMINATION:
        allowed = queries.permits(session, actor.school_id, [consent.id]).get(consent.id, {})
        places = [{"url": url, "categories": categories} for url, categories in allowed.items()]
        return Ended(None, open_duty(session, consent, DutyKind.TAKE_DOWN, today, now, places) if places else None)
    if consent.kind not in PURPOSES:
        return Ended(None, None)
    remaining = close_processing(
        session,
        grounds,
        actor,
        consent.person_id,
        PURPOSES[consent.kind],
        [GROUND_OF_FORM[one.form] for one in ended],
        _GROUND_WHY[why],
        now,
    )
    duty = None if remaining is not None else open_duty(session, consent, DutyKind.DESTROY, today, now)
    return Ended(remaining, duty)
