"""Staff lists in files, as they come: what is read, and what is refused with which words."""

import io
import tracemalloc
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import openpyxl
import openpyxl.xml
import pytest
from openpyxl.utils.datetime import MAC_EPOCH

from moodle_mentorship.people.enums import Category, PersonField, Sex
from moodle_mentorship.sync.enums import Column
from moodle_mentorship.sync.files import errors, kinds, tables
from moodle_mentorship.sync.files.headings import guess, names_people
from moodle_mentorship.sync.files.tables import Table
from moodle_mentorship.sync.importing import entries
from tests.sync.sheets import ROWS, csv_of, exchanged, xlsx_of, zip_of

TODAY = date(2026, 11, 24)
SHEET = "xl/worksheets/sheet1.xml"


def read(content: bytes) -> list[list[Any]]:
    """Headings and rows, trailing empty cells left out."""
    table = Table(content)
    return [list(table.headings), *([cell for cell in row.cells if cell] for row in table.rows())]


@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251", "utf-16", "utf-16-le", "utf-16-be"])
def test_csv_is_read_in_any_usual_encoding_and_delimiter(encoding: str, delimiter: str) -> None:
    assert read(csv_of(delimiter=delimiter, encoding=encoding)) == ROWS


def test_utf_16_with_its_mark_either_way() -> None:
    text = csv_of().decode()
    assert read(b"\xfe\xff" + text.encode("utf-16-be")) == read(b"\xff\xfe" + text.encode("utf-16-le")) == ROWS


def test_capitals_alone_are_read_in_windows_1251() -> None:
    rows = [[str(cell).upper() for cell in row] for row in ROWS]
    assert read(csv_of(rows, encoding="cp1251")) == rows


@pytest.mark.parametrize("encoding", ["cp866", "koi8_r", "mac_cyrillic", "utf-16-le"])
def test_letters_never_come_out_as_other_letters(encoding: str) -> None:
    """What is not read in its own encoding is refused, never read in another."""
    content = csv_of(encoding=encoding)
    if encoding == "utf-16-le":
        content = content[:-1]
    with pytest.raises(errors.FileRefused) as caught:
        Table(content)
    assert caught.value.code in {"file_encoding", "file_damaged"}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("Müller;Jürgen\r\nKönig;Jörg\r\n".encode("cp1252"), "file_encoding"),
        (csv_of()[:-60] + csv_of()[-59:], "file_damaged"),
        (csv_of().replace("ф".encode(), b"\xd1"), "file_damaged"),
    ],
)
def test_no_mojibake_from_latin_or_from_broken_utf_8(content: bytes, code: str) -> None:
    with pytest.raises(errors.FileRefused) as caught:
        Table(content)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (b"", errors.FileEmpty),
        (b"\xef\xbb\xbf\r\n  \r\n", errors.FileEmpty),
        (b"\0" * 100, errors.FileEmpty),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", errors.FileOfAnotherKind),
        (b"\x89PNG\r\n\x1a\n", errors.FileOfAnotherKind),
        (b"%PDF-1.7\n", errors.FileOfAnotherKind),
        (b"{\\rtf1\\ansi", errors.FileOfAnotherKind),
        (b"\r\n<HTML><body><table>", errors.FileOfAnotherKind),
        (b"<?xml version='1.0'?><Workbook/>", errors.FileOfAnotherKind),
        (b"MOXCEL\0\7", errors.FileOfAnotherKind),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, errors.OldWorkbook),
        (zip_of(word__document_xml=b"<w/>"), errors.FileOfAnotherKind),
        (zip_of(content_xml=b"<o/>"), errors.FileOfAnotherKind),
        (zip_of(readme=b"x"), errors.FileOfAnotherKind),
        (b"PK\x03\x04 and nothing more", errors.FileDamaged),
        (xlsx_of()[:-200], errors.FileDamaged),
        (zip_of(xl__workbook_xml=b"<no workbook"), errors.FileDamaged),
        (exchanged(xlsx_of(), SHEET, b"<worksheet><sheetData><row r='1'><c r='A1'"), errors.FileDamaged),
        (exchanged(xlsx_of(), SHEET, b"no sheet"), errors.FileDamaged),
        (b"x" * (kinds.LARGEST + 1), errors.FileTooLarge),
        ("Фамилия;Имя\r\n".encode(), errors.HeaderMissing),
        (xlsx_of(ROWS[:1]), errors.HeaderMissing),
        (xlsx_of([]), errors.HeaderMissing),
        ("Фамилия;Имя\r\nИванова\0;Анна\r\n".encode(), errors.FileRefused),
        (csv_of([["ФИО", *map(str, range(100))], ["Белова Марина"]]), errors.TooManyColumns),
        (xlsx_of([["ФИО", *map(str, range(100))], ["Белова Марина"]]), errors.TooManyColumns),
        ('ФИО;Должность\r\n"Белова Марина;учитель\r\nЗайцев Павел;учитель\r\n'.encode(), errors.QuotesOpen),
    ],
)
def test_what_is_no_staff_list_is_refused(content: bytes, refusal: type[errors.FileRefused]) -> None:
    with pytest.raises(refusal) as caught:
        for _ in Table(content).rows():
            pass
    assert caught.value.title % caught.value.params
    assert caught.value.advice % caught.value.params


