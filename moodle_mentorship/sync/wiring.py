"""Puts the room into the application."""

from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.i18n import N_
from moodle_mentorship.moodle import to_people as asked
from moodle_mentorship.moodle.outbox import Handlers
from moodle_mentorship.sync import api, file_pages, holdings, jobs, to_people, views
from moodle_mentorship.sync.tasks import sync_tasks
from moodle_mentorship.web.kit import Kit


def wire(kit: Kit, outbox: Handlers) -> None:
    """Pages, REST, the webhook, jobs, tasks, and what is said after an act."""
    kit.app.register_blueprint(views.bp)
    kit.app.register_blueprint(file_pages.bp)
    kit.app.jinja_env.globals.update(views.words(outbox))
    kit.api.register_blueprint(api.blp)
    kit.tabs.add("sync.index", N_("Synchronisation"), 20, Role.ADMINISTRATOR)
    kit.sections.add("people.staff", file_pages.door)
    kit.tasks.add(Role.CURATOR, sync_tasks)
    kit.tasks.add(Role.ADMINISTRATOR, sync_tasks)
    kit.notices.add(
        sync_cancelled=N_("The pass stops at its next page. What it has read stays"),
        losses_confirmed=N_("They now wait for the curator to confirm each departure"),
        losses_discarded=N_("Nobody is marked. Correct the staff list in Moodle, then run a full pass"),
        retry_asked=N_("We try it again now"),
        file_applied=N_("The staff list is completed. The file is deleted"),
        file_discarded=N_("The file is deleted, nothing was written"),
        fields_mapped=N_("The fields are chosen. A full pass reads them now"),
    )
    holdings.register(kit.runtime.holdings, outbox)
    outbox.add(asked.MESSAGE, to_people.send_message, N_("Message to a person"))
    outbox.add(asked.COMPLETION, to_people.set_completion, N_("Mark that a person is done with an activity"))
    jobs.register(kit.runtime, outbox)
