"""What meetings prove in the road map: each month by a meeting of its own, the year by the first one."""

from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from moodle_mentorship.meetings import service
from moodle_mentorship.meetings.enums import MeetingKind, MeetingState
from moodle_mentorship.roadmap import queries as roadmap
from moodle_mentorship.roadmap import service as road_map_service
from moodle_mentorship.roadmap.enums import How, Timing
from moodle_mentorship.roadmap.models import Line, RoadMap
from moodle_mentorship.roadmap.told import evidence, proof_words
from tests.conftest import NOW
from tests.factories import BOX, TestSchool, make_meeting

TODAY = NOW.date()
OCTOBER, NOVEMBER = 10, 11


@pytest.fixture
def road_map(session: Session, school: TestSchool) -> RoadMap:
    return road_map_service.take_ready(session, school.actor(), NOW)


def line_with(session: Session, road_map: RoadMap, code: str) -> Line:
    return next(line for line in roadmap.lines_of(session, road_map.school_id, road_map.id) if code in line.evidence)


def look(app: Flask, session: Session, school: TestSchool) -> int:
    return road_map_service.see(session, school.actor(), evidence(app), TODAY, NOW)


def marks(session: Session, road_map: RoadMap, line: Line) -> dict[int, tuple[How, date]]:
    found = roadmap.ticks_of(session, road_map.school_id, road_map.id).get(line.id, {})
    return {part: (tick.how, tick.done_on) for part, tick in found.items()}


def test_months_tick_themselves_each_by_its_own_meeting(
    app: Flask, session: Session, school: TestSchool, road_map: RoadMap
) -> None:
    line = line_with(session, road_map, "meetings.exchange")
    assert line.timing is Timing.MONTHLY
    make_meeting(session, school, school.teachers[:1], TODAY, NOW)
    make_meeting(session, school, school.teachers[:1], date(2026, 10, 20), NOW, state=MeetingState.CANCELLED)
    held = make_meeting(session, school, school.teachers[:1], date(2026, 11, 12), NOW, state=MeetingState.HELD)
    make_meeting(session, school, school.teachers[:1], date(2026, 11, 20), NOW, state=MeetingState.HELD)
    assert look(app, session, school) == 1
    assert marks(session, road_map, line) == {NOVEMBER: (How.SEEN, date(2026, 11, 12))}
    assert look(app, session, school) == 0
    # October was held elsewhere, and is marked by hand; it says nothing of other months.
    mark = {"note": "Протокол", "link": None, "today": TODAY, "now": NOW}
    day = date(2026, 10, 29)
    road_map_service.tick(session, school.actor(), line.id, OCTOBER, done_on=day, **mark)  # type: ignore[arg-type]
    # A mark outlives its evidence: nobody was there in the end, says who puts it right.
    held.state, held.held_at, held.sealed_minutes = MeetingState.PLANNED, None, None
    session.flush()
    assert look(app, session, school) == 0
    assert marks(session, road_map, line) == {
        OCTOBER: (How.BY_HAND, date(2026, 10, 29)),
        NOVEMBER: (How.SEEN, date(2026, 11, 12)),
    }
    shown = roadmap.shown(session, evidence(app), road_map, TODAY)
    row = next(row for row in shown.lines if row.line.id == line.id)
    assert (row.progress.done, row.progress.all) == (2, 8)
    assert "«Обмен опытом» 12\u00a0ноября" in app_words(app, row.ticks[NOVEMBER])


def app_words(app: Flask, tick: object) -> str:
    with app.test_request_context():
        return "; ".join(sentence for sentence, _endpoint in proof_words(tick))  # type: ignore[arg-type]


def test_a_month_taken_back_stays_open_and_the_others_go_on(
    app: Flask, session: Session, school: TestSchool, road_map: RoadMap
) -> None:
    line = line_with(session, road_map, "meetings.exchange")
    for day in (date(2026, 10, 8), date(2026, 11, 12)):
        make_meeting(session, school, school.teachers[:1], day, NOW, state=MeetingState.HELD)
    assert look(app, session, school) == 2
    take_back = (session, school.actor(), evidence(app), line.id)
    for _click in range(2):
        road_map_service.untick(*take_back, OCTOBER, TODAY, NOW)
    assert (look(app, session, school), line.held_parts, set(marks(session, road_map, line))) == (0, [10], {NOVEMBER})
    # A mark by hand in another month leaves it held open.
    road_map_service.untick(*take_back, NOVEMBER, TODAY, NOW)
    mark = {"note": None, "link": None, "today": TODAY, "now": NOW}
    road_map_service.tick(session, school.actor(), line.id, NOVEMBER, done_on=TODAY, **mark)  # type: ignore[arg-type]
    assert (look(app, session, school), line.held_parts) == (0, [10])
    road_map_service.look_again(session, school.actor(), line.id, NOW)
    assert look(app, session, school) == 1


@pytest.mark.parametrize(
    ("kind", "day", "done"),
    [
        (MeetingKind.CLOSING, TODAY, True),
        # In the summer before the year it was held for the coming one; earlier, for another.
        (MeetingKind.CLOSING, date(2026, 7, 1), True),
        (MeetingKind.CLOSING, date(2026, 6, 30), False),
        (MeetingKind.EXCHANGE, TODAY, False),
    ],
)
def test_the_closing_event_ticks_its_line(
    app: Flask, session: Session, school: TestSchool, road_map: RoadMap, kind: MeetingKind, day: date, done: bool
) -> None:
    line = line_with(session, road_map, "meetings.closing")
    meeting = make_meeting(session, school, school.teachers[:1], day, NOW, kind)
    look(app, session, school)
    assert marks(session, road_map, line) == {}
    said = {"present": [school.teachers[0].id], "minutes": None, "revision": 0, "today": TODAY, "now": NOW}
    service.hold(session, BOX, school.actor(), meeting.id, **said)  # type: ignore[arg-type]
    look(app, session, school)
    assert marks(session, road_map, line) == ({0: (How.SEEN, day)} if done else {})


def test_the_line_of_trained_mentors_waits_for_the_training_too(session: Session, road_map: RoadMap) -> None:
    line = line_with(session, road_map, "meetings.training")
    assert line.evidence == ["banks.trained", "meetings.training"]


def test_tomorrow_proves_nothing(app: Flask, session: Session, school: TestSchool, road_map: RoadMap) -> None:
    """A held meeting of a day that has not come can't be; were there one, it would not count."""
    day = TODAY + timedelta(days=1)
    make_meeting(session, school, school.teachers[:1], day, NOW, MeetingKind.CLOSING, MeetingState.HELD)
    assert look(app, session, school) == 0
