"""Puts the board into the application."""

from datetime import datetime

from sqlalchemy.orm import Session

from moodle_mentorship.core.actor import Actor, Role
from moodle_mentorship.core.grounds import Purpose
from moodle_mentorship.core.i18n import N_
from moodle_mentorship.pairs.board import api, group_views, holdings, jobs, service, tasks, views
from moodle_mentorship.web.kit import Kit


def wire(kit: Kit) -> None:
    """Page, REST, tab, the calculation, and what follows when a profile may not be processed any more."""
    kit.app.register_blueprint(views.bp)
    kit.app.register_blueprint(group_views.bp)
    kit.api.register_blueprint(api.blp)
    kit.tabs.add("board.index", N_("Matching"), 45, Role.CURATOR)
    kit.pages.add("board.index", N_("Matching of pairs"), 45)
    kit.tasks.add(Role.CURATOR, tasks.refusals)
    kit.runtime.jobs.handler(service.RUN, jobs.run)
    kit.runtime.jobs.sweep("board.drafts", jobs.sweep)

    def forget(session: Session, actor: Actor, person_id: int, purpose: Purpose, now: datetime) -> None:
        service.forget(session, kit.runtime.box, actor, person_id, now)

    def erased(session: Session, actor: Actor, person_id: int, now: datetime, _employed: bool) -> None:
        service.forget(session, kit.runtime.box, actor, person_id, now)

    holdings.register(kit.runtime.holdings)
    kit.runtime.holdings.before(erased)
    kit.runtime.grounds.on_withdrawn(forget)
    kit.runtime.grounds.on_destroyed(forget)
    kit.notices.add(
        board_stopped=N_("The calculation is stopped. Earlier drafts are kept"),
        board_undone=N_("Taken back. A new draft is being calculated"),
        training_rule_saved=N_("Saved. The next draft and every new pair follow it"),
        board_weighed=N_("The weights are saved. A new draft is being calculated"),
        board_groups_sent=N_(
            "Proposed to the mentors and mentees of all chosen groups: each answers on the page “Today”"
        ),
        board_sent=N_("Proposed to both sides of all pairs: each answers on the page “Today”"),
    )
