"""What a school holds about one person. Each room says it once for each of its tables (`holdings.py` of the room, put
in by its `wiring.py`); the page «Мои данные», the file to take along and erasure follow from it.

A guard test (tests/guards/test_holdings.py) knows every table and says what is missing.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    FromClause,
    Table,
    and_,
    delete,
    exists,
    false,
    func,
    inspect,
    not_,
    select,
    true,
    update,
)
from sqlalchemy.orm import Session

from moodle_mentorship.core.actor import Actor
from moodle_mentorship.core.db import Base
from moodle_mentorship.core.i18n import N_
from moodle_mentorship.core.secrets import SecretBox


@dataclass(frozen=True)
class Subject:
    """Of whom data are asked for (152-ФЗ: the subject of personal data)."""

    school_id: int
    person_id: int
    moodle_user_id: int


@dataclass(frozen=True)
class Fact:
    """One thing that is known: a stable `code` for programs, a `label` (a msgid, or a text of the school's own) for
    people. `told` holds the value in the reader's words, a line each; without it the value speaks for itself."""

    code: str
    label: str
    value: Any
    told: Sequence[str] | None = None
    # Where it comes from, in the reader's words.
    source: str = ""


@dataclass(frozen=True)
class Reading:
    """What the telling of a row may need. `timezone` is the school's."""

    session: Session
    box: SecretBox
    subject: Subject
    timezone: str


Told = Callable[[Any, Reading], Iterable[Fact]]
About = Callable[[Subject], ColumnElement[bool]]


def column(code: str, label: str, words: Mapping[Any, str] | None = None) -> Callable[[Any], Fact]:
    """The fact that a column tells as it stands; `words` holds msgids by value."""

    def tell(row: Any) -> Fact:
        value = getattr(row, code)
        return Fact(code, label, value, None if words is None or value is None else (words[value],))

    return tell


def columns(*told: Callable[[Any], Fact]) -> Told:
    """The facts of a table whose columns speak for themselves."""
    return lambda row, _reading: [tell(row) for tell in told]


@dataclass(frozen=True)
class Holding:
    """What one table holds about a person, and what becomes of it when the person is erased.

    `about` finds the rows; `told` tells them (None: they can't be told apart from somebody else's secrets, or are only
    the machinery beneath what another holding tells). `by` names the columns that hold the number of whoever acted: a
    number stays, and after an erasure nobody stands behind it.
    """

    model: type[Base]
    #: Msgid, such as N_("Entry in the bank of mentees").
    title: str
    about: About
    told: Told | None
    by: tuple[str, ...] = ()
    #: The rows that erasure deletes; a row to which another row points that stays, stays as well.
    goes: ColumnElement[bool] = field(default_factory=true)
    #: What erasure writes over in the rows that stay: column -> value, by the person's number.
    blanks: Callable[[Subject, datetime], Mapping[str, Any]] | None = None
    #: Msgid: why what stays has to stay. Needed unless everything goes.
    stays: str = ""
    #: Msgid: why nothing of it is erased as long as the person works at the school.
    while_employed: str = ""


# `Holding.blanks` is asked which columns it names.
_SOME_DAY = datetime(2026, 9, 1, tzinfo=UTC)
_LEANED_ON = N_("Another record rests on it")

#: `Holding.goes` of what is kept.
NOTHING: ColumnElement[bool] = false()


@dataclass(frozen=True)
class Part:
    """What erasure does to one holding, in rows: `gone` are deleted, `blanked` written over, `kept` stay and why."""

    holding: Holding
    gone: int
    blanked: int
    kept: int
    why: str


Obstacle = Callable[[Session, int, int], str | None]
Begins = Callable[[Session, Actor, int, datetime, bool], None]


class Holdings:
    """Registry filled by the rooms: every table of theirs, either with what it holds of a person or as one without.

    Order: as the page shows them.
    """

    def __init__(self) -> None:
        self._held: dict[str, Holding] = {}
        self._plain: dict[str, tuple[str, ...]] = {}
        self._obstacles: list[Obstacle] = []
        self._before: list[Begins] = []

    def add(self, *held: Holding) -> None:
        for holding in held:
            self._held[table_of(holding).name] = holding

    def nothing(self, model: type[Base], *by: str) -> None:
        """The table holds nothing about a person, apart from the number of whoever acted (columns `by`)."""
        self._plain[str(model.__tablename__)] = by

    def add_obstacle(self, obstacle: Obstacle) -> None:
        """`obstacle` (session, school, person) gives a msgid that says what has to end before an erasure, or None."""
        self._obstacles.append(obstacle)

    def before(self, begins: Begins) -> None:
        """Tell `begins` (session, actor, person, moment, whether they work here) in the unit of work of an erasure,
        before rows go."""
        self._before.append(begins)

    @property
    def held(self) -> Sequence[Holding]:
        return list(self._held.values())

    @property
    def plain(self) -> Mapping[str, tuple[str, ...]]:
        return self._plain

    def rows(self, session: Session, holding: Holding, subject: Subject, most: int | None = None) -> Sequence[Any]:
        """The rows about a person, newest first; one statement."""
        table = table_of(holding)
        model: Any = holding.model
        found = select(model).where(*_whose(table, holding, subject)).order_by(table.c.id.desc()).limit(most)
        return session.scalars(found).all()

    def count(self, session: Session, holding: Holding, subject: Subject) -> int:
        table = table_of(holding)
        counted = select(func.count()).select_from(table).where(*_whose(table, holding, subject))
        return session.scalar(counted) or 0

    def obstacles(self, session: Session, subject: Subject) -> list[str]:
        """Msgids: what has to end before this person can be erased."""
        found = (obstacle(session, subject.school_id, subject.person_id) for obstacle in self._obstacles)
        return [text for text in found if text is not None]

    def plan(self, session: Session, subject: Subject, *, employed: bool) -> list[Part]:
        """What an erasure would do now; one statement for each holding. What holds no row is left out."""
        return [part for part in self._plan(session, subject, employed) if part.gone or part.blanked or part.kept]

    def erase(
        self, session: Session, actor: Actor, subject: Subject, now: datetime, *, employed: bool
    ) -> Mapping[str, int]:
        """Delete and write over what `plan` says, in the caller's unit of work. Rows by table, those deleted and those
        written over together; a second time finds nothing to delete."""
        for begins in self._before:
            begins(session, actor, subject.person_id, now, employed)
        session.flush()
        done: dict[str, int] = {}
        # Whoever points elsewhere goes first.
        for table in reversed(Base.metadata.sorted_tables):
            holding = self._held.get(table.name)
            if holding is None or (employed and holding.while_employed):
                continue
            whose = _whose(table, holding, subject)
            if holding.blanks is not None:
                done[table.name] = _touched(session, update(table).where(*whose).values(holding.blanks(subject, now)))
            if holding.goes is not NOTHING:
                gone = _touched(session, delete(table).where(*whose, self._goes(holding, subject, employed)))
                done[table.name] = done.get(table.name, 0) + gone
        # What the session remembers is not what stands in the database any more.
        session.expire_all()
        return {name: number for name, number in done.items() if number}

    def _plan(self, session: Session, subject: Subject, employed: bool) -> Iterator[Part]:
        for name, holding in self._held.items():
            table = Base.metadata.tables[name]
            total = self.count(session, holding, subject)
            if employed and holding.while_employed:
                yield Part(holding, 0, 0, total, holding.while_employed)
                continue
            counted = select(func.count()).select_from(table).where(*_whose(table, holding, subject))
            gone = session.scalar(counted.where(self._goes(holding, subject, employed))) or 0
            stays = total - gone
            blanked = stays if holding.blanks is not None else 0
            yield Part(
                holding, gone, blanked, stays - blanked, (holding.stays or _LEANED_ON) if stays - blanked else ""
            )

    def _goes(self, holding: Holding, subject: Subject, employed: bool) -> ColumnElement[bool]:
        """Which of a holding's rows are deleted: those it says, unless something that stays points to them."""
        if holding.goes is NOTHING:
            return NOTHING
        table = table_of(holding)
        leaning = []
        for child in Base.metadata.sorted_tables:
            other = self._held.get(child.name)
            for key in child.foreign_key_constraints:
                if key.referred_table is not table or child is table:
                    continue
                # A table that holds nothing of anybody stays whole; a reference that is written over lets go.
                stays: ColumnElement[bool] = true()
                if other is not None and not (employed and other.while_employed):
                    if other.blanks is not None and set(other.blanks(subject, _SOME_DAY)) & set(key.column_keys):
                        continue
                    stays = not_(and_(*_whose(child, other, subject), self._goes(other, subject, employed)))
                points = (element.parent == element.column for element in key.elements)
                leaning.append(exists(select(child.c.id).where(*points, stays).correlate(table)))
        return and_(holding.goes, *(not_(one) for one in leaning))


def table_of(holding: Holding) -> Table:
    table: FromClause = inspect(holding.model).local_table
    assert isinstance(table, Table)
    return table


def _whose(table: Table, holding: Holding, subject: Subject) -> tuple[ColumnElement[bool], ...]:
    return (table.c.school_id == subject.school_id, holding.about(subject))


def _touched(session: Session, statement: Any) -> int:
    found = session.execute(statement, execution_options={"synchronize_session": False})
    assert isinstance(found, CursorResult)
    return found.rowcount


def plain(value: Any) -> Any:
    """A value as JSON writes it: days and moments in ISO 8601."""
    return value.isoformat() if isinstance(value, date) else value
