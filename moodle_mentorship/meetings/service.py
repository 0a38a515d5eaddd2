"""Verbs of meetings: call, change, mark as held, put right, cancel; who is invited."""

from collections.abc import Collection
from datetime import date, datetime, timedelta

from sqlalchemy import delete, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from moodle_mentorship.core.actor import Actor
from moodle_mentorship.core.audit import record
from moodle_mentorship.core.errors import Invalid, NotFound
from moodle_mentorship.core.i18n import N_
from moodle_mentorship.core.jobs import Jobs
from moodle_mentorship.core.schemas import NOT_OFFERED
from moodle_mentorship.core.secrets import SecretBox
from moodle_mentorship.meetings import errors, queries, writing
from moodle_mentorship.meetings.enums import Audience, MeetingKind, MeetingState
from moodle_mentorship.meetings.models import Meeting, MeetingPerson
from moodle_mentorship.people.models import Person
from moodle_mentorship.people.queries import person_of
from moodle_mentorship.school.queries import school_of

#: A meeting that is planned further ahead is a slip of the pen.
FURTHEST = timedelta(days=366)


def call(
    session: Session,
    jobs: Jobs,
    actor: Actor,
    *,
    kind: MeetingKind,
    theme: str,
    day: date,
    starts_at: str | None,
    place: str | None,
    audience: Audience,
    today: date,
    now: datetime,
) -> Meeting:
    """Plan a meeting and invite everybody of the audience who is employed; Moodle writes to them.

    The same again (a second click) gives the meeting that stands already, and writes to nobody. Raises `Invalid` for a
    day that is over, `NobodyToInvite`, `MeetingExists`.
    """
    if not today <= day <= today + FURTHEST:
        raise Invalid(
            {"day": [N_("From today on, within a year. For what was held already there is “Put down a past one”")]}
        )
    said = {"kind": kind, "theme": theme, "day": day, "starts_at": starts_at, "place": place, "audience": audience}
    meeting = Meeting(
        school_id=actor.school_id, state=MeetingState.PLANNED, called_at=now, called_by=actor.person_id, **said
    )
    there = _added(session, meeting)
    if there is not None:
        if there.state is MeetingState.PLANNED and all(getattr(there, name) == value for name, value in said.items()):
            return there
        raise errors.MeetingExists()
    people = _invite_circle(session, meeting, present=None)
    record(session, actor, "meeting.call", "meeting", meeting.id, now, invited=len(people))
    writing.write(session, jobs, meeting, people, writing.CALLED, "called", now)
    session.flush()
    return meeting


def put_down(
    session: Session,
    box: SecretBox,
    actor: Actor,
    *,
    kind: MeetingKind,
    theme: str,
    day: date,
    starts_at: str | None,
    place: str | None,
    audience: Audience,
    minutes: str | None,
    today: date,
    now: datetime,
) -> Meeting:
    """Write down a meeting that was held without being planned here, everybody of the audience as present until the
    curator says otherwise (`hold`). The same again gives the one that stands already.

    Raises `Invalid` for a day that has not come or lies before the school year, `NobodyToInvite`, `MeetingExists`.
    """
    first = date(school_of(session, actor.school_id).year_start, 7, 1)
    if not first <= day <= today:
        raise Invalid({"day": [N_("Between the summer before this school year and today")]})
    said = {"kind": kind, "theme": theme, "day": day, "starts_at": starts_at, "place": place, "audience": audience}
    meeting = Meeting(
        school_id=actor.school_id,
        state=MeetingState.HELD,
        called_at=now,
        called_by=actor.person_id,
        held_at=now,
        sealed_minutes=box.seal(minutes) if minutes else None,
        **said,
    )
    there = _added(session, meeting)
    if there is not None:
        if there.state is MeetingState.HELD and all(getattr(there, name) == value for name, value in said.items()):
            return there
        raise errors.MeetingExists()
    people = _invite_circle(session, meeting, present=True)
    record(session, actor, "meeting.put_down", "meeting", meeting.id, now, present=len(people))
    session.flush()
    return meeting


