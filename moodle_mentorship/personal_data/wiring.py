"""Puts the room into the application."""

from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.i18n import N_
from moodle_mentorship.personal_data import api, holdings, jobs, request_pages, tasks, views
from moodle_mentorship.web.kit import Kit


def wire(kit: Kit) -> None:
    """Pages, REST, the curators' task, and the night's forgetting of looks. The way to one's own page is the link in
    the header line."""
    kit.app.register_blueprint(views.bp)
    kit.app.register_blueprint(request_pages.bp)
    kit.api.register_blueprint(api.blp)
    holdings.register(kit.runtime.holdings)
    kit.pages.add("my_data.index", N_("My data"), 42)
    kit.tasks.add(Role.CURATOR, tasks.curator_tasks)
    kit.sections.add("school.index", request_pages.link_for_curator)
    kit.sections.add("people.person", request_pages.letter_of_a_person)
    kit.runtime.jobs.nightly("personal_data.forget_looks", jobs.forget_looks)
    kit.notices.add(
        data_asked=N_("Thank you, the curator sees your request and answers within seven working days"),
        request_answered=N_("The answer is saved, the person reads it on the page “My data”"),
        request_recorded=N_("The request is recorded"),
        person_erased=N_("The data are erased"),
    )
