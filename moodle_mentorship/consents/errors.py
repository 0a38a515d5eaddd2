"""Refusals of the room."""

from moodle_mentorship.core.errors import Conflict, Invalid
from moodle_mentorship.core.i18n import N_


class NoGround(Conflict):
    """Neither a consent nor another legal ground allows this person's profile to be processed (152-ФЗ ст. 6 ч. 1)."""

    code = "no_processing_ground"
    title = N_("There is no consent to the processing of these data")
    advice = N_("Nothing was saved. First the person agrees, or the curator records the signed consent.")


class MarkNotAllowed(Conflict):
    """No local act of the school allows the mark, or the law wants this document on paper."""

    code = "mark_not_allowed"
    title = N_("This consent is given on paper")
    advice = N_("Print it, sign it and hand it to the curator. Nothing was saved.")


class TextMoved(Conflict):
    """The text was changed between reading and agreeing."""

    code = "consent_text_moved"
    title = N_("The text has been changed meanwhile")
    advice = N_("Read the new text and decide again. Nothing was saved.")


class NothingToWithdraw(Conflict):
    """No consent of this kind is in force."""

    code = "nothing_to_withdraw"
    title = N_("There is no consent of this kind that could be withdrawn")
    advice = N_("It may have been withdrawn already. Open the page again and look at what it says now.")


class AddressInUse(Conflict):
    """Consents in force name the address."""

    code = "consent_address_in_use"
    title = N_("Consents in force name this address: %(number)s")
    advice = N_("The address stays in the list as long as somebody's consent names it. Nothing was changed.")


class ActIsSet(Conflict):
    """Two curators switched the mark on at the same moment."""

    code = "local_act_is_set"
    title = N_("The mark in Moodle is switched on already")
    advice = N_("Switch it off first if another local act is to stand here. Nothing was changed.")


class UnknownBlank(Invalid):
    """The text names something in braces that nothing is filled in for."""

    def __init__(self, names: list[str]) -> None:
        super().__init__({"body": [N_("There is a name in braces that can't be filled in. Look at the list below")]})
        self.names = names


class NobodyToRemind(Conflict):
    """Of those asked for, nobody works here, lacks a paper and was not written to today."""

    code = "nobody_to_remind"
    title = N_("There is nobody to remind")
    advice = N_(
        "They were written to today, have brought their papers meanwhile, or have left the school. Nothing was sent."
    )
