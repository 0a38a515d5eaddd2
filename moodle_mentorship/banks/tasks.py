"""What the banks ask of the curator on «Сегодня»."""

from collections.abc import Iterable

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from moodle_mentorship.banks import candidates
from moodle_mentorship.banks.candidate_pages import looked_for
from moodle_mentorship.core.paging import COUNTED
from moodle_mentorship.web.tasks import UNWORDED, Asked, Step, Task


def candidate_tasks(session: Session, asked: Asked) -> Iterable[Task]:
    """Colleagues who may need a mentor and were neither asked nor put off. By what the directory knows: answers to
    questionnaires are not read on each page for the number beside a tab."""
    found = looked_for(profiles=False)
    if asked.briefly:
        yield from [UNWORDED] * candidates.anybody(session, found)
        return
    number = candidates.count(session, found)
    if number:
        yield Task(
            title=ngettext(
                "%(num)d candidate of the bank of mentees", "%(num)d candidates of the bank of mentees", number
            )
            if number <= COUNTED
            else _("More than %(number)s candidates of the bank of mentees", number=COUNTED),
            detail=_("New at the school, in their first years, back after a break. Offer a mentor, or not this year."),
            steps=(Step(_("Look at them"), url_for("candidates.index")),),
        )