def test_a_quotation_mark_far_below_names_its_line() -> None:
    content = csv_of([*ROWS, *ROWS[1:] * 30]) + '"Ким;Вера;;;\r\n'.encode() + csv_of(ROWS[1:])
    with pytest.raises(errors.QuotesOpen) as caught:
        list(Table(content).rows())
    assert caught.value.params["line"] == 64


@pytest.mark.parametrize("make", [csv_of, xlsx_of])
def test_no_more_rows_than_any_school_has(make: Callable[[Any], bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MOST_ROWS", 20)
    content = make([ROWS[0], *ROWS[1:] * 10])
    assert len(list(Table(content).rows())) == 20
    with pytest.raises(errors.TooManyRows):
        list(Table(make([ROWS[0], *ROWS[1:] * 10, ROWS[1]])).rows())


def test_a_bomb_is_not_unpacked() -> None:
    """5 KB that would be 200 MB of texts."""
    bomb = exchanged(xlsx_of(), "xl/styles.xml", b" " * (kinds.LARGEST_PART + 1))
    assert len(bomb) < 100_000
    tracemalloc.start()
    with pytest.raises(errors.FileTooLarge):
        Table(bomb)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000


def test_an_archive_that_lies_about_its_sizes_is_damaged() -> None:
    """The size that the archive names is what `zipfile` reads at the most; the rest fails its checksum."""
    workbook = bytearray(xlsx_of())
    entry = workbook.rindex(SHEET.encode()) - 46
    assert workbook[entry : entry + 4] == b"PK\x01\x02"
    workbook[entry + 24 : entry + 28] = (100).to_bytes(4, "little")
    with pytest.raises(errors.FileDamaged):
        list(Table(bytes(workbook)).rows())


def test_entities_are_not_expanded() -> None:
    assert (openpyxl.xml.DEFUSEDXML, openpyxl.xml.LXML) == (True, False)
    laughs = (
        b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><worksheet><sheetData>&b;</sheetData></worksheet>'
    )
    with pytest.raises(errors.FileDamaged):
        Table(exchanged(xlsx_of(), SHEET, laughs))


def test_a_row_beyond_the_last_one_is_damage() -> None:
    """openpyxl hands out every row in between, and there may be a billion of them."""
    cell = '<c r="{0}" t="inlineStr"><is><t>{1}</t></is></c>'
    far = (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        f'<row r="1">{cell.format("A1", "ФИО")}{cell.format("B1", "Должность")}</row>'
        f'<row r="9999999999">{cell.format("A9999999999", "Ким Вера")}</row></sheetData></worksheet>'
    )
    with pytest.raises(errors.FileDamaged):
        Table(exchanged(xlsx_of(), SHEET, far.encode()))


def test_titles_above_the_table_are_passed_over() -> None:
    titles = [["Список сотрудников"], [], ["Организация:", "МБОУ «Лицей № 7»"], ["на 24.11.2026"], []]
    for content in (csv_of([*titles, *ROWS, [], ["Итого", "2"]]), xlsx_of([*titles, *ROWS, [], ["Итого", 2]])):
        table = Table(content)
        assert (table.headings, table.line) == (tuple(ROWS[0]), 6)
        assert [(row.line, row.cells[0]) for row in table.rows()] == [(7, "Белова"), (8, "Зайцев"), (10, "Итого")]


def test_headings_in_two_rows_are_put_together() -> None:
    above = ["Сотрудник", "", "", "Должность", "Дата приёма"]
    below = ["Фамилия", "Имя", "Отчество", "", ""]
    assert Table(xlsx_of([["Отчёт"], above, below, *ROWS[1:]])).headings == tuple(ROWS[0])


def test_the_sheet_with_the_list_is_found() -> None:
    notes = [["Памятка", "Не менять"], ["Ответственный", "Орлов"]]
    assert read(xlsx_of(notes, ROWS)) == ROWS
    assert read(xlsx_of(ROWS, [*ROWS, ["Ким", "Вера"]], hidden=0))[-1] == ["Ким", "Вера"]


def test_a_table_without_known_headings_is_shown_for_a_person_to_say() -> None:
    table = Table(csv_of([["Кто", "Кем"], ["Белова Марина", "учитель"]]))
    assert (table.headings, guess(table.headings)) == (("Кто", "Кем"), {})


@pytest.mark.parametrize(
    ("headings", "meanings"),
    [
        ("Ф.И.О.|Должность", {0: Column.FULL_NAME, 1: Column.POSITION}),
        ("№|Сотрудник|Таб. номер|Подразделение|Стаж", {1: Column.FULL_NAME, 4: Column.TEACHING_SINCE}),
        (
            "ФАМИЛИЯ|Имя|отчество|E-mail|Дата приема на работу",
            {
                0: Column.LAST_NAME,
                1: Column.FIRST_NAME,
                2: Column.MIDDLE_NAME,
                3: Column.EMAIL,
                4: Column.HIRE_DATE,
            },
        ),
        ("ФИО|Фамилия|Имя|Пол", {1: Column.LAST_NAME, 2: Column.FIRST_NAME, 3: Column.SEX}),
        ("ФИО|Фамилия|Пол", {0: Column.FULL_NAME, 2: Column.SEX}),
        ("Фамилия|Отчество", {0: Column.LAST_NAME, 1: Column.MIDDLE_NAME}),
        (
            "ФИО|Должность|Должность|Преподаваемые предметы",
            {0: Column.FULL_NAME, 1: Column.POSITION, 3: Column.SUBJECTS},
        ),
    ],
)
def test_columns_are_known_by_their_headings(headings: str, meanings: dict[int, Column]) -> None:
    guessed = guess(headings.split("|"))
    assert guessed == meanings
    assert names_people(guessed) is (
        "Имя" in headings or "ФИО" in headings or "Ф.И.О" in headings or "Сотр" in headings
    )


def test_headings_have_a_signature_of_their_own() -> None:
    same = Table(csv_of([[" ФАМИЛИЯ ", *ROWS[0][1:]], ROWS[1]]))
    assert Table(csv_of()).signature == Table(xlsx_of()).signature == same.signature
    assert Table(csv_of([ROWS[0][::-1], ROWS[1]])).signature != same.signature


def one(heading: str, cell: Any, *, epoch: Any = None) -> tuple[Any, str | None]:
    """The value, or the problem, of one cell beside a name."""
    (entry,) = entries(
        table := Table(xlsx_of([["ФИО", heading], ["Белова Марина", cell]], epoch=epoch)), guess(table.headings), TODAY
    )
    return (next(iter(entry.values.values())) if entry.values else None), entry.problem


DAY = date(2024, 9, 1)
NO_DAY = "the date of hire is no date, such as 01.09.2024"
STRANGE = "the date of hire is too early or lies in the future"


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (DAY, (DAY, None)),
        (datetime(2024, 9, 1, 13, 0), (DAY, None)),  # noqa: DTZ001 — a spreadsheet's dates have no zone
        ("01.09.2024", (DAY, None)),
        ("1.9.2024 г.", (DAY, None)),
        ("01.09.2024 0:00:00", (DAY, None)),
        ("2024-09-01", (DAY, None)),
        (45536, (DAY, None)),
        (45536.0, (DAY, None)),
        ("45536", (DAY, None)),
        ("1725138000", (None, NO_DAY)),
        ("01.09.24", (None, NO_DAY)),
        ("31.02.2024", (None, NO_DAY)),
        ("давно", (None, NO_DAY)),
        (5, (None, NO_DAY)),
        ("01.09.1924", (None, STRANGE)),
        ("01.09.2099", (None, STRANGE)),
        (date(2027, 9, 1), (date(2027, 9, 1), None)),
    ],
)
def test_a_date_in_the_shapes_that_exports_have(cell: Any, expected: tuple[Any, Any]) -> None:
    assert one("Дата приёма", cell) == expected


