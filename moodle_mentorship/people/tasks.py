"""What the directory asks of the curator on «Сегодня»."""

from collections.abc import Iterable

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from moodle_mentorship.people import queries
from moodle_mentorship.people.enums import StaffView
from moodle_mentorship.web.tasks import UNWORDED, Asked, Step, Task


def directory_tasks(session: Session, asked: Asked) -> Iterable[Task]:
    """Departures to confirm and differences to decide, one task for each kind."""
    school_id = asked.actor.school_id
    if asked.briefly:
        yield from [UNWORDED] * queries.open_questions(session, school_id)
        return
    found = queries.open_counts(session, school_id)
    if found.departures:
        yield Task(
            title=ngettext(
                "%(num)d person is no longer in Moodle's staff list",
                "%(num)d people are no longer in Moodle's staff list",
                found.departures,
            ),
            detail=_("Confirm that they have left, or keep them."),
            steps=(Step(_("Review"), url_for("people.staff", status=StaffView.LEAVING.value)),),
        )
    if found.differences:
        yield Task(
            title=ngettext(
                "About %(num)d person the sources say different things",
                "About %(num)d people the sources say different things",
                found.differences,
            ),
            detail=_("Choose the right value: the one that stands here, Moodle's, or that of a file."),
            steps=(Step(_("Compare"), url_for("people.staff", status=StaffView.DIFFERING.value)),),
        )
