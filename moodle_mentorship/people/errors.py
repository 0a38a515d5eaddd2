"""Refusals of the room."""

from moodle_mentorship.core.errors import Conflict
from moodle_mentorship.core.i18n import N_


class NotEmployed(Conflict):
    """A role needs somebody who works at the school and can log in."""

    code = "not_employed"
    title = N_("This person can't take a role now")
    advice = N_("They have left, or their Moodle account is closed. Choose somebody else. Nothing was changed.")


class NotAppointable(Conflict):
    """This role follows from something else (the banks, a launch), nobody hands it out."""

    code = "role_not_appointable"
    title = N_("Nobody is appointed to this role")
    advice = N_("It follows from the banks or from Moodle. Nothing was changed.")


class LastCurator(Conflict):
    """Without a curator nobody could appoint the next one."""

    code = "last_curator"
    title = N_("The school would be without a curator")
    advice = N_("First appoint another curator, then take the role away here. Nothing was changed.")
