"""A staff list from a file: kept sealed while somebody looks at it, then applied exactly as it was shown."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import delete, select, true
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from moodle_mentorship.core import audit
from moodle_mentorship.core.actor import Actor
from moodle_mentorship.core.errors import Conflict
from moodle_mentorship.core.i18n import N_
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.core.secrets import SecretBox
from moodle_mentorship.people.enums import PersonField, RowOutcome
from moodle_mentorship.people.service import completing
from moodle_mentorship.people.service.completing import Entry, Plan
from moodle_mentorship.people.service.directory import Value
from moodle_mentorship.people.service.values import (
    LONGEST,
    category_of,
    clean,
    manager_of,
    sex_of,
    written_day,
    years_ago,
)
from moodle_mentorship.school.week import read
from moodle_mentorship.sync.enums import Column
from moodle_mentorship.sync.errors import DirectoryMoved
from moodle_mentorship.sync.files.headings import guess
from moodle_mentorship.sync.files.kinds import Cell
from moodle_mentorship.sync.files.tables import Row, Table
from moodle_mentorship.sync.models import FileColumns, StaffFile

#: How long a file is kept when nobody applies it or puts it aside.
KEPT = timedelta(hours=24)

#: Meanings of columns that are remembered for a school: as many kinds of exports as one may use.
REMEMBERED = 20

# Nobody who works today was hired before.
_EARLIEST = date(1940, 1, 1)
# A day of which the number alone is left, as Excel counts: 1954 to 2064.
_SERIALS = range(20_000, 60_000)

_NO_NAME = N_("no name in the row")
_TOTALS = N_("a line of totals, not a person")
_NO_FIRST_NAME = N_("the first name is missing")
_TOO_LONG = N_("a cell is too long")
_NO_DAY = N_("the date of hire is no date, such as 01.09.2024")
_STRANGE_DAY = N_("the date of hire is too early or lies in the future")
_NO_OTHER_DAY = N_("one of the days is no date, such as 01.09.2024")
_STRANGE_OTHER_DAY = N_("one of the days is too early or too far ahead")
_NO_CATEGORY = N_("the category is none of: none, first, highest, teacher-methodologist, teacher-mentor")
_NO_WEEK = N_("the free time is not written as “пн 1-3, 5; ср 2, после уроков”, with lessons from 1 to 8")
_NO_SEX = N_("the sex is neither “м” nor “ж”")
_FAULTY = N_("a formula in the row has no result")

_ERRORS = frozenset({"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#Н/Д", "#ССЫЛКА!", "#ЗНАЧ!"})
_TOTAL_WORDS = ("итого", "всего")

_NAMES = {
    Column.LAST_NAME: PersonField.LAST_NAME,
    Column.FIRST_NAME: PersonField.FIRST_NAME,
    Column.MIDDLE_NAME: PersonField.MIDDLE_NAME,
}
_TEXTS = {
    Column.POSITION: PersonField.POSITION,
    Column.SUBJECTS: PersonField.SUBJECTS,
    Column.BUILDING: PersonField.BUILDING,
    Column.LINE_MANAGER: PersonField.LINE_MANAGER,
}
_DAYS = {
    Column.TEACHING_SINCE: PersonField.TEACHING_SINCE,
    Column.POST_SINCE: PersonField.POST_SINCE,
    Column.BREAK_FROM: PersonField.BREAK_FROM,
    Column.BREAK_UNTIL: PersonField.BREAK_UNTIL,
}
# A leave for a child ends three years on at most (TK RF ст. 256), and another may follow.
_AHEAD = timedelta(days=6 * 366)

Meanings = Mapping[int, Column]


class _Problem(Exception):
    """Why a row can't be taken; a msgid."""


@dataclass(frozen=True)
class Kept:
    """The file that a school is looking at, opened."""

    name: str
    uploaded_at: datetime
    table: Table


# The file ---------------------------------------------------------------------------------------------------------


def keep(session: Session, box: SecretBox, actor: Actor, name: str, content: bytes, now: datetime) -> StaffFile:
    """Keep a file for the next steps; the one that the school was looking at before goes."""
    forget(session, actor.school_id)
    kept = StaffFile(
        school_id=actor.school_id,
        name=clean(name, 200) or "?",
        sealed_content=box.seal(base64.b64encode(content).decode()),
        uploaded_by=actor.person_id,
        uploaded_at=now,
    )
    try:
        with session.begin_nested():
            session.add(kept)
    except IntegrityError as error:
        raise Conflict("two files at the same moment") from error
    return kept


