"""States of the two registers."""

import enum


class MenteeState(enum.StrEnum):
    """Where a mentee stands. Pairing moves it to PAIRED and back."""

    WAITING = "waiting"
    PAIRED = "paired"
    WITHDRAWN = "withdrawn"


class MentorState(enum.StrEnum):
    """Whether a mentor takes new mentees. A full mentor is an available one without free places."""

    AVAILABLE = "available"
    WITHDRAWN = "withdrawn"
