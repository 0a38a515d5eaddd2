"""A staff list from a file completes the people whom Moodle named; it adds nobody and removes nobody (ADR 0009)."""

import dataclasses
import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, insert, select, update
from sqlalchemy.orm import Session

from moodle_mentorship.core.i18n import N_
from moodle_mentorship.people.enums import PersonField, RowOutcome, Source, StaffStatus
from moodle_mentorship.people.models import Person, PersonChange, PersonDifference, search_name_of
from moodle_mentorship.people.queries import full_names_of
from moodle_mentorship.people.service.colleagues import Colleagues, key
from moodle_mentorship.people.service.directory import MAPPABLE, Value, as_text, changes, declined_of, follows

# Rows of one statement.
CHUNK = 500

# Why a row is left aside.
NOBODY = N_("nobody of this name is in the staff list")
OTHER_PATRONYMIC = N_("somebody of this name has another patronymic")
NAMESAKES = N_("several people have this name")
EMAIL_OF_ANOTHER = N_("the e-mail belongs to somebody with another name")
CONTRADICTION = N_("another row says otherwise about the same person")
REPETITION = N_("the same as another row")


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the file. `values` holds what it says of the fields in `MAPPABLE`, of the line manager as it stands
    there; an empty cell says nothing.

    `problem` is the msgid of why it can't be taken at all.
    """

    line: int
    last_name: str
    first_name: str
    middle_name: str | None = None
    email: str | None = None
    values: Mapping[PersonField, Value] | None = None
    problem: str | None = None

    @property
    def name(self) -> str:
        return " ".join(part for part in (self.last_name, self.first_name, self.middle_name) if part)


@dataclass(frozen=True, slots=True)
class Change:
    """A field of a person: what stands here and what the file says. `open`: it isn't written, a person decides.

    A line manager is a person's id, `said` what the file calls them. `problem` says why nobody is meant for sure (a
    msgid with `name`): then it waits.
    """

    field: PersonField
    old: Value
    new: Value
    open: bool = False
    said: str | None = None
    problem: str | None = None

    @property
    def text(self) -> str | None:
        """What the file says, as a difference keeps it."""
        return self.said or as_text(self.new)


@dataclass(frozen=True, slots=True)
class Planned:
    """What becomes of one row. `reason` is a msgid, `others` are the lines that it is about."""

    line: int
    name: str
    outcome: RowOutcome
    person_id: int | None = None
    changes: tuple[Change, ...] = ()
    reason: str | None = None
    others: tuple[int, ...] = ()
    # What the person is called here, where the row calls them otherwise.
    known_as: str | None = None


@dataclass(frozen=True)
class Plan:
    """What a file would do.

    `absent`: active people whom no row names; they stay what they are. `settled`: differences (their ids) with an
    earlier file that the new one takes back. `managers`: full names of the line managers by id.
    """

    rows: Sequence[Planned]
    absent: int
    settled: Sequence[int] = ()
    managers: Mapping[int, str] = dataclasses.field(default_factory=dict)

    @property
    def counts(self) -> Counter[RowOutcome]:
        return Counter(row.outcome for row in self.rows)

    @property
    def open(self) -> int:
        """How many values a person would have to decide about."""
        return sum(change.open and change.problem is None for row in self.rows for change in row.changes)

    @property
    def unclear(self) -> int:
        """How many line managers can't be found for sure."""
        return sum(change.problem is not None for row in self.rows for change in row.changes)

    @property
    def digest(self) -> str:
        """Names exactly this plan: what is applied is compared with what was shown."""
        said = hashlib.sha256()
        for part in (*self.rows, self.settled):
            said.update(repr(part).encode("utf-8", "surrogatepass"))
        return said.hexdigest()


@dataclass(frozen=True, slots=True)
class _Known:
    """A person of the directory as rows are compared with them."""

    row: Any
    last_name: str
    first_name: str
    middle_name: str

    def called(self, entry: Entry) -> bool:
        return (self.last_name, self.first_name) == (key(entry.last_name), key(entry.first_name))


