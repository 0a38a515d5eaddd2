"""Words of the board."""

import enum


class DraftKind(enum.StrEnum):
    """What a draft is of."""

    PAIRS = "pairs"
    GROUPS = "groups"


class DraftState(enum.StrEnum):
    """queued → running → done; a failed or cancelled draft stays in the list."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Step(enum.StrEnum):
    """What a running draft is at."""

    READING = "reading"
    SCORING = "scoring"
    SOLVING = "solving"
    GROUPING = "grouping"


class Cause(enum.StrEnum):
    """Why a draft was made."""

    ASKED = "asked"
    PINNED = "pinned"
    FORBIDDEN = "forbidden"
    UNDONE = "undone"
    WEIGHTS = "weights"


class Keep(enum.StrEnum):
    """How much it counts that a pair stood before: last year, or in the draft before. The school chooses one of the
    first three; `FEW` is for one change, for which as few as possible are to be moved."""

    NONE = "none"
    SOME = "some"
    STRONGLY = "strongly"
    FEW = "few"


#: What a school may choose for all its drafts.
PRESETS = (Keep.NONE, Keep.SOME, Keep.STRONGLY)


class MarkKind(enum.StrEnum):
    """What a curator knows better: the pair is to be, or is not to be. Moving a mentee pins another pair."""

    PIN = "pin"
    FORBID = "forbid"


class Because(enum.StrEnum):
    """Why a mark was made. `VETO`: one of the two doesn't want it, which only curators may know."""

    JUDGEMENT = "judgement"
    VETO = "veto"


class Alone(enum.StrEnum):
    """Why a mentee is in no group, the first that holds."""

    TAKEN_OUT = "taken_out"
    PINNED = "pinned"
    NO_GROUND = "no_ground"
    SILENT = "silent"
    OTHER_THEMES = "other_themes"
    NOBODY_STRONG = "nobody_strong"
    BARRED = "barred"
    FEW = "few"
    FULL = "full"
