"""States of a pair, the answers of its sides, and what kind of mentoring it is."""

import enum


class PairState(enum.StrEnum):
    """proposed → agreed → ordered ⇄ suspended → ended; a pair that never came to an order is declined or withdrawn.

    An ordered pair is at work from its first day on, and an extended one is an ordered one (ADR 0027).
    """

    PROPOSED = "proposed"
    AGREED = "agreed"
    ORDERED = "ordered"
    SUSPENDED = "suspended"
    ENDED = "ended"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


# From the proposal on, a pair holds a place of its mentor and its mentee, until it ends.
OPEN_STATES = (PairState.PROPOSED, PairState.AGREED, PairState.ORDERED, PairState.SUSPENDED)

# An order fixes the pair, and it has its group in Moodle.
FIXED_STATES = (PairState.ORDERED, PairState.SUSPENDED)


class Side(enum.StrEnum):
    """Whose answer it is."""

    MENTOR = "mentor"
    MENTEE = "mentee"


class Answer(enum.StrEnum):
    """What a side said to the proposal. A refusal needs no reason."""

    YES = "yes"
    NO = "no"


class EndReason(enum.StrEnum):
    """Why an ordered pair ended. The words of the reason go into no document yet; a code is enough for reports."""

    COMPLETED = "completed"
    AGREEMENT = "agreement"
    REPLACED = "replaced"
    MENTOR_REFUSED = "mentor_refused"
    MENTEE_REFUSED = "mentee_refused"
    CANCELLED = "cancelled"
    MENTOR_LEFT = "mentor_left"
    MENTEE_LEFT = "mentee_left"


# The school ends the mentor's work early, of its own will: the mentor is warned before (ст. 351.8 ТК РФ).
AFTER_NOTICE = (EndReason.REPLACED, EndReason.CANCELLED)


class PauseReason(enum.StrEnum):
    """Why a pair is suspended. Illness has no word of its own: what is known of somebody's health stays out."""

    LEAVE = "leave"
    ABSENCE = "absence"
    SCHOOL = "school"


class MentoringForm(enum.StrEnum):
    """Who mentors whom (форма наставничества): АЗ-1128/08/657, the model regulation."""

    TEACHERS = "teachers"
    HEAD = "head"
    EMPLOYER = "employer"
    LECTURER = "lecturer"


class MentoringKind(enum.StrEnum):
    """How the two work (вид наставничества): АЗ-1128/08/657, the model regulation. A pair may have several."""

    TRADITIONAL = "traditional"
    REMOTE = "remote"
    GROUP = "group"
    SHORT = "short"
    REVERSE = "reverse"
    SITUATIONAL = "situational"
    SPEED = "speed"


# What a pair is until somebody says otherwise.
USUAL_FORM = MentoringForm.TEACHERS
USUAL_KINDS = (MentoringKind.TRADITIONAL,)

# A group begins with so many mentees; fewer than the least are left only when some have gone.
LEAST_MEMBERS, MOST_MEMBERS = 3, 6


class Mark(enum.StrEnum):
    """What we know of somebody in a space's group."""

    #: Put in by us, and seen there.
    PLACED = "placed"
    #: Put in by us, and taken out by somebody's hand in Moodle.
    TAKEN_OUT = "taken_out"
    #: Put in by somebody's hand in Moodle.
    GUEST = "guest"


class Noticed(enum.StrEnum):
    """What people have changed by hand in a space's group in Moodle."""

    GONE = "gone"
    RENAMED = "renamed"
    TAKEN_OUT = "taken_out"
    GUESTS = "guests"
    UNGROUPED = "ungrouped"
    SILENCED = "silenced"
