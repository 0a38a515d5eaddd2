"""What waits on «Сегодня»: a request for the curator, an answer for the mentee."""

from collections.abc import Iterable

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from moodle_mentorship.core.clock import local_date
from moodle_mentorship.pairs.rematch import queries
from moodle_mentorship.web import current
from moodle_mentorship.web.tasks import UNWORDED, Asked, Step, Task

# Requests that are told one by one, the oldest first: they are rare.
TOLD = 5


def curator_tasks(session: Session, asked: Asked) -> Iterable[Task]:
    """Open requests."""
    found = queries.open_pairs(session, asked.actor.school_id, asked.actor.person_id, TOLD)
    if asked.briefly:
        return [UNWORDED] * len(found)
    return [
        Task(
            title=_("%(mentee)s asks for another mentor", mentee=pair.mentee.short_name),
            detail=_("Only curators know. The mentor now is %(mentor)s.", mentor=pair.mentor.full_name),
            steps=(Step(_("Look at it"), url_for("rematch.show", pair_id=pair.id)),),
            since=local_date(request.asked_at, current.school().timezone),
        )
        for request, pair in found
    ]


def mentee_tasks(session: Session, asked: Asked) -> Iterable[Task]:
    """Answers not read yet."""
    if asked.actor.person_id is None:
        return []
    found = queries.unread(session, asked.actor.school_id, asked.actor.person_id, TOLD)
    if asked.briefly:
        return [UNWORDED] * len(found)
    return [
        Task(
            title=_("The curator has answered you"),
            detail=_("About your request for another mentor. Only you and the curator know of it."),
            steps=(Step(_("Read"), url_for("rematch.read", pair_id=pair.id), {}),),
        )
        for _request, pair in found
    ]
