"""Puts the room into the application."""

from datetime import datetime

from sqlalchemy.orm import Session

from moodle_mentorship.consents import api, holdings, jobs, my_pages, service, tasks, views
from moodle_mentorship.consents.enums import ConsentKind
from moodle_mentorship.consents.needs import Needs
from moodle_mentorship.core.actor import Actor, Role
from moodle_mentorship.core.clock import local_date
from moodle_mentorship.core.i18n import N_
from moodle_mentorship.school.queries import school_of
from moodle_mentorship.web.kit import Kit


def wire(kit: Kit, needs: Needs) -> None:
    """Pages, REST, tabs, what waits for whom, and the nightly end of terms."""
    kit.app.extensions[views.NEEDS] = needs
    kit.app.register_blueprint(views.bp)
    kit.app.register_blueprint(my_pages.bp)
    kit.api.register_blueprint(api.blp)
    holdings.register(kit.runtime.holdings, kit.runtime.grounds, kit.runtime.box)
    kit.tabs.add("consents.index", N_("Consents"), 40, Role.CURATOR)
    kit.tabs.add("my_consents.index", N_("My consents"), 75, Role.MENTOR, Role.MENTEE)
    kit.pages.add("consents.index", N_("Register of consents"), 40)
    kit.pages.add("my_consents.index", N_("My consents"), 41)
    kit.tasks.add(Role.CURATOR, tasks.curator_tasks(needs))
    kit.tasks.add(Role.MENTEE, tasks.own_tasks(needs, ConsentKind.PROCESSING_MENTEE))
    kit.tasks.add(Role.MENTOR, tasks.own_tasks(needs, ConsentKind.PROCESSING_MENTOR))
    kit.runtime.jobs.nightly("consents.end_expired", jobs.end_expired)

    def departed(session: Session, actor: Actor, person_id: int, now: datetime) -> None:
        today = local_date(now, school_of(session, actor.school_id).timezone)
        service.leave_school(session, kit.runtime.grounds, actor, person_id, today, now)

    kit.runtime.departures.add(departed)
    kit.notices.add(
        consent_recorded=N_("The consent is recorded"),
        consent_marked=N_("Thank you, your agreement is saved"),
        consent_reminded=N_("Moodle writes to whoever has not been reminded today"),
        consent_scan=N_("The scan is kept"),
        consent_withdrawn=N_("The consent is withdrawn"),
        consent_withdrawn_goes_on=N_("The consent is withdrawn. Processing goes on for a duty under labour law"),
        duty_done=N_("Marked as done"),
        mark_allowed=N_("The mark in Moodle is switched on"),
        mark_forbidden=N_("The mark in Moodle is switched off. Marks that were given stay"),
        address_added=N_("The address is added"),
        address_removed=N_("The address is removed"),
        text_written=N_("The new version is saved. Consents that were given stay with theirs"),
    )
