"""Words of the road map."""

import enum


class Timing(enum.StrEnum):
    """When a line is to be done."""

    # Until its last day.
    PERIOD = "period"
    # Each month between its two days.
    MONTHLY = "monthly"
    # In the course of the year.
    YEAR = "year"


class How(enum.StrEnum):
    """Who has seen that a line is done."""

    # Its evidence was found.
    SEEN = "seen"
    BY_HAND = "by_hand"


class Standing(enum.StrEnum):
    """How a line stands today."""

    DONE = "done"
    LATE = "late"
    # Under way, or begins or ends soon.
    NEXT = "next"
    AHEAD = "ahead"


class Moved(enum.StrEnum):
    """Where a line is moved within its stage."""

    UP = "up"
    DOWN = "down"


class ActKind(enum.StrEnum):
    """What a local act is."""

    REGULATION = "regulation"
    ORDER = "order"
    INSTRUCTION = "instruction"
    OTHER = "other"
