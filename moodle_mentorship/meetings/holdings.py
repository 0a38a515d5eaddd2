"""What the room holds about a person: to which meetings they are invited, and where they were."""

from collections.abc import Iterable

from flask_babel import gettext as _

from moodle_mentorship.core.holdings import Fact, Holding, Holdings, Reading
from moodle_mentorship.core.i18n import N_
from moodle_mentorship.meetings import queries, words
from moodle_mentorship.meetings.models import Meeting, MeetingPerson


def register(holdings: Holdings) -> None:
    """The minutes are the school's, whomever they name, as an answer to a questionnaire is its author's."""
    holdings.add(
        Holding(
            MeetingPerson,
            N_("Meetings to which you are invited"),
            about=lambda who: MeetingPerson.person_id == who.person_id,
            told=_invitation,
        )
    )
    holdings.nothing(Meeting, "called_by")


def _invitation(row: MeetingPerson, reading: Reading) -> Iterable[Fact]:
    meeting = queries.meeting_of(reading.session, reading.subject.school_id, row.meeting_id)
    yield Fact("theme", N_("Theme"), meeting.theme)
    yield Fact("kind", N_("What for"), meeting.kind, (_(words.KINDS[meeting.kind]),))
    yield Fact("day", N_("Day"), meeting.day)
    yield Fact("state", N_("State"), meeting.state, (_(words.STATES[meeting.state][2]),))
    yield Fact("present", N_("Were you there"), row.present, (_(words.PRESENT[row.present]),))
