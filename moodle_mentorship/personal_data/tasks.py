"""What requests about data ask of curators on «Сегодня»."""

from collections.abc import Iterable

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from moodle_mentorship.personal_data import queries
from moodle_mentorship.web.tasks import Asked, Step, Task


def curator_tasks(session: Session, asked: Asked) -> Iterable[Task]:
    """Requests that wait for an answer."""
    number, nearest = queries.open_requests(session, asked.actor.school_id)
    if number:
        yield Task(
            title=ngettext("%(num)d request about personal data", "%(num)d requests about personal data", number),
            detail=_("A colleague asks to correct or erase their data. The law wants an answer in time."),
            steps=(Step(_("Answer"), url_for("data_requests.index")),),
            due=nearest,
        )
