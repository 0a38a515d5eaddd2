"""Meetings on «Сегодня»: who was there is to be marked, and the next one to which somebody is invited."""

from collections.abc import Iterable

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from moodle_mentorship.meetings import queries, words
from moodle_mentorship.meetings.models import Meeting
from moodle_mentorship.web.tasks import UNWORDED, Asked, Step, Task


def curator_tasks(session: Session, asked: Asked) -> Iterable[Task]:
    """Planned meetings whose day has come, and the curator's own next one."""
    come, own = queries.for_curator(session, asked.actor.school_id, asked.actor.person_id, asked.today)
    for meeting in come:
        yield UNWORDED if asked.briefly else _to_mark(meeting)
    if own is not None:
        yield UNWORDED if asked.briefly else _to_attend(own)


def own_tasks(session: Session, asked: Asked) -> Iterable[Task]:
    """The next meeting within a week, whatever role the person looks at."""
    if asked.actor.person_id is None:
        return
    own = queries.next_of(session, asked.actor.school_id, asked.actor.person_id, asked.today)
    if own is not None:
        yield UNWORDED if asked.briefly else _to_attend(own)


def _to_mark(meeting: Meeting) -> Task:
    return Task(
        title=_("Mark who was at the meeting “%(theme)s”", theme=meeting.theme),
        detail=words.where(meeting),
        steps=(Step(_("Open the meeting"), url_for("meetings.show", meeting_id=meeting.id)),),
        since=meeting.day,
    )


def _to_attend(meeting: Meeting) -> Task:
    return Task(
        title=_("Meeting: %(theme)s", theme=meeting.theme),
        detail=words.where(meeting),
        steps=(Step(_("Open the meeting"), url_for("meetings.read", meeting_id=meeting.id)),),
        due=meeting.day,
    )
