"""Questionnaires that wait for a person, on «Сегодня»."""

from collections.abc import Iterable

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from moodle_mentorship.surveys import queries
from moodle_mentorship.web.tasks import UNWORDED, Asked, Step, Task


def survey_tasks(session: Session, asked: Asked) -> Iterable[Task]:
    """Open rounds that ask the person and have no answers sent, whatever role they look at."""
    if asked.actor.person_id is None:
        return
    for mine in queries.waiting(session, asked.actor.school_id, asked.actor.person_id, asked.today):
        if asked.briefly:
            yield UNWORDED
            continue
        begun = mine.response is not None
        yield Task(
            title=_("Questionnaire “%(title)s”", title=mine.round.questionnaire.title),
            detail=_("You have begun; the rest waits where you left it.")
            if begun
            else _("Anonymous: nobody learns which answers are yours, the curator neither.")
            if mine.round.anonymous
            else _("Answers are saved as you type."),
            steps=(
                Step(
                    _("Go on") if begun else _("Fill it in"),
                    url_for("surveys.answer", round_id=mine.round.id),
                ),
            ),
            due=mine.round.closes_on,
        )
