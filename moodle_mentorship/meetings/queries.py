"""Questions about meetings: what is next, what was, who is invited and who came."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Select, and_, case, exists, func, or_, select, union
from sqlalchemy.orm import Session

from moodle_mentorship.banks.queries import mentee_ids, mentor_ids
from moodle_mentorship.core.errors import NotFound
from moodle_mentorship.core.paging import Page, SortKey, page, stream
from moodle_mentorship.core.secrets import SecretBox
from moodle_mentorship.meetings.enums import Audience, MeetingKind, MeetingState
from moodle_mentorship.meetings.models import Meeting, MeetingPerson
from moodle_mentorship.pairs.enums import PairState
from moodle_mentorship.pairs.models import Pair
from moodle_mentorship.people.models import Person

PAGE_SIZE = 30
#: Meetings that are still ahead or wait to be marked: a school that plans a whole year has a dozen.
MOST_AHEAD = 100
#: Past meetings that a person sees among their own, newest first.
RECENT = 50
#: So long before its day a meeting stands on «Сегодня» of who is invited.
BEFORE = timedelta(days=7)


def circle(audience: Audience, school_id: int) -> Select[int]:
    """The people of an audience, by their numbers."""
    match audience:
        case Audience.MENTORS:
            return mentor_ids(school_id)
        case Audience.BANKS:
            return select(union(mentor_ids(school_id), mentee_ids(school_id)).subquery().c.person_id)
    at_work = and_(Pair.school_id == school_id, Pair.state == PairState.ORDERED)
    mentors = select(Pair.mentor_person_id.label("person_id")).where(at_work)
    mentees = select(Pair.mentee_person_id.label("person_id")).where(at_work)
    return select(union(mentors, mentees).subquery().c.person_id)


def meeting_of(session: Session, school_id: int, meeting_id: int) -> Meeting:
    """One of this school's. Raises `NotFound`, also for another school's."""
    found = session.scalar(select(Meeting).where(Meeting.school_id == school_id, Meeting.id == meeting_id))
    if found is None:
        raise NotFound(f"meeting {meeting_id}")
    return found


def own_meeting(session: Session, school_id: int, person_id: int | None, meeting_id: int) -> MeetingPerson:
    """The invitation of a person to a meeting. Raises `NotFound` for a meeting to which they are not invited."""
    found = session.scalar(
        select(MeetingPerson).where(
            MeetingPerson.school_id == school_id,
            MeetingPerson.meeting_id == meeting_id,
            MeetingPerson.person_id == person_id,
        )
    )
    if found is None:
        raise NotFound(f"meeting {meeting_id}")
    return found


def people_of(session: Session, school_id: int, meeting_id: int) -> Sequence[MeetingPerson]:
    """Who is invited, by name."""
    return session.scalars(
        select(MeetingPerson)
        .join(MeetingPerson.person)
        .where(MeetingPerson.school_id == school_id, MeetingPerson.meeting_id == meeting_id)
        .order_by(Person.search_name, Person.id)
    ).all()


def minutes_of(session: Session, box: SecretBox, meeting: Meeting) -> str | None:
    """What was spoken of and decided."""
    return box.open(meeting.sealed_minutes) if meeting.sealed_minutes is not None else None


@dataclass(frozen=True)
class Count:
    """Of a meeting: how many are invited, and how many were there."""

    invited: int
    present: int


def counts(session: Session, school_id: int, meeting_ids: Sequence[int]) -> dict[int, Count]:
    """Of each of these meetings."""
    rows = session.execute(
        select(MeetingPerson.meeting_id, func.count(), func.count(case((MeetingPerson.present.is_(True), 1))))
        .where(MeetingPerson.school_id == school_id, MeetingPerson.meeting_id.in_(meeting_ids))
        .group_by(MeetingPerson.meeting_id)
    )
    found = {meeting_id: Count(invited, present) for meeting_id, invited, present in rows}
    return {meeting_id: found.get(meeting_id, Count(0, 0)) for meeting_id in meeting_ids}


def ahead(session: Session, school_id: int) -> Sequence[Meeting]:
    """What is planned, the nearest first; a day that is over waits to be marked and comes before all."""
    return session.scalars(
        select(Meeting)
        .where(Meeting.school_id == school_id, Meeting.state == MeetingState.PLANNED)
        .order_by(Meeting.day, Meeting.id)
        .limit(MOST_AHEAD)
    ).all()


_NEWEST = [
    SortKey[Meeting](
        Meeting.day.expression,
        lambda row: row.day,
        descending=True,
        load=date.fromisoformat,
        dump=date.isoformat,
    ),
    SortKey[Meeting](Meeting.id.expression, lambda row: row.id, descending=True, load=int),
]


def past(session: Session, school_id: int, cursor: str | None) -> Page[Meeting]:
    """What was held or cancelled, the newest first."""
    statement = select(Meeting).where(Meeting.school_id == school_id, Meeting.state != MeetingState.PLANNED)
    return page(session, statement, _NEWEST, cursor, PAGE_SIZE)


def meetings(session: Session, school_id: int, cursor: str | None) -> Page[Meeting]:
    """All of the school, the latest day first."""
    return page(session, select(Meeting).where(Meeting.school_id == school_id), _NEWEST, cursor, PAGE_SIZE)


def every(session: Session, school_id: int) -> Iterator[Sequence[Meeting]]:
    """All of the school by chunks, in the order of `meetings`."""
    return stream(session, select(Meeting).where(Meeting.school_id == school_id), _NEWEST)


@dataclass(frozen=True)
class Mine:
    """A meeting to which a person is invited; `present`: whether they were there, None while nobody has said."""

    meeting: Meeting
    present: bool | None


def mine(session: Session, school_id: int, person_id: int) -> list[Mine]:
    """The newest meetings to which a person is invited, the latest day first."""
    newest = _of(school_id, person_id).order_by(Meeting.day.desc(), Meeting.id.desc()).limit(RECENT)
    return _invitations(session, newest)


def next_of(session: Session, school_id: int, person_id: int, today: date) -> Meeting | None:
    """The next meeting to which a person is invited, where it is within a week."""
    found = _invitations(
        session,
        _of(school_id, person_id)
        .where(Meeting.state == MeetingState.PLANNED, Meeting.day >= today, Meeting.day <= today + BEFORE)
        .order_by(Meeting.day, Meeting.starts_at, Meeting.id)
        .limit(1),
    )
    return found[0].meeting if found else None


def for_curator(
    session: Session, school_id: int, person_id: int | None, today: date
) -> tuple[Sequence[Meeting], Meeting | None]:
    """Planned meetings whose day has come, where the curator marks who was there; and as `next_of`. One statement: it
    is asked on each page."""
    invited = exists().where(
        MeetingPerson.school_id == school_id,
        MeetingPerson.meeting_id == Meeting.id,
        MeetingPerson.person_id == person_id,
    )
    rows = session.execute(
        select(Meeting, invited)
        .where(
            Meeting.school_id == school_id,
            Meeting.state == MeetingState.PLANNED,
            or_(Meeting.day <= today, and_(invited, Meeting.day <= today + BEFORE)),
        )
        .order_by(Meeting.day, Meeting.starts_at, Meeting.id)
        .limit(MOST_AHEAD)
    ).all()
    come = [meeting for meeting, _invited in rows if meeting.day <= today]
    return come, next((meeting for meeting, invited in rows if invited and meeting.day >= today), None)


def held(session: Session, school_id: int, kind: MeetingKind, first: date, last: date) -> Sequence[Meeting]:
    """What was held between two days, the earliest first."""
    return session.scalars(
        select(Meeting)
        .where(
            Meeting.school_id == school_id,
            Meeting.kind == kind,
            Meeting.state == MeetingState.HELD,
            Meeting.day >= first,
            Meeting.day <= last,
        )
        .order_by(Meeting.day, Meeting.id)
    ).all()


def others_on(session: Session, school_id: int, kind: MeetingKind, day: date, theme: str) -> Meeting | None:
    """The meeting of this kind and theme that stands on a day."""
    return session.scalar(
        select(Meeting).where(
            Meeting.school_id == school_id,
            Meeting.kind == kind,
            Meeting.day == day,
            Meeting.theme == theme,
            Meeting.state != MeetingState.CANCELLED,
        )
    )


def _of(school_id: int, person_id: int) -> Select[Meeting, bool | None]:
    joined = and_(MeetingPerson.school_id == Meeting.school_id, MeetingPerson.meeting_id == Meeting.id)
    return (
        select(Meeting, MeetingPerson.present)
        .join(MeetingPerson, joined)
        .where(MeetingPerson.school_id == school_id, MeetingPerson.person_id == person_id)
    )


def _invitations(session: Session, statement: Select[Meeting, bool | None]) -> list[Mine]:
    return [Mine(meeting, present) for meeting, present in session.execute(statement)]