def kept_file(session: Session, school_id: int, now: datetime) -> StaffFile | None:
    """The file that the school is looking at."""
    return session.scalars(
        select(StaffFile).where(StaffFile.school_id == school_id, StaffFile.uploaded_at > now - KEPT)
    ).one_or_none()


def opened(box: SecretBox, row: StaffFile) -> Kept:
    """The file read as a table, which takes its time: outside of any transaction. Raises `FileRefused`."""
    return Kept(row.name, row.uploaded_at, Table(base64.b64decode(box.open(row.sealed_content))))


def forget(session: Session, school_id: int, kept: Kept | None = None) -> None:
    """Put the file aside; with `kept` no other one that has taken its place meanwhile."""
    # By the moment: SQLite gives the number of a deleted row to the next one.
    this = StaffFile.uploaded_at == kept.uploaded_at if kept is not None else true()
    session.execute(delete(StaffFile).where(StaffFile.school_id == school_id, this))


def forget_expired(runtime: Runtime) -> None:
    """Delete files that nobody has applied within a day."""
    with runtime.db.unit_of_work() as session:
        session.execute(delete(StaffFile).where(StaffFile.uploaded_at <= runtime.clock.now() - KEPT))


# Its columns ------------------------------------------------------------------------------------------------------


def remembered(session: Session, school_id: int, table: Table) -> Meanings | None:
    """What somebody of this school said about a file with these headings."""
    row = _columns(session, school_id, table)
    return {int(place): Column(meaning) for place, meaning in row.meanings.items()} if row is not None else None


def meanings_of(session: Session, school_id: int, table: Table) -> Meanings:
    """What the columns mean: as was said before, otherwise by their headings."""
    said = remembered(session, school_id, table)
    return said if said is not None else guess(table.headings)


def remember(session: Session, actor: Actor, table: Table, meanings: Meanings, now: datetime) -> None:
    """Keep what somebody said about the columns, for the next file with these headings."""
    said = {str(place): meaning.value for place, meaning in sorted(meanings.items())}
    row = _columns(session, actor.school_id, table)
    if row is not None:
        row.meanings, row.said_at = said, now
        return
    older = (
        select(FileColumns.id)
        .where(FileColumns.school_id == actor.school_id)
        .order_by(FileColumns.said_at.desc(), FileColumns.id.desc())
        .offset(REMEMBERED - 1)
    )
    session.execute(delete(FileColumns).where(FileColumns.id.in_(session.scalars(older).all())))
    try:
        with session.begin_nested():
            session.add(FileColumns(school_id=actor.school_id, signature=table.signature, meanings=said, said_at=now))
    except IntegrityError as error:
        raise Conflict("two people at the same columns") from error


def _columns(session: Session, school_id: int, table: Table) -> FileColumns | None:
    return session.scalars(
        select(FileColumns).where(FileColumns.school_id == school_id, FileColumns.signature == table.signature)
    ).one_or_none()


# Its rows ---------------------------------------------------------------------------------------------------------


def apply(session: Session, actor: Actor, entries: Sequence[Entry], digest: str | None, now: datetime) -> Plan:
    """Write what the file changes, all of it or nothing.

    `digest` names the plan that was shown: if the staff list has moved on since, nothing is written and
    `DirectoryMoved` raised. None: whatever it is now (a command, which shows and applies in one go).
    """
    todo = completing.plan(session, actor.school_id, entries, lock=True)
    if digest is not None and digest != todo.digest:
        raise DirectoryMoved()
    completing.carry_out(session, actor.school_id, todo, now, actor.person_id)
    counts = {outcome.value: todo.counts[outcome] for outcome in RowOutcome}
    audit.record(session, actor, "staff.import", "school", actor.school_id, now, open=todo.open, **counts)
    session.flush()
    return todo


def entries(table: Table, meanings: Meanings, today: date) -> list[Entry]:
    """The rows as the directory takes them; a row with nothing in its chosen columns is left out.

    Read to the last one, which takes its time: outside of any transaction. Raises `FileRefused`.
    """
    found = []
    for row in table.rows():
        cells = {meaning: cell for place, meaning in meanings.items() if (cell := row.cell(place))}
        if cells:
            found.append(_entry(row, cells, table.epoch, today))
    return found


