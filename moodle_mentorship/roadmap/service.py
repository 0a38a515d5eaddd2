"""What is done with a road map: taken over, changed, marked, approved."""

import re
from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from moodle_mentorship.core.actor import Actor, Role
from moodle_mentorship.core.audit import record
from moodle_mentorship.core.errors import Invalid, NotFound
from moodle_mentorship.core.i18n import N_
from moodle_mentorship.people.queries import person_of
from moodle_mentorship.roadmap import errors, queries, ready
from moodle_mentorship.roadmap.enums import How, Moved, Standing, Timing
from moodle_mentorship.roadmap.evidence import Evidence, Seen
from moodle_mentorship.roadmap.frozen import changes, frozen, thawed
from moodle_mentorship.roadmap.models import Line, MapVersion, RoadMap, Tick
from moodle_mentorship.roadmap.progress import occasions, progress
from moodle_mentorship.school.models import SchoolYear
from moodle_mentorship.school.queries import school_of

#: The first day that a line may name is in the summer before its year.
SUMMER = 7


def take_ready(session: Session, actor: Actor, now: datetime) -> RoadMap:
    """The ready-made road map for the school's year. Raises `MapExists`."""
    year = school_of(session, actor.school_id).year_start
    made = _new(session, actor, year, now)
    for values in ready.columns(year):
        session.add(Line(school_id=actor.school_id, road_map_id=made.id, **values))
    record(session, actor, "road_map.take", "road_map", made.id, now)
    session.flush()
    return made


def copy_earlier(session: Session, actor: Actor, today: date, now: datetime) -> RoadMap:
    """The latest earlier road map as that of the school's year: each period shifted, the year in its texts too however
    it is spelled, what was not done marked as left over. Marks and versions stay with the year they belong to.

    Raises `MapExists`, `NothingToCopy`.
    """
    year = school_of(session, actor.school_id).year_start
    before = next((start for start in queries.years(session, actor.school_id) if start < year), None)
    source = queries.map_of(session, actor.school_id, before) if before is not None else None
    if source is None:
        raise errors.NothingToCopy()
    made = _new(session, actor, year, now)
    made.reminds = source.reminds
    ticks = queries.ticks_of(session, actor.school_id, source.id)

    def renamed(text: str) -> str:
        return _of_year(text, source.year_start, year)

    left = 0
    for line in queries.lines_of(session, actor.school_id, source.id):
        over = progress(line, ticks.get(line.id, {}), source.year_start, today).standing is not Standing.DONE
        left += over
        session.add(
            Line(
                school_id=actor.school_id,
                road_map_id=made.id,
                stage=line.stage,
                place=line.place,
                content=renamed(line.content),
                timing=line.timing,
                starts_on=_shifted(line.starts_on, year - source.year_start),
                ends_on=_shifted(line.ends_on, year - source.year_start),
                responsible_role=line.responsible_role,
                responsible_person_id=line.responsible_person_id,
                responsible_words=line.responsible_words and renamed(line.responsible_words),
                product=line.product and renamed(line.product),
                evidence=list(line.evidence),
                held_parts=[],
                left_over=over,
            )
        )
    record(session, actor, "road_map.copy", "road_map", made.id, now, left_over=left)
    session.flush()
    return made


def add_line(session: Session, actor: Actor, evidence: Evidence, said: Mapping[str, Any], now: datetime) -> Line:
    """A line at the end of its stage. Raises `NotFound` without a road map, `Invalid`."""
    road_map = locked(session, actor.school_id)
    values = _values(session, actor.school_id, road_map, evidence, said)
    line = Line(
        school_id=actor.school_id,
        road_map_id=road_map.id,
        place=_last_place(session, road_map, values["stage"]) + 1,
        held_parts=[],
        left_over=False,
        **values,
    )
    session.add(line)
    session.flush()
    record(session, actor, "road_map.add_line", "road_map_line", line.id, now)
    session.flush()
    return line


def change_line(
    session: Session, actor: Actor, evidence: Evidence, line_id: int, said: Mapping[str, Any], now: datetime
) -> Line:
    """Write a line anew; what reads as before changes nothing. Raises `NotFound`, `Invalid`, `MarksInTheWay`."""
    road_map = locked(session, actor.school_id)
    line = _line_of(session, road_map, line_id)
    values = _values(session, actor.school_id, road_map, evidence, said)
    differ = sorted(name for name, value in values.items() if getattr(line, name) != value)
    if not differ:
        return line
    if values["stage"] != line.stage:
        line.place = _last_place(session, road_map, values["stage"]) + 1
    for name in differ:
        setattr(line, name, values[name])
    parts = {occasion.part for occasion in occasions(line, road_map.year_start)}
    if not parts.issuperset(_ticks(session, line)):
        raise errors.MarksInTheWay()
    if "evidence" in differ or "timing" in differ:
        line.held_parts = []
    if "ends_on" in differ or "timing" in differ:
        line.soon_told = line.late_told = None
    session.flush()
    record(session, actor, "road_map.change_line", "road_map_line", line.id, now)
    session.flush()
    return line


