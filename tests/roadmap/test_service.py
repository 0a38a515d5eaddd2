"""The road map taken over, changed, marked, approved, copied to the next year."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from moodle_mentorship.banks import service as banks
from moodle_mentorship.core.actor import Role, system_actor
from moodle_mentorship.core.clock import FixedClock
from moodle_mentorship.core.errors import Invalid, NotFound
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.moodle.models import OutboxItem
from moodle_mentorship.roadmap import errors, queries, ready, reminding, service
from moodle_mentorship.roadmap.enums import How, Moved, Standing, Timing
from moodle_mentorship.roadmap.evidence import Evidence, Period, Seen, Source
from moodle_mentorship.roadmap.jobs import look
from moodle_mentorship.roadmap.models import Line, RoadMap, Tick
from moodle_mentorship.roadmap.told import evidence as evidence_of
from moodle_mentorship.school.models import SchoolYear
from tests.conftest import NOW
from tests.factories import TestSchool, make_consent, make_papers

TODAY = NOW.date()


@pytest.fixture
def evidence(app: Flask) -> Evidence:
    return evidence_of(app)


@pytest.fixture
def road_map(session: Session, school: TestSchool, other_school: TestSchool) -> RoadMap:
    service.take_ready(session, other_school.actor(), NOW)
    return service.take_ready(session, school.actor(), NOW)


def lines(session: Session, road_map: RoadMap) -> list[Line]:
    return list(queries.lines_of(session, road_map.school_id, road_map.id))


def said(**values: Any) -> Mapping[str, Any]:
    usual = {
        "stage": 5,
        "content": "Школа наставника",
        "timing": Timing.PERIOD,
        "starts_on": date(2026, 11, 1),
        "ends_on": date(2026, 12, 10),
        "responsible": (Role.CURATOR, None, None),
        "product": "Материалы",
        "evidence": [],
    }
    return usual | values


def mark(session: Session, school: TestSchool, line: Line, part: int = 0, **values: Any) -> Tick:
    asked: dict[str, Any] = {"done_on": TODAY, "note": "Протокол", "link": None} | values
    return service.tick(session, school.actor(), line.id, part, today=TODAY, now=NOW, **asked)


def test_the_ready_made_one_is_the_schools_document(session: Session, school: TestSchool, road_map: RoadMap) -> None:
    found = lines(session, road_map)
    assert len(found) == len(ready.LINES) == 20
    assert {line.stage for line in found} == set(range(1, 8))
    assert "на 2026/27 учебный год" in found[0].content
    assert not any("{" in line.content for line in found)
    assert all(date(2026, 7, 1) <= line.starts_on <= line.ends_on <= date(2027, 8, 31) for line in found)
    with pytest.raises(errors.MapExists):
        service.take_ready(session, school.actor(), NOW)


def test_every_ready_made_line_asks_for_evidence_that_there_is(evidence: Evidence) -> None:
    assert {code for line in ready.LINES for code in line.evidence} <= {source.code for source in evidence}


def test_lines_are_added_changed_moved_and_taken_out(
    session: Session, school: TestSchool, road_map: RoadMap, evidence: Evidence
) -> None:
    actor = school.actor()
    line = service.add_line(session, actor, evidence, said(), NOW)
    shown = queries.shown(session, evidence, road_map, TODAY)
    assert shown.lines[16].number == "5.5"
    assert shown.lines[16].line is line
    changed = said(responsible=(None, school.director.id, None), timing=Timing.YEAR, starts_on=None, ends_on=None)
    service.change_line(session, actor, evidence, line.id, changed, NOW)
    assert (line.starts_on, line.ends_on, line.responsible_person_id) == (
        date(2026, 9, 1),
        date(2027, 8, 31),
        school.director.id,
    )
    service.move_line(session, actor, line.id, Moved.UP, NOW)
    service.move_line(session, actor, line.id, Moved.DOWN, NOW)
    service.move_line(session, actor, line.id, Moved.DOWN, NOW)
    assert queries.shown(session, evidence, road_map, TODAY).lines[16].line is line
    mark(session, school, line)
    service.remove_line(session, actor, line.id, NOW)
    assert len(lines(session, road_map)) == 20


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"starts_on": None}, "starts_on"),
        ({"ends_on": date(2026, 10, 1)}, "ends_on"),
        ({"ends_on": date(2028, 1, 1)}, "ends_on"),
        ({"evidence": ["nothing"]}, "evidence"),
        ({"evidence": ["banks.mentees"], "timing": Timing.MONTHLY}, "evidence"),
        ({"responsible": (None, 999999, None)}, "responsible"),
    ],
)
def test_a_line_that_makes_no_sense_is_refused(
    session: Session, school: TestSchool, road_map: RoadMap, evidence: Evidence, wrong: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        service.add_line(session, school.actor(), evidence, said(**wrong), NOW)
    assert list(refused.value.errors) == [field]


def test_somebody_of_another_school_is_nobody_to_be_responsible(
    session: Session, school: TestSchool, other_school: TestSchool, road_map: RoadMap, evidence: Evidence
) -> None:
    foreign = said(responsible=(None, other_school.director.id, None))
    with pytest.raises(Invalid):
        service.add_line(session, school.actor(), evidence, foreign, NOW)
    line = lines(session, road_map)[0]
    for act in (
        lambda: service.change_line(session, other_school.actor(), evidence, line.id, said(), NOW),
        lambda: service.remove_line(session, other_school.actor(), line.id, NOW),
        lambda: mark(session, other_school, line),
        lambda: service.untick(session, other_school.actor(), evidence, line.id, 0, TODAY, NOW),
    ):
        with pytest.raises(NotFound):
            act()


def test_a_line_is_marked_once_by_whom_it_names(session: Session, school: TestSchool, road_map: RoadMap) -> None:
    line = lines(session, road_map)[1]
    director = school.actor(school.director, Role.DIRECTOR)
    made = service.tick(session, director, line.id, 0, done_on=TODAY, note="Протокол", link=None, today=TODAY, now=NOW)
    assert mark(session, school, line) is made
    with pytest.raises(errors.MarkedAlready):
        mark(session, school, line, note="Другой протокол")
    somebody = school.actor(school.teachers[0], Role.MENTOR)
    with pytest.raises(errors.NotYours):
        service.tick(session, somebody, line.id, 0, done_on=TODAY, note=None, link=None, today=TODAY, now=NOW)
    with pytest.raises(NotFound):
        mark(session, school, line, part=9)
    for day in (TODAY + timedelta(days=1), date(2026, 6, 30)):
        with pytest.raises(Invalid):
            mark(session, school, lines(session, road_map)[4], done_on=day)


def test_months_are_marked_each_for_itself_and_hold_their_period(
    session: Session, school: TestSchool, road_map: RoadMap, evidence: Evidence
) -> None:
    line = next(line for line in lines(session, road_map) if line.timing is Timing.MONTHLY)
    mark(session, school, line, part=10)
    row = next(row for row in queries.shown(session, evidence, road_map, TODAY).lines if row.line is line)
    assert (row.progress.done, row.progress.all, row.standing, row.progress.due) == (
        1,
        8,
        Standing.NEXT,
        date(2026, 11, 30),
    )
    with pytest.raises(errors.MarksInTheWay), session.begin_nested():
        service.change_line(session, school.actor(), evidence, line.id, said(), NOW)


def test_evidence_marks_a_line_and_the_mark_outlives_it(
    session: Session, school: TestSchool, road_map: RoadMap, evidence: Evidence
) -> None:
    line = next(line for line in lines(session, road_map) if "banks.mentees" in line.evidence)
    person = school.teachers[0]
    banks.add_mentee(session, school.actor(), person.id, NOW)
    row = next(row for row in queries.shown(session, evidence, road_map, TODAY).lines if row.line is line)
    # Somebody is in the bank, and has not consented yet.
    assert row.standing is Standing.LATE
    assert {code: seen.done for code, seen in row.seen.items()} == {
        "banks.mentees": True,
        "consents.processing_mentee": False,
    }
    assert service.see(session, system_actor(school.id), evidence, TODAY, NOW) == 0
    make_consent(session, person, NOW)
    row = next(row for row in queries.shown(session, evidence, road_map, TODAY).lines if row.line is line)
    assert (row.standing, row.ticks[0].how) == (Standing.DONE, How.SEEN)
    assert service.see(session, system_actor(school.id), evidence, TODAY, NOW) == 1
    assert service.see(session, system_actor(school.id), evidence, TODAY, NOW) == 0
    banks.withdraw_mentee(session, school.actor(), person.id, NOW)
    row = next(row for row in queries.shown(session, evidence, road_map, TODAY).lines if row.line is line)
    assert (row.standing, row.ticks[0].done_on) == (Standing.DONE, TODAY)
    assert row.ticks[0].proof[0] == {"source": "banks.mentees", "values": {"people": 1}}


def test_a_mark_that_was_taken_back_comes_only_when_it_may(
    session: Session, school: TestSchool, road_map: RoadMap
) -> None:
    found = Evidence()
    found.add(Source("always", "", lambda _session, _period: Seen(True, {}, date(2026, 9, 3)), lambda _values: ""))
    line = service.add_line(session, school.actor(), found, said(evidence=["always"]), NOW)
    assert service.see(session, system_actor(school.id), found, TODAY, NOW) == 1
    for _twice in range(2):
        service.untick(session, school.actor(), found, line.id, 0, TODAY, NOW)
        assert service.see(session, system_actor(school.id), found, TODAY, NOW) == 0
    assert line.held_parts == [0]
    service.look_again(session, school.actor(), line.id, NOW)
    assert service.see(session, system_actor(school.id), found, TODAY, NOW) == 1
    tick = session.scalars(select(Tick).where(Tick.line_id == line.id)).one()
    assert tick.done_on == date(2026, 9, 3)


def test_what_each_source_sees(
    session: Session, school: TestSchool, other_school: TestSchool, evidence: Evidence
) -> None:
    """Nothing in a school that has done nothing, whatever its neighbour did."""
    mentor, mentee = other_school.teachers[:2]
    banks.add_mentor(session, other_school.actor(), mentor.id, 1, NOW)
    banks.add_mentee(session, other_school.actor(), mentee.id, NOW)
    make_papers(session, mentor, mentee, NOW)
    period = Period(school.id, SchoolYear(2026), TODAY)
    assert evidence.look(session, period, [source.code for source in evidence]) == {}
    there = evidence.look(
        session, Period(other_school.id, SchoolYear(2026), TODAY), [source.code for source in evidence]
    )
    assert {code for code, seen in there.items() if seen.done} == {
        "banks.mentees",
        "banks.mentors",
        "consents.processing_mentee",
        "consents.processing_mentor",
        "consents.mentor_work",
    }
    # A bank that nobody has looked after in the year is no evidence of it.
    later = evidence.look(
        session, Period(other_school.id, SchoolYear(2027), date(2027, 10, 1)), ["banks.mentees", "banks.mentors"]
    )
    assert [seen.done for seen in later.values()] == [False, False]


def test_the_approved_version_keeps_what_was_approved(
    session: Session, school: TestSchool, road_map: RoadMap, evidence: Evidence
) -> None:
    order = {"order_date": date(2026, 9, 10), "order_number": "118-ОД", "today": TODAY, "now": NOW}
    first = service.approve(session, school.actor(), **order)  # type: ignore[arg-type]
    assert service.approve(session, school.actor(), **order) is first  # type: ignore[arg-type]
    with pytest.raises(errors.NothingToApprove):
        service.approve(session, school.actor(), **order | {"order_number": "119-ОД"})  # type: ignore[arg-type]
    line = lines(session, road_map)[4]
    service.change_line(session, school.actor(), evidence, line.id, said(stage=1), NOW)
    shown = queries.shown(session, evidence, road_map, TODAY)
    assert [change.fields for change in shown.changes] == [("content", "timing", "product")]
    assert shown.in_force is first
    second = service.approve(session, school.actor(), **order | {"order_number": "130-ОД"})  # type: ignore[arg-type]
    assert second.number == 2
    assert queries.shown(session, evidence, road_map, TODAY).changes == []
    assert "Подготовка шаблона" in str(first.lines)
    with pytest.raises(Invalid):
        service.approve(session, school.actor(), **order | {"order_date": TODAY + timedelta(days=1)})  # type: ignore[arg-type]


def test_the_next_year_takes_over_what_was_left(
    session: Session, school: TestSchool, other_school: TestSchool, road_map: RoadMap
) -> None:
    for line in lines(session, road_map)[:3]:
        mark(session, school, line)
    for other in (school, other_school):
        other.school.year_start = 2027
    session.flush()
    later = date(2027, 9, 1)
    made = service.copy_earlier(session, school.actor(), later, NOW)
    copied = lines(session, made)
    assert len(copied) == 20
    assert [line.left_over for line in copied] == [False] * 3 + [True] * 17
    assert copied[0].ends_on == date(2027, 9, 10)
    assert "2027/28" in copied[0].content
    assert queries.ticks_of(session, school.id, made.id) == {}
    with pytest.raises(errors.MapExists):
        service.copy_earlier(session, school.actor(), later, NOW)
    # Former years are read only.
    with pytest.raises(NotFound):
        mark(session, school, lines(session, road_map)[5])
    assert queries.years(session, school.id) == [2027, 2026]


SPELLED = {
    "План на 2026/27 учебный год": "План на 2027/28 учебный год",
    "План на 2026-2027 учебный год": "План на 2027-2028 учебный год",
    "2026–2027 уч. г.; 2026/2027": "2027–2028 уч. г.; 2027/2028",
    "2026\N{NO-BREAK SPACE}– 27, 2026 — 2027": "2027\N{NO-BREAK SPACE}– 28, 2027 — 2028",
    "2026\N{NON-BREAKING HYPHEN}2027": "2027\N{NON-BREAKING HYPHEN}2028",
    # Of other years, of no school year at all, and parts of something else.
    "Итоги 2025/26, приказ от 01.09.2026": "Итоги 2025/26, приказ от 01.09.2026",
    "2026–2028, 12026/27, 2026/271, 2026-27-01": "2026–2028, 12026/27, 2026/271, 2026-27-01",
}


@pytest.mark.parametrize("name", ["content", "product", "responsible_words"])
def test_the_next_year_is_spelled_as_the_last_one_was(
    session: Session, school: TestSchool, road_map: RoadMap, name: str
) -> None:
    for line, text in zip(lines(session, road_map), SPELLED, strict=False):
        line.responsible_role = line.responsible_person_id = None
        setattr(line, name, text)
    school.school.year_start = 2027
    session.flush()
    copied = lines(session, service.copy_earlier(session, school.actor(), date(2027, 9, 1), NOW))
    assert [getattr(line, name) for line in copied[: len(SPELLED)]] == list(SPELLED.values())


def test_there_is_nothing_to_copy_in_the_first_year(session: Session, school: TestSchool) -> None:
    with pytest.raises(errors.NothingToCopy):
        service.copy_earlier(session, school.actor(), TODAY, NOW)


def test_the_29th_of_february_moves_to_the_28th(session: Session, school: TestSchool, evidence: Evidence) -> None:
    school.school.year_start = 2027
    service.take_ready(session, school.actor(), NOW)
    day = said(starts_on=date(2028, 2, 29), ends_on=date(2028, 2, 29))
    service.add_line(session, school.actor(), evidence, day, NOW)
    school.school.year_start = 2028
    made = service.copy_earlier(session, school.actor(), TODAY, NOW)
    assert date(2029, 2, 28) in {line.ends_on for line in lines(session, made)}


def messages(session: Session, school: TestSchool) -> list[dict[str, Any]]:
    rows = session.scalars(select(OutboxItem).where(OutboxItem.school_id == school.id).order_by(OutboxItem.id))
    return [row.payload for row in rows if row.kind == "person.message"]


def test_moodle_writes_once_a_week_before_and_once_when_late(
    session: Session, school: TestSchool, runtime: Runtime, clock: FixedClock, evidence: Evidence
) -> None:
    school.site.plugin_version = "2026112800"
    service.take_ready(session, school.actor(), NOW)
    for line in session.scalars(select(Line).where(Line.school_id == school.id)).all():
        service.remove_line(session, school.actor(), line.id, NOW)
    soon = service.add_line(session, school.actor(), evidence, said(ends_on=TODAY + timedelta(days=7)), NOW)
    service.add_line(session, school.actor(), evidence, said(content="Рано", ends_on=TODAY + timedelta(days=8)), NOW)
    session.commit()
    run = look(evidence)
    run(runtime)
    run(runtime)
    assert [(one["moodle_user_id"], soon.content in one["text"]) for one in messages(session, school)] == [
        (school.curator.moodle_user_id, True)
    ]
    assert "Рано" not in messages(session, school)[0]["text"]
    for days in (1, 8, 8, 9, 10):
        clock.move_to(NOW + timedelta(days=days))
        run(runtime)
    texts = [one["text"] for one in messages(session, school)]
    # The other line a week before, then each of both once when it is late.
    assert [("Школа наставника" in text, "Рано" in text) for text in texts] == [
        (True, False),
        (False, True),
        (True, False),
        (False, True),
    ]
    service.set_reminders(session, school.actor(), False, NOW)
    service.add_line(session, school.actor(), evidence, said(), NOW)
    session.commit()
    clock.move_to(NOW + timedelta(days=14))
    run(runtime)
    assert len(messages(session, school)) == len(texts)


def test_a_line_of_the_mentors_is_the_curators_to_see_to(session: Session, school: TestSchool) -> None:
    theirs = Line(responsible_role=Role.MENTOR, responsible_person_id=None)
    assert reminding.concerns(theirs, Role.CURATOR, school.curator.id)
    assert not reminding.concerns(theirs, Role.MENTOR, school.teachers[0].id)
    named = Line(responsible_role=None, responsible_person_id=school.teachers[0].id)
    assert reminding.concerns(named, Role.MENTOR, school.teachers[0].id)
    assert not reminding.concerns(named, Role.CURATOR, school.curator.id)
