"""States and sources of what is known about a person."""

import enum


class Sex(enum.StrEnum):
    """Needed for Russian grammar in documents, never for matching."""

    FEMALE = "f"
    MALE = "m"


class StaffStatus(enum.StrEnum):
    """Where a person stands in the directory."""

    ACTIVE = "active"
    # The last complete pass no longer saw the person; the curator has not confirmed it yet.
    LEAVING = "leaving"
    LEFT = "left"


class PersonField(enum.StrEnum):
    """What is stored of a person; the values are the attribute names of `Person`."""

    LAST_NAME = "last_name"
    FIRST_NAME = "first_name"
    MIDDLE_NAME = "middle_name"
    SEX = "sex"
    POSITION = "position"
    SUBJECTS = "subjects"
    HIRE_DATE = "hire_date"
    EMAIL = "email"


class Source(enum.StrEnum):
    """Where a value comes from."""

    MOODLE = "moodle"
    PROFILE_FIELD = "profile_field"
    BY_HAND = "by_hand"
    # A staff list that somebody read in (a 1C export).
    FILE = "file"


# Moodle's passes don't write over these: they were put here by people, and another opinion is a difference.
KEPT = frozenset({Source.BY_HAND, Source.FILE})


class RowOutcome(enum.StrEnum):
    """What becomes of a row of a staff list in a file."""

    CHANGED = "changed"
    UNCHANGED = "unchanged"
    # The very same person and values as an earlier row.
    REPEATED = "repeated"
    # It may mean several people, or contradicts another row: nobody is guessed.
    AMBIGUOUS = "ambiguous"
    # Nobody in the staff list has this name.
    UNKNOWN = "unknown"
    # Something in the row can't be what its column says.
    REFUSED = "refused"


class StaffView(enum.StrEnum):
    """Which people the staff list shows; the values stand in its address."""

    # Everybody who has not left.
    PRESENT = "present"
    ACTIVE = "active"
    LEAVING = "leaving"
    LEFT = "left"
    SUSPENDED = "suspended"
    # Moodle says something else than was written by hand.
    DIFFERING = "differing"


class StaffSort(enum.StrEnum):
    """The order of the staff list; who has no hire date comes last."""

    NAME = "name"
    NEWEST = "newest"
    LONGEST = "longest"
