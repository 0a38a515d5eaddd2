"""Puts the room into the application."""

from moodle_mentorship.banks import api, queries, views
from moodle_mentorship.banks.models import MAX_CAPACITY, Mentee, Mentor
from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.i18n import N_
from moodle_mentorship.web.kit import Kit
from moodle_mentorship.web.marks import Register


def wire(kit: Kit) -> None:
    """Pages, REST, tab, roles that follow from the banks, and the words beside people in the staff list."""
    kit.app.register_blueprint(views.bp)
    kit.api.register_blueprint(api.blp)
    kit.tabs.add("banks.mentees", N_("Banks"), 30, Role.CURATOR)
    kit.pages.add("banks.mentees", N_("Bank of mentees"), 30)
    kit.pages.add("banks.mentors", N_("Bank of mentors"), 31)
    kit.runtime.roles.add(queries.role_of(Mentee))
    kit.runtime.roles.add(queries.role_of(Mentor))
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
            "mentors",
            N_("In the bank of mentors"),
            queries.mentor_ids,
            endpoint="banks.add_mentor",
            button=N_("To the bank of mentors"),
            capacities=tuple(range(1, MAX_CAPACITY + 1)),
        )
    )
    kit.notices.add(
        mentee_added=N_("Added to the bank of mentees"),
        mentor_added=N_("Added to the bank of mentors"),
        capacity_changed=N_("The number of places is changed"),
        mentee_withdrawn=N_("Taken out of the bank of mentees. The entry is kept; adding again restores it"),
        mentor_withdrawn=N_("Taken out of the bank of mentors. The entry is kept; adding again restores it"),
    )
