"""What the banks refuse, and what the curator can do about it."""

from moodle_mentorship.core.errors import Conflict, NotFound
from moodle_mentorship.core.i18n import N_


class NotEmployed(Conflict):
    """The person left, is leaving, or can't log in to Moodle."""

    code = "not_employed"
    title = N_("%(name)s can't take part now")
    advice = N_("In the directory this person has left or can't log in to Moodle. Check their entry in the staff list.")


class NotInMenteeBank(NotFound):
    """The person was never in the bank of mentees, or was withdrawn."""

    code = "not_in_mentee_bank"
    title = N_("This person is not in the bank of mentees")
    advice = N_("Add them from the staff list first.")


class NotInMentorBank(NotFound):
    """The person was never in the bank of mentors, or was withdrawn."""

    code = "not_in_mentor_bank"
    title = N_("This person is not in the bank of mentors")
    advice = N_("Add them from the staff list first.")


class NotTrained(Conflict):
    """The school pairs trained mentors only, and no training of this one is known of."""

    code = "not_trained"
    title = N_("%(name)s is not trained yet")
    advice = N_(
        "Your school pairs trained mentors only. Mark the training on the mentor's card, or choose another mentor."
    )


class NotInDirectory(Conflict):
    """The visitor stands in no staff list, so there is nobody to speak for."""

    code = "not_in_directory"
    title = N_("You are not in the school's staff list")
    advice = N_("Who is not in the staff list takes no part in mentoring. The list comes from Moodle.")


class SaidNo(Conflict):
    """The person declined in this school year; they may say something else themselves."""

    code = "said_no"
    title = N_("%(name)s has declined this year")
    advice = N_("Nobody is persuaded twice. If they change their mind, they say so on their page “My participation”.")


class EntryMovedOn(Conflict):
    """The entry stands where this step doesn't begin."""

    code = "entry_moved_on"
    title = N_("%(name)s: this step is not possible now")
    advice = N_("The entry stands elsewhere than it did. Open the list again and look at the state.")


class MenteeHasPair(Conflict):
    """An open pair holds the mentee."""

    code = "mentee_has_pair"
    title = N_("%(name)s has a mentor")
    advice = N_("End the pair or withdraw the proposal first, then take the person out of the bank.")


class MentorHasPairs(Conflict):
    """Open pairs hold the mentor's places."""

    code = "mentor_has_pairs"
    title = N_("%(name)s has open pairs or groups: %(held)s")
    advice = N_("End them or withdraw the proposals first, then take the person out of the bank.")


class CapacityBelowHeld(Conflict):
    """Fewer places were asked for than open pairs hold."""

    code = "capacity_below_held"
    title = N_("%(held)s places are taken already, %(capacity)s is too few")
    advice = N_(
        "A pair holds a place, and so does a group. Leave as many places as are held, or end a pair or a group first."
    )


class NoFreePlace(Conflict):
    """All places of the mentor are held by open pairs."""

    code = "no_free_place"
    title = N_("%(name)s has no free place")
    advice = N_("Choose another mentor, or give this one more places in the bank of mentors.")


class AlreadyInPair(Conflict):
    """The mentee has an open pair (perhaps a proposal that awaits answers)."""

    code = "already_in_pair"
    title = N_("%(name)s has a mentor already")
    advice = N_("A mentee has one mentor at a time. Open the list of pairs to see which.")


class NotOffered(Conflict):
    """The colleague named in a wish doesn't stand in the list from which is chosen, or not any more."""

    code = "colleague_not_offered"
    title = N_("This colleague can't be named now")
    advice = N_("Choose from the list as it is now.")


class TooManyWishes(Conflict):
    """More colleagues were named than anybody could mean."""

    code = "too_many_wishes"
    title = N_("%(most)s colleagues are named already")
    advice = N_("Take one of them out of the list first.")
