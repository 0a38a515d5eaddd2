"""What the border of the room lets in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError

from moodle_mentorship.school.schemas import INN_WEIGHTS, SchoolDetailsSchema, check_inn, check_ogrn

DETAILS = {
    "full_name": "МБОУ «Лицей № 7»",
    "short_name": "Лицей № 7",
    "working_days": "6",
    "year_start": "2026",
    "locale": "ru",
    "timezone": "Asia/Omsk",
}


def faults(**changes: object) -> list[str]:
    try:
        SchoolDetailsSchema().load(DETAILS | changes)
    except ValidationError as error:
        return sorted(error.messages_dict)
    return []


def test_a_form_is_loaded_with_types_and_without_needless_spaces() -> None:
    loaded = SchoolDetailsSchema().load(DETAILS | {"full_name": "  МБОУ   «Лицей № 7» ", "inn": " ", "address": ""})
    assert loaded == {
        "full_name": "МБОУ «Лицей № 7»",
        "short_name": "Лицей № 7",
        "inn": None,
        "ogrn": None,
        "address": None,
        "place": None,
        "processor_name": None,
        "processor_address": None,
        "working_days": 6,
        "year_start": 2026,
        "locale": "ru",
        "timezone": "Asia/Omsk",
    }


@pytest.mark.parametrize(
    ("name", "address", "wrong"),
    [
        ("ГАУ «Центр»", "г. Энск, ул. Лесная, 2", []),
        ("ГАУ «Центр»", "", ["processor_address"]),
        ("", "г. Энск, ул. Лесная, 2", ["processor_name"]),
        ("", "", []),
    ],
)
def test_who_processes_for_the_school_is_named_with_an_address(name: str, address: str, wrong: list[str]) -> None:
    assert faults(processor_name=name, processor_address=address) == wrong


# Sberbank's and Gazprom's published numbers.
@pytest.mark.parametrize("inn", ["7707083893", "7736050003"])
def test_true_inns(inn: str) -> None:
    assert faults(inn=inn) == []


@pytest.mark.parametrize("inn", ["7707083894", "770708389", "77070838933", "77070838ОЗ", "٧٧٠٧٠٨٣٨٩٣"])
def test_wrong_inns(inn: str) -> None:
    assert faults(inn=inn) == ["inn"]


@pytest.mark.parametrize("ogrn", ["1027700132195", "1027700070518"])
def test_true_ogrns(ogrn: str) -> None:
    assert faults(ogrn=ogrn) == []


@pytest.mark.parametrize("ogrn", ["1027700132196", "102770013219", "10277001321955"])
def test_wrong_ogrns(ogrn: str) -> None:
    assert faults(ogrn=ogrn) == ["ogrn"]


@given(st.text("0123456789", min_size=9, max_size=9), st.integers(0, 8), st.integers(1, 9))
def test_one_wrong_digit_of_an_inn_is_seen_unless_the_sum_hides_it(start: str, place: int, by: int) -> None:
    last = sum(weight * int(digit) for weight, digit in zip(INN_WEIGHTS, start, strict=True)) % 11 % 10
    check_inn(f"{start}{last}")
    slipped = f"{start[:place]}{(int(start[place]) + by) % 10}{start[place + 1 :]}"
    now = sum(weight * int(digit) for weight, digit in zip(INN_WEIGHTS, slipped, strict=True)) % 11 % 10
    if now != last:
        with pytest.raises(ValidationError):
            check_inn(f"{slipped}{last}")


@given(st.text("0123456789", min_size=12, max_size=12))
def test_the_last_digit_of_an_ogrn(start: str) -> None:
    last = int(start) % 11 % 10
    check_ogrn(f"{start}{last}")
    with pytest.raises(ValidationError):
        check_ogrn(f"{start}{(last + 1) % 10}")


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"working_days": "7"}, ["working_days"]),
        ({"year_start": "1999"}, ["year_start"]),
        ({"year_start": "двадцать"}, ["year_start"]),
        ({"locale": "de"}, ["locale"]),
        ({"timezone": "Europe/Atlantis"}, ["timezone"]),
        ({"full_name": "", "short_name": "x" * 201}, ["full_name", "short_name"]),
        ({"director": "Иванова"}, ["director"]),
    ],
)
def test_what_is_refused(changes: dict[str, object], wrong: list[str]) -> None:
    assert faults(**changes) == wrong