def test_a_day_counted_from_1904() -> None:
    assert one("Дата приёма", 45536 - 1462, epoch=MAC_EPOCH) == (DAY, None)


@pytest.mark.parametrize(
    ("heading", "cell", "expected"),
    [
        ("Пол", "Ж", (Sex.FEMALE, None)),
        ("Пол", "муж.", (Sex.MALE, None)),
        ("Пол", "н/д", (None, "the sex is neither “м” nor “ж”")),
        ("Должность", "учитель\n\u202eфизики\u200b", ("учитель физики", None)),
        ("Должность", "я" * 300, ("я" * 300, None)),
        ("Должность", "я" * 301, (None, "a cell is too long")),
        ("Должность", "#N/A", (None, "a formula in the row has no result")),
        ("Должность", 3.5, ("3.5", None)),
        # So many years all year long: from the September in which they began.
        ("Педстаж", "12", (date(2014, 9, 1), None)),
        ("Педстаж", "12,5 лет", (date(2014, 9, 1), None)),
        ("Педстаж", "01.02.2003", (date(2003, 2, 1), None)),
        ("Педстаж", "давно", (None, "one of the days is no date, such as 01.09.2024")),
        ("Категория", "Высшая", (Category.HIGHEST, None)),
        ("Категория", "СЗД", (Category.NONE, None)),
        (
            "Категория",
            "третья",
            (None, "the category is none of: none, first, highest, teacher-methodologist, teacher-mentor"),
        ),
        ("Корпус", " Корпус  2 ", ("Корпус 2", None)),
        ("Отпуск по", "01.09.2027", (date(2027, 9, 1), None)),
        ("Отпуск по", "01.09.2037", (None, "one of the days is too early or too far ahead")),
    ],
)
def test_cells_are_what_their_column_says_or_the_row_is_refused(
    heading: str, cell: Any, expected: tuple[Any, Any]
) -> None:
    assert one(heading, cell) == expected


