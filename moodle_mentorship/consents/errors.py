"""Refusals of the room."""

from moodle_mentorship.core.errors import Conflict
from moodle_mentorship.core.i18n import N_


class NoGround(Conflict):
    """Neither a consent nor another legal ground allows this person's profile to be processed (152-ФЗ ст. 6 ч. 1)."""

    code = "no_processing_ground"
    title = N_("There is no consent to the processing of these data")
    advice = N_("Nothing was saved. First the person agrees, or the curator records the signed consent.")
