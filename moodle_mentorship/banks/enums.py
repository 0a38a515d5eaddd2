"""States of the two registers, what moves an entry from one to the next, and why."""

import enum


class MenteeState(enum.StrEnum):
    """Where a mentee stands. What leads where: `banks.steps`. Who is only detected stands nowhere yet: the list of
    candidates is found anew each time (`banks.candidates`), with the day from which each reason holds."""

    INVITED = "invited"
    CONSENTED = "consented"
    ASSESSED = "assessed"
    WAITING = "waiting"
    PAIRED = "paired"
    COMPLETED = "completed"
    WITHDRAWN = "withdrawn"


class MentorState(enum.StrEnum):
    """Where a mentor stands. A full mentor is an available one without free places: that is counted, not stored."""

    INVITED = "invited"
    APPLIED = "applied"
    CHECKED = "checked"
    TRAINED = "trained"
    AVAILABLE = "available"
    PAUSED = "paused"
    LEFT = "left"


# In the register proper: has the role, can be paired or is.
MENTEES_IN_BANK = (MenteeState.WAITING, MenteeState.PAIRED)
MENTORS_IN_BANK = (MentorState.AVAILABLE, MentorState.PAUSED)
# On the way into it.
MENTEES_ON_THE_WAY = (MenteeState.INVITED, MenteeState.CONSENTED, MenteeState.ASSESSED)
# Said that they want to.
MENTORS_APPLYING = (MentorState.APPLIED, MentorState.CHECKED, MentorState.TRAINED)
MENTORS_ON_THE_WAY = (MentorState.INVITED, *MENTORS_APPLYING)


class Bank(enum.StrEnum):
    """Which of the two registers."""

    MENTEES = "mentees"
    MENTORS = "mentors"


class By(enum.StrEnum):
    """Who takes a step with an entry."""

    CURATOR = "curator"
    # The person whose entry it is.
    ONESELF = "oneself"
    # Another act brings it along: a consent, a pair, a departure.
    SYSTEM = "system"


class MenteeAct(enum.StrEnum):
    """A step with an entry of the bank of mentees; in the journal with «mentee.» before it."""

    INVITE = "invite"
    ASK = "ask"
    CONSENT = "consent"
    ASSESS = "assess"
    WAIT = "wait"
    ADD = "add"
    PAIR = "pair"
    UNPAIR = "unpair"
    COMPLETE = "complete"
    WITHDRAW = "withdraw"


class MentorAct(enum.StrEnum):
    """A step with an entry of the bank of mentors; in the journal with «mentor.» before it."""

    INVITE = "invite"
    APPLY = "apply"
    CHECK = "check"
    TRAIN = "train"
    OPEN = "open"
    ADD = "add"
    PAUSE = "pause"
    RESUME = "resume"
    WITHDRAW = "withdraw"


class Why(enum.StrEnum):
    """Why an entry moved. Nobody is asked why they say no: that is `OWN_WISH`."""

    # Why somebody may need a mentor.
    HIRED_RECENTLY = "hired_recently"
    FIRST_YEARS = "first_years"
    AFTER_BREAK = "after_break"
    NEW_POST = "new_post"
    LOW_SCORE = "low_score"
    OWN_WISH = "own_wish"
    CURATOR = "curator"
    # What brought the step along.
    CONSENT = "consent"
    ANSWERS = "answers"
    PAIR = "pair"
    DEPARTURE = "departure"


class Basis(enum.StrEnum):
    """On what a mentor does this work (TK RF ст. 351.8; Rostrud 02.10.2025 No. TZ/7300-6-1 on duties of the post)."""

    # The employer's assignment with written consent and pay.
    ASSIGNMENT = "assignment"
    # Helping newcomers is a part of the post and of its pay already.
    JOB_DUTY = "job_duty"
    # Somebody of another organisation.
    EXTERNAL_CONTRACT = "external_contract"


class Wish(enum.StrEnum):
    """What somebody says of a colleague. `NOT` is for the curator's eyes only."""

    GLADLY = "gladly"
    NOT = "not"
