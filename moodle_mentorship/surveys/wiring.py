"""Puts the room into the application."""

from functools import partial

from moodle_mentorship.consents.enums import PURPOSES
from moodle_mentorship.consents.needs import Needs
from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.i18n import N_
from moodle_mentorship.roadmap.evidence import Evidence
from moodle_mentorship.surveys import api, builder, evidence, holdings, jobs, queries, service, told, views
from moodle_mentorship.surveys.listeners import Submitted
from moodle_mentorship.surveys.tasks import survey_tasks
from moodle_mentorship.web.kit import Kit


def wire(kit: Kit, submitted: Submitted, needs: Needs, road_map: Evidence) -> None:
    """Pages, REST, the curator's tab, what waits for everybody who is asked, the consents that a profile needs, and
    what is said after an act."""
    told.install(kit.app, submitted)
    kit.runtime.grounds.on_destroyed(service.destroy_answers)
    for consent, purpose in PURPOSES.items():
        needs.add(consent, partial(queries.awaiting_consent, purpose))
    holdings.register(kit.runtime.holdings)
    evidence.register(road_map)
    kit.app.register_blueprint(views.bp)
    kit.app.register_blueprint(builder.bp)
    kit.api.register_blueprint(api.blp)
    kit.runtime.jobs.hourly("surveys.remind", jobs.remind)
    kit.tabs.add("surveys.index", N_("Questionnaires"), 35, Role.CURATOR)
    kit.pages.add("surveys.mine", N_("My questionnaires"), 15)
    for role in Role:
        kit.tasks.add(role, survey_tasks)
    kit.notices.add(
        survey_sent=N_("Thank you, your answers are sent"),
        ready_made_taken=N_("The ready-made questionnaires are yours now. Look at them, then ask people"),
        draft_saved=N_("Saved in the draft. People see it once it is published"),
        question_removed=N_("Removed from the draft; “Undo the last change” brings it back"),
        draft_undone=N_("The last change of the draft is undone"),
        draft_discarded=N_("The draft is thrown away; what is published stays"),
        draft_published=N_("Published. From now on this version is asked; who has begun an earlier one stays with it"),
        round_started=N_("The round has begun: people see the questionnaire on their page “Today”"),
        survey_written=N_("Moodle writes to those who have not answered; each gets one message a day at most"),
        reminders_set=N_("Saved"),
        file_attached=N_("The file is attached"),
        file_removed=N_("The file is removed"),
        round_closed=N_("The round is over. Answers that were sent are kept"),
    )
