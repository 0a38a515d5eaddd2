"""Questions about road maps: lines with their marks and what proves them, versions, what waits for whom."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from moodle_mentorship.core.errors import NotFound
from moodle_mentorship.roadmap.enums import How, Standing
from moodle_mentorship.roadmap.evidence import Evidence, Period, Seen
from moodle_mentorship.roadmap.frozen import Change, FrozenLine, changes, frozen, numbers, thawed
from moodle_mentorship.roadmap.models import STAGES, Line, MapVersion, RoadMap, Tick
from moodle_mentorship.roadmap.progress import Progress, occasions, progress
from moodle_mentorship.school.models import SchoolYear
from moodle_mentorship.school.queries import school_of


def map_of(session: Session, school_id: int, year_start: int) -> RoadMap | None:
    """The road map of a school year."""
    return session.scalars(
        select(RoadMap).where(RoadMap.school_id == school_id, RoadMap.year_start == year_start)
    ).one_or_none()


def current_map(session: Session, school_id: int) -> RoadMap:
    """The road map of the school's year. Raises `NotFound`."""
    found = map_of(session, school_id, school_of(session, school_id).year_start)
    if found is None:
        raise NotFound("no road map this year")
    return found


def years(session: Session, school_id: int) -> Sequence[int]:
    """The school years that have a road map, the latest first."""
    return session.scalars(
        select(RoadMap.year_start).where(RoadMap.school_id == school_id).order_by(RoadMap.year_start.desc())
    ).all()


def lines_of(session: Session, school_id: int, road_map_id: int) -> Sequence[Line]:
    """The lines in their order."""
    return session.scalars(
        select(Line)
        .where(Line.school_id == school_id, Line.road_map_id == road_map_id)
        .order_by(Line.stage, Line.place, Line.id)
    ).all()


def line_of(session: Session, school_id: int, line_id: int) -> Line:
    """A line of the school's. Raises `NotFound`, also for another school's."""
    found = session.scalars(select(Line).where(Line.school_id == school_id, Line.id == line_id)).one_or_none()
    if found is None:
        raise NotFound(f"line {line_id}")
    return found


def ticks_of(session: Session, school_id: int, road_map_id: int) -> dict[int, dict[int, Tick]]:
    """What is marked as done, by line and part."""
    rows = session.scalars(
        select(Tick)
        .join(Line, and_(Line.school_id == Tick.school_id, Line.id == Tick.line_id))
        .where(Tick.school_id == school_id, Line.road_map_id == road_map_id)
        .order_by(Tick.line_id, Tick.part)
    )
    found: dict[int, dict[int, Tick]] = {}
    for tick in rows:
        found.setdefault(tick.line_id, {})[tick.part] = tick
    return found


def versions_of(session: Session, school_id: int, road_map_id: int) -> Sequence[MapVersion]:
    """The versions, the newest first."""
    return session.scalars(
        select(MapVersion)
        .where(MapVersion.school_id == school_id, MapVersion.road_map_id == road_map_id)
        .order_by(MapVersion.number.desc())
    ).all()


def first_of(versions: Sequence[MapVersion], approved: MapVersion) -> MapVersion:
    """Of these, newest first, the one whose order has approved the road map that `approved` amends, or itself. An
    order that was cancelled before the next one was made has begun nothing that goes on."""
    first, since = approved, approved.approved_at
    for one in versions:
        held = one.approved_at is not None and (one.cancelled_at is None or since is None or one.cancelled_at > since)
        if held and one.number < first.number:
            first, since = one, one.approved_at
    return first


def in_force(versions: Sequence[MapVersion]) -> MapVersion | None:
    """Of these, newest first, the one that holds now."""
    return next((one for one in versions if one.approved_at is not None and one.cancelled_at is None), None)


@dataclass(frozen=True)
class ShownLine:
    """A line as its page shows it. `seen`: what its evidence says now, by source, as long as it is not marked; of a
    monthly line the marks alone say it."""

    line: Line
    number: str
    progress: Progress
    ticks: Mapping[int, Tick]
    seen: Mapping[str, Seen]

    @property
    def standing(self) -> Standing:
        return self.progress.standing


@dataclass(frozen=True)
class ShownStage:
    """A stage with its lines; `late` of them are."""

    number: int
    lines: Sequence[ShownLine]

    @property
    def done(self) -> int:
        return self._count(Standing.DONE)

    @property
    def late(self) -> int:
        return self._count(Standing.LATE)

    @property
    def starts_on(self) -> date | None:
        return min((row.line.starts_on for row in self.lines), default=None)

    @property
    def ends_on(self) -> date | None:
        return max((row.line.ends_on for row in self.lines), default=None)

    @property
    def standing(self) -> Standing:
        """Late before anything else; next as soon as one of its lines is, or some are done and some not."""
        if not self.lines:
            return Standing.AHEAD
        if self.late:
            return Standing.LATE
        if self.done == len(self.lines):
            return Standing.DONE
        return Standing.NEXT if self.done or self._count(Standing.NEXT) else Standing.AHEAD

    def _count(self, standing: Standing) -> int:
        return sum(row.standing is standing for row in self.lines)