class _Directory:
    """Everybody who works at the school, by what a row may be laid to them by."""

    def __init__(self, session: Session, school_id: int, *, lock: bool) -> None:
        self.colleagues = Colleagues(session, school_id)
        statement = (
            select(
                Person.id,
                Person.last_name,
                Person.first_name,
                Person.email,
                Person.status,
                Person.sources,
                *(getattr(Person, field) for field in MAPPABLE),
            )
            .where(Person.school_id == school_id, Person.status != StaffStatus.LEFT)
            .order_by(Person.id)
        )
        if lock:
            # No edit by hand and no pass falls between what is compared and what is written.
            statement = statement.with_for_update(key_share=True)
        self.people: dict[int, _Known] = {}
        self.by_name: dict[tuple[str, str], list[_Known]] = defaultdict(list)
        self.by_email: dict[str, list[_Known]] = defaultdict(list)
        for row in session.execute(statement):
            known = _Known(row, key(row.last_name), key(row.first_name), key(row.middle_name))
            self.people[row.id] = known
            self.by_name[known.last_name, known.first_name].append(known)
            if row.email:
                self.by_email[row.email.lower()].append(known)
        self.standing: dict[tuple[int, PersonField], PersonDifference] = {
            (difference.person_id, difference.field): difference
            for difference in session.scalars(
                select(PersonDifference).where(
                    PersonDifference.school_id == school_id, PersonDifference.source == Source.FILE
                )
            )
        }


def plan(session: Session, school_id: int, entries: Iterable[Entry], *, lock: bool = False) -> Plan:
    """What the rows would change, without changing it. Costs two statements, however many rows there are, and two more
    where they name line managers.

    `lock`: the people stay as they are until the transaction ends, so that `carry_out` writes what was planned.
    """
    directory = _Directory(session, school_id, lock=lock)
    rows = list(entries)
    shared = Counter(entry.email.lower() for entry in rows if entry.email)
    found = [_find(directory, entry, shared) for entry in rows]
    lines = defaultdict(list)
    for place, (known, _) in enumerate(found):
        if known is not None:
            lines[known.row.id].append(place)
    planned, settled = [], []
    for place, (entry, (known, reason)) in enumerate(zip(rows, found, strict=True)):
        if known is None:
            planned.append(_left_aside(entry, reason))
            continue
        places = lines[known.row.id]
        if any(rows[other].values != entry.values for other in places):
            others = tuple(rows[other].line for other in places if other != place)
            planned.append(Planned(entry.line, entry.name, RowOutcome.AMBIGUOUS, reason=CONTRADICTION, others=others))
        elif place != places[0]:
            others = (rows[places[0]].line,)
            planned.append(Planned(entry.line, entry.name, RowOutcome.REPEATED, reason=REPETITION, others=others))
        else:
            changes, agreed = _compared(directory, known, entry)
            settled += agreed
            outcome = RowOutcome.CHANGED if changes else RowOutcome.UNCHANGED
            known_as = None if known.called(entry) else f"{known.row.last_name} {known.row.first_name}"
            planned.append(Planned(entry.line, entry.name, outcome, known.row.id, changes, known_as=known_as))
    active = [person_id for person_id, known in directory.people.items() if known.row.status is StaffStatus.ACTIVE]
    about = (change for row in planned for change in row.changes if change.field is PersonField.LINE_MANAGER)
    ids = {person_id for change in about for person_id in (change.old, change.new) if isinstance(person_id, int)}
    managers = full_names_of(session, school_id, ids) if ids else {}
    return Plan(planned, sum(person_id not in lines for person_id in active), tuple(settled), managers)


def _find(directory: _Directory, entry: Entry, shared: Counter[str]) -> tuple[_Known | None, str | None]:
    """Whom the row means, or why nobody is meant for sure: by e-mail where it is one person's alone, then by name."""
    if entry.problem is not None:
        return None, entry.problem
    last, first, middle = key(entry.last_name), key(entry.first_name), key(entry.middle_name)
    email = (entry.email or "").lower()
    owners = directory.by_email.get(email, []) if shared[email] == 1 else []
    if len(owners) == 1:
        owner = owners[0]
        # A surname changes, and so does a spelling; both at once is somebody else's address.
        return (owner, None) if last == owner.last_name or first == owner.first_name else (None, EMAIL_OF_ANOTHER)
    namesakes = directory.by_name.get((last, first), [])
    meant = [known for known in namesakes if known.middle_name == middle] if middle else namesakes
    if not meant:
        meant = [known for known in namesakes if not known.middle_name]
    if len(meant) == 1:
        return meant[0], None
    if meant:
        return None, NAMESAKES
    return None, OTHER_PATRONYMIC if namesakes else NOBODY


def _left_aside(entry: Entry, reason: str | None) -> Planned:
    outcome = RowOutcome.AMBIGUOUS if reason in (NAMESAKES, EMAIL_OF_ANOTHER) else RowOutcome.UNKNOWN
    return Planned(entry.line, entry.name, outcome if entry.problem is None else RowOutcome.REFUSED, reason=reason)


