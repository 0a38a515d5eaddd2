"""Why a pass ends without marking anybody, in codes; and what a person may not do."""

from moodle_mentorship.core.errors import Conflict, DomainError
from moodle_mentorship.core.i18n import N_


class NotConnected(DomainError):
    """The school has no Moodle yet, or its connection is switched off."""

    code = "not_connected"
    status = 409
    title = N_("Moodle is not connected")
    advice = N_("Run the plugin's connection command in Moodle first.")


class IncompleteAnswer(DomainError):
    """Moodle's pages don't add up to the number of people that it names: nobody may be missed because of that."""

    code = "incomplete_answer"
    status = 502


class QuestionGone(Conflict):
    """The question whether so many people really left has been answered, or a newer pass took its place."""

    code = "question_gone"
    title = N_("This question has been answered already")
    advice = N_("Open the page again and look at the newest pass.")


class DirectoryMoved(Conflict):
    """Between the table that somebody saw and their click a pass or a colleague changed the staff list."""

    code = "directory_moved"
    title = N_("The staff list has changed meanwhile")
    advice = N_("Nothing was written. Look at the table again: it now shows what the file would change.")


class ColumnsUnclear(DomainError):
    """The headings are unknown; on the page somebody can say what the columns mean, once for this kind of file."""

    code = "columns_unclear"
    status = 422
    title = N_("It is not clear which columns hold the names")
    advice = N_("Choose the file on the page of the staff list and say what its columns mean. It is remembered.")
