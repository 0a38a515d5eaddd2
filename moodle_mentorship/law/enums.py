"""How a reference stands, and what the checker says of a citation."""

import enum


class Standing(enum.StrEnum):
    """What may be wrong with a reference whatever the day."""

    VALID = "valid"
    # Such an article does not exist, or is about something else: a known slip of the pen.
    MISPRINT = "misprint"
    # The act is real, and not about the mentoring of teachers.
    UNFIT = "unfit"
    # A part of the number is left out.
    INCOMPLETE = "incomplete"


class Verdict(enum.StrEnum):
    """What the checker says of a citation."""

    MISPRINT = "misprint"
    UNFIT = "unfit"
    INCOMPLETE = "incomplete"
    # On the act's day it was not in force any more, or not yet.
    EXPIRED = "expired"
    AHEAD = "ahead"
    # The act is cited with another date than its own.
    WRONG_DATE = "wrong_date"
    # The table doesn't know it: somebody has to look.
    UNCHECKED = "unchecked"
    GOOD = "good"
