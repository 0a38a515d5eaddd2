"""Words of questionnaires."""

import enum

from moodle_mentorship.core.grounds import Purpose


class Kind(enum.StrEnum):
    """What a questionnaire is for."""

    # A mentee's needs (stage 2) and a mentor's offer (stage 3).
    NEED = "need"
    OFFER = "offer"
    # Once a month, while a pair works.
    PULSE = "pulse"
    FINISH = "finish"
    # The school's own.
    OWN = "own"


#: Answers to these are a profile, which is kept for a purpose and needs a legal ground.
PURPOSES = {Kind.NEED: Purpose.MENTEE_PROFILE, Kind.OFFER: Purpose.MENTOR_PROFILE}


class VersionState(enum.StrEnum):
    """A draft is edited; a published version never changes again."""

    DRAFT = "draft"
    PUBLISHED = "published"


class ItemType(enum.StrEnum):
    """How an item is answered."""

    TEXT = "text"
    SINGLE = "single"
    MULTIPLE = "multiple"
    SCALE = "scale"
    MATRIX = "matrix"
    SLOTS = "slots"
    FILE = "file"
