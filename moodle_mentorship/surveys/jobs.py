"""Background work: reminders of rounds that go by themselves."""

from sqlalchemy import select

from moodle_mentorship.core.actor import system_actor
from moodle_mentorship.core.clock import local_time
from moodle_mentorship.core.db import is_away
from moodle_mentorship.core.jobs import SomeFailed
from moodle_mentorship.core.logging import get_logger
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.moodle.to_people import reaches_people
from moodle_mentorship.school.queries import schools
from moodle_mentorship.surveys.inviting import write_to_waiting
from moodle_mentorship.surveys.models import Round

log = get_logger("surveys")

#: Hours of the school's own day in which Moodle writes by itself. A service that stood still in the morning makes up
#: for it until the evening.
FROM, UNTIL = 9, 18


def remind(runtime: Runtime) -> None:
    """Write to those who have not answered, in each round whose day it is: one round a unit of work.

    Runs each hour, and leaves schools where it is not working hours for a later one. Run again on the same day it
    writes to nobody twice. A school whose Moodle can't send messages is left out. Raises
    `SomeFailed` when all the other rounds are done.
    """
    now = runtime.clock.now()
    with runtime.db.unit_of_work(read_only=True) as session:
        due = [
            (school.id, today, asked.id)
            for school in schools(session)
            for there in [local_time(now, school.timezone)]
            if FROM <= there.hour < UNTIL and reaches_people(session, school.id)
            for today in [there.date()]
            for asked in session.scalars(
                select(Round).where(
                    Round.school_id == school.id,
                    Round.remind_after.is_not(None),
                    Round.closed_at.is_(None),
                    Round.opens_on <= today,
                    Round.closes_on >= today,
                )
            )
            if asked.reminds_on(today, school.working_days)
        ]
    failed = 0
    for school_id, today, round_id in due:
        try:
            with runtime.db.unit_of_work() as session:
                write_to_waiting(session, runtime.jobs, system_actor(school_id), round_id, today, now)
        except Exception as error:
            if is_away(error):
                raise
            failed += 1
            log.error("reminder_failed", school=school_id, round=round_id, exc_info=True)
    if failed:
        raise SomeFailed(f"{failed} rounds")
