"""What Moodle writes to who is invited: called, moved, cancelled. One message a person, never twice for one change."""

from collections.abc import Sequence
from datetime import datetime

from babel.dates import format_date
from sqlalchemy.orm import Session

from moodle_mentorship.core.i18n import N_, translate
from moodle_mentorship.core.jobs import Jobs
from moodle_mentorship.meetings.models import Meeting
from moodle_mentorship.moodle.sites import site_of
from moodle_mentorship.moodle.to_people import LONGEST_SUBJECT, queue_messages
from moodle_mentorship.people.models import Person
from moodle_mentorship.school.queries import school_of

SUBJECT = N_("Meeting: %(theme)s")
CALLED = N_("You are invited to the meeting “%(theme)s”: %(when)s.")
MOVED = N_("The meeting “%(theme)s” has changed: now %(when)s.")
CANCELLED = N_("The meeting “%(theme)s” (%(when)s) is cancelled. %(why)s")
CLOSING = N_("Open the course and click the mentoring link there: the page “Meetings” says more.")


def write(
    session: Session,
    jobs: Jobs,
    meeting: Meeting,
    people: Sequence[Person],
    text: str,
    key: str,
    now: datetime,
) -> None:
    """Have Moodle write `text` (a msgid of this file) to these people, where it can. `key` names the change: the same
    reaches nobody twice."""
    site = site_of(session, meeting.school_id)
    if site is None:
        return
    locale = school_of(session, meeting.school_id).locale
    words = {"theme": meeting.theme, "when": _when(locale, meeting), "why": meeting.cancelled_why or ""}
    said = f"{translate(locale, text, **words).strip()}\n\n{translate(locale, CLOSING)}"
    subject = translate(locale, SUBJECT, theme=meeting.theme)[:LONGEST_SUBJECT]
    texts = [(person.moodle_user_id, said) for person in people if person.employed]
    queue_messages(
        session, jobs, meeting.school_id, texts, f"meeting:{meeting.id}:{key}", subject, site.course_url, now
    )


def _when(locale: str, meeting: Meeting) -> str:
    """«17 декабря 2026 г., 15:30, кабинет 12»"""
    told = [format_date(meeting.day, "long", locale=locale), meeting.starts_at, meeting.place]
    return ", ".join(part for part in told if part)