@dataclass(frozen=True)
class Shown:
    """A road map with everything that its page says."""

    road_map: RoadMap
    stages: Sequence[ShownStage]
    versions: Sequence[MapVersion]
    #: What differs from the version in force; empty before the first one.
    changes: Sequence[Change] = field(default_factory=list)

    @property
    def lines(self) -> list[ShownLine]:
        return [row for stage in self.stages for row in stage.lines]

    @property
    def in_force(self) -> MapVersion | None:
        return in_force(self.versions)

    @property
    def waiting(self) -> MapVersion | None:
        """The version that lies before the director."""
        return next((one for one in self.versions if one.approved_at is None and one.cancelled_at is None), None)

    def count(self, standing: Standing) -> int:
        return sum(row.standing is standing for row in self.lines)


@dataclass(frozen=True)
class Marked:
    """The lines of a road map with what is marked of them. Evidence is not asked: the hourly job writes down what it
    sees."""

    road_map: RoadMap
    lines: Sequence[Line]
    ticks: Mapping[int, Mapping[int, Tick]]

    def progress_of(self, line: Line, today: date) -> Progress:
        return progress(line, self.ticks.get(line.id, {}), self.road_map.year_start, today)

    def stages(self, today: date) -> list[ShownStage]:
        number = numbers(self.lines)
        return _stages(
            [
                ShownLine(line, number[line.id], self.progress_of(line, today), self.ticks.get(line.id, {}), {})
                for line in self.lines
            ]
        )


def marked(session: Session, school_id: int, year_start: int) -> Marked | None:
    """Of a school year, in at most three statements; None while it has no road map."""
    road_map = map_of(session, school_id, year_start)
    if road_map is None:
        return None
    lines = lines_of(session, school_id, road_map.id)
    return Marked(road_map, lines, ticks_of(session, school_id, road_map.id))


def under_way(stages: Sequence[ShownStage]) -> int | None:
    """The number of the stage under way: the latest of the first six that is begun and not done."""
    begun = [stage for stage in stages[:-1] if stage.standing in (Standing.NEXT, Standing.LATE)]
    return begun[-1].number if begun else None


def _stages(rows: Sequence[ShownLine]) -> list[ShownStage]:
    return [ShownStage(stage, [row for row in rows if row.line.stage == stage]) for stage in STAGES]


def shown(session: Session, evidence: Evidence, road_map: RoadMap, today: date) -> Shown:
    """The road map as it stands today. As many statements as it names sources of evidence, and five."""
    school_id, year = road_map.school_id, road_map.year_start
    lines = lines_of(session, school_id, road_map.id)
    ticks = ticks_of(session, school_id, road_map.id)
    asking = {line.id: parts for line in lines if (parts := asks_evidence(line, ticks.get(line.id, {}), year))}
    codes = (code for line in lines if line.id in asking for code in line.evidence)
    seen = evidence.look(session, period(road_map, today), codes)
    number = numbers(lines)
    rows = []
    for line in lines:
        marks = dict(ticks.get(line.id, {}))
        sees = {part: seen_of(line, part, seen) for part in asking.get(line.id, ())}
        marks |= {part: tick_of(line, part, of, today) for part, of in sees.items() if proves(line, of)}
        rows.append(ShownLine(line, number[line.id], progress(line, marks, year, today), marks, sees.get(0, {})))
    stages = _stages(rows)
    versions = versions_of(session, school_id, road_map.id)
    approved = in_force(versions)
    differing = changes(thawed(approved.lines), frozen(lines)) if approved is not None else []
    return Shown(road_map, stages, versions, differing)


def period(road_map: RoadMap, today: date) -> Period:
    return Period(road_map.school_id, SchoolYear(road_map.year_start), today)


def asks_evidence(line: Line, ticked: Collection[int], year_start: int) -> list[int]:
    """The parts of a line that its evidence may mark: neither marked yet nor held open by hand."""
    if not line.evidence:
        return []
    return [one.part for one in occasions(line, year_start) if one.part not in (*ticked, *line.held_parts)]


def seen_of(line: Line, part: int, seen: Mapping[str, Seen]) -> dict[str, Seen]:
    """What the line's sources see of a part of it, by source; those that see nothing of it are missing."""
    parts = {code: seen[code].of(part) for code in line.evidence if code in seen}
    return {code: found for code, found in parts.items() if found is not None}


def proves(line: Line, seen: Mapping[str, Seen]) -> bool:
    """Whether a part of the line is done by what its sources see of it (`seen_of`)."""
    return bool(line.evidence) and all(code in seen and seen[code].done for code in line.evidence)


def tick_of(line: Line, part: int, seen: Mapping[str, Seen], today: date) -> Tick:
    """The mark that evidence makes: dated by the day on which the last of the sources had seen enough. The hourly job
    writes it down."""
    return Tick(
        school_id=line.school_id,
        line_id=line.id,
        part=part,
        done_on=max(min(seen[code].on or today, today) for code in line.evidence),
        how=How.SEEN,
        proof=[{"source": code, "values": dict(seen[code].values)} for code in line.evidence],
    )


def version_of(session: Session, school_id: int, road_map_id: int, version_id: int) -> MapVersion:
    """Raises `NotFound`."""
    found = session.scalars(
        select(MapVersion).where(
            MapVersion.school_id == school_id, MapVersion.road_map_id == road_map_id, MapVersion.id == version_id
        )
    ).one_or_none()
    if found is None:
        raise NotFound(f"version {version_id}")
    return found


def earlier(versions: Sequence[MapVersion], version: MapVersion) -> MapVersion | None:
    """The version that held before this one."""
    return in_force([one for one in versions if one.number < version.number])


def people_in(lines: Sequence[FrozenLine]) -> set[int]:
    """Who is named as responsible."""
    return {line.person_id for line in lines if line.person_id is not None}