def move_line(session: Session, actor: Actor, line_id: int, where: Moved, now: datetime) -> None:
    """Change places with the neighbour in the same stage. At the edge nothing changes."""
    road_map = locked(session, actor.school_id)
    line = _line_of(session, road_map, line_id)
    stage = [row for row in queries.lines_of(session, actor.school_id, road_map.id) if row.stage == line.stage]
    at = stage.index(line)
    to = at + (1 if where is Moved.DOWN else -1)
    if not 0 <= to < len(stage):
        return
    stage[at], stage[to] = stage[to], stage[at]
    for place, row in enumerate(stage, start=1):
        row.place = place
    record(session, actor, "road_map.move_line", "road_map_line", line.id, now)
    session.flush()


def remove_line(session: Session, actor: Actor, line_id: int, now: datetime) -> None:
    """Take a line out, its marks too. Approved versions keep it."""
    road_map = locked(session, actor.school_id)
    line = _line_of(session, road_map, line_id)
    for tick in _ticks(session, line).values():
        session.delete(tick)
    session.flush()
    session.delete(line)
    record(session, actor, "road_map.remove_line", "road_map_line", line.id, now)
    session.flush()


def tick(
    session: Session,
    actor: Actor,
    line_id: int,
    part: int,
    *,
    done_on: date,
    note: str | None,
    link: str | None,
    today: date,
    now: datetime,
) -> Tick:
    """Mark a line, or a month of it, as done by hand. The same again changes nothing.

    Raises `NotFound` for a part that the line doesn't have, `NotYours`, `MarkedAlready`, `Invalid` for a day that can't
    be.
    """
    road_map = locked(session, actor.school_id)
    line = _line_of(session, road_map, line_id)
    if not may_mark(actor, line):
        raise errors.NotYours()
    if part not in {occasion.part for occasion in occasions(line, road_map.year_start)}:
        raise NotFound(f"line {line_id} has no part {part}")
    if not _first_day(road_map) <= done_on <= today:
        raise Invalid({"done_on": [N_("Between the summer before this school year and today")]})
    there = _ticks(session, line).get(part)
    if there is not None:
        if (there.how, there.done_on, there.note, there.link) == (How.BY_HAND, done_on, note, link):
            return there
        raise errors.MarkedAlready()
    made = Tick(
        school_id=actor.school_id,
        line_id=line.id,
        part=part,
        done_on=done_on,
        how=How.BY_HAND,
        proof=[],
        note=note,
        link=link,
        at=now,
        by_person_id=actor.person_id,
    )
    session.add(made)
    _hold_open(line, part, False)
    record(session, actor, "road_map.tick", "road_map_line", line.id, now, part=part)
    session.flush()
    return made


def untick(
    session: Session, actor: Actor, evidence: Evidence, line_id: int, part: int, today: date, now: datetime
) -> None:
    """Take a mark back. Evidence that is still there marks the line no more until `look_again`. Doing it twice changes
    nothing. Raises `NotFound`, `NotYours`."""
    road_map = locked(session, actor.school_id)
    line = _line_of(session, road_map, line_id)
    if not may_mark(actor, line):
        raise errors.NotYours()
    there = _ticks(session, line).get(part)
    seen = evidence.look(session, queries.period(road_map, today), line.evidence)
    held = queries.proves(line, queries.seen_of(line, part, seen))
    if there is None and (part in line.held_parts or not held):
        return
    if there is not None:
        session.delete(there)
    _hold_open(line, part, held)
    line.late_told = None
    record(session, actor, "road_map.untick", "road_map_line", line.id, now, part=part)
    session.flush()


def look_again(session: Session, actor: Actor, line_id: int, now: datetime) -> None:
    """Let evidence mark the line again. Doing it twice changes nothing."""
    road_map = locked(session, actor.school_id)
    line = _line_of(session, road_map, line_id)
    if line.held_parts:
        line.held_parts = []
        record(session, actor, "road_map.look_again", "road_map_line", line.id, now)
        session.flush()


