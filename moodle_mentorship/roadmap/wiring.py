"""Puts the room into the application."""

from moodle_mentorship.consents.needs import Needs
from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.i18n import N_
from moodle_mentorship.documents.kinds import Kinds
from moodle_mentorship.roadmap import act_views, api, holdings, jobs, orders, sources, told, views
from moodle_mentorship.roadmap.evidence import Evidence
from moodle_mentorship.roadmap.tasks import road_map_tasks
from moodle_mentorship.web.kit import Kit


def wire(kit: Kit, kinds: Kinds, evidence: Evidence, needs: Needs) -> None:
    """Pages, REST, the tab, its order, what waits for the responsible; `evidence` is filled by the rooms above, too."""
    told.install(kit.app, evidence)
    kinds.add(orders.KIND)
    evidence.add(sources.ROAD_MAP_ORDER, sources.CLOSING_EVENT, sources.REGULATION, *sources.consents(needs))
    kit.app.register_blueprint(views.bp)
    kit.app.register_blueprint(act_views.bp)
    kit.api.register_blueprint(api.blp)
    holdings.register(kit.runtime.holdings)
    kit.tabs.add("roadmap.index", N_("Road map"), 15, Role.CURATOR, Role.DIRECTOR)
    kit.pages.add("roadmap.index", N_("Road map of the year"), 5)
    for role in (Role.CURATOR, Role.DIRECTOR, Role.PSYCHOLOGIST, Role.CLERK, Role.MENTOR, Role.MENTEE):
        kit.tasks.add(role, road_map_tasks)
    kit.sections.add("dashboard.home", views.year_today)
    kit.runtime.jobs.hourly("roadmap.look", jobs.look(evidence))
    kit.notices.add(
        map_taken=N_("The road map is yours now. Read the lines and change what is different at your school"),
        map_copied=N_("The road map of the year before is taken over; what was left undone is marked"),
        line_added=N_("The line is added"),
        line_saved=N_("The line is saved"),
        line_moved=N_("The line is moved"),
        line_removed=N_("The line is taken out"),
        line_marked=N_("Marked as done"),
        mark_taken_back=N_("The mark is taken back"),
        line_looks=N_("Evidence marks this line again"),
        map_order_begun=N_("The draft of the order is ready. Read it, then lay it before the director"),
        map_approved=N_("The version is approved"),
        map_reminds=N_("Saved"),
        act_added=N_("The act stands in the register; its references are checked"),
        act_renewed=N_("The new edition stands in the register; the one before is kept"),
    )
