"""Puts the room into the application."""

from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.i18n import N_
from moodle_mentorship.school import api, views
from moodle_mentorship.school.models import School, Site
from moodle_mentorship.web.kit import Kit


def wire(kit: Kit) -> None:
    """Pages, REST, tabs and what is said after an act."""
    kit.app.register_blueprint(views.bp)
    kit.api.register_blueprint(api.blp)
    kit.tabs.add("school.index", N_("School"), 90, Role.CURATOR, Role.DIRECTOR)
    kit.tabs.add("school.index", N_("School"), 40, Role.ADMINISTRATOR, Role.CLERK)
    for model in (School, Site):
        kit.runtime.holdings.nothing(model)
    kit.notices.add(
        school_saved=N_("The school's details are saved"),
        site_added=N_("The site is added"),
        site_saved=N_("The site is saved"),
        site_removed=N_("The site is removed"),
    )
