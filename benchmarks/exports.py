"""Lists as files: a whole request against the bare writer of openpyxl, fed the rows that came out."""

import csv
import io
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from openpyxl import Workbook, load_workbook

from benchmarks.pages import place
from benchmarks.places import database, kinds
from benchmarks.report import Add, Row
from moodle_mentorship.core.actor import Role

PART = "Exports: a list of everybody as a file"
SLOWER = 1.5
LISTS = (
    "/staff/export.{}",
    "/banks/mentees/export.{}",
    "/banks/mentors/export.{}",
    "/banks/candidates/export.{}",
    "/consents/export.{}",
    "/pairs/export.{}?state=all",
)


def measure_exports(add: Add, folder: Path, people: int) -> None:
    for kind in kinds():
        with database(kind, folder) as url:
            school = place(url, folder, people)
            client = school.client(Role.CURATOR)
            for path in LISTS:
                whole = path.format("xlsx")
                book = load_workbook(io.BytesIO(client.get(whole).data))
                rows = [[cell.value for cell in row] for row in book.worksheets[0].iter_rows()]
                taken = _processor(partial(_download, client, whole))
                bare = _processor(partial(_bare, rows))
                text = _processor(partial(_download, client, path.format("csv")))
                plain = _processor(partial(_bare_csv, rows))
                said = f"{taken * 1000:.0f} and {bare * 1000:.0f} ms of the processor for {len(rows)} rows"
                add(Row(PART, whole, kind, said, taken / bare, SLOWER))
                said = f"{text * 1000:.0f} ms; the csv module alone {plain * 1000:.0f} ms"
                add(Row(PART, path.format("csv"), kind, said))
            school.runtime.db.engine.dispose()


def _download(client: FlaskClient, address: str) -> bytes:
    data: bytes = client.get(address).data
    return data


def _bare(rows: Sequence[Sequence[Any]]) -> None:
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in rows:
        sheet.append(row)
    book.save(io.BytesIO())


def _bare_csv(rows: Sequence[Sequence[Any]]) -> None:
    with tempfile.TemporaryFile("w+", newline="") as file:
        csv.writer(file).writerows(rows)


def _processor(act: Callable[[], object], rounds: int = 5) -> float:
    """Processor time of the quickest of a few runs: the rest is what else the machine did."""
    taken = []
    for _ in range(rounds):
        started = time.process_time()
        act()
        taken.append(time.process_time() - started)
    return min(taken)
