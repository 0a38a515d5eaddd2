"""What the road map refuses."""

from moodle_mentorship.core.errors import Conflict, DomainError
from moodle_mentorship.core.i18n import N_


class MapExists(Conflict):
    """The school year has its road map already."""

    code = "road_map_exists"
    title = N_("This school year has its road map already")
    advice = N_("Open it and change its lines. Nothing was changed.")


class NothingToCopy(DomainError):
    """There is no road map of an earlier year."""

    code = "no_earlier_road_map"
    status = 409
    title = N_("There is no road map of an earlier year")
    advice = N_("Take the ready-made one.")


class NotYours(DomainError):
    """Neither a curator nor the line's responsible."""

    code = "line_not_yours"
    status = 403
    title = N_("This line is somebody else's")
    advice = N_("A line is marked by its responsible or by the curator.")


class MarkedAlready(Conflict):
    """The line was marked as done before."""

    code = "line_marked"
    title = N_("This line is marked as done already")
    advice = N_("To mark it anew, take the mark back first.")
    field = "note"


class MarksInTheWay(Conflict):
    """A line's marks wouldn't fit its new period."""

    code = "line_has_marks"
    title = N_("The line has marks that would not fit the new period")
    advice = N_("Take the marks back first, then change the period.")
    field = "timing"


class NothingToApprove(Conflict):
    """The lines read as the approved version does, or there are none."""

    code = "road_map_unchanged"
    title = N_("There is nothing to approve")
    advice = N_("The road map has no lines, or none was changed since it was approved.")


class VersionWaits(Conflict):
    """A version lies before the director."""

    code = "road_map_version_waits"
    title = N_("A version waits for the director's signature")
    advice = N_("Wait until its order is registered, or take the order back.")


class ActExists(Conflict):
    """An act of this kind and title stands in the register."""

    code = "act_exists"
    title = N_("This act stands in the register already")
    advice = N_("Open it and put its new edition in. Nothing was saved.")
    field = "title"