def change(
    session: Session,
    jobs: Jobs,
    actor: Actor,
    meeting_id: int,
    *,
    theme: str,
    day: date,
    starts_at: str | None,
    place: str | None,
    revision: int,
    today: date,
    now: datetime,
) -> Meeting:
    """Change what a planned meeting says; where day, time or place are others, Moodle writes to who is invited. What
    reads as before changes nothing.

    Raises `NotFound`, `MeetingMovedOn`, `ChangedMeanwhile`, `MeetingExists`, `Invalid`.
    """
    meeting = _locked(session, actor, meeting_id)
    _must_be_planned(meeting)
    said = {"theme": theme, "day": day, "starts_at": starts_at, "place": place}
    differ = {name for name, value in said.items() if getattr(meeting, name) != value}
    if not differ:
        return meeting
    _must_be_seen(meeting, revision)
    if "day" in differ and not today <= day <= today + FURTHEST:
        raise Invalid({"day": [N_("A day from today on, within a year")]})
    there = queries.others_on(session, actor.school_id, meeting.kind, day, theme)
    if there is not None and there.id != meeting.id:
        raise errors.MeetingExists()
    for name in differ:
        setattr(meeting, name, said[name])
    meeting.revision += 1
    record(session, actor, "meeting.change", "meeting", meeting.id, now, fields=sorted(differ))
    if differ - {"theme"}:
        _tell(session, jobs, meeting, writing.MOVED, f"moved:{meeting.revision}", now)
    session.flush()
    return meeting


def hold(
    session: Session,
    box: SecretBox,
    actor: Actor,
    meeting_id: int,
    *,
    present: Collection[int],
    minutes: str | None,
    revision: int,
    today: date,
    now: datetime,
) -> Meeting:
    """Say who was there and what was spoken of: a planned meeting is held from then on, of a held one it is put right.
    The same again changes nothing.

    Raises `NotFound`, `MeetingMovedOn` for a cancelled one, `NotYet` before its day, `ChangedMeanwhile`, `Invalid`.
    """
    meeting = _locked(session, actor, meeting_id)
    if meeting.state is MeetingState.CANCELLED:
        raise errors.MeetingMovedOn()
    planned = meeting.state is MeetingState.PLANNED
    if planned and today < meeting.day:
        raise errors.NotYet()
    rows = queries.people_of(session, actor.school_id, meeting.id)
    chosen = set(present)
    if not chosen <= {row.person_id for row in rows}:
        raise Invalid({"present": [NOT_OFFERED]})
    if not chosen:
        raise Invalid({"present": [N_("Mark at least one person who was there")]})
    same = all(row.present is (row.person_id in chosen) for row in rows)
    if not planned and same and queries.minutes_of(session, box, meeting) == minutes:
        return meeting
    _must_be_seen(meeting, revision)
    for row in rows:
        row.present = row.person_id in chosen
    meeting.sealed_minutes = box.seal(minutes) if minutes else None
    meeting.revision += 1
    if planned:
        meeting.state, meeting.held_at = MeetingState.HELD, now
    action = "meeting.hold" if planned else "meeting.correct"
    record(session, actor, action, "meeting", meeting.id, now, present=len(chosen))
    session.flush()
    return meeting


def cancel(
    session: Session, jobs: Jobs, actor: Actor, meeting_id: int, why: str, today: date, now: datetime
) -> Meeting:
    """Call a planned meeting off; who is invited is told why, unless its day is over. The same again changes nothing.
    Raises `NotFound`, `MeetingMovedOn`."""
    meeting = _locked(session, actor, meeting_id)
    if meeting.state is MeetingState.CANCELLED and meeting.cancelled_why == why:
        return meeting
    _must_be_planned(meeting)
    meeting.state, meeting.cancelled_why = MeetingState.CANCELLED, why
    meeting.revision += 1
    record(session, actor, "meeting.cancel", "meeting", meeting.id, now)
    if today <= meeting.day:
        _tell(session, jobs, meeting, writing.CANCELLED, "cancelled", now)
    session.flush()
    return meeting


