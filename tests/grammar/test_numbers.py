"""Numbers, counts and dates in words, compared with what was written down by hand."""

from datetime import date

import pytest

from moodle_mentorship.grammar.cases import Case
from moodle_mentorship.grammar.numbers import cardinal, counted, day_in_words, quantity

DAY, WEEK, PERSON, PAIR, RUBLE = "рабочий день", "учебная неделя", "человек", "наставническая пара", "рубль"
NOMINATIVE, GENITIVE, DATIVE, ACCUSATIVE, INSTRUMENTAL, PREPOSITIONAL = Case

# By hand.
QUANTITIES = (
    (1, DAY, NOMINATIVE, "1 (один) рабочий день"),
    (3, DAY, NOMINATIVE, "3 (три) рабочих дня"),
    (5, DAY, NOMINATIVE, "5 (пять) рабочих дней"),
    (11, DAY, NOMINATIVE, "11 (одиннадцать) рабочих дней"),
    (21, DAY, NOMINATIVE, "21 (двадцать один) рабочий день"),
    (22, DAY, NOMINATIVE, "22 (двадцать два) рабочих дня"),
    (1, DAY, GENITIVE, "1 (одного) рабочего дня"),
    (3, DAY, GENITIVE, "3 (трёх) рабочих дней"),
    (5, DAY, GENITIVE, "5 (пяти) рабочих дней"),
    (10, DAY, GENITIVE, "10 (десяти) рабочих дней"),
    (40, DAY, GENITIVE, "40 (сорока) рабочих дней"),
    (2, DAY, DATIVE, "2 (двум) рабочим дням"),
    (4, DAY, INSTRUMENTAL, "4 (четырьмя) рабочими днями"),
    (8, DAY, PREPOSITIONAL, "8 (восьми) рабочих днях"),
    (3, DAY, ACCUSATIVE, "3 (три) рабочих дня"),
    (1, WEEK, ACCUSATIVE, "1 (одну) учебную неделю"),
    (2, WEEK, NOMINATIVE, "2 (две) учебные недели"),
    (5, WEEK, NOMINATIVE, "5 (пять) учебных недель"),
    (2, WEEK, GENITIVE, "2 (двух) учебных недель"),
    (1, PERSON, NOMINATIVE, "1 (один) человек"),
    (2, PERSON, NOMINATIVE, "2 (два) человека"),
    (5, PERSON, NOMINATIVE, "5 (пять) человек"),
    (5, PERSON, GENITIVE, "5 (пяти) человек"),
    (21, PERSON, GENITIVE, "21 (двадцати одного) человека"),
    (12, PERSON, NOMINATIVE, "12 (двенадцать) человек"),
    (4, PAIR, NOMINATIVE, "4 (четыре) наставнические пары"),
    (7, PAIR, NOMINATIVE, "7 (семь) наставнических пар"),
    (200, PAIR, INSTRUMENTAL, "200 (двумястами) наставническими парами"),
    (3000, RUBLE, NOMINATIVE, "3 000 (три тысячи) рублей"),
    (12501, RUBLE, NOMINATIVE, "12 501 (двенадцать тысяч пятьсот один) рубль"),
    (1541, RUBLE, GENITIVE, "1 541 (одной тысячи пятисот сорока одного) рубля"),
)


@pytest.mark.parametrize(("number", "what", "case", "written"), QUANTITIES)
def test_quantities(number: int, what: str, case: Case, written: str) -> None:
    assert quantity(number, what, case).replace("\N{NO-BREAK SPACE}", " ") == written


def test_without_the_figure() -> None:
    assert f"{cardinal(5, GENITIVE)} {counted(5, PERSON, GENITIVE)}" == "пяти человек"
    assert cardinal(0) == "ноль"


def test_days() -> None:
    day = date(2026, 9, 28)
    assert day_in_words(day) == "двадцать восьмое сентября"
    assert day_in_words(day, GENITIVE) == "двадцать восьмого сентября"
    assert day_in_words(day, GENITIVE, with_year=True) == "двадцать восьмого сентября две тысячи двадцать шестого года"
    assert day_in_words(date(2027, 3, 3), INSTRUMENTAL) == "третьим марта"
    assert day_in_words(date(2030, 5, 1), with_year=True) == "первое мая две тысячи тридцатого года"
