"""Background work: what evidence proves is written down, and the responsible are written to."""

from moodle_mentorship.core.actor import system_actor
from moodle_mentorship.core.clock import local_time
from moodle_mentorship.core.db import is_away
from moodle_mentorship.core.jobs import SomeFailed, Sweep
from moodle_mentorship.core.logging import get_logger
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.roadmap import queries, reminding, service
from moodle_mentorship.roadmap.evidence import Evidence
from moodle_mentorship.school.queries import schools

log = get_logger("roadmap")

#: Hours of the school's own day in which Moodle writes by itself.
FROM, UNTIL = 9, 18


def look(evidence: Evidence) -> Sweep:
    """The hourly look of all schools that have a road map this year, each in units of work of its own.

    Marks what evidence proves at any hour; writes on working days, in working hours. Raises `SomeFailed` when all the
    other schools are done.
    """

    def run(runtime: Runtime) -> None:
        now = runtime.clock.now()
        with runtime.db.unit_of_work(read_only=True) as session:
            here = [
                (school.id, school.working_days, local_time(now, school.timezone))
                for school in schools(session)
                if queries.map_of(session, school.id, school.year_start) is not None
            ]
        failed = 0
        for school_id, working_days, there in here:
            today = there.date()
            try:
                with runtime.db.unit_of_work() as session:
                    service.see(session, system_actor(school_id), evidence, today, now)
                if FROM <= there.hour < UNTIL and today.weekday() < working_days:
                    with runtime.db.unit_of_work() as session:
                        reminding.write_to_responsible(session, runtime.jobs, system_actor(school_id), today, now)
            except Exception as error:
                if is_away(error):
                    raise
                failed += 1
                log.error("road_map_look_failed", school=school_id, exc_info=True)
        if failed:
            raise SomeFailed(f"{failed} schools")

    return run
