"""What orders on pairs ask of the curator on «Сегодня»."""

from collections.abc import Iterable

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from moodle_mentorship.pairs.orders import queries
from moodle_mentorship.web.tasks import Asked, Step, Task


def unfixed(session: Session, asked: Asked) -> Iterable[Task]:
    """Pairs that a signed order names and that it could not bring to work, by order."""
    for document, number in queries.unfixed(session, asked.actor.school_id):
        yield Task(
            title=ngettext(
                "%(num)d pair of a signed order is not at work",
                "%(num)d pairs of a signed order are not at work",
                number,
            ),
            detail=_("Order No. %(number)s: %(heading)s", number=document.number, heading=document.heading),
            steps=(Step(_("Decide"), url_for("documents.show", document_id=document.id)),),
            due=asked.today,
        )
