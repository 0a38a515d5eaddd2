"""A list as a file: XLSX or CSV of exactly what the page shows, all rows of it, in memory that doesn't grow with them.

A view gives the heading and an iterator over rows (`core.paging.stream`); nothing is sent before the last row is
written, so that a failure in the middle is an error page and not half a file.
"""

import csv
import io
import tempfile
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import IO

from flask import Response, request, send_file

from moodle_mentorship.web import current, looks, workbooks

Cell = workbooks.Cell

CSV, XLSX = "csv", "xlsx"
TYPES = {
    CSV: "text/csv",
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

#: The end of a list's address; what it names is the argument `kind`.
FILE = f"export.<any({CSV}, {XLSX}):kind>"

# A spreadsheet would run these as a formula (CWE-1236).
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")

# Bytes of a file that stay in memory; a larger one goes through a nameless file on the disk.
_IN_MEMORY = 1024 * 1024


class _Kept(tempfile.SpooledTemporaryFile[bytes]):
    """A file that ends with the answer, also when nobody reads that to its end."""

    def __del__(self) -> None:
        self.close()


def download(kind: str, title: str, heading: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Response:
    """The file to save, named after `title` and the day. `kind`: `CSV` or `XLSX`. That it was taken leaves a trace."""
    write = write_csv if kind == CSV else workbooks.write
    name = f"{title} {current.today().isoformat()}.{kind}"
    return made(lambda file: write(file, title, heading, rows), TYPES[kind], name)


def made(write: Callable[[IO[bytes]], None], media_type: str, name: str) -> Response:
    """A file of many people's data to save, as `write` writes it. That it was taken leaves a trace."""
    looks.noted(request.endpoint or "")
    file = _Kept(max_size=_IN_MEMORY)
    write(file)
    file.seek(0)
    answer = send_file(file, media_type, as_attachment=True, download_name=name)
    # `send_file` would let a browser keep it.
    answer.headers["Cache-Control"] = "no-store"
    return answer


def sent_in(content: bytes, name: str) -> Response:
    """A file that somebody has sent in, to save: never shown in place, it is looked at outside of our pages."""
    answer = send_file(io.BytesIO(content), "application/octet-stream", as_attachment=True, download_name=name)
    # `send_file` would let a browser keep it.
    answer.headers["Cache-Control"] = "no-store"
    return answer


def write_csv(file: IO[bytes], title: str, heading: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    """A text that Russian spreadsheets open as it is: UTF-8 with a mark, semicolons, dates as people write them,
    no live formulas."""
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=True)
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow([_plain(cell) for cell in heading])
    writer.writerows([_plain(cell) for cell in row] for row in rows)
    text.detach()


def _plain(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, date):
        return cell.strftime("%d.%m.%Y")
    # A negative number of ours is a number; the same characters in somebody's text may be more than that.
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA_STARTS) else str(cell)
