"""Working days by the production calendar of Russia (ст. 112 ТК РФ), in a week of five or six days.

Terms that protect a worker are counted with it: a day of which it is not certain that it is worked is not counted, so
that a term never comes out shorter than the law's. For a six-day week the moved days off are taken as days off.
"""

import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files

# Нерабочие праздничные дни, ст. 112 ч. 1 ТК РФ: month and day.
HOLIDAYS = frozenset({*((1, day) for day in range(1, 9)), (2, 23), (3, 8), (5, 1), (5, 9), (6, 12), (11, 4)})

# A holiday on one of these is made up for by the next working day (ст. 112 ч. 2), but for those of January, which the
# Government moves.
_WEEKEND = (6, 7)


class YearUnknown(Exception):
    """The production calendar of this year is not known here: nothing may be counted in it."""

    def __init__(self, year: int) -> None:
        super().__init__(f"no production calendar of {year}")
        self.year = year


@dataclass(frozen=True)
class _Moved:
    off: frozenset[date]
    working: frozenset[date]


@cache
def _calendar() -> dict[int, _Moved]:
    text = (files(__package__) / "workdays.toml").read_text(encoding="utf-8")
    return {
        int(year): _Moved(frozenset(moved["off"]), frozenset(moved["working"]))
        for year, moved in tomllib.loads(text).items()
    }


def is_working(day: date, in_week: int) -> bool:
    """Whether the day is certainly worked where a week has `in_week` (5 or 6) working days. Raises `YearUnknown`."""
    moved = _calendar().get(day.year)
    if moved is None:
        raise YearUnknown(day.year)
    if (day.month, day.day) in HOLIDAYS or day in moved.off or day in _made_up(day.year):
        return False
    return day.isoweekday() <= in_week or (day.isoweekday() == 6 and day in moved.working)


@cache
def _made_up(year: int) -> frozenset[date]:
    """Days off in place of those that a holiday after January took."""
    made_up: set[date] = set()
    moved = _calendar()[year]
    for month, day in sorted(HOLIDAYS):
        holiday = date(year, month, day)
        if month == 1 or holiday.isoweekday() not in _WEEKEND or holiday in moved.working:
            continue
        next_day = holiday
        while next_day.isoweekday() in _WEEKEND or (next_day.month, next_day.day) in HOLIDAYS or next_day in made_up:
            next_day += timedelta(days=1)
        made_up.add(next_day)
    return frozenset(made_up)


def after_working_days(day: date, number: int, in_week: int) -> date:
    """The first day after `number` whole working days have passed since `day`, itself not counted (ст. 14 ТК РФ).

    Raises `YearUnknown`.
    """
    while number:
        day += timedelta(days=1)
        number -= is_working(day, in_week)
    return day + timedelta(days=1)
