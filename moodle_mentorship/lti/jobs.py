"""The night's tidying: used login states, browser sessions, unanswered questions and keys whose time is over. And its
ticks, for anonymous answers."""

from datetime import timedelta

from sqlalchemy import delete

from moodle_mentorship.core.clock import local_date
from moodle_mentorship.core.jobs import each_school
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.lti import completions
from moodle_mentorship.lti.models import BrowserSession, ConsumedState, Placing
from moodle_mentorship.lti.sessions import LIFETIME
from moodle_mentorship.moodle.keys import delete_retired
from moodle_mentorship.school.queries import schools

#: A session that ended lately still tells its browser, inside the right frame, to launch again (see visits.py).
KEEP_ENDED = timedelta(days=1)


def purge(runtime: Runtime) -> None:
    """Delete what can't be used any more, for all schools. A used state is kept until its age alone would refuse it."""
    now = runtime.clock.now()
    with runtime.db.unit_of_work() as session:
        session.execute(delete(ConsumedState).where(ConsumedState.expires_at <= now))
        session.execute(delete(BrowserSession).where(BrowserSession.expires_at <= now - KEEP_ENDED))
        # Who didn't answer while the session lived can't answer any more.
        session.execute(delete(Placing).where(Placing.asked_at <= now - LIFETIME))
        delete_retired(session, now)


def tick_unnamed(runtime: Runtime) -> None:
    """See `completions.tick_unnamed`; a school's fault keeps no other waiting."""
    now = runtime.clock.now()
    with runtime.db.unit_of_work(read_only=True) as session:
        today = {school.id: local_date(now, school.timezone) for school in schools(session)}
    each_school(
        runtime,
        today,
        lambda session, school_id: completions.tick_unnamed(session, runtime.jobs, school_id, today[school_id], now),
    )