def _entry(row: Row, cells: Mapping[Column, Cell], epoch: date, today: date) -> Entry:
    last, first, middle = _name(cells)
    # What is shown beside a refused row, at whatever length it came.
    shown = [clean(part, 200) or "" for part in (last, first, middle)]
    try:
        values = _values(cells, (last, first, middle), epoch, today)
    except _Problem as problem:
        return Entry(row.line, shown[0], shown[1], shown[2] or None, problem=str(problem))
    email = clean(str(cells.get(Column.EMAIL, "")), LONGEST[PersonField.EMAIL])
    return Entry(row.line, shown[0], shown[1], shown[2] or None, email, values)


def _name(cells: Mapping[Column, Cell]) -> tuple[str, str, str]:
    """Last name, first name and the rest: «Мамедов Али Гусейн оглы» has a rest of two words."""
    if Column.FULL_NAME in cells:
        last, first, rest, *_ = [*str(cells[Column.FULL_NAME]).split(maxsplit=2), "", "", ""]
        return last, first, " ".join(rest.split())
    last, first, middle = (str(cells.get(column, "")) for column in _NAMES)
    return last, first, middle


def _values(
    cells: Mapping[Column, Cell], name: tuple[str, str, str], epoch: date, today: date
) -> dict[PersonField, Value]:
    if not any(name):
        raise _Problem(_NO_NAME)
    if name[0].lower().startswith(_TOTAL_WORDS):
        raise _Problem(_TOTALS)
    if any(str(cell).upper() in _ERRORS for cell in cells.values()):
        raise _Problem(_FAULTY)
    last, first, middle = (_line(text, field) for text, field in zip(name, _NAMES.values(), strict=True))
    if last is None:
        raise _Problem(_NO_NAME)
    if first is None:
        raise _Problem(_NO_FIRST_NAME)
    values: dict[PersonField, Value] = {PersonField.MIDDLE_NAME: middle} if middle else {}
    for column, field in _TEXTS.items():
        if (text := _line(str(cells.get(column, "")), field)) is not None:
            values[field] = text
    if manager_of(str(cells.get(Column.LINE_MANAGER, ""))) is None:
        # A dash: nobody.
        values.pop(PersonField.LINE_MANAGER, None)
    if Column.SEX in cells:
        if (sex := sex_of(str(cells[Column.SEX]))) is None:
            raise _Problem(_NO_SEX)
        values[PersonField.SEX] = sex
    if Column.HIRE_DATE in cells:
        # Who begins in autumn stands in the list of this spring already.
        latest = today + timedelta(days=366)
        values[PersonField.HIRE_DATE] = _day(cells[Column.HIRE_DATE], epoch, latest, _NO_DAY, _STRANGE_DAY)
    if Column.CATEGORY in cells:
        if (category := category_of(str(cells[Column.CATEGORY]))) is None:
            raise _Problem(_NO_CATEGORY)
        values[PersonField.CATEGORY] = category
    if Column.FREE_SLOTS in cells:
        try:
            if (free := read(str(cells[Column.FREE_SLOTS]))) is not None:
                values[PersonField.FREE_SLOTS] = free
        except ValueError as error:
            raise _Problem(_NO_WEEK) from error
    for column, field in _DAYS.items():
        if column not in cells:
            continue
        cell = cells[column]
        years = years_ago(cell, today) if column is Column.TEACHING_SINCE and isinstance(cell, str) else None
        values[field] = years or _day(cell, epoch, today + _AHEAD, _NO_OTHER_DAY, _STRANGE_OTHER_DAY)
    return values


def _line(text: str, field: PersonField) -> str | None:
    line = clean(text, len(text))
    if line is not None and len(line) > LONGEST[field]:
        raise _Problem(_TOO_LONG)
    return line


def _day(cell: Cell, epoch: date, latest: date, unread: str, strange: str) -> date:
    if isinstance(cell, date):
        day: date | None = cell
    elif cell.isascii() and cell.isdigit() and len(cell) == 5 and int(cell) in _SERIALS:
        day = epoch + timedelta(days=int(cell))
    else:
        day = written_day(clean(cell, 50) or "")
    if day is None:
        raise _Problem(unread)
    if not _EARLIEST <= day <= latest:
        raise _Problem(strange)
    return day
