"""How an entry of a bank is put into words. Called inside a request, in the reader's language."""

from moodle_mentorship.banks.enums import MenteeState, MentorState
from moodle_mentorship.core.i18n import N_

MENTEE_STATES = {
    MenteeState.WAITING: N_("waits for a mentor"),
    MenteeState.PAIRED: N_("mentor chosen"),
    MenteeState.WITHDRAWN: N_("taken out"),
}
MENTOR_STATES = {
    MentorState.AVAILABLE: N_("in the bank"),
    MentorState.WITHDRAWN: N_("taken out"),
}
