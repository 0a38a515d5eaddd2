"""What the board refuses, and what to do about it."""

from moodle_mentorship.core.errors import Conflict
from moodle_mentorship.core.i18n import N_


class BoardChanged(Conflict):
    """Another curator (or another window) changed the board since this page was drawn."""

    code = "board_changed"
    title = N_("The board has changed meanwhile")
    advice = N_(
        "Somebody pinned, forbade or undid something in another window. Nothing of theirs is lost: look at the board "
        "as it is now and make your change again."
    )


class NotThisPair(Conflict):
    """The mentee no longer waits, or the mentor takes nobody any more."""

    code = "not_this_pair"
    title = N_("These two can't be put together now")
    advice = N_("The mentee no longer waits for a mentor, or the mentor takes nobody new. Calculate a new draft.")


class DraftNotReady(Conflict):
    """The draft is not calculated, was sent already, or its data had to be deleted."""

    code = "draft_not_ready"
    title = N_("This draft can't be sent")
    advice = N_("It was sent already, or is not calculated to the end. Open the board and take the draft shown there.")


class GroupDecidedSince(Conflict):
    """Since the calculation a curator or one of them has said that a mentee is not to be with the mentor, or a mentee
    was pinned to a mentor."""

    code = "group_decided_since"
    title = N_("Something was decided about this group after the calculation")
    advice = N_("One of its mentees is pinned to a mentor now, or not allowed to this one. Form the groups anew.")


class ForbiddenSince(Conflict):
    """Since the draft was calculated a curator or one of the two has said that the pair is not to be."""

    code = "forbidden_since"
    title = N_("This pair was forbidden after the calculation")
    advice = N_("Calculate a new draft: it finds another mentor.")
