"""A staff list from a file, in Moodle's frame, wide and on a phone: chosen, understood, shown, applied."""

import pytest
from playwright.sync_api import Frame

from tests.e2e.browser import axe_violations, sideways
from tests.e2e.conftest import Enter
from tests.e2e.visitors import FITS, Visitor
from tests.sync.sheets import csv_of, xlsx_of

LIST = [
    ["Список сотрудников на 24.11.2026"],
    [],
    ["ФИО", "Табельный номер", "Должность", "Дата приёма", "Предмет"],
    ["Лебедева Анна Игоревна", "0012", "учитель математики высшей категории", "01.09.2026", "математика"],
    ["Тихомирова Елена Сергеевна", "0013", "старший учитель", "давно", ""],
    ["Нездешний Иван Петрович", "0014", "учитель", "01.09.2020", "физика"],
    ["Итого", "3"],
]


def looked_at(visitor: Visitor, name: str, width: int) -> Frame:
    frame = visitor.frame
    visitor.picture(f"{width}-staff-file-{name}")
    assert (axe_violations(frame), sideways(frame)) == ([], 0), name
    return frame


def send(frame: Frame, name: str, content: bytes) -> None:
    frame.set_input_files("#f-file", {"name": name, "mimeType": "application/octet-stream", "buffer": content})
    # What was said of the file before goes, and the page with it.
    frame.wait_for_function(FITS)


@pytest.mark.parametrize("width", [1280, 360])
def test_a_file_is_read_in(enter: Enter, width: int) -> None:
    visitor = enter("vereshchagina.o", width)
    visitor.tab("Сотрудники")
    visitor.follow("Дополнить из файла")
    frame = looked_at(visitor, "choose", width)

    send(frame, "огромный.xlsx", b"x" * (5 * 1024 * 1024 + 1))
    assert frame.locator("#f-file").evaluate("field => field.validationMessage") == "Файл больше 5 МБ"
    send(frame, "фото.xlsx", b"\xff\xd8\xff\xe0")
    frame.get_by_role("button", name="Прочитать файл").click()
    frame.wait_for_selector('[role="alert"]')
    frame = looked_at(visitor, "refused", width)

    send(frame, "Список.csv", csv_of(LIST, encoding="cp1251") if width == 360 else xlsx_of(LIST))
    frame.get_by_role("button", name="Прочитать файл").click()
    # The phone comes second, and what the columns mean was said by then.
    if width == 1280:
        frame.wait_for_selector('select[name="column-0"]')
        frame = looked_at(visitor, "columns", width)
        frame.get_by_role("button", name="Посмотреть, что изменится").click()
    frame.wait_for_selector(".k-facts")
    frame = looked_at(visitor, "preview", width)
    if width == 360:
        frame.get_by_role("link", name="Столбцы файла").click()
        frame.wait_for_selector('select[name="column-0"]')
        looked_at(visitor, "columns", width)
        frame.get_by_role("button", name="Удалить файл").click()
    else:
        frame.get_by_role("button", name="Записать").click()
    frame.wait_for_selector('.k-toast[role="status"]')
    # The browser notes the refused upload by its status; nothing else is noted.
    assert [fault for fault in visitor.faults if "422" not in fault] == []
    looked_at(visitor, "done", width)
