"""What the school has to do after a consent ended."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from moodle_mentorship.consents.enums import PURPOSES, DutyKind, DutyOutcome
from moodle_mentorship.consents.models import Consent, Duty
from moodle_mentorship.core.actor import Actor
from moodle_mentorship.core.audit import record
from moodle_mentorship.core.grounds import Purpose

# 152-ФЗ ст. 21 ч. 5: at most thirty days. What is shown on the web stops when it is demanded (ст. 10.1 ч. 12).
TIME = {DutyKind.DESTROY: timedelta(days=30), DutyKind.TAKE_DOWN: timedelta(0)}


def open_duty(
    session: Session,
    consent: Consent,
    kind: DutyKind,
    today: date,
    now: datetime,
    places: list[dict[str, Any]] | None = None,
) -> Duty:
    """Put down what has to be done until when; it appears on the curator's «Сегодня»."""
    duty = Duty(
        school_id=consent.school_id,
        person_id=consent.person_id,
        consent_id=consent.id,
        kind=kind,
        places=places or [],
        opened_at=now,
        due_on=today + TIME[kind],
    )
    session.add(duty)
    session.flush()
    return duty


def lapse_destruction(session: Session, actor: Actor, person_id: int, purpose: Purpose, now: datetime) -> None:
    """A ground of this purpose has opened again: what is not destroyed yet is lawful again, and nobody has to."""
    kinds = [kind for kind, of_kind in PURPOSES.items() if of_kind is purpose]
    duties = session.scalars(
        select(Duty)
        .join(Consent, and_(Consent.school_id == Duty.school_id, Consent.id == Duty.consent_id))
        .where(
            Duty.school_id == actor.school_id,
            Duty.person_id == person_id,
            Duty.kind == DutyKind.DESTROY,
            Duty.done_at.is_(None),
            Consent.kind.in_(kinds),
        )
    )
    for duty in duties:
        duty.done_at, duty.outcome = now, DutyOutcome.LAPSED
        record(session, actor, "consent.duty_lapsed", "consent_duty", duty.id, now)
    session.flush()
