"""The school's week: what people write of it, what is kept, how it is told."""

import pytest
from flask import Flask

from moodle_mentorship.school.week import line, read
from moodle_mentorship.school.words import by_day, week_line


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("пн 1-3, 5; ср 2", "1-1,1-2,1-3,1-5,3-2"),
        ("Ср. 2 урок; Пн: до уроков, 8, после", "1-before,1-8,1-after,3-2"),
        ("суббота 1 – 2\nвторник 4", "2-4,6-1,6-2"),
        ("пн 2, 1-2", "1-1,1-2"),
        ("  ; ", None),
        ("", None),
    ],
)
def test_people_write_it_in_several_ways(text: str, kept: str | None) -> None:
    assert read(text) == kept


@pytest.mark.parametrize(
    "text", ["вс 1", "пн", "пн 9", "пн 0", "пн 3-1", "1-3", "пн 1-3 ср 2", "пн 1,,2", "когда-нибудь"]
)
def test_what_is_no_such_list_is_not_guessed(text: str) -> None:
    with pytest.raises(ValueError, match=r"^no (day|part)"):
        read(text)


def test_it_is_told_as_it_may_be_written(app: Flask) -> None:
    kept = line(["3-2", "1-after", "1-5", "1-2", "1-1", "1-3"])
    with app.test_request_context("/", headers={"Accept-Language": "ru"}):
        told = week_line(kept)
        assert told == "Пн 1–3, 5, после уроков; Ср 2"
        assert (read(told), week_line(None)) == (kept, "")
        assert by_day(["1-before", "3-2"]) == ["Понедельник: до\u00a0уроков", "Среда: 2 урок"]
