"""Puts the room into the application."""

from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.i18n import N_
from moodle_mentorship.people import api, holdings, queries, views
from moodle_mentorship.people.tasks import directory_tasks
from moodle_mentorship.web.kit import Kit


def wire(kit: Kit) -> None:
    """Pages, REST, tabs, roles by appointment, what waits for the curator, and what is said after an act."""
    kit.app.register_blueprint(views.bp)
    kit.api.register_blueprint(api.blp)
    kit.runtime.roles.add(queries.granted)
    holdings.register(kit.runtime.holdings)
    kit.tabs.add("people.staff", N_("Staff"), 20, Role.CURATOR)
    kit.tabs.add("people.staff", N_("Staff"), 80, Role.DIRECTOR)
    kit.pages.add("people.staff", N_("School's staff"), 20)
    kit.sections.add("school.index", views.roles_section)
    kit.tasks.add(Role.CURATOR, directory_tasks)
    kit.notices.add(
        person_saved=N_("Saved. Moodle will not overwrite what you entered"),
        difference_resolved=N_("Decided"),
        departure_confirmed=N_("The departure is confirmed. The history stays"),
        person_kept=N_("The person stays on the staff"),
        role_given=N_("The role is given"),
        role_ended=N_("The role is taken away"),
    )