def see(session: Session, actor: Actor, evidence: Evidence, today: date, now: datetime) -> int:
    """Write down what evidence proves in the road map of the school's year; how many lines, or months of them, are
    newly done.

    From then on they stay done, whatever becomes of the data.
    """
    road_map = queries.map_of(session, actor.school_id, school_of(session, actor.school_id).year_start)
    if road_map is None:
        return 0
    lines = queries.lines_of(session, actor.school_id, road_map.id)
    ticks = queries.ticks_of(session, actor.school_id, road_map.id)
    year = road_map.year_start
    asking = [line for line in lines if queries.asks_evidence(line, ticks.get(line.id, {}), year)]
    seen = evidence.look(session, queries.period(road_map, today), (code for line in asking for code in line.evidence))
    proven = [line for line in asking if _proven(line, ticks.get(line.id, {}), year, seen)]
    if not proven:
        return 0
    # Who marks by hand at the same moment is waited for, and then seen.
    locked(session, actor.school_id)
    marked = 0
    for line in proven:
        session.refresh(line)
        for part in _proven(line, _ticks(session, line), year, seen):
            made = queries.tick_of(line, part, queries.seen_of(line, part, seen), today)
            made.at = now
            session.add(made)
            record(session, actor, "road_map.see", "road_map_line", line.id, now, part=part)
            marked += 1
    session.flush()
    return marked


def approve(
    session: Session, actor: Actor, *, order_date: date, order_number: str, today: date, now: datetime
) -> MapVersion:
    """Put down an order that was made elsewhere: the lines of now are the approved version.

    The same order again changes nothing. Raises `NothingToApprove`, `VersionWaits`, `Invalid`.
    """
    road_map = locked(session, actor.school_id)
    if not _first_day(road_map) <= order_date <= today:
        raise Invalid({"order_date": [N_("Between the summer before this school year and today")]})
    newest = queries.in_force(queries.versions_of(session, actor.school_id, road_map.id))
    if (
        newest is not None
        and (newest.order_date, newest.order_number) == (order_date, order_number)
        and not changed(session, road_map)
    ):
        return newest
    version = freeze(session, road_map, now)
    version.approved_at, version.approved_by = now, actor.person_id
    version.order_date, version.order_number = order_date, order_number
    session.add(version)
    session.flush()
    record(session, actor, "road_map.approve", "road_map", road_map.id, now, version=version.number)
    session.flush()
    return version


def changed(session: Session, road_map: RoadMap) -> bool:
    """Whether there is something to approve: lines that no version in force holds as they are."""
    lines = queries.lines_of(session, road_map.school_id, road_map.id)
    newest = queries.in_force(queries.versions_of(session, road_map.school_id, road_map.id))
    if newest is None:
        return bool(lines)
    return bool(changes(thawed(newest.lines), frozen(lines)))


def freeze(session: Session, road_map: RoadMap, now: datetime) -> MapVersion:
    """The next version with the lines of now, not yet put down. Raises `NothingToApprove`, `VersionWaits`."""
    versions = queries.versions_of(session, road_map.school_id, road_map.id)
    if any(one.approved_at is None and one.cancelled_at is None for one in versions):
        raise errors.VersionWaits()
    if not changed(session, road_map):
        raise errors.NothingToApprove()
    lines = queries.lines_of(session, road_map.school_id, road_map.id)
    return MapVersion(
        school_id=road_map.school_id,
        road_map_id=road_map.id,
        number=versions[0].number + 1 if versions else 1,
        lines=[line.plain() for line in frozen(lines)],
        frozen_at=now,
    )


def set_reminders(session: Session, actor: Actor, reminds: bool, now: datetime) -> None:
    """Whether Moodle writes to the responsible by itself."""
    road_map = locked(session, actor.school_id)
    if road_map.reminds is not reminds:
        road_map.reminds = reminds
        record(session, actor, "road_map.reminders", "road_map", road_map.id, now, on=reminds)
        session.flush()


def may_mark(actor: Actor, line: Line) -> bool:
    """Curators, and whoever the line names: the person, or a holder of a role that is appointed."""
    if actor.has(Role.CURATOR):
        return True
    if line.responsible_person_id is not None:
        return line.responsible_person_id == actor.person_id
    return line.responsible_role not in (None, Role.MENTOR) and actor.has(line.responsible_role)


def _new(session: Session, actor: Actor, year: int, now: datetime) -> RoadMap:
    made = RoadMap(
        school_id=actor.school_id, year_start=year, made_at=now, made_by=actor.person_id, reminds=True, written_on=None
    )
    try:
        with session.begin_nested():
            session.add(made)
    except IntegrityError:
        raise errors.MapExists() from None
    return made


