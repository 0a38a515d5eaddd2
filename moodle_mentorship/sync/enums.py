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
    # The members of the course «Mentoring», over LTI's Names and Roles.
    ROSTER = "roster"


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


class Column(enum.StrEnum):
    """What a column of a staff list in a file holds."""

    FULL_NAME = "full_name"
    LAST_NAME = "last_name"
    FIRST_NAME = "first_name"
    MIDDLE_NAME = "middle_name"
    EMAIL = "email"
    SEX = "sex"
    POSITION = "position"
    SUBJECTS = "subjects"
    HIRE_DATE = "hire_date"
    TEACHING_SINCE = "teaching_since"
    CATEGORY = "category"
    BUILDING = "building"
    LINE_MANAGER = "line_manager"
    POST_SINCE = "post_since"
    BREAK_FROM = "break_from"
    BREAK_UNTIL = "break_until"
    FREE_SLOTS = "free_slots"
