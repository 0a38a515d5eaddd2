"""What meetings prove in the road map: that one was held, in the year and in each of its months."""

from collections.abc import Callable
from datetime import date

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from moodle_mentorship.core.i18n import N_
from moodle_mentorship.meetings import queries
from moodle_mentorship.meetings.enums import MeetingKind
from moodle_mentorship.meetings.models import Meeting
from moodle_mentorship.roadmap.evidence import Evidence, Period, Seen, Source, Values
from moodle_mentorship.web.formats import long_date

KINDS = {
    MeetingKind.TRAINING: N_("A training of mentors was held"),
    MeetingKind.EXCHANGE: N_("A meeting for the exchange of experience was held"),
    MeetingKind.CLOSING: N_("The closing event was held"),
}


def register(evidence: Evidence) -> None:
    evidence.add(
        *(
            Source(f"meetings.{kind.value}", title, _held(kind), _told, "meetings.index", monthly=True)
            for kind, title in KINDS.items()
        )
    )


def _held(kind: MeetingKind) -> Callable[[Session, Period], Seen | None]:
    """The first meeting of the year, and the first of each month."""

    def look(session: Session, period: Period) -> Seen | None:
        months: dict[int, Seen] = {}
        for meeting in queries.held(session, period.school_id, kind, period.begins, min(period.today, period.ends)):
            months.setdefault(period.month(meeting.day), _seen(meeting))
        if not months:
            return None
        first = months[min(months)]
        return Seen(True, first.values, first.on, months)

    return look


def _seen(meeting: Meeting) -> Seen:
    return Seen(True, {"theme": meeting.theme, "date": meeting.day.isoformat()}, meeting.day)


def _told(values: Values) -> str:
    day = long_date(date.fromisoformat(values["date"]))
    return str(_("meeting “%(theme)s” of %(day)s", theme=values["theme"], day=day))
