"""Puts the room into the application."""

from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.i18n import N_
from moodle_mentorship.lti import holdings, jobs, placing
from moodle_mentorship.lti.api import api
from moodle_mentorship.lti.completions import ticking
from moodle_mentorship.lti.known import KnownRegistrations
from moodle_mentorship.lti.state import StateSeal
from moodle_mentorship.lti.views import KNOWN, SEAL, bp
from moodle_mentorship.lti.visits import end_sessions_of
from moodle_mentorship.surveys.listeners import Submitted
from moodle_mentorship.web.kit import Kit


def wire(kit: Kit, submitted: Submitted) -> None:
    kit.app.register_blueprint(bp)
    kit.app.extensions[KNOWN] = KnownRegistrations()
    kit.app.extensions[SEAL] = StateSeal(kit.runtime.settings.encryption_keys)
    kit.app.register_blueprint(placing.bp)
    kit.app.extensions[placing.PAGES] = kit.pages
    kit.api.register_blueprint(api)
    kit.tabs.add("lti.connection", N_("Connection"), 10, Role.ADMINISTRATOR)
    kit.notices.add(curator_confirmed=N_("The curator is confirmed and sees the curator's pages from now on."))
    kit.runtime.jobs.nightly("lti.purge", jobs.purge)
    kit.runtime.jobs.nightly("lti.tick_unnamed", jobs.tick_unnamed)
    submitted.add(ticking(kit.runtime.jobs))
    holdings.register(kit.runtime.holdings)
    kit.runtime.departures.add(
        lambda session, actor, person_id, now: end_sessions_of(session, actor.school_id, person_id)
    )
