"""The reader's words of meetings. Called inside a request."""

from moodle_mentorship.core.i18n import N_
from moodle_mentorship.meetings.enums import Audience, MeetingKind, MeetingState
from moodle_mentorship.meetings.models import Meeting
from moodle_mentorship.web.formats import NBSP, long_date

KINDS = {
    MeetingKind.EXCHANGE: N_("Monthly exchange of experience"),
    MeetingKind.TRAINING: N_("Training of mentors"),
    MeetingKind.CLOSING: N_("Closing event of the year"),
}
AUDIENCES = {
    Audience.PAIRS: N_("Everybody in pairs and groups at work"),
    Audience.MENTORS: N_("Mentors of the bank"),
    Audience.BANKS: N_("Mentors and mentees of both banks"),
}
#: Look of the state, icon, msgid.
STATES = {
    MeetingState.PLANNED: ("now", "calendar3", N_("planned")),
    MeetingState.HELD: ("ok", "check2", N_("held")),
    MeetingState.CANCELLED: ("", "x-lg", N_("called off")),
}
PRESENT = {True: N_("was there"), False: N_("was not there"), None: N_("not marked")}


def when(meeting: Meeting) -> str:
    """«17 декабря 2026 г., 15:30»"""
    day = long_date(meeting.day)
    return f"{day},{NBSP}{meeting.starts_at}" if meeting.starts_at else day


def where(meeting: Meeting) -> str:
    """«17 декабря 2026 г., 15:30, кабинет 12»"""
    return f"{when(meeting)}, {meeting.place}" if meeting.place else when(meeting)
