"""What the school has to do after a consent ended."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from moodle_mentorship.consents.enums import DutyKind
from moodle_mentorship.consents.models import Consent, Duty

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
