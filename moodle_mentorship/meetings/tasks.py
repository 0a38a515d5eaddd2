"""Meetings on «Сегодня»: who was there is to be marked, and the next one to which somebody is invited."""

from collections.abc import Iterable

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from moodle_mentorship.meetings import queries, words
from moodle_mentorship.web.tasks import UNWORDED, Asked, Step, Task


def curator_tasks(session: Session, asked: Asked) -> Iterable[Task]:
    """Planned meetings whose day has come."""
    for meeting in queries.unmarked(session, asked.actor.school_id, asked.today):
        if asked.briefly:
            yield UNWORDED
            continue
        yield Task(
            title=_("Mark who was at the meeting “%(theme)s”", theme=meeting.theme),
            detail=words.where(meeting),
            steps=(Step(_("Open the meeting"), url_for("meetings.show", meeting_id=meeting.id)),),
            since=meeting.day,
        )


def own_tasks(session: Session, asked: Asked) -> Iterable[Task]:
    """The next meeting within a week, whatever role the person looks at."""
    if asked.actor.person_id is None:
        return
    meeting = queries.next_of(session, asked.actor.school_id, asked.actor.person_id, asked.today)
    if meeting is None:
        return
    if asked.briefly:
        yield UNWORDED
        return
    yield Task(
        title=_("Meeting: %(theme)s", theme=meeting.theme),
        detail=words.where(meeting),
        steps=(Step(_("Open the meeting"), url_for("meetings.read", meeting_id=meeting.id)),),
        due=meeting.day,
    )
