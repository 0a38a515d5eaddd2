"""Puts the room into the application."""

from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.i18n import N_
from moodle_mentorship.pairs.rematch import holdings, tasks, views
from moodle_mentorship.web.kit import Kit


def wire(kit: Kit) -> None:
    """Pages and tasks. No tab, no list, no REST, no line in the journal: the fewer places, the fewer eyes."""
    kit.app.register_blueprint(views.bp)
    kit.tasks.add(Role.CURATOR, tasks.curator_tasks)
    kit.tasks.add(Role.MENTEE, tasks.mentee_tasks)
    holdings.register(kit.runtime.holdings)
    kit.notices.add(
        rematch_asked=N_("Your request is saved. Only the curator sees it"),
        rematch_taken_back=N_("Your request is taken back"),
        rematch_answered=N_("Your answer is saved, the mentee sees it"),
    )
