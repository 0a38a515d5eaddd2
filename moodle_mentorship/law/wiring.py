"""Puts the room into the application."""

from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.i18n import N_
from moodle_mentorship.law import api, views
from moodle_mentorship.law.models import LegalReference
from moodle_mentorship.web.kit import Kit


def wire(kit: Kit) -> None:
    """Pages, REST, the administrator's tab, the way there from «School»."""
    kit.app.register_blueprint(views.bp)
    kit.api.register_blueprint(api.blp)
    kit.tabs.add("law.index", N_("Legal references"), 45, Role.ADMINISTRATOR)
    kit.sections.add("school.index", views.door)
    kit.runtime.holdings.nothing(LegalReference, "written_by")
    kit.notices.add(
        reference_saved=N_("The row is saved"),
        reference_taken_back=N_("What the school wrote is taken back, its history stays"),
    )
