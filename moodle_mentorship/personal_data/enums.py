"""What a person may ask the school for, and how it was answered."""

import enum


class RequestKind(enum.StrEnum):
    """Rights of the subject of personal data (152-ФЗ ст. 14, 20, 21)."""

    CORRECTION = "correction"
    ERASURE = "erasure"


class Outcome(enum.StrEnum):
    """How the school answered."""

    DONE = "done"
    REFUSED = "refused"


class Shown(enum.StrEnum):
    """Which requests the curator's list shows; the values stand in its address."""

    OPEN = "open"
    ANSWERED = "answered"
