"""Working days by the production calendar, in both weeks."""

from datetime import date, timedelta

import pytest

from moodle_mentorship.law.workdays import YearUnknown, after_working_days, is_working


@pytest.mark.parametrize(
    ("given", "five", "six"),
    [
        # Tuesday: Wednesday, Thursday, Friday pass.
        (date(2026, 11, 24), date(2026, 11, 28), date(2026, 11, 28)),
        # Friday: a five-day week counts from Monday, a six-day week from Saturday.
        (date(2026, 11, 27), date(2026, 12, 3), date(2026, 12, 2)),
        # Before the winter holidays; 31 December 2026 is a moved day off, 9 January 2027 a Saturday.
        (date(2026, 12, 29), date(2027, 1, 13), date(2027, 1, 12)),
        # 20 February 2027 is a worked Saturday, 22 February off, 23 February a holiday.
        (date(2027, 2, 18), date(2027, 2, 25), date(2027, 2, 25)),
        # 9 May 2026 is a Saturday: Monday is off.
        (date(2026, 5, 7), date(2026, 5, 14), date(2026, 5, 14)),
    ],
)
def test_three_whole_working_days_pass(given: date, five: date, six: date) -> None:
    assert [after_working_days(given, 3, in_week) for in_week in (5, 6)] == [five, six]


@pytest.mark.parametrize(("year", "days"), [(2026, 247), (2027, 247)])
def test_a_year_has_as_many_working_days_as_its_calendar_says(year: int, days: int) -> None:
    all_days = (date(year, 1, 1) + timedelta(days=number) for number in range(365))
    assert sum(is_working(day, 5) for day in all_days) == days


def test_an_unknown_year_is_not_guessed() -> None:
    with pytest.raises(YearUnknown) as refused:
        after_working_days(date(2027, 12, 29), 3, 5)
    assert refused.value.year == 2028
