"""Words of meetings."""

import enum


class MeetingKind(enum.StrEnum):
    """For what people meet; each is a line of the road map."""

    # «Установочная сессия» or a consultation of mentors (stage 4).
    TRAINING = "training"
    # The monthly exchange of experience (stage 5).
    EXCHANGE = "exchange"
    # The closing event of the year (stage 6).
    CLOSING = "closing"


class Audience(enum.StrEnum):
    """Who is invited: those who stand there at the moment of the call."""

    MENTORS = "mentors"
    BANKS = "banks"
    PAIRS = "pairs"


class MeetingState(enum.StrEnum):
    """planned → held, or planned → cancelled. What a held one says may be put right; it stays held."""

    PLANNED = "planned"
    HELD = "held"
    CANCELLED = "cancelled"
