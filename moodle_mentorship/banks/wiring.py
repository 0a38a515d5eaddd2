"""Puts the room into the application."""

from moodle_mentorship.banks import (
    api,
    candidate_pages,
    evidence,
    holdings,
    queries,
    service,
    views,
    wish_pages,
    wishes,
)
from moodle_mentorship.banks.models import MAX_CAPACITY, Mentee, Mentor
from moodle_mentorship.banks.tasks import candidate_tasks, invitation_tasks
from moodle_mentorship.consents.enums import ConsentKind
from moodle_mentorship.consents.needs import Needs
from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.i18n import N_
from moodle_mentorship.roadmap.evidence import Evidence
from moodle_mentorship.surveys.listeners import Submitted
from moodle_mentorship.web.kit import Kit
from moodle_mentorship.web.marks import Register


def wire(kit: Kit, submitted: Submitted, needs: Needs, road_map: Evidence) -> None:
    """Pages, REST, tab, roles that follow from the banks, consents that they need, words in the staff list,
    what they prove in the road map."""
    kit.app.register_blueprint(views.bp)
    kit.app.register_blueprint(views.own)
    kit.app.register_blueprint(candidate_pages.bp)
    kit.app.register_blueprint(wish_pages.bp)
    kit.api.register_blueprint(api.blp)
    kit.tabs.add("banks.mentees", N_("Banks"), 30, Role.CURATOR)
    kit.tabs.add("participation.index", N_("My participation"), 70, Role.MENTOR, Role.MENTEE)
    kit.pages.add("banks.mentees", N_("Bank of mentees"), 30)
    kit.pages.add("banks.mentors", N_("Bank of mentors"), 31)
    kit.pages.add("candidates.index", N_("Candidates of the bank of mentees"), 33)
    kit.pages.add("participation.index", N_("My participation in mentoring"), 32)
    kit.runtime.grounds.on_given(service.ground_given)
    kit.runtime.grounds.on_withdrawn(service.ground_withdrawn)
    kit.runtime.grounds.on_destroyed(wishes.destroy)
    submitted.add(service.answered)
    holdings.register(kit.runtime.holdings)
    evidence.register(road_map)
    kit.runtime.roles.add(queries.role_of(Mentee))
    kit.runtime.roles.add(queries.role_of(Mentor))
    needs.add(ConsentKind.PROCESSING_MENTEE, lambda school_id, _day: queries.mentee_ids(school_id))
    needs.add(ConsentKind.PROCESSING_MENTEE, lambda school_id, _day: queries.invited_ids(school_id))
    needs.add(ConsentKind.PROCESSING_MENTOR, lambda school_id, _day: queries.mentor_ids(school_id))
    needs.add(ConsentKind.PROCESSING_MENTOR, lambda school_id, _day: queries.applicant_ids(school_id))
    needs.add(ConsentKind.MENTOR_WORK, lambda school_id, _day: queries.assigned_ids(school_id))
    kit.tasks.add(Role.CURATOR, candidate_tasks)
    for role in Role:
        # Who has that role stands in the bank already.
        if role is not Role.MENTOR:
            kit.tasks.add(role, invitation_tasks)
    kit.marks.add(queries.marks)
    kit.marks.add_register(
        Register(
            "mentees",
            N_("In the bank of mentees"),
            queries.mentee_ids,
            endpoint="banks.add_mentee",
            button=N_("To the bank of mentees"),
        )
    )
    kit.marks.add_register(
        Register(
            "invited",
            N_("Invited into the bank of mentees"),
            queries.invited_ids,
            endpoint="banks.invite_mentee",
            button=N_("Offer a mentor"),
            closed=queries.not_to_invite(Mentee),
        )
    )
    kit.marks.add_register(
        Register(
            "mentors",
            N_("In the bank of mentors"),
            queries.mentor_ids,
            endpoint="banks.add_mentor",
            button=N_("To the bank of mentors"),
            capacities=tuple(range(1, MAX_CAPACITY + 1)),
        )
    )
    kit.marks.add_register(
        Register(
            "mentors_invited",
            N_("Invited to be a mentor"),
            queries.invited_mentor_ids,
            endpoint="banks.invite_mentor",
            button=N_("Offer to be a mentor"),
            closed=queries.not_to_invite(Mentor),
            marked=N_("Offer those marked to be mentors"),
        )
    )
    kit.notices.add(
        mentee_added=N_("Added to the bank of mentees"),
        mentor_added=N_("Added to the bank of mentors"),
        capacity_changed=N_("The number of places is changed"),
        basis_set=N_("The ground is saved"),
        mentee_invited=N_("Offered a mentor: the person sees it on the page “My participation”"),
        candidates_invited=N_("Offered a mentor: they see it on the page “My participation”"),
        candidate_put_off=N_("No candidate this year. Under “not this year” you can bring them back"),
        candidate_back=N_("A candidate again"),
        candidate_rules_saved=N_("The rules are saved"),
        mentee_assess=N_("Marked: the needs are known"),
        mentee_complete=N_("Mentoring is completed. The entry is kept"),
        mentee_withdraw=N_("Taken out of the bank of mentees. The entry is kept; adding again restores it"),
        mentor_invited=N_("Offered to be a mentor: the answer is awaited on the page “My participation”"),
        mentor_check=N_("The application is approved"),
        mentor_train=N_("Marked as trained"),
        mentor_open=N_("Added to the bank of mentors"),
        mentor_pause=N_("A break: no new mentees are proposed"),
        mentor_resume=N_("The break is over"),
        mentor_withdraw=N_("Taken out of the bank of mentors. The entry is kept; adding again restores it"),
        wishes_saved=N_("The wish is saved"),
        own_mentee_ask=N_("Your wish is saved, the curator sees it"),
        own_mentee_withdraw=N_(
            "Your refusal is saved. You will not be asked again this school year; no reason is needed"
        ),
        own_mentor_apply=N_("Thank you, the curator sees your application"),
        own_mentor_pause=N_("A break: nobody new is proposed to you. Your present pairs go on"),
        own_mentor_resume=N_("The break is over"),
        own_mentor_withdraw=N_(
            "Saved: you are no mentor. You will not be asked again this school year; no reason is needed, and nothing "
            "follows from it"
        ),
    )