def test_formulas_are_not_run_and_their_texts_are_no_values() -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row in (["ФИО", "Должность"], ["Белова Марина", '=CONCATENATE("учи","тель")'], ["Ким Вера", "учитель"]):
        sheet.append(row)
    target = io.BytesIO()
    book.save(target)
    # Nothing has computed it: no value stands beside it, so the cell says nothing.
    rows = list(Table(target.getvalue()).rows())
    assert [row.cell(1) for row in rows] == ["", "учитель"]


def test_a_text_that_looks_like_a_formula_is_a_text() -> None:
    content = csv_of([["ФИО", "Должность"], ["Белова Марина", "=cmd|' /C calc'!A0"]])
    (entry,) = entries(table := Table(content), guess(table.headings), TODAY)
    assert entry.values == {PersonField.POSITION: "=cmd|' /C calc'!A0"}


@pytest.mark.parametrize(
    ("name", "parts", "problem"),
    [
        ("Белова Марина Павловна", ("Белова", "Марина", "Павловна"), None),
        ("  Мамедов  Али Гусейн оглы ", ("Мамедов", "Али", "Гусейн оглы"), None),
        ("Ким Вера", ("Ким", "Вера", None), None),
        ("Ким", ("Ким", "", None), "the first name is missing"),
        ("\u202eКим\u200b Вера", ("Ким", "Вера", None), None),
        ("Итого: 25 человек", ("Итого:", "25", "человек"), "a line of totals, not a person"),
        ("\u200b \u200b", ("", "", None), "no name in the row"),
        (f"{'я' * 201} Вера", ("я" * 200, "Вера", None), "a cell is too long"),
    ],
)
def test_a_name_in_one_cell(name: str, parts: tuple[str, str, str | None], problem: str | None) -> None:
    (entry,) = entries(
        table := Table(csv_of([["ФИО", "Прочее"], [name, "x"]])), {0: Column.FULL_NAME, 1: Column.POSITION}, TODAY
    )
    assert ((entry.last_name, entry.first_name, entry.middle_name), entry.problem) == (parts, problem)
    assert table.headings == ("ФИО", "Прочее")


def test_a_row_without_anything_that_is_read_is_left_out() -> None:
    table = Table(csv_of([["ФИО", "Кабинет", "Должность"], ["", "12", ""], ["", "", "учитель"]]))
    assert [(entry.line, entry.problem) for entry in entries(table, guess(table.headings), TODAY)] == [
        (3, "no name in the row")
    ]
