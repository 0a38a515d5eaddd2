"""What the room's states are called on pages."""

from moodle_mentorship.core.i18n import N_
from moodle_mentorship.law.enums import Standing, Verdict

STANDINGS = {
    Standing.VALID: N_("may be cited"),
    Standing.MISPRINT: N_("slip of the pen"),
    Standing.UNFIT: N_("about something else"),
    Standing.INCOMPLETE: N_("number is incomplete"),
}
VERDICTS = {
    Verdict.MISPRINT: N_("There is no such article, or it is about something else"),
    Verdict.UNFIT: N_("This act is not about the mentoring of teachers"),
    Verdict.INCOMPLETE: N_("The number is incomplete"),
    Verdict.EXPIRED: N_("Not in force any more on that day"),
    Verdict.AHEAD: N_("Not in force yet on that day"),
    Verdict.WRONG_DATE: N_("The act has another date"),
    Verdict.UNCHECKED: N_("Not in the table: compare it yourself"),
    Verdict.GOOD: N_("In order"),
}
