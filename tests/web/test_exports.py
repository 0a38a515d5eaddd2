"""Lists as files: no live formula, real dates and numbers, and no more memory for more rows."""

import io
import tracemalloc
from collections.abc import Iterator, Sequence
from datetime import date, datetime

import pytest
from openpyxl import load_workbook
from sqlalchemy import event
from sqlalchemy.orm import Session

from moodle_mentorship.core import paging
from moodle_mentorship.people import queries
from moodle_mentorship.people.enums import StaffSort
from moodle_mentorship.web import workbooks
from moodle_mentorship.web.exports import Cell, write_csv
from tests.conftest import NOW
from tests.factories import TestSchool, make_person

ROWS: list[Sequence[Cell]] = [("Ким Вера", None, 3, date(2026, 9, 1)), ("=1+1", "-2", -2, None)]


def csv_of(rows: list[Sequence[Cell]]) -> str:
    file = io.BytesIO()
    write_csv(file, "Список", ["Кто", "Что", "Сколько", "Когда"], rows)
    return file.getvalue().decode("utf-8")


def cells_of(rows: list[Sequence[Cell]]) -> list[list[object]]:
    file = io.BytesIO()
    workbooks.write(file, "Список", ["Кто", "Что", "Сколько", "Когда"], rows)
    (sheet,) = load_workbook(file).worksheets
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def test_a_csv_opens_in_a_russian_spreadsheet_as_it_is() -> None:
    assert csv_of(ROWS) == "\ufeffКто;Что;Сколько;Когда\r\nКим Вера;;3;01.09.2026\r\n'=1+1;'-2;-2;\r\n"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_of_a_csv_is_a_formula(start: str) -> None:
    assert csv_of([(f"{start}cmd",)]).split("\r\n", 1)[1].lstrip('"').startswith(f"'{start}")


def test_a_workbook_holds_dates_and_numbers_and_texts_that_stay_texts() -> None:
    file = io.BytesIO()
    workbooks.write(file, "Список", ["Кто", "Что", "Сколько", "Когда"], ROWS)
    (sheet,) = load_workbook(file).worksheets
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [
        ["Кто", "Что", "Сколько", "Когда"],
        ["Ким Вера", None, 3, datetime(2026, 9, 1)],  # noqa: DTZ001 — a spreadsheet knows no zone
        ["=1+1", "-2", -2, None],
    ]
    assert (sheet.title, sheet.freeze_panes, sheet["A1"].font.b) == ("Список", "A2", True)
    assert (sheet["D2"].number_format, sheet["A3"].data_type, sheet["B3"].data_type) == ("dd.mm.yyyy", "s", "s")


def test_characters_that_a_workbook_has_no_place_for_are_left_out() -> None:
    assert cells_of([("Ким\x01 Вера\nИвановна\x0b", "", 0, None)])[1] == ["Ким Вера\nИвановна", None, 0, None]


@pytest.mark.parametrize("write", [write_csv, workbooks.write])
def test_memory_does_not_grow_with_the_rows(write: object) -> None:
    class Nowhere(io.RawIOBase):
        """Takes everything, keeps nothing but its place."""

        place = 0

        def writable(self) -> bool:
            return True

        def write(self, content: object) -> int:
            length = len(content)  # type: ignore[arg-type]
            self.place += length
            return length

        def tell(self) -> int:
            return self.place

    def rows(number: int) -> Iterator[Sequence[Cell]]:
        for at in range(number):
            yield (f"Иванова Мария {at}", "учитель математики", at, date(2026, 9, 1))

    def peak(number: int) -> int:
        tracemalloc.start()
        try:
            write(Nowhere(), "Список", ["Кто"], rows(number))  # type: ignore[operator]
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(10)
    assert peak(3_000) < 1.2 * peak(600) + 50_000


def test_the_whole_list_is_one_statement_in_the_order_of_its_pages(session: Session, school: TestSchool) -> None:
    for number in range(12):
        make_person(session, school.id, 100 + number, f"Петрова Анна{number % 5}", now=NOW)
    session.commit()
    seen: list[str] = []
    event.listen(session.connection(), "before_cursor_execute", lambda *asked: seen.append(str(asked[2])))
    everybody = queries.StaffFilter()
    chunks = list(queries.all_staff(session, school.id, everybody, StaffSort.NAME))
    assert len(seen) == 1
    paged, cursor = [], None
    while True:
        found = queries.staff_page(session, school.id, everybody, StaffSort.NAME, cursor, 5)
        paged += [person.id for person in found.rows]
        cursor = found.next
        if cursor is None:
            break
    assert [person.id for chunk in chunks for person in chunk] == paged
    assert paging.CHUNK == 500
