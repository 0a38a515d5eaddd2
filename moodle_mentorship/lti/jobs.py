"""The night's tidying: used login states, browser sessions, unanswered questions and keys whose time is over."""

from datetime import timedelta

from sqlalchemy import delete

from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.lti.models import BrowserSession, ConsumedState, Placing
from moodle_mentorship.lti.sessions import LIFETIME
from moodle_mentorship.moodle.keys import delete_retired

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
