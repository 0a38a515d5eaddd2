"""Puts the room into the application."""

from moodle_mentorship.core.i18n import N_
from moodle_mentorship.personal_data import api, holdings, jobs, views
from moodle_mentorship.web.kit import Kit


def wire(kit: Kit) -> None:
    """Pages, REST, and the night's forgetting of looks. The way to the page is the link in the header line."""
    kit.app.register_blueprint(views.bp)
    kit.api.register_blueprint(api.blp)
    holdings.register(kit.runtime.holdings)
    kit.pages.add("my_data.index", N_("My data"), 42)
    kit.runtime.jobs.nightly("personal_data.forget_looks", jobs.forget_looks)
