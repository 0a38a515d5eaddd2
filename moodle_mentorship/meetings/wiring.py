"""Puts the room into the application."""

from datetime import datetime

from sqlalchemy.orm import Session

from moodle_mentorship.core.actor import Actor, Role
from moodle_mentorship.core.i18n import N_
from moodle_mentorship.meetings import api, evidence, holdings, service, tasks, views
from moodle_mentorship.roadmap.evidence import Evidence
from moodle_mentorship.web.kit import Kit


def wire(kit: Kit, road_map: Evidence) -> None:
    """Pages, REST, tabs, tasks, what meetings prove in the road map, and what follows a departure."""
    kit.app.register_blueprint(views.bp)
    kit.api.register_blueprint(api.blp)
    kit.tabs.add("meetings.index", N_("Meetings"), 55, Role.CURATOR, Role.DIRECTOR)
    kit.tabs.add("meetings.mine", N_("Meetings"), 20, Role.MENTOR, Role.MENTEE)
    kit.pages.add("meetings.index", N_("Meetings of the school"), 55)
    kit.pages.add("meetings.mine", N_("My meetings"), 20)
    kit.tasks.add(Role.CURATOR, tasks.curator_tasks)
    for role in Role:
        if role is not Role.CURATOR:
            kit.tasks.add(role, tasks.own_tasks)

    def departed(session: Session, actor: Actor, person_id: int, _now: datetime) -> None:
        service.forget_departed(session, actor, person_id)

    kit.runtime.departures.add(departed)
    holdings.register(kit.runtime.holdings)
    evidence.register(road_map)
    kit.notices.add(
        meeting_called=N_("The meeting is called. Those who are invited see it under “Meetings”"),
        meeting_put_down=N_("The meeting is put down as held, with everybody present. Take the ticks of others out"),
        meeting_changed=N_("Saved"),
        meeting_held=N_("The meeting is held. Those who are invited read its minutes under “Meetings”"),
        meeting_corrected=N_("Saved"),
        meeting_cancelled=N_("The meeting is cancelled"),
        meeting_invited=N_("Added to those who are invited"),
        meeting_taken_away=N_("Not invited any more"),
    )
