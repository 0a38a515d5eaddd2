"""Ticks the activity in the course by which a person came, once no questionnaire waits for them any more."""

from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from moodle_mentorship.core.actor import Actor
from moodle_mentorship.core.clock import local_date
from moodle_mentorship.core.jobs import Jobs
from moodle_mentorship.lti.models import Launch
from moodle_mentorship.lti.sessions import LIFETIME
from moodle_mentorship.moodle.models import OutboxItem
from moodle_mentorship.moodle.to_people import COMPLETION, completion_stream, queue_completion
from moodle_mentorship.school.queries import school_of
from moodle_mentorship.surveys.listeners import Listener
from moodle_mentorship.surveys.models import Response
from moodle_mentorship.surveys.queries import done_unnamed, waiting

#: Nights for which a service that stood still makes up.
NIGHTS = timedelta(days=7)


def ticking(jobs: Jobs) -> Listener:
    """Told of each submission with a name. Teachers are not gradable in Moodle, so a grade can't do it; the plugin
    does."""

    def tick(session: Session, actor: Actor, _response: Response, now: datetime) -> None:
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


def tick_unnamed(session: Session, jobs: Jobs, school_id: int, today: date, now: datetime) -> None:
    """The same for whoever has answered in an anonymous round: all together, once a night and in the order of their
    ids, so that neither the moment nor the order of the ticks tells when somebody has answered (ADR 0025).

    Which launch they answered in is not known any more, so each activity by which they have come since the round
    began is ticked. One that was ticked since then already is left alone.
    """
    done = done_unnamed(session, school_id, today - NIGHTS, today)
    if not done:
        return
    first = min(begun_at for _person, begun_at in done)
    launches: dict[int, list[Launch]] = {}
    for launch in session.scalars(
        select(Launch)
        .where(Launch.school_id == school_id, Launch.refused.is_(None), Launch.at >= first - LIFETIME)
        .order_by(Launch.person_id, Launch.resource_link_id, Launch.id)
    ):
        launches.setdefault(launch.person_id or 0, []).append(launch)
    marked = session.execute(
        select(OutboxItem.stream, func.max(OutboxItem.created_at).label("at"))
        .where(OutboxItem.school_id == school_id, OutboxItem.kind == COMPLETION, OutboxItem.created_at >= first)
        .group_by(OutboxItem.stream)
    )
    ticked = {row.stream: row.at for row in marked}
    for person_id, begun_at in done:
        came_by = {
            (launch.resource_link_id, launch.moodle_user_id)
            for launch in launches.get(person_id, [])
            if launch.at >= begun_at - LIFETIME
        }
        for placement, moodle_user_id in sorted(came_by):
            at = ticked.get(completion_stream(placement, moodle_user_id))
            if at is None or at < begun_at:
                queue_completion(session, jobs, school_id, placement, moodle_user_id, True, now)
