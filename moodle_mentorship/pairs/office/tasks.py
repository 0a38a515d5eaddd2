"""What the documents of pairs ask of the curator on «Сегодня»."""

from collections.abc import Iterable

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from moodle_mentorship.documents.enums import DocumentState
from moodle_mentorship.pairs.enums import FIXED_STATES
from moodle_mentorship.pairs.office import queries
from moodle_mentorship.web.tasks import Asked, Step, Task


def without_agreement(session: Session, asked: Asked) -> Iterable[Task]:
    """Mentors by assignment who work already and whose additional agreement is not registered (ст. 351.8 ТК РФ)."""
    lacking = [
        row.mentor.short_name
        for row in queries.agreements(session, asked.actor.school_id, *FIXED_STATES)
        if row.document is None or row.document.state is not DocumentState.REGISTERED
    ]
    if lacking:
        yield Task(
            title=ngettext(
                "%(num)d mentor has no additional agreement yet",
                "%(num)d mentors have no additional agreement yet",
                len(lacking),
            ),
            detail=", ".join(lacking[:5]) + ("…" if len(lacking) > 5 else ""),
            steps=(Step(_("Additional agreements"), url_for("office.agreements")),),
        )
