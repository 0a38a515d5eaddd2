"""What the banks ask on «Сегодня»: of the curator, and of who is invited to be a mentor."""

from collections.abc import Iterable

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from moodle_mentorship.banks import candidates, queries
from moodle_mentorship.banks.candidate_pages import looked_for
from moodle_mentorship.banks.enums import MentorAct, MentorState
from moodle_mentorship.core.clock import local_date
from moodle_mentorship.core.paging import COUNTED
from moodle_mentorship.web import current
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


def invitation_tasks(session: Session, asked: Asked) -> Iterable[Task]:
    """The school invites the person to be a mentor, and they have not answered."""
    if asked.actor.person_id is None:
        return
    mentor = queries.mentor_of(session, asked.actor.school_id, asked.actor.person_id)
    if mentor is None or mentor.state is not MentorState.INVITED:
        return
    answer = url_for("participation.mentor")
    yield Task(
        title=_("The school invites you to be a mentor"),
        detail=_("Taking part is voluntary. A refusal needs no reason and has no consequences."),
        steps=(
            Step(_("Agree"), answer, post={"act": MentorAct.APPLY.value}),
            Step(_("No, thank you"), answer, post={"act": MentorAct.WITHDRAW.value}),
        ),
        since=local_date(mentor.state_since, current.school().timezone),
    )
