"""How a line stands on a day, and what differs between versions: pure functions."""

from datetime import date

import pytest

from moodle_mentorship.core.actor import Role
from moodle_mentorship.roadmap.enums import Standing, Timing
from moodle_mentorship.roadmap.frozen import FrozenLine, changes, thawed
from moodle_mentorship.roadmap.models import Line
from moodle_mentorship.roadmap.progress import asks, occasions, progress


def line(timing: Timing, starts_on: date, ends_on: date) -> Line:
    return Line(stage=1, timing=timing, starts_on=starts_on, ends_on=ends_on)


SEPTEMBER = line(Timing.PERIOD, date(2026, 9, 1), date(2026, 9, 25))
MEETINGS = line(Timing.MONTHLY, date(2026, 10, 5), date(2027, 1, 20))
YEAR = line(Timing.YEAR, date(2026, 9, 1), date(2027, 5, 31))


@pytest.mark.parametrize(
    ("of", "ticked", "today", "standing", "due"),
    [
        (SEPTEMBER, (), date(2026, 8, 1), Standing.AHEAD, date(2026, 9, 25)),
        (SEPTEMBER, (), date(2026, 9, 1), Standing.NEXT, date(2026, 9, 25)),
        (SEPTEMBER, (), date(2026, 9, 25), Standing.NEXT, date(2026, 9, 25)),
        (SEPTEMBER, (), date(2026, 9, 26), Standing.LATE, date(2026, 9, 25)),
        (SEPTEMBER, (0,), date(2026, 12, 1), Standing.DONE, None),
        (MEETINGS, (), date(2026, 10, 31), Standing.NEXT, date(2026, 10, 31)),
        (MEETINGS, (), date(2026, 11, 1), Standing.LATE, date(2026, 10, 31)),
        (MEETINGS, (10,), date(2026, 11, 1), Standing.NEXT, date(2026, 11, 30)),
        # October was left out, November was held.
        (MEETINGS, (11,), date(2026, 12, 1), Standing.LATE, date(2026, 10, 31)),
        (MEETINGS, (10, 11, 12, 13), date(2027, 2, 1), Standing.DONE, None),
        (YEAR, (), date(2027, 1, 1), Standing.NEXT, date(2027, 5, 31)),
        (YEAR, (), date(2027, 6, 1), Standing.LATE, date(2027, 5, 31)),
    ],
)
def test_how_a_line_stands(
    of: Line, ticked: tuple[int, ...], today: date, standing: Standing, due: date | None
) -> None:
    found = progress(of, ticked, 2026, today)
    assert (found.standing, found.due) == (standing, due)


def test_the_months_of_a_line_begin_and_end_with_it() -> None:
    found = [(one.part, one.starts_on, one.ends_on) for one in occasions(MEETINGS, 2026)]
    assert found[0] == (10, date(2026, 10, 5), date(2026, 10, 31))
    assert found[-1] == (13, date(2027, 1, 1), date(2027, 1, 20))
    assert len(found) == 4


def test_whoever_is_responsible_hears_two_weeks_before() -> None:
    assert not asks(progress(SEPTEMBER, (), 2026, date(2026, 9, 10)), date(2026, 9, 10))
    assert asks(progress(SEPTEMBER, (), 2026, date(2026, 9, 11)), date(2026, 9, 11))
    assert not asks(progress(SEPTEMBER, (0,), 2026, date(2026, 9, 11)), date(2026, 9, 11))


def frozen_line(which: int, **values: object) -> FrozenLine:
    said = {
        "id": which,
        "stage": 1,
        "number": f"1.{which}",
        "content": f"Пункт {which}",
        "timing": Timing.PERIOD,
        "starts_on": date(2026, 9, 1),
        "ends_on": date(2026, 9, 25),
        "role": Role.CURATOR,
        "person_id": None,
        "words": None,
        "product": None,
    }
    return FrozenLine(**said | values)  # type: ignore[arg-type]


def test_what_differs_between_versions() -> None:
    before = [frozen_line(1), frozen_line(2), frozen_line(3)]
    after = [
        frozen_line(2, number="1.1"),
        frozen_line(3, number="1.2", content="Иначе", words="завуч", role=None),
        frozen_line(4, number="1.3"),
    ]
    found = [(change.before, change.after, change.fields) for change in changes(before, after)]
    # The second moved up only because the first is gone: that is no change.
    assert found == [
        (before[2], after[1], ("content", "responsible")),
        (None, after[2], ()),
        (before[0], None, ()),
    ]


def test_only_what_was_moved_counts_as_moved() -> None:
    lines = [frozen_line(number) for number in (1, 2, 3, 4)]
    moved = [lines[3], lines[0], lines[1], lines[2]]
    assert [(change.after, change.fields) for change in changes(lines, moved)] == [(lines[3], ("place",))]
    assert changes(lines, lines) == []
    assert changes([], []) == []


def test_a_version_keeps_its_lines_as_they_were() -> None:
    lines = [frozen_line(1), frozen_line(2, role=None, person_id=7, product="Приказ")]
    assert thawed([line.plain() for line in lines]) == lines
