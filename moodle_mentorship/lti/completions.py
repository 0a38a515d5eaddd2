"""Ticks the activity in the course by which a person came, once no questionnaire waits for them any more."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from moodle_mentorship.core.actor import Actor
from moodle_mentorship.core.clock import local_date
from moodle_mentorship.core.jobs import Jobs
from moodle_mentorship.lti.models import Launch
from moodle_mentorship.moodle.to_people import queue_completion
from moodle_mentorship.school.queries import school_of
from moodle_mentorship.surveys.listeners import DoneListener
from moodle_mentorship.surveys.queries import waiting


def ticking(jobs: Jobs) -> DoneListener:
    """Told of each submission. Teachers are not gradable in Moodle, so a grade can't do it; the plugin does."""

    def tick(session: Session, actor: Actor, now: datetime) -> None:
        today = local_date(now, school_of(session, actor.school_id).timezone)
        if actor.launch_id is None or actor.person_id is None:
            return
        if waiting(session, actor.school_id, actor.person_id, today):
            return
        launch = session.scalars(
            select(Launch).where(Launch.school_id == actor.school_id, Launch.id == actor.launch_id)
        ).one()
        placement, person = launch.resource_link_id, launch.moodle_user_id
        queue_completion(session, jobs, actor.school_id, placement, person, True, now)

    return tick
