"""How a line stands on a day: pure functions of its period and its marks."""

import calendar
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from moodle_mentorship.roadmap.enums import Standing, Timing
from moodle_mentorship.roadmap.evidence import month_of
from moodle_mentorship.roadmap.models import Line

#: So long before its last day a line that waits counts as next, and stands on «Сегодня».
SOON = timedelta(days=14)


@dataclass(frozen=True)
class Occasion:
    """What has to be done once: a line, or one month of a monthly one (`part` as in `Tick`)."""

    part: int
    starts_on: date
    ends_on: date


@dataclass(frozen=True)
class Progress:
    """Where a line stands. `open` are the occasions that are not done, the nearest first."""

    standing: Standing
    done: int
    all: int
    open: tuple[Occasion, ...]

    @property
    def due(self) -> date | None:
        return self.open[0].ends_on if self.open else None


def occasions(line: Line, year_start: int) -> Iterator[Occasion]:
    """Everything that has to be done for a line, in the order of days."""
    if line.timing is not Timing.MONTHLY:
        yield Occasion(0, line.starts_on, line.ends_on)
        return
    first = line.starts_on.replace(day=1)
    while first <= line.ends_on:
        last = first.replace(day=calendar.monthrange(first.year, first.month)[1])
        yield Occasion(month_of(year_start, first), max(first, line.starts_on), min(last, line.ends_on))
        first = last + timedelta(days=1)


def progress(line: Line, ticked: Collection[int], year_start: int, today: date) -> Progress:
    """`ticked`: the parts that are done."""
    every = tuple(occasions(line, year_start))
    waiting = tuple(occasion for occasion in every if occasion.part not in ticked)
    return Progress(_standing(waiting, today), len(every) - len(waiting), len(every), waiting)


def _standing(waiting: tuple[Occasion, ...], today: date) -> Standing:
    if not waiting:
        return Standing.DONE
    nearest = waiting[0]
    if nearest.ends_on < today:
        return Standing.LATE
    if nearest.starts_on <= today or nearest.ends_on <= today + SOON:
        return Standing.NEXT
    return Standing.AHEAD


def asks(found: Progress, today: date) -> bool:
    """Whether the responsible is reminded on «Сегодня»: late, or its last day is near."""
    return found.due is not None and found.due <= today + SOON
