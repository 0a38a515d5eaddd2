"""What meetings refuse, and what can be done about it."""

from moodle_mentorship.core.errors import Conflict
from moodle_mentorship.core.i18n import N_


class NobodyToInvite(Conflict):
    """The chosen circle of people is empty."""

    code = "nobody_to_invite"
    title = N_("There is nobody to invite")
    advice = N_("Nobody stands in the chosen circle now. Choose another one, or fill the banks first.")
    field = "audience"


class MeetingExists(Conflict):
    """Another meeting of this kind and theme stands on the same day."""

    code = "meeting_exists"
    title = N_("Such a meeting stands on this day already")
    advice = N_("Open it in the list, or give this one another theme.")
    field = "theme"


class MeetingMovedOn(Conflict):
    """The meeting's state doesn't allow it any more."""

    code = "meeting_moved_on"
    title = N_("The meeting is held or cancelled already")
    advice = N_("Nothing was changed. Look at what its page says now.")


class NotYet(Conflict):
    """The day of the meeting has not come."""

    code = "meeting_not_yet"
    title = N_("The day of the meeting has not come yet")
    advice = N_(
        "Who was there is marked on the day itself or later. "
        "If it was held earlier, cancel this one and put it down as a past one."
    )
    field = "present"


class ChangedMeanwhile(Conflict):
    """Another curator, or another window, has changed the meeting."""

    code = "meeting_changed"
    title = N_("The meeting was changed meanwhile, by another curator or in another window")
    advice = N_("Nothing is saved yet, what you typed stands here. Look it over and save once more.")
    field = "revision"
