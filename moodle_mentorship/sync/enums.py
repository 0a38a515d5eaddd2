"""Kinds, sources and states of a pass over the staff directory."""

import enum


class PassKind(enum.StrEnum):
    """A full pass sees everybody and may find departures; a delta sees what changed."""

    FULL = "full"
    DELTA = "delta"


class PassSource(enum.StrEnum):
    """Where the pass reads."""

    PLUGIN = "plugin"
    COHORT = "cohort"


class PassState(enum.StrEnum):
    """queued → running → done; a complete pass that would lose too many people asks first."""

    QUEUED = "queued"
    RUNNING = "running"
    ASKING = "asking"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


# A school runs one pass at a time; these states are the unfinished ones.
UNFINISHED = (PassState.QUEUED, PassState.RUNNING, PassState.ASKING)
