"""What synchronisation asks of people on «Сегодня»."""

from collections.abc import Iterable

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.clock import local_date
from moodle_mentorship.sync import queries
from moodle_mentorship.sync.enums import PassSource
from moodle_mentorship.web import current
from moodle_mentorship.web.tasks import Asked, Step, Task


def sync_tasks(session: Session, asked: Asked) -> Iterable[Task]:
    """The question of a complete pass, for curator and administrator; a roster in its place, for the curator; what is
    stuck, for the administrator.
    """
    school_id = asked.actor.school_id
    question, read = queries.question_and_read(session, school_id)
    if question is not None:
        count = question.missing
        yield Task(
            title=ngettext(
                "%(num)d person is no longer in Moodle's staff list",
                "%(num)d people are no longer in Moodle's staff list",
                count,
            ),
            detail=_("That is unusually many. Nobody is marked until you have looked."),
            steps=(Step(_("Look at the list"), url_for("sync.losses", pass_id=question.id)),),
            since=local_date(question.created_at, current.school().timezone),
        )
    if asked.role is Role.CURATOR and read is not None and read.source is PassSource.ROSTER:
        yield Task(
            title=_("Who has left the school is not noticed now"),
            detail=_(
                "Moodle shows only the members of the course. Its administrator sees why under “Synchronisation”."
            ),
            steps=(Step(_("Look at the staff list"), url_for("people.staff")),),
            since=local_date(read.created_at, current.school().timezone),
        )
    stuck = queries.stuck_count(session, school_id) if asked.role is Role.ADMINISTRATOR else 0
    if stuck:
        yield Task(
            title=ngettext("%(num)d change did not reach Moodle", "%(num)d changes did not reach Moodle", stuck),
            detail=_("The reason is given beside each of them."),
            steps=(Step(_("Look at the reasons"), url_for("sync.index", _anchor="stuck")),),
        )