def invite(session: Session, jobs: Jobs, actor: Actor, meeting_id: int, person_id: int, now: datetime) -> None:
    """Invite one more person, whom Moodle writes to; to a held meeting add somebody who came uninvited. Doing it twice
    changes nothing. Raises `NotFound`, `MeetingMovedOn` for a cancelled one, `Invalid` for who doesn't work here."""
    meeting = _locked(session, actor, meeting_id)
    person = person_of(session, actor.school_id, person_id)
    if meeting.state is MeetingState.CANCELLED:
        raise errors.MeetingMovedOn()
    if not person.employed:
        raise Invalid({"person_id": [NOT_OFFERED]})
    if _invitation(session, meeting, person_id) is not None:
        return
    planned = meeting.state is MeetingState.PLANNED
    present = None if planned else True
    session.add(MeetingPerson(school_id=actor.school_id, meeting_id=meeting.id, person_id=person_id, present=present))
    meeting.revision += 1
    record(session, actor, "meeting.invite", "meeting", meeting.id, now, person=person_id)
    if planned:
        writing.write(session, jobs, meeting, [person], writing.CALLED, "called", now)
    session.flush()


def take_away(session: Session, actor: Actor, meeting_id: int, person_id: int, now: datetime) -> None:
    """Take an invitation to a planned meeting back. Doing it twice changes nothing. Raises `NotFound`,
    `MeetingMovedOn`."""
    meeting = _locked(session, actor, meeting_id)
    person_of(session, actor.school_id, person_id)
    _must_be_planned(meeting)
    row = _invitation(session, meeting, person_id)
    if row is None:
        return
    session.delete(row)
    meeting.revision += 1
    record(session, actor, "meeting.take_away", "meeting", meeting.id, now, person=person_id)
    session.flush()


def forget_departed(session: Session, actor: Actor, person_id: int) -> None:
    """Who has left is not expected any more; where they were stays known."""
    planned = select(Meeting.id).where(Meeting.school_id == actor.school_id, Meeting.state == MeetingState.PLANNED)
    session.execute(
        delete(MeetingPerson)
        .where(
            MeetingPerson.school_id == actor.school_id,
            MeetingPerson.person_id == person_id,
            MeetingPerson.meeting_id.in_(planned),
        )
        .execution_options(synchronize_session=False)
    )


def _added(session: Session, meeting: Meeting) -> Meeting | None:
    """Put a new meeting down; the one that stands in its place already, where there is one."""
    try:
        with session.begin_nested():
            session.add(meeting)
    except IntegrityError:
        there = queries.others_on(session, meeting.school_id, meeting.kind, meeting.day, meeting.theme)
        if there is None:
            raise
        return there
    return None


def _invite_circle(session: Session, meeting: Meeting, *, present: bool | None) -> list[Person]:
    """Raises `NobodyToInvite`."""
    circle = queries.circle(meeting.audience, meeting.school_id)
    people = session.scalars(
        select(Person).where(Person.school_id == meeting.school_id, Person.id.in_(circle)).order_by(Person.id)
    )
    invited = [person for person in people if person.employed]
    if not invited:
        raise errors.NobodyToInvite()
    common = {"school_id": meeting.school_id, "meeting_id": meeting.id, "present": present}
    session.execute(insert(MeetingPerson), [{"person_id": person.id, **common} for person in invited])
    return invited


def _tell(session: Session, jobs: Jobs, meeting: Meeting, text: str, key: str, now: datetime) -> None:
    rows = queries.people_of(session, meeting.school_id, meeting.id)
    writing.write(session, jobs, meeting, [row.person for row in rows], text, key, now)


def _locked(session: Session, actor: Actor, meeting_id: int) -> Meeting:
    """The meeting, held until the end of the unit of work. Raises `NotFound`."""
    found = session.scalars(
        select(Meeting)
        .where(Meeting.school_id == actor.school_id, Meeting.id == meeting_id)
        .with_for_update(of=Meeting)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise NotFound(f"meeting {meeting_id}")
    return found


def _must_be_planned(meeting: Meeting) -> None:
    if meeting.state is not MeetingState.PLANNED:
        raise errors.MeetingMovedOn()


def _must_be_seen(meeting: Meeting, revision: int) -> None:
    if meeting.revision != revision:
        raise errors.ChangedMeanwhile()


def _invitation(session: Session, meeting: Meeting, person_id: int) -> MeetingPerson | None:
    return session.scalar(
        select(MeetingPerson).where(
            MeetingPerson.school_id == meeting.school_id,
            MeetingPerson.meeting_id == meeting.id,
            MeetingPerson.person_id == person_id,
        )
    )
