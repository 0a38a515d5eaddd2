"""Background work: each night consents whose term is over end."""

from sqlalchemy import select

from moodle_mentorship.consents.models import Consent
from moodle_mentorship.consents.service import expire
from moodle_mentorship.core.actor import system_actor
from moodle_mentorship.core.clock import local_date
from moodle_mentorship.core.db import is_away
from moodle_mentorship.core.jobs import SomeFailed
from moodle_mentorship.core.logging import get_logger
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.school.queries import schools

log = get_logger("consents")


def end_expired(runtime: Runtime) -> None:
    """One consent a unit of work: a fault at one is logged and keeps no other waiting, and the next night finds it
    again. Raises `SomeFailed` when all the others are done."""
    now = runtime.clock.now()
    with runtime.db.unit_of_work(read_only=True) as session:
        over = [
            (school.id, today, consent_id)
            for school in schools(session)
            for today in [local_date(now, school.timezone)]
            for consent_id in session.scalars(
                select(Consent.id).where(
                    Consent.school_id == school.id, Consent.ended_at.is_(None), Consent.valid_until < today
                )
            )
        ]
    failed = 0
    for school_id, today, consent_id in over:
        try:
            with runtime.db.unit_of_work() as session:
                expire(session, runtime.grounds, system_actor(school_id), consent_id, today, now)
        except Exception as error:
            if is_away(error):
                raise
            failed += 1
            log.error("consent_not_ended", school=school_id, consent=consent_id, exc_info=True)
    if failed:
        raise SomeFailed(f"{failed} consents")
