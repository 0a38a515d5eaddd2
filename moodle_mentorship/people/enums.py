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
    # The day from which the years of teaching count, so that they grow by themselves.
    TEACHING_SINCE = "teaching_since"
    CATEGORY = "category"
    BUILDING = "building"
    LINE_MANAGER = "line_manager_id"
    # The day on which the present post, or the present subject, was taken up.
    POST_SINCE = "post_since"
    # The first and the last day of a long leave.
    BREAK_FROM = "break_from"
    BREAK_UNTIL = "break_until"
    # Free parts of the working week, as `school.week.line` writes them.
    FREE_SLOTS = "free_slots"


# These hold a calendar day.
DAYS = frozenset(
    {
        *(PersonField.HIRE_DATE, PersonField.TEACHING_SINCE, PersonField.POST_SINCE),
        *(PersonField.BREAK_FROM, PersonField.BREAK_UNTIL),
    }
)
# What belongs to the employment itself (TK RF гл. 14; 152-ФЗ ст. 6 ч. 1 п. 5): of these the earlier values are kept.
EMPLOYMENT = (
    *(PersonField.POSITION, PersonField.SUBJECTS, PersonField.HIRE_DATE, PersonField.TEACHING_SINCE),
    *(PersonField.CATEGORY, PersonField.BUILDING, PersonField.LINE_MANAGER, PersonField.POST_SINCE),
    *(PersonField.BREAK_FROM, PersonField.BREAK_UNTIL, PersonField.FREE_SLOTS),
)


# What a question may fill that is answered in words.
ANSWERABLE = (
    *(PersonField.POSITION, PersonField.SUBJECTS, PersonField.TEACHING_SINCE, PersonField.CATEGORY),
    *(PersonField.BUILDING, PersonField.POST_SINCE),
)
# What a question about the week may fill.
FREE = PersonField.FREE_SLOTS


class Category(enum.StrEnum):
    """A teacher's qualification category (order 196 of 24.03.2023); the last two need the highest one (п. 45)."""

    NONE = "none"
    FIRST = "first"
    HIGHEST = "highest"
    METHODIST = "methodist"
    MENTOR = "mentor"


class Source(enum.StrEnum):
    """Where a value comes from."""

    MOODLE = "moodle"
    PROFILE_FIELD = "profile_field"
    BY_HAND = "by_hand"
    # A staff list that somebody read in (a 1C export).
    FILE = "file"
    # The person's own answer to a question that fills a field.
    QUESTIONNAIRE = "questionnaire"


# Moodle's passes don't write over these: they were put here by people, and another opinion is a difference.
KEPT = frozenset({Source.BY_HAND, Source.FILE, Source.QUESTIONNAIRE})


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
