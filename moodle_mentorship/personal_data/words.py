"""How facts and looks are put into words. Called inside a request, in the reader's language."""

from collections.abc import Sequence
from datetime import date, datetime

from flask_babel import gettext as _

from moodle_mentorship.core.clock import local_date
from moodle_mentorship.core.holdings import Fact
from moodle_mentorship.core.i18n import N_
from moodle_mentorship.core.looks import ANSWERS, CARD, SCAN
from moodle_mentorship.personal_data.enums import Outcome, RequestKind, Shown
from moodle_mentorship.web import current
from moodle_mentorship.web.formats import EMPTY, long_date

KINDS = {RequestKind.CORRECTION: N_("Correction of data"), RequestKind.ERASURE: N_("Erasure of data")}
OUTCOMES = {Outcome.DONE: N_("done"), Outcome.REFUSED: N_("refused")}
SHOWN = {Shown.OPEN: N_("Awaiting an answer"), Shown.ANSWERED: N_("Answered")}
SEEN = {
    CARD: N_("your card with your answers"),
    ANSWERS: N_("your answers to a questionnaire"),
    SCAN: N_("the scan of a paper that you signed"),
}
# Lists that name many; every endpoint that gives a list as a file has its words here.
LISTS = {
    "banks.export_mentees": N_("the bank of mentees, as a file"),
    "banks.export_mentors": N_("the bank of mentors, as a file"),
    "candidates.export": N_("candidates of the bank of mentees, as a file"),
    "consents.export": N_("the register of consents, as a file"),
    "consents.export_missing": N_("the list of missing consents, as a file"),
    "consents.missing_papers": N_("consents to print"),
    "documents.export": N_("the register of documents, as a file"),
    "meetings.export": N_("the list of meetings, as a file"),
    "packs.take": N_("a pack of the school's documents, as files"),
    "pairs.export": N_("the list of pairs, as a file"),
    "people.export": N_("the staff list, as a file"),
    "roadmap.export": N_("the road map, as a file"),
    "staff_file.table_of_changes": N_("what a staff list in a file changes"),
    "surveys.export": N_("all answers to a questionnaire, as a file"),
    "surveys.show_results": N_("the results of a questionnaire"),
}


def text(label: str) -> str:
    """A msgid, or a text of the school's own, in the reader's language."""
    return str(_(label)) if label else ""


def seen(what: str) -> str:
    """What was looked at; a list of a version of ours that isn't here any more goes by its code."""
    return text(SEEN.get(what) or LISTS.get(what) or what)


def lines(fact: Fact) -> Sequence[str]:
    """The value, a line each."""
    if fact.told is not None:
        return [text(line) for line in fact.told] or [EMPTY]
    return [_value(fact.value)]


def _value(value: object) -> str:
    if value is None or value == "" or value == []:
        return EMPTY
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    if isinstance(value, datetime):
        zone = current.school().timezone
        return long_date(local_date(value, zone))
    if isinstance(value, date):
        return long_date(value)
    if isinstance(value, list | tuple):
        return ", ".join(str(one) for one in value)
    return str(value)
