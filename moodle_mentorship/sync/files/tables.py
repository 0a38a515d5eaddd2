"""A table in a file: where its headings stand, its rows below them."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import islice

from moodle_mentorship.sync.files.errors import FileRefused, HeaderMissing, TooManyColumns, TooManyRows
from moodle_mentorship.sync.files.headings import column_of
from moodle_mentorship.sync.files.kinds import Cell, Kind, kind_of
from moodle_mentorship.sync.files.texts import DELIMITERS, decode, rows_of

MOST_ROWS = 20_000
MOST_COLUMNS = 100

# 1C prints the title of a report, the organisation and the day above a table.
_TITLES = 20
# Sheets that are looked into.
_SHEETS = 10
# Rows shown beside a heading, so that a person recognises the column.
_SAMPLES = 3

# Excel counts its days from here (it takes 1900 for a leap year), and so do texts that were copied from it.
_EPOCH = date(1899, 12, 30)

_Numbered = tuple[int, Sequence[Cell]]
_Reader = Callable[[], Iterator[_Numbered]]


@dataclass(frozen=True, slots=True)
class Row:
    """A row that isn't empty; `line` is its number in the file, counted from 1."""

    line: int
    cells: Sequence[Cell]

    def cell(self, place: int) -> Cell:
        return self.cells[place] if place < len(self.cells) else ""


@dataclass(frozen=True)
class _Head:
    """The first rows as one way of reading gives them, and which of them looks like headings."""

    read: _Reader
    line: int
    headings: tuple[str, ...]
    # How many headings we know, and how many cells the row has.
    known: int
    filled: int


class Table:
    """Headings and rows. The rows are read while one goes through them, each time anew: memory stays flat.

    Raises `FileRefused`, here and while rows are read.
    """

    def __init__(self, content: bytes) -> None:
        self.epoch = _EPOCH
        readers: list[_Reader]
        if kind_of(content) is Kind.TEXT:
            text = decode(content)
            readers = [partial(rows_of, text, delimiter) for delimiter in DELIMITERS]
        else:
            # openpyxl weighs 20 MB with the numpy that it takes along; passes and pages do without.
            from moodle_mentorship.sync.files.workbooks import Workbook

            book = Workbook(content)
            self.epoch = book.epoch
            # One column more than we take, to see that there are too many.
            readers = [partial(book.rows, sheet, MOST_COLUMNS + 1) for sheet in book.sheets[:_SHEETS]]
        head = _best(readers)
        if len(head.headings) > MOST_COLUMNS:
            raise TooManyColumns(columns=MOST_COLUMNS)
        self._read, self.line, self.headings = head.read, head.line, head.headings
        if next(self.rows(), None) is None:
            raise HeaderMissing("nothing below the headings")

    @property
    def signature(self) -> str:
        """Names these headings in this order."""
        plain = [" ".join(heading.lower().split()) for heading in self.headings]
        return hashlib.sha256("\x1f".join(plain).encode()).hexdigest()

    def rows(self) -> Iterator[Row]:
        """Rows below the headings, without the empty ones."""
        count = 0
        for line, cells in self._read():
            if line <= self.line or not any(cells):
                continue
            count += 1
            if count > MOST_ROWS:
                raise TooManyRows(rows=MOST_ROWS)
            yield Row(line, cells)

    def samples(self) -> list[Row]:
        """The first rows."""
        return list(islice(self.rows(), _SAMPLES))


def _best(readers: Sequence[_Reader]) -> _Head:
    """The delimiter, or the sheet, under which most headings are known; failing that, most cells stand in a row."""
    heads: list[_Head] = []
    refusal: FileRefused = HeaderMissing("no row with cells")
    for read in readers:
        first: list[_Numbered] = []
        try:
            for numbered in islice(read(), _TITLES):
                first.append(numbered)
        except FileRefused as error:
            # Perhaps it was only the wrong delimiter; if not, the rows are read again, and refused then.
            refusal = error
        heads += _headings(read, first)
    best = max(heads, key=lambda head: (head.known, head.filled), default=None)
    if best is None:
        raise refusal
    return best


def _headings(read: _Reader, first: Sequence[_Numbered]) -> list[_Head]:
    """Each of the first rows as headings; the first of equal ones is meant (`max` takes it)."""
    heads = []
    above: Sequence[Cell] = ()
    for line, cells in first:
        filled = sum(map(bool, cells))
        if filled:
            headings = tuple(_heading(cells, above, place) for place in range(len(cells)))
            while headings and not headings[-1]:
                headings = headings[:-1]
            known = {column_of(heading) for heading in headings} - {None}
            heads.append(_Head(read, line, headings, len(known), filled))
        # A title stands alone in its row; beside others, a cell may span the empty one below it.
        above = cells if filled > 1 else ()
    return heads


def _heading(cells: Sequence[Cell], above: Sequence[Cell], place: int) -> str:
    text = cells[place] or (above[place] if place < len(above) else "")
    return " ".join(str(text).split())
