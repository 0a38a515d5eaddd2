"""What becomes of a meeting, by its state, the day and what is done; who is invited and written to."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from moodle_mentorship.core.audit import AuditEvent
from moodle_mentorship.core.errors import DomainError, Invalid, NotFound
from moodle_mentorship.core.jobs import Jobs
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.meetings import errors, queries, service
from moodle_mentorship.meetings.enums import Audience, MeetingKind, MeetingState
from moodle_mentorship.meetings.models import Meeting, MeetingPerson
from moodle_mentorship.moodle.models import OutboxItem
from moodle_mentorship.moodle.to_people import MESSAGE, PLUGIN_FROM
from moodle_mentorship.pairs.enums import PairState
from moodle_mentorship.pairs.models import Pair, Space
from moodle_mentorship.people.enums import StaffStatus
from moodle_mentorship.people.models import Person
from tests.conftest import NOW
from tests.factories import BOX, TestSchool, make_meeting, make_mentee, make_mentor

TODAY = NOW.date()
SOON = TODAY + timedelta(days=9)
JOBS = Jobs()


@pytest.fixture
def school(session: Session, school: TestSchool) -> TestSchool:
    """Its plugin can write; a mentor and a mentee work together, another mentee waits, somebody is in no bank."""
    school.site.plugin_version = PLUGIN_FROM
    mentor, mentee, waits, _other = school.teachers
    make_mentor(session, mentor, NOW, places_held=1)
    make_mentee(session, mentee, NOW)
    make_mentee(session, waits, NOW)
    session.add(
        Pair(
            school_id=school.id,
            space=Space(school_id=school.id),
            mentor_person_id=mentor.id,
            mentee_person_id=mentee.id,
            state=PairState.ORDERED,
            order_date=TODAY,
            order_number="143-ОД",
            starts_on=TODAY,
            ends_on=school.school.year_ends,
            proposed_at=NOW,
        )
    )
    session.flush()
    return school


def call(session: Session, school: TestSchool, **values: Any) -> Meeting:
    said: dict[str, Any] = {
        "kind": MeetingKind.EXCHANGE,
        "theme": "Обратная связь",
        "day": SOON,
        "starts_at": "15:30",
        "place": "Кабинет 12",
        "audience": Audience.PAIRS,
    }
    return service.call(session, JOBS, school.actor(), today=TODAY, now=NOW, **(said | values))


def invited(session: Session, school: TestSchool, meeting: Meeting) -> set[int]:
    return {row.person_id for row in queries.people_of(session, school.id, meeting.id)}


def written(session: Session) -> list[tuple[int, str, str]]:
    items = session.scalars(select(OutboxItem).where(OutboxItem.kind == MESSAGE).order_by(OutboxItem.id))
    return [(row.payload["moodle_user_id"], row.payload["key"], row.payload["text"]) for row in items]


@pytest.mark.parametrize(
    ("audience", "who"), [(Audience.MENTORS, [0]), (Audience.BANKS, [0, 1, 2]), (Audience.PAIRS, [0, 1])]
)
def test_a_circle_is_frozen_as_it_stands(
    session: Session, school: TestSchool, audience: Audience, who: list[int]
) -> None:
    meeting = call(session, school, audience=audience)
    assert invited(session, school, meeting) == {school.teachers[number].id for number in who}
    make_mentor(session, school.teachers[3], NOW)
    assert len(invited(session, school, meeting)) == len(who)


def test_each_change_is_told_once_to_who_is_invited(session: Session, school: TestSchool) -> None:
    mentor, mentee, other, _last = school.teachers
    meeting = call(session, school)
    assert call(session, school).id == meeting.id
    change: dict[str, Any] = {"theme": "Обратная связь", "starts_at": "16:00", "place": "Кабинет 12"}
    for _click in range(2):
        service.change(
            *(session, JOBS, school.actor(), meeting.id), day=SOON, revision=0, today=TODAY, now=NOW, **change
        )
    renamed = change | {"theme": "Похвала"}
    service.change(*(session, JOBS, school.actor(), meeting.id), day=SOON, revision=1, today=TODAY, now=NOW, **renamed)
    for _click in range(2):
        service.invite(session, JOBS, school.actor(), meeting.id, other.id, NOW)
    mentee.status = StaffStatus.LEFT
    for _click in range(2):
        service.cancel(session, JOBS, school.actor(), meeting.id, "Карантин.", TODAY, NOW)
    told = [(number, key.partition(f"meeting:{meeting.id}:")[2]) for number, key, _text in written(session)]
    assert told == [
        *[(person.moodle_user_id, "called") for person in (mentor, mentee)],
        *[(person.moodle_user_id, "moved:1") for person in (mentor, mentee)],
        (other.moodle_user_id, "called"),
        *[(person.moodle_user_id, "cancelled") for person in (mentor, other)],
    ]
    texts = [text.replace("\u00a0", " ") for _number, _key, text in written(session)]
    assert texts[0].startswith("Вас приглашают на встречу «Обратная связь»: 3 декабря 2026")
    assert "15:30, Кабинет 12." in texts[0]
    assert "теперь 3 декабря 2026" in texts[2]
    assert "16:00" in texts[2]
    assert "отменена. Карантин." in texts[-1]
    acts = session.scalars(select(AuditEvent.action).where(AuditEvent.object_type == "meeting").order_by(AuditEvent.id))
    assert list(acts) == ["meeting.call", "meeting.change", "meeting.change", "meeting.invite", "meeting.cancel"]


Act = Callable[[Session, TestSchool, Meeting], None]


def _change(session: Session, school: TestSchool, meeting: Meeting) -> None:
    said: dict[str, Any] = {"theme": "Другая", "day": SOON, "starts_at": None, "place": None, "revision": 0}
    service.change(session, JOBS, school.actor(), meeting.id, today=TODAY, now=NOW, **said)


def _hold(session: Session, school: TestSchool, meeting: Meeting) -> None:
    said: dict[str, Any] = {"present": [school.teachers[1].id], "minutes": "Решили иначе", "revision": 0}
    service.hold(session, BOX, school.actor(), meeting.id, today=TODAY, now=NOW, **said)


def _cancel(session: Session, school: TestSchool, meeting: Meeting) -> None:
    service.cancel(session, JOBS, school.actor(), meeting.id, "Другая причина", TODAY, NOW)


def _invite(session: Session, school: TestSchool, meeting: Meeting) -> None:
    service.invite(session, JOBS, school.actor(), meeting.id, school.teachers[3].id, NOW)


def _take_away(session: Session, school: TestSchool, meeting: Meeting) -> None:
    service.take_away(session, school.actor(), meeting.id, school.teachers[0].id, NOW)


PLANNED, HELD, CANCELLED = MeetingState.PLANNED, MeetingState.HELD, MeetingState.CANCELLED
MOVED_ON, NOT_YET = errors.MeetingMovedOn, errors.NotYet


@pytest.mark.parametrize(
    ("state", "day", "act", "becomes"),
    [
        (PLANNED, SOON, _change, PLANNED),
        (PLANNED, SOON, _hold, NOT_YET),
        (PLANNED, TODAY, _hold, HELD),
        (PLANNED, TODAY - timedelta(days=30), _hold, HELD),
        (PLANNED, SOON, _cancel, CANCELLED),
        (PLANNED, TODAY - timedelta(days=1), _cancel, CANCELLED),
        (PLANNED, SOON, _invite, PLANNED),
        (PLANNED, SOON, _take_away, PLANNED),
        (HELD, TODAY, _change, MOVED_ON),
        (HELD, TODAY, _hold, HELD),
        (HELD, TODAY, _cancel, MOVED_ON),
        (HELD, TODAY, _invite, HELD),
        (HELD, TODAY, _take_away, MOVED_ON),
        (CANCELLED, SOON, _change, MOVED_ON),
        (CANCELLED, TODAY, _hold, MOVED_ON),
        (CANCELLED, SOON, _cancel, MOVED_ON),
        (CANCELLED, SOON, _invite, MOVED_ON),
        (CANCELLED, SOON, _take_away, MOVED_ON),
    ],
)
def test_what_each_state_allows(
    session: Session,
    school: TestSchool,
    state: MeetingState,
    day: date,
    act: Act,
    becomes: MeetingState | type[DomainError],
) -> None:
    meeting = make_meeting(session, school, school.teachers[:2], day, NOW, state=state)
    before = (meeting.revision, meeting.theme, meeting.cancelled_why, meeting.sealed_minutes)
    if isinstance(becomes, MeetingState):
        act(session, school, meeting)
        session.refresh(meeting)
        assert (meeting.state, meeting.revision) == (becomes, 1)
        # The same again changes nothing.
        act(session, school, meeting)
        session.refresh(meeting)
        assert meeting.revision == 1
    else:
        with pytest.raises(becomes):
            act(session, school, meeting)
        session.refresh(meeting)
        assert (meeting.revision, meeting.theme, meeting.cancelled_why, meeting.sealed_minutes) == before


def test_who_was_there_is_put_right_by_one_window_at_a_time(session: Session, school: TestSchool) -> None:
    one, two = school.teachers[:2]
    meeting = make_meeting(session, school, [one, two], TODAY, NOW)
    hold = {"today": TODAY, "now": NOW}
    args = (session, BOX, school.actor(), meeting.id)
    for wrong in ([], [school.teachers[3].id]):
        with pytest.raises(Invalid):
            service.hold(*args, present=wrong, minutes=None, revision=0, **hold)  # type: ignore[arg-type]
    service.hold(*args, present=[one.id], minutes="Решили", revision=0, **hold)  # type: ignore[arg-type]
    assert meeting.sealed_minutes is not None
    assert "Решили" not in meeting.sealed_minutes
    with pytest.raises(errors.ChangedMeanwhile):
        service.hold(*args, present=[two.id], minutes="Решили", revision=0, **hold)  # type: ignore[arg-type]
    service.hold(*args, present=[two.id], minutes="Решили", revision=1, **hold)  # type: ignore[arg-type]
    marks = {row.person_id: row.present for row in queries.people_of(session, school.id, meeting.id)}
    assert marks == {one.id: False, two.id: True}
    assert queries.counts(session, school.id, [meeting.id])[meeting.id] == queries.Count(2, 1)


def test_a_past_meeting_is_put_down_as_held(session: Session, school: TestSchool) -> None:
    said: dict[str, Any] = {
        "kind": MeetingKind.TRAINING,
        "theme": "Установочная сессия",
        "starts_at": None,
        "place": None,
        "audience": Audience.MENTORS,
        "minutes": "Памятка роздана",
        "today": TODAY,
        "now": NOW,
    }
    for day in (date(2026, 6, 30), TODAY + timedelta(days=1)):
        with pytest.raises(Invalid):
            service.put_down(session, BOX, school.actor(), day=day, **said)
    made = service.put_down(session, BOX, school.actor(), day=date(2026, 10, 1), **said)
    assert service.put_down(session, BOX, school.actor(), day=date(2026, 10, 1), **said).id == made.id
    assert (made.state, queries.counts(session, school.id, [made.id])[made.id]) == (HELD, queries.Count(1, 1))
    assert queries.minutes_of(session, BOX, made) == "Памятка роздана"
    assert written(session) == []
    with pytest.raises(errors.MeetingExists):
        service.put_down(session, BOX, school.actor(), day=date(2026, 10, 1), **said | {"place": "Актовый зал"})


def test_what_is_refused_before_anything_is_kept(
    session: Session, school: TestSchool, other_school: TestSchool
) -> None:
    with pytest.raises(errors.NobodyToInvite):
        service.call(
            *(session, JOBS, other_school.actor()),
            kind=MeetingKind.EXCHANGE,
            theme="Т",
            day=SOON,
            starts_at=None,
            place=None,
            audience=Audience.PAIRS,
            today=TODAY,
            now=NOW,
        )
    session.rollback()


@pytest.mark.parametrize("values", [{"day": TODAY - timedelta(days=1)}, {"day": TODAY + timedelta(days=400)}])
def test_a_meeting_is_called_for_a_day_that_can_come(session: Session, school: TestSchool, values: Any) -> None:
    with pytest.raises(Invalid):
        call(session, school, **values)


def test_schools_never_meet(session: Session, school: TestSchool, other_school: TestSchool) -> None:
    meeting = make_meeting(session, other_school, other_school.teachers[:2], SOON, NOW)
    own = make_meeting(session, school, school.teachers[:2], SOON, NOW)
    for act in (_change, _hold, _cancel, _invite, _take_away):
        with pytest.raises(NotFound):
            act(session, school, meeting)
    stranger = other_school.teachers[0].id
    with pytest.raises(NotFound):
        service.invite(session, JOBS, school.actor(), own.id, stranger, NOW)
    with pytest.raises(NotFound):
        service.take_away(session, school.actor(), own.id, stranger, NOW)
    session.add(MeetingPerson(school_id=school.id, meeting_id=own.id, person_id=stranger))
    with pytest.raises(IntegrityError):
        session.flush()


def test_who_leaves_is_not_expected_any_more(session: Session, school: TestSchool, runtime: Runtime) -> None:
    gone: Person = school.teachers[1]
    planned = make_meeting(session, school, school.teachers[:2], SOON, NOW)
    held = make_meeting(session, school, school.teachers[:2], TODAY, NOW, state=HELD)
    service.forget_departed(session, school.actor(), gone.id)
    assert gone.id not in invited(session, school, planned)
    assert gone.id in invited(session, school, held)


def test_the_curator_is_asked_of_what_has_come_and_told_of_their_own_next_one(
    session: Session, school: TestSchool, other_school: TestSchool
) -> None:
    """Both in one statement, as `next_of` tells anybody else."""
    teacher, curator = school.teachers[0], school.curator
    make_meeting(session, school, [curator], TODAY - timedelta(days=1), NOW, state=MeetingState.CANCELLED)
    make_meeting(session, other_school, [other_school.curator], TODAY, NOW)
    make_meeting(session, school, [teacher], TODAY + timedelta(days=1), NOW)
    assert queries.for_curator(session, school.id, curator.id, TODAY) == ([], None)
    come = [
        make_meeting(session, school, [curator], TODAY - timedelta(days=3), NOW, kind=MeetingKind.TRAINING),
        make_meeting(session, school, [teacher], TODAY, NOW),
    ]
    far = make_meeting(session, school, [curator], TODAY + timedelta(days=8), NOW)
    assert queries.for_curator(session, school.id, curator.id, TODAY) == (come, None)
    near = make_meeting(session, school, [curator], TODAY + timedelta(days=7), NOW)
    assert queries.for_curator(session, school.id, curator.id, TODAY) == (come, near)
    assert queries.next_of(session, school.id, curator.id, TODAY) == near
    assert queries.for_curator(session, school.id, None, TODAY) == (come, None)
    assert queries.for_curator(session, school.id, curator.id, far.day - timedelta(days=1))[1] == near