def _compared(directory: _Directory, known: _Known, entry: Entry) -> tuple[tuple[Change, ...], list[int]]:
    """What the row changes, and which differences with an earlier file it takes back."""
    changes: list[Change] = []
    agreed: list[int] = []
    for field, new in (entry.values or {}).items():
        change = _change(directory, known, field, new)
        stands = known.row.sources.get(field.value) or {}
        standing = directory.standing.get((known.row.id, field))
        same = change.old == change.new if stands.get("source") == Source.FILE else _alike(change.old, change.new)
        if same and change.problem is None:
            if standing is not None:
                agreed.append(standing.id)
        elif change.problem is None and follows(stands, change.old, Source.FILE):
            changes.append(change)
        elif change.text not in declined_of(stands) and (standing is None or standing.moodle_value != change.text):
            changes.append(replace(change, open=True))
    return tuple(changes), agreed


def _change(directory: _Directory, known: _Known, field: PersonField, told: Value) -> Change:
    old = getattr(known.row, field)
    if field is PersonField.LINE_MANAGER and isinstance(told, str):
        meant = directory.colleagues.meant(told, known.row.id)
        return Change(field, old, meant.id, said=told, problem=meant.problem)
    return Change(field, old, told)


def _alike(old: Value, new: Value) -> bool:
    """Whether two sources say the same: «Учитель» and «учитель» are no difference to decide about."""
    if isinstance(old, str) and isinstance(new, str):
        return key(old) == key(new)
    return old == new


def carry_out(session: Session, school_id: int, todo: Plan, now: datetime, by: int | None) -> None:
    """Write what `plan(…, lock=True)` has planned in this transaction.

    An empty field, and one that came from a file, is filled; where Moodle or somebody by hand says otherwise, or a line
    manager can't be found for sure, a difference is opened. `by`: who reads the file in.
    """
    rows = [row for row in todo.rows if row.outcome is RowOutcome.CHANGED]
    for start in range(0, len(rows), CHUNK):
        _write(session, school_id, rows[start : start + CHUNK], now, by)
    for start in range(0, len(todo.settled), CHUNK):
        _forget(session, school_id, PersonDifference.id.in_(todo.settled[start : start + CHUNK]))


def _write(session: Session, school_id: int, rows: Sequence[Planned], now: datetime, by: int | None) -> None:
    columns = [getattr(Person, field) for field in MAPPABLE]
    ids = [row.person_id for row in rows]
    people = {
        person.id: person
        for person in session.execute(
            select(Person.id, Person.last_name, Person.first_name, Person.sources, *columns).where(
                Person.school_id == school_id, Person.id.in_(ids)
            )
        )
    }
    values: list[dict[str, Any]] = []
    opened: list[dict[str, Any]] = []
    history: list[dict[str, Any]] = []
    for row in rows:
        assert row.person_id is not None
        person = people[row.person_id]
        after: dict[str, Any] = {field.value: getattr(person, field) for field in MAPPABLE}
        sources = dict(person.sources)
        for change in row.changes:
            if change.open:
                opened.append(
                    {
                        "school_id": school_id,
                        "person_id": person.id,
                        "field": change.field,
                        "moodle_value": change.text,
                        "source": Source.FILE,
                        "noticed_at": now,
                    }
                )
            else:
                after[change.field.value] = change.new
                sources[change.field.value] = {"source": Source.FILE.value, "name": "", "at": now.isoformat()}
        if any(not change.open for change in row.changes):
            search_name = search_name_of(person.last_name, person.first_name, after["middle_name"])[:620]
            history += changes(person, school_id, person.id, after, sources, now, by)
            values.append({"id": person.id, **after, "sources": sources, "search_name": search_name, "updated_at": now})
    if values:
        session.execute(update(Person), values)
    if history:
        session.execute(insert(PersonChange), history)
    for field in MAPPABLE:
        # What an earlier file said of this field no longer counts.
        about = [row.person_id for row in rows if any(change.field is field for change in row.changes)]
        _forget(session, school_id, PersonDifference.field == field, PersonDifference.person_id.in_(about))
    if opened:
        session.execute(insert(PersonDifference), opened)


def _forget(session: Session, school_id: int, *which: ColumnElement[bool]) -> None:
    session.execute(
        delete(PersonDifference).where(
            PersonDifference.school_id == school_id, PersonDifference.source == Source.FILE, *which
        ),
        execution_options={"synchronize_session": False},
    )
