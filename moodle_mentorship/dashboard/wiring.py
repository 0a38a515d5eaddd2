"""Puts the room into the application."""

from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.i18n import N_
from moodle_mentorship.dashboard import holdings, views
from moodle_mentorship.dashboard.journal import wire_journal
from moodle_mentorship.web.kit import Kit


def wire(kit: Kit) -> None:
    """The start page, and its tab for everybody but the administrator, whose first page is the connection."""
    kit.app.extensions["mentorship_tasks"] = kit.tasks
    kit.app.register_blueprint(views.bp)
    wire_journal(kit)
    holdings.register(kit.runtime.holdings)
    kit.sections.add(views.CONNECTION, views.waiting_for_the_administrator)
    kit.tabs.add(
        "dashboard.home",
        N_("Today"),
        0,
        Role.CURATOR,
        Role.MENTOR,
        Role.MENTEE,
        Role.PSYCHOLOGIST,
        Role.CLERK,
        count=views.waiting,
    )
    kit.pages.add("dashboard.home", N_("Mentoring: today"), 0)
    kit.tabs.add("dashboard.home", N_("Overview"), 0, Role.DIRECTOR, count=views.waiting)
