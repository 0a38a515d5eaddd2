"""How the banks are put into words. Called inside a request, in the reader's language."""

from collections.abc import Mapping
from datetime import datetime

from flask_babel import gettext as _

from moodle_mentorship.banks.candidates import Candidate
from moodle_mentorship.banks.enums import Bank, Basis, MenteeAct, MenteeState, MentorAct, MentorState, Why, Wish
from moodle_mentorship.banks.models import BankStep, Mentor
from moodle_mentorship.banks.queries import ListedMentor
from moodle_mentorship.core.i18n import N_
from moodle_mentorship.web.formats import long_date

MENTEE_STATES = {
    MenteeState.INVITED: N_("invited"),
    MenteeState.CONSENTED: N_("has consented"),
    MenteeState.ASSESSED: N_("needs are known"),
    MenteeState.WAITING: N_("waits for a mentor"),
    MenteeState.PAIRED: N_("mentor chosen"),
    MenteeState.COMPLETED: N_("mentoring completed"),
    MenteeState.WITHDRAWN: N_("taken out"),
}
MENTOR_STATES = {
    MentorState.INVITED: N_("invited"),
    MentorState.APPLIED: N_("has applied"),
    MentorState.CHECKED: N_("application approved"),
    MentorState.TRAINED: N_("trained"),
    MentorState.AVAILABLE: N_("takes mentees"),
    MentorState.PAUSED: N_("takes a break"),
    MentorState.LEFT: N_("taken out"),
}
WISHES = {Wish.GLADLY: N_("Gladly with"), Wish.NOT: N_("Not together with")}
# What stands beside an available mentor without free places.
FULL = N_("no free places")

# Kind and icon of a state: colour never stands alone.
LOOKS = {
    MenteeState.INVITED: ("now", "envelope"),
    MenteeState.CONSENTED: ("now", "check2"),
    MenteeState.ASSESSED: ("now", "clipboard-check"),
    MenteeState.WAITING: ("warn", "clock"),
    MenteeState.PAIRED: ("ok", "check2"),
    MenteeState.COMPLETED: ("", "flag"),
    MenteeState.WITHDRAWN: ("", "dash-circle"),
    MentorState.INVITED: ("now", "envelope"),
    MentorState.APPLIED: ("warn", "envelope"),
    MentorState.CHECKED: ("now", "check2"),
    MentorState.TRAINED: ("now", "mortarboard"),
    MentorState.AVAILABLE: ("ok", "check2"),
    MentorState.PAUSED: ("", "pause-circle"),
    MentorState.LEFT: ("", "dash-circle"),
}

# What the curator's buttons say.
MENTEE_ACTS = {
    MenteeAct.ASSESS: N_("Needs are known"),
    MenteeAct.ADD: N_("To the bank"),
    MenteeAct.COMPLETE: N_("Mentoring is completed"),
    MenteeAct.WITHDRAW: N_("Take out"),
}
MENTOR_ACTS = {
    MentorAct.CHECK: N_("Approve"),
    MentorAct.TRAIN: N_("Mark as trained"),
    MentorAct.OPEN: N_("To the bank"),
    MentorAct.PAUSE: N_("Break: no new mentees"),
    MentorAct.RESUME: N_("End the break"),
    MentorAct.WITHDRAW: N_("Take out of the bank"),
}

BASES = {
    Basis.ASSIGNMENT: N_("the employer's assignment (Labour Code, art. 351.8)"),
    Basis.JOB_DUTY: N_("a duty of the post"),
    Basis.EXTERNAL_CONTRACT: N_("a contract with somebody from outside"),
}

# Why somebody may need a mentor, as a form offers it.
REASONS = {
    Why.CURATOR: N_("the curator's decision"),
    Why.HIRED_RECENTLY: N_("new at the school"),
    Why.FIRST_YEARS: N_("the first three years at work"),
    Why.AFTER_BREAK: N_("back after a break"),
    Why.NEW_POST: N_("a new post or subject"),
    Why.LOW_SCORE: N_("low marks in the diagnosis"),
    Why.OWN_WISH: N_("own wish"),
}
WHY = REASONS | {
    Why.CONSENT: N_("consent given or withdrawn"),
    Why.ANSWERS: N_("answers to the questionnaire"),
    Why.PAIR: N_("a pair was proposed or closed"),
    Why.DEPARTURE: N_("left the school"),
}


# The rules by which candidates are found: how a rule reads, and what its number counts.
RULES = {
    Why.HIRED_RECENTLY: (N_("New at the school"), N_("days since the day of hire, at most")),
    Why.FIRST_YEARS: (N_("First years at work"), N_("years of teaching, at most")),
    Why.AFTER_BREAK: (N_("Back after a break"), N_("days since the end of the leave, at most")),
    Why.NEW_POST: (N_("New post or subject"), N_("days in the post or with the subject, at most")),
    Why.LOW_SCORE: (N_("Needs help by the questionnaire"), N_("themes in which help is needed, at least")),
}


def reason(why: Why, person: Candidate, since: Mapping[tuple[int, Why], datetime]) -> str:
    """Why somebody is a candidate, and the day from which that holds: on their card, or of `candidates.known_since`."""
    if why is Why.HIRED_RECENTLY:
        return str(_("at the school since %(day)s", day=long_date(person.hire_date)))
    if why is Why.FIRST_YEARS:
        return str(_("teaching since %(day)s", day=long_date(person.teaching_since)))
    if why is Why.AFTER_BREAK:
        return str(_("the leave ended on %(day)s", day=long_date(person.break_until)))
    if why is Why.NEW_POST and person.post_since is not None:
        return str(_("in this post or subject since %(day)s", day=long_date(person.post_since)))
    if (at := since.get((person.id, why))) is not None:
        told = N_("a new post or subject, entered on %(day)s")
        if why is Why.LOW_SCORE:
            told = N_("low marks in the answers of %(day)s")
        return str(_(told, day=long_date(at)))
    return str(_(REASONS[why]))


def mentor_state(mentor: Mentor | ListedMentor) -> str:
    """Msgid of how a mentor stands; without free places that is what matters."""
    if mentor.state is MentorState.AVAILABLE and not mentor.takes_mentees:
        return FULL
    return MENTOR_STATES[mentor.state]


def stood_at(step: BankStep) -> str:
    """Msgid of the state that a step led to."""
    if step.bank is Bank.MENTEES:
        return MENTEE_STATES[MenteeState(step.after)]
    return MENTOR_STATES[MentorState(step.after)]
