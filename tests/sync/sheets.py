"""Staff lists in files, made for tests: good ones as 1C and Excel write them, and broken ones."""

import io
import zipfile
from collections.abc import Sequence
from typing import Any

import openpyxl

ROWS: list[list[Any]] = [
    ["Фамилия", "Имя", "Отчество", "Должность", "Дата приёма"],
    ["Белова", "Марина", "Павловна", "учитель физики", "01.09.2019"],
    ["Зайцев", "Павел", "Андреевич", "учитель истории", "15.08.2021"],
]


def csv_of(rows: Sequence[Sequence[Any]] = ROWS, *, delimiter: str = ";", encoding: str = "utf-8") -> bytes:
    text = "".join(delimiter.join(str(cell) for cell in row) + "\r\n" for row in rows)
    return text.encode(encoding)


def xlsx_of(*sheets: Sequence[Sequence[Any]], hidden: int | None = None, epoch: Any = None) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    if epoch is not None:
        book.epoch = epoch
    for number, rows in enumerate(sheets or [ROWS]):
        sheet = book.create_sheet(f"Лист{number}")
        for row in rows:
            sheet.append(list(row))
        if number == hidden:
            sheet.sheet_state = "hidden"
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def zip_of(**parts: bytes) -> bytes:
    """An archive; `__` in a name stands for a slash, `_` before the last word for a dot."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), content)
    return target.getvalue()


def exchanged(workbook: bytes, name: str, content: bytes) -> bytes:
    """The workbook with another part in the place of `name`."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            new.writestr(part, content if part == name else old.read(part))
    return target.getvalue()
