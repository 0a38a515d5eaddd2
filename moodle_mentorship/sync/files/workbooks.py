"""XLSX, read row by row. Formulas are not run: the value that the spreadsheet program left beside them counts."""

import datetime as dt
import io
import zipfile
from collections.abc import Iterator
from xml.etree.ElementTree import ParseError

import openpyxl
from defusedxml import DefusedXmlException
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet._read_only import ReadOnlyWorksheet

from moodle_mentorship.sync.files.errors import FileDamaged
from moodle_mentorship.sync.files.kinds import Cell

# Where Excel itself ends.
LAST_ROW = 1_048_576

# What openpyxl lets through when a workbook isn't sound: it checks little by itself.
_UNSOUND = (
    *(InvalidFileException, DefusedXmlException, ParseError, zipfile.BadZipFile, zipfile.LargeZipFile),
    *(KeyError, ValueError, TypeError, AttributeError, IndexError, OverflowError, EOFError, OSError),
    *(NotImplementedError, AssertionError),
)


class Workbook:
    """A workbook's visible sheets. `epoch` is the day from which its dates are counted."""

    def __init__(self, content: bytes) -> None:
        try:
            self._book = openpyxl.load_workbook(
                io.BytesIO(content), read_only=True, data_only=True, keep_links=False, keep_vba=False
            )
            self.epoch: dt.date = self._book.epoch.date()
            self.sheets = [
                sheet
                for sheet in self._book.worksheets
                if isinstance(sheet, ReadOnlyWorksheet) and sheet.sheet_state == "visible"
            ]
        except _UNSOUND as error:
            raise FileDamaged(type(error).__name__) from error

    def rows(self, sheet: ReadOnlyWorksheet, columns: int) -> Iterator[tuple[int, list[Cell]]]:
        """Rows with their numbers, `columns` cells at the most. Raises `FileDamaged`."""
        try:
            # What the sheet says of its own size is often wrong.
            sheet.reset_dimensions()
            rows = sheet.iter_rows(max_col=columns, values_only=True)  # type: ignore[misc]  # a method of Worksheet's
            for number, cells in enumerate(rows, start=1):
                if number > LAST_ROW:
                    raise FileDamaged("rows beyond the last one")
                # Of empty rows there may be a million: formats without a text, or a gap.
                yield number, [_cell(value) for value in cells] if any(cells) else []
        except _UNSOUND as error:
            raise FileDamaged(type(error).__name__) from error


def _cell(value: object) -> Cell:
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()
