"""What questionnaires refuse, and what can be done about it."""

from moodle_mentorship.core.errors import Conflict, NotFound
from moodle_mentorship.core.i18n import N_


class NotAsked(NotFound):
    """The person is not among those whom this round asks."""

    code = "not_asked"
    title = N_("This questionnaire is not addressed to you")
    advice = N_("If you were sent here, tell the curator of mentoring: they choose who is asked.")


class RoundClosed(Conflict):
    """The round has not begun, or is over."""

    code = "round_closed"
    title = N_("This questionnaire takes no answers now")
    advice = N_(
        "It has not begun or is over. What was saved before is kept. "
        "If you still want to answer, tell the curator of mentoring."
    )


class AlreadySubmitted(Conflict):
    """The person has sent this questionnaire off, perhaps in another window."""

    code = "already_submitted"
    title = N_("This questionnaire has been sent already")
    advice = N_("What you typed here is not kept. To correct what you sent, open it among your questionnaires.")


class NothingPublished(Conflict):
    """The questionnaire has no published version yet."""

    code = "nothing_published"
    title = N_("This questionnaire is not published yet")
    advice = N_("Publish it first, then people can be asked.")


class NobodyToAsk(Conflict):
    """The chosen circle of people is empty."""

    code = "nobody_to_ask"
    title = N_("There is nobody to ask")
    advice = N_("Nobody stands in the chosen list now. Choose another one, or fill the list first.")


class ChangedElsewhere(Conflict):
    """The person's answers were changed in another window after this page was opened."""

    code = "changed_elsewhere"
    title = N_("Your answers were changed in another window")
    advice = N_("Nothing was sent yet. Look at the marked answers, then send once more.")


class NothingToAsk(Conflict):
    """The draft has no question."""

    code = "nothing_to_ask"
    title = N_("There are no questions in it yet")
    advice = N_("Add the first one, then publish the questionnaire.")


class DraftChanged(Conflict):
    """Another curator, or another window, has changed the draft meanwhile."""

    code = "draft_changed"
    title = N_("The draft was changed meanwhile, by another curator or in another window")
    advice = N_("Your change is not saved yet. Look at what stands there now, then repeat it.")


class KeptInTheBrowser(Conflict):
    """An anonymous round keeps no drafts: they would have to know whose they are."""

    code = "kept_in_the_browser"
    title = N_("This questionnaire is anonymous")
    advice = N_("Nothing of it is kept here before it is sent: the draft lies in your browser alone.")
