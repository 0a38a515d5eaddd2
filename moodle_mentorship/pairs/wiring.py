"""Puts the room into the application."""

from collections.abc import Sequence
from datetime import datetime

from flask_babel import ngettext
from sqlalchemy.orm import Session

from moodle_mentorship.core.actor import Actor, Role
from moodle_mentorship.core.i18n import N_
from moodle_mentorship.documents.kinds import Kinds
from moodle_mentorship.moodle.outbox import Handlers
from moodle_mentorship.pairs import api, evidence, holdings, jobs, queries, service, tasks, views
from moodle_mentorship.pairs.board import wiring as board
from moodle_mentorship.pairs.groups import wiring as groups
from moodle_mentorship.pairs.office import wiring as office
from moodle_mentorship.pairs.orders import wiring as orders
from moodle_mentorship.pairs.rematch import wiring as rematch
from moodle_mentorship.roadmap.evidence import Evidence
from moodle_mentorship.web.kit import Kit


def wire(kit: Kit, outbox: Handlers, kinds: Kinds, road_map: Evidence) -> None:
    """Pages, REST, tabs, tasks, deliveries to Moodle, and what follows a departure."""
    kit.app.register_blueprint(views.bp)
    board.wire(kit)
    groups.wire(kit)
    rematch.wire(kit)
    orders.wire(kit, kinds)
    office.wire(kit, kinds)
    kit.api.register_blueprint(api.blp)
    kit.tabs.add("pairs.index", N_("Pairs"), 50, Role.CURATOR, Role.DIRECTOR)
    kit.tabs.add("pairs.my_mentees", N_("My mentees"), 10, Role.MENTOR)
    kit.tabs.add("pairs.my_mentor", N_("My mentor"), 10, Role.MENTEE)
    kit.pages.add("pairs.index", N_("Mentoring pairs"), 50)
    kit.pages.add("pairs.my_mentees", N_("My mentees"), 10)
    kit.pages.add("pairs.my_mentor", N_("My mentor"), 11)
    kit.sections.add("banks.card", views.over_the_years)
    kit.tasks.add(Role.CURATOR, tasks.curator_tasks)
    kit.tasks.add(Role.MENTOR, tasks.mentor_tasks)
    kit.tasks.add(Role.MENTEE, tasks.mentee_tasks)
    outbox.add(service.KEEP_SPACE, jobs.keep_space, N_("Pair's group in the Moodle course"))
    outbox.add(service.LOOK_OVER, jobs.look_over, N_("Look over the pairs' groups in the Moodle course"))
    kit.runtime.jobs.nightly("pairs.look_over", jobs.ask_look_over)
    kit.marks.add_consequence(_consequence)

    def departed(session: Session, actor: Actor, person_id: int, now: datetime) -> None:
        service.end_because_left(session, kit.runtime.jobs, actor, person_id, now)

    kit.runtime.departures.add(departed)
    holdings.register(kit.runtime.holdings)
    evidence.register(road_map)
    kit.runtime.grounds.on_destroyed(service.destroy_what_mentors_said)
    kit.notices.add(
        pair_proposed=N_("The pair is proposed: both see it on their page “Today”"),
        pair_described=N_("Form and kinds of mentoring are saved"),
        pair_accepted=N_("Thank you, your agreement is saved"),
        pair_declined=N_("Your refusal is saved, the curator sees it. No reason is needed"),
        pair_ordered=N_("The order is saved, the pair's group is being made in Moodle"),
        pair_withdrawn=N_("The proposal is withdrawn, the place is free again"),
        pair_extended=N_("The extension is saved"),
        pair_suspended=N_("The pair is suspended; its place is kept"),
        pair_resumed=N_("The pair is at work again"),
        pair_warned=N_("The notice is saved; the page says from when the pair may end"),
        pair_refused=N_("Your refusal is saved, the curator sees it. No reason is needed"),
        pair_replaced=N_("Another mentor is proposed. When both have agreed, a new order is needed"),
        space_restored=N_("The group in Moodle is being put back as it was"),
        space_left=N_("The group stays as it is in Moodle"),
        pair_ended=N_("The pair has ended, the place is free again"),
    )


def _consequence(session: Session, school_id: int, person_id: int) -> Sequence[str]:
    open_pairs = queries.count_open(session, school_id, person_id)
    if not open_pairs:
        return ()
    return (ngettext("%(num)d open pair ends", "%(num)d open pairs end", open_pairs),)
