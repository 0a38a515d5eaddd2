"""What the room refuses."""

from moodle_mentorship.core.errors import Conflict
from moodle_mentorship.core.i18n import N_


class NobodyToRead(Conflict):
    """The only curator is the mentor themself."""

    code = "rematch_nobody_reads"
    title = N_("Nobody could read this request: the only curator is your mentor")
    advice = N_("Please turn to the director of the school.")


class RequestClosed(Conflict):
    """The request was taken back or answered meanwhile."""

    code = "rematch_closed"
    title = N_("This request is closed already")
    advice = N_("Open the page anew and look at its state now.")
