"""States of a pair, the answers of its sides, and what kind of mentoring it is."""

import enum


class PairState(enum.StrEnum):
    """proposed → agreed → ordered → ended; a pair that never came to an order is declined or withdrawn."""

    PROPOSED = "proposed"
    AGREED = "agreed"
    ORDERED = "ordered"
    ENDED = "ended"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


# From the proposal on, a pair holds a place of its mentor and its mentee, until it ends.
OPEN_STATES = (PairState.PROPOSED, PairState.AGREED, PairState.ORDERED)


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
    MENTOR_LEFT = "mentor_left"
    MENTEE_LEFT = "mentee_left"


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