def locked(session: Session, school_id: int) -> RoadMap:
    """The road map of the school's year, held until the end of the unit of work. Raises `NotFound`."""
    year = school_of(session, school_id).year_start
    found = session.scalars(
        select(RoadMap)
        .where(RoadMap.school_id == school_id, RoadMap.year_start == year)
        .with_for_update(of=RoadMap)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise NotFound("no road map this year")
    return found


def _line_of(session: Session, road_map: RoadMap, line_id: int) -> Line:
    """A line of this road map: those of former years are read alone."""
    line = queries.line_of(session, road_map.school_id, line_id)
    if line.road_map_id != road_map.id:
        raise NotFound(f"line {line_id} belongs to another year")
    return line


def _ticks(session: Session, line: Line) -> dict[int, Tick]:
    rows = session.scalars(select(Tick).where(Tick.school_id == line.school_id, Tick.line_id == line.id))
    return {row.part: row for row in rows}


def _proven(line: Line, ticked: Collection[int], year_start: int, seen: Mapping[str, Seen]) -> list[int]:
    """The parts of a line that its evidence proves and nobody has marked or held open."""
    return [
        part
        for part in queries.asks_evidence(line, ticked, year_start)
        if queries.proves(line, queries.seen_of(line, part, seen))
    ]


def _hold_open(line: Line, part: int, held: bool) -> None:
    """Whether evidence leaves a part of the line alone."""
    line.held_parts = sorted({*line.held_parts, part} if held else {*line.held_parts} - {part})


def _last_place(session: Session, road_map: RoadMap, stage: int) -> int:
    lines = queries.lines_of(session, road_map.school_id, road_map.id)
    return max((line.place for line in lines if line.stage == stage), default=0)


def _values(
    session: Session, school_id: int, road_map: RoadMap, evidence: Evidence, said: Mapping[str, Any]
) -> dict[str, Any]:
    """Columns from what the form says (`schemas.LineSchema`), checked against this school and year."""
    year, timing = SchoolYear(road_map.year_start), said["timing"]
    starts_on, ends_on = said["starts_on"], said["ends_on"]
    wrong: dict[str, list[str]] = {}
    if timing is Timing.YEAR:
        starts_on, ends_on = starts_on or year.begins, ends_on or year.ends
    for name, value in (("starts_on", starts_on), ("ends_on", ends_on)):
        if value is None:
            wrong[name] = [N_("Fill this in")]
        elif not _first_day(road_map) <= value <= year.ends:
            wrong[name] = [N_("A day of this school year, or of the summer before it")]
    if not wrong and starts_on > ends_on:
        wrong["ends_on"] = [N_("The last day can't come before the first one")]
    codes = list(dict.fromkeys(said["evidence"]))
    if any(evidence.of(code) is None for code in codes):
        wrong["evidence"] = [N_("Choose one of the values offered")]
    elif timing is Timing.MONTHLY and not all(source.monthly for code in codes if (source := evidence.of(code))):
        wrong["evidence"] = [N_("Months are told apart by meetings alone. Take the others out, or choose another time")]
    role, person_id, words = said["responsible"]
    if person_id is not None:
        try:
            person_of(session, school_id, person_id)
        except NotFound:
            wrong["responsible"] = [N_("Choose one of the values offered")]
    if wrong:
        raise Invalid(wrong)
    return {
        "stage": said["stage"],
        "content": said["content"],
        "timing": timing,
        "starts_on": starts_on,
        "ends_on": ends_on,
        "responsible_role": role,
        "responsible_person_id": person_id,
        "responsible_words": words,
        "product": said["product"],
        "evidence": codes,
    }


def _first_day(road_map: RoadMap) -> date:
    return date(road_map.year_start, SUMMER, 1)


def _of_year(text: str, before: int, year: int) -> str:
    """A text that names one school year, with another in its place, spelled as the first was: «2023-2024» too."""
    spelled = rf"(?<!\d){before}(\s*[/\-‑–—]\s*)(?:({before + 1})|{(before + 1) % 100:02d})(?!\d|-\d)"

    def another(found: re.Match[str]) -> str:
        return f"{year}{found[1]}{year + 1 if found[2] else f'{(year + 1) % 100:02d}'}"

    return re.sub(spelled, another, text)


def _shifted(day: date, years: int) -> date:
    """The same day so many years later; of 29 February the 28th."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)
