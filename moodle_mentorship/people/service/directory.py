"""The staff directory: taking in what Moodle says, differences with what people put here, departures and returns."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property, lru_cache
from typing import Any, Literal, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Text, cast, delete, func, insert, or_, select, update
from sqlalchemy.orm import Session

from moodle_mentorship.core import audit
from moodle_mentorship.core.actor import Actor, Departures
from moodle_mentorship.core.db import among
from moodle_mentorship.core.errors import Conflict, Invalid, NotFound
from moodle_mentorship.core.i18n import N_
from moodle_mentorship.moodle.results import StaffPerson
from moodle_mentorship.moodle.sites import site_of
from moodle_mentorship.people.enums import DAYS, EMPLOYMENT, KEPT, Category, PersonField, Sex, Source, StaffStatus
from moodle_mentorship.people.models import Person, PersonChange, PersonDifference, RoleGrant, search_name_of
from moodle_mentorship.people.queries import named
from moodle_mentorship.people.service.colleagues import Colleagues
from moodle_mentorship.people.service.values import (
    LONGEST,
    category_of,
    clean,
    clean_profile,
    day_of,
    free_of,
    is_deleted_email,
    manager_of,
    sex_of,
    since_of,
    written_day,
    years_ago,
)

# Fields that the administrator may map to a custom profile field; the others Moodle's core always delivers.
MAPPABLE = (
    PersonField.MIDDLE_NAME,
    PersonField.SEX,
    PersonField.POSITION,
    PersonField.SUBJECTS,
    PersonField.HIRE_DATE,
    PersonField.TEACHING_SINCE,
    PersonField.CATEGORY,
    PersonField.BUILDING,
    PersonField.LINE_MANAGER,
    PersonField.POST_SINCE,
    PersonField.BREAK_FROM,
    PersonField.BREAK_UNTIL,
    PersonField.FREE_SLOTS,
)

# Moodle's own names of its own fields, for `Person.sources`.
_MOODLE_NAMES = {
    PersonField.LAST_NAME: "lastname",
    PersonField.FIRST_NAME: "firstname",
    PersonField.MIDDLE_NAME: "middlename",
    PersonField.EMAIL: "email",
}

_FIELDS = tuple(field.value for field in PersonField)

# Everything that a pass may write; `updated_at` says when it did.
_STORED = (
    *_FIELDS,
    "suspended",
    "status",
    "status_since",
    "deleted_in_moodle",
    "kept_at",
    "sources",
    "search_name",
)

# What a preview names; the rest of `_STORED` follows from these.
_SHOWN = frozenset({*_FIELDS, "suspended"})

# `Person.missing_since_pass` of whom Moodle's journal said it, and no pass over the whole list.
NO_PASS = 0

_NAMES = (PersonField.LAST_NAME, PersonField.FIRST_NAME)

Value = str | date | Sex | Category | int | None

NO_SUCH_COLLEAGUE = N_("Nobody of this name is on the staff")
SEVERAL_COLLEAGUES = N_("Several people are called so. Write the surname, name and patronymic")
THEMSELVES = N_("Nobody is their own line manager")
BREAK_BACKWARDS = N_("The break ends before it begins")


@dataclass(frozen=True)
class Rules:
    """How a school's Moodle is read. `field_map`: our field → short name of Moodle's custom profile field."""

    field_map: Mapping[str, str]
    timezone: str
    now: datetime

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @cached_property
    def noted(self) -> str:
        """`now` as `Person.sources` keeps it."""
        return self.now.isoformat()


class Told(NamedTuple):
    """What Moodle says about one field; a line manager as Moodle writes them."""

    value: Value
    source: Source
    name: str


@dataclass
class Counts:
    """What a page did, in people (`differences`: in fields)."""

    seen: int = 0
    created: int = 0
    updated: int = 0
    differences: int = 0
    leaving: int = 0
    returned: int = 0


@dataclass(frozen=True)
class Line:
    """One line of a dry run's preview: `what` is created, updated, returned or leaving."""

    what: str
    moodle_user_id: int
    name: str
    fields: tuple[str, ...] = ()


@dataclass
class Taken:
    """The outcome of a page; `lines` names those whom it concerns."""

    counts: Counts = field(default_factory=Counts)
    lines: list[Line] = field(default_factory=list)


class _Known(NamedTuple):
    """A person as the directory has them: row, Moodle's id, whether a pass missed them, columns of `_STORED`, whether
    they were erased."""

    id: int
    moodle_user_id: int
    missing: bool
    stored: Mapping[str, Any]
    erased: bool


class _Compared(NamedTuple):
    """What becomes of one person: column values, the names of those that change, and standing differences."""

    values: dict[str, Any]
    changed: tuple[str, ...]
    differences: dict[PersonField, tuple[str, Source]]
    returned: bool


def told_by(person: StaffPerson, rules: Rules) -> dict[PersonField, Told]:
    """What Moodle says of `person`, by field. A field that Moodle doesn't deliver at all is left out.

    A field that is mapped, and filled in Moodle, wins over Moodle's own one (a patronymic in a custom field).
    """
    told = {
        PersonField.LAST_NAME: _own(PersonField.LAST_NAME, person.last_name),
        PersonField.FIRST_NAME: _own(PersonField.FIRST_NAME, person.first_name),
    }
    if person.middle_name is not None:
        told[PersonField.MIDDLE_NAME] = _own(PersonField.MIDDLE_NAME, person.middle_name)
    # Core functions leave the e-mail out where a capability is missing; the plugin always knows it.
    if person.email or person.middle_name is not None:
        told[PersonField.EMAIL] = _own(PersonField.EMAIL, person.email)
    for target in MAPPABLE:
        name = rules.field_map.get(target.value)
        if name is None or name not in person.profile:
            continue
        value = _profile_value(target, person.profile[name], rules)
        if value is not None or target not in told:
            told[target] = Told(value, Source.PROFILE_FIELD, name)
    return told


def _own(target: PersonField, text: str) -> Told:
    return Told(clean(text, LONGEST[target]), Source.MOODLE, _MOODLE_NAMES[target])


def _profile_value(target: PersonField, text: str, rules: Rules) -> Value:
    if target is PersonField.SEX:
        return sex_of(text)
    if target is PersonField.CATEGORY:
        return category_of(text)
    if target is PersonField.TEACHING_SINCE:
        return since_of(text, rules.zone, rules.now)
    if target in DAYS:
        return day_of(text, rules.zone)
    if target is PersonField.FREE_SLOTS:
        return free_of(text)
    if target is PersonField.LINE_MANAGER:
        return manager_of(text)
    return clean_profile(text, LONGEST[target])


def _compare(
    known: _Known | None, person: StaffPerson, rules: Rules, colleagues: Colleagues, *, listed: bool
) -> _Compared:
    """The rules for one person, in memory alone. `listed`: the staff list itself names them, so they are on it.

    A newcomer's line manager stays open until the pass has read everybody (`managers.settle`).
    """
    before: Mapping[str, Any] = known.stored if known is not None else {}
    values: dict[str, Any] = {name: before.get(name) for name in _FIELDS}
    # Shared with other rows until something in it changes.
    sources: Mapping[str, Any] = before.get("sources", {})
    differences: dict[PersonField, tuple[str, Source]] = {}
    for target, told in told_by(person, rules).items():
        stands = sources.get(target) or {}
        value, said = told.value, as_text(told.value)
        if target is PersonField.LINE_MANAGER and said is not None:
            value = colleagues.meant(said, known.id).id if known is not None else None
        if stands.get("source") in KEPT or (value is None and said is not None):
            # Empty in Moodle is no other opinion, and an opinion that was declined isn't brought up again.
            if said is not None and (value is None or value != values[target]) and said not in declined_of(stands):
                differences[target] = (said, told.source)
            continue
        if value is None and target in _NAMES:
            continue
        values[target] = value
        if value is None:
            if target in sources:
                sources = {name: source for name, source in sources.items() if name != target}
        elif before.get(target) != value or stands.get("name") != told.name or stands.get("source") != told.source:
            source = {"source": told.source.value, "name": told.name, "at": rules.noted}
            # What was decided against this very value stays decided.
            decided = _decided(source, stands if before.get(target) == value else None)
            sources = {**sources, target.value: decided}
    # A name that holds nothing visible must not stop the pass; the Moodle id finds the account there.
    values["last_name"] = values["last_name"] or f"№ {person.id}"
    values["first_name"] = values["first_name"] or ""
    returned = listed and known is not None and before["status"] is not StaffStatus.ACTIVE
    if listed or known is None:
        values["suspended"] = person.suspended
        values["status"] = StaffStatus.ACTIVE
        values["status_since"] = rules.now if returned or known is None else before["status_since"]
        values["deleted_in_moodle"] = False
        values["kept_at"] = None
    else:
        values = {**before, **values}
    values["sources"] = sources
    values["search_name"] = _search_name(values)
    changed = tuple(name for name in _STORED if before[name] != values[name]) if known is not None else ()
    return _Compared(values, changed, differences, returned)


def _search_name(values: Mapping[str, Any]) -> str:
    # Lower-casing may lengthen a text («İ»); the column holds 620.
    return search_name_of(values["last_name"], values["first_name"], values["middle_name"])[:620]


def declined_of(stands: Mapping[str, Any]) -> Sequence[str | None]:
    """What other sources said of a field, and a person has decided against; `stands` is the field's source."""
    declined: Sequence[str | None] = stands.get("declined", ())
    return declined


def follows(stands: Mapping[str, Any], value: Value, source: Source) -> bool:
    """Whether a field takes what `source` says, instead of keeping it as a difference; `stands` is the field's source.

    What people put in waits for an empty field, or one that it has filled itself; Moodle writes over its own.
    """
    if source in KEPT and value is not None:
        return stands.get("source") == source
    return stands.get("source") not in KEPT - {source}


def as_text(value: Value) -> str | None:
    """A value as `PersonDifference` and `PersonChange` keep it: a date in ISO 8601, a sex and a category by code, in
    `PersonChange` a person by id."""
    if value is None:
        return None
    return value.isoformat() if isinstance(value, date) else str(value)


def from_text(target: PersonField, text: str | None) -> Value:
    """The value that a difference keeps; a line manager as the source calls them (`Colleagues.meant`)."""
    if text is None:
        return None
    if target in DAYS:
        return date.fromisoformat(text)
    if target is PersonField.CATEGORY:
        return Category(text)
    return Sex(text) if target is PersonField.SEX else text


def changes(
    person: Mapping[str, Any] | Any,
    school_id: int,
    person_id: int,
    after: Mapping[str, Any],
    sources: Mapping[str, Any],
    now: datetime,
    by: int | None = None,
) -> list[dict[str, Any]]:
    """Rows of `PersonChange`: what of the employment differs in `after` from what stands in `person` (as attributes or
    by name). Writing them is the caller's."""
    rows = []
    for target in EMPLOYMENT:
        if target not in after:
            continue
        before = person[target] if isinstance(person, Mapping) else getattr(person, target)
        if after[target] != before:
            rows.append(
                {
                    "school_id": school_id,
                    "person_id": person_id,
                    "field": target,
                    "before": as_text(before),
                    "after": as_text(after[target]),
                    # Emptied by Moodle: nobody says anything of the field any more.
                    "source": Source(sources.get(target, {}).get("source", Source.MOODLE)),
                    "at": now,
                    "by_person_id": by,
                }
            )
    return rows


def take_page(
    session: Session,
    school_id: int,
    people: Sequence[StaffPerson],
    rules: Rules,
    *,
    write: bool = True,
    listed: bool = True,
    add: bool = True,
) -> Taken:
    """Take a page of people in: whom Moodle's staff list names is on the staff, whatever we thought before.

    Whom the school has erased (152-ФЗ ст. 21) is passed over: Moodle's word doesn't bring their data back. Unless it
    had dropped them meanwhile: then they are hired again, as somebody new, and the erased row lets go of their number.
    `listed=False`: they are members of a course, which says nothing about who works at the school. Then nobody comes
    back, nobody counts as seen, and whom we don't know is added only with `add`.

    However many people a page has, it costs the same number of statements: two reads, two more where it names line
    managers, and at most one statement for each of new, changed, history, differences (three) and seen again. Who is
    unchanged costs no write. With `write=False` nothing is written (a dry run). An account that Moodle's core shows as
    deleted is marked so.
    """
    deleted = [person.id for person in people if is_deleted_email(person.email)] if listed else []
    present = {person.id: person for person in people if not is_deleted_email(person.email)}
    known = _known(session, school_id, present)
    standing = _standing(session, school_id, [row.id for row in known.values()])
    colleagues = Colleagues(session, school_id)
    taken = Taken(Counts(seen=len(people)))
    new: list[dict[str, Any]] = []
    unnamed: dict[int, tuple[str, Source]] = {}
    changed: list[dict[str, Any]] = []
    history: list[dict[str, Any]] = []
    again: list[int] = []
    wanted: dict[tuple[int, PersonField], tuple[str, Source]] = {}
    for moodle_id, person in present.items():
        row = known.get(moodle_id)
        if row is not None and row.erased:
            if not (listed and row.missing):
                continue
            again.append(row.id)
            row = None
        if row is None and not add:
            continue
        compared = _compare(row, person, rules, colleagues, listed=listed)
        if row is not None:
            for target, said in compared.differences.items():
                wanted[row.id, target] = said
            if not compared.changed:
                continue
        values = compared.values | {"updated_at": rules.now}
        if row is None:
            what = "created"
            taken.counts.created += 1
            new.append(values | {"school_id": school_id, "moodle_user_id": moodle_id})
            if (manager := compared.differences.get(PersonField.LINE_MANAGER)) is not None:
                unnamed[moodle_id] = manager
        else:
            what = "returned" if compared.returned else "updated"
            taken.counts.returned += compared.returned
            taken.counts.updated += not compared.returned
            changed.append(values | {"id": row.id})
            history += changes(row.stored, school_id, row.id, values, values["sources"], rules.now)
        shown = tuple(name for name in compared.changed if name in _SHOWN)
        taken.lines.append(Line(what, moodle_id, _name(values), shown))
    taken.counts.differences = sum(
        standing.get(key) is None or standing[key][1:] != said
        for key, said in wanted.items()
        # Line managers are counted when the pass has read everybody (`managers.settle`).
        if not (write and key[1] is PersonField.LINE_MANAGER)
    )
    if write:
        if again:
            # Moodle's numbers begin at 1.
            let_go = update(Person).where(Person.school_id == school_id, among(Person.id, again))
            session.execute(let_go.values(moodle_user_id=-Person.id), execution_options={"synchronize_session": False})
        if new:
            session.execute(insert(Person), new)
        if unnamed:
            ids = select(Person.id, Person.moodle_user_id).where(
                Person.school_id == school_id, among(Person.moodle_user_id, unnamed)
            )
            for person_id, moodle_id in session.execute(ids):
                wanted[person_id, PersonField.LINE_MANAGER] = unnamed[moodle_id]
        if changed:
            session.execute(update(Person), changed)
        if history:
            session.execute(insert(PersonChange), history)
        _keep_differences(session, school_id, standing, wanted, rules.now)
        if listed and (found := [row.id for row in known.values() if row.missing and not row.erased]):
            seen = update(Person).where(Person.school_id == school_id, among(Person.id, found))
            session.execute(seen.values(missing_since_pass=None), execution_options={"synchronize_session": False})
    if deleted:
        gone = take_departures(session, school_id, deleted, rules.now, deleted=True, write=write)
        taken.counts.leaving += gone.counts.leaving
        taken.lines += gone.lines
    return taken


def note_missing(
    session: Session, school_id: int, pass_id: int, after: int, until: int | None, present: Iterable[int]
) -> None:
    """A page of the whole staff list covers the Moodle ids behind `after`, up to `until` (None: all that are left), and
    names `present`: whom else we have there, this pass has missed.

    So a pass writes the few who are missing, and not the many whom it saw. It means nothing until the pass has read the
    list to its end (`unseen`); whoever is named later is missing no more.
    """
    behind = Person.moodle_user_id > after
    missed = update(Person).where(
        Person.school_id == school_id,
        behind if until is None else behind & (Person.moodle_user_id <= until),
        ~among(Person.moodle_user_id, present),
        # Of the erased it is kept, too: whom Moodle names after that is hired again.
        or_(Person.status == StaffStatus.ACTIVE, Person.erased_at.is_not(None)),
        Person.missing_since_pass.is_(None),
    )
    session.execute(missed.values(missing_since_pass=pass_id), execution_options={"synchronize_session": False})


def _name(values: Mapping[str, Any]) -> str:
    return " ".join(filter(None, (values["last_name"], values["first_name"], values["middle_name"])))


def _known(session: Session, school_id: int, moodle_ids: Iterable[int]) -> dict[int, _Known]:
    # Locked (weakly: others may still refer to them), so that no edit by hand falls between reading and writing.
    rows = session.execute(
        select(Person.id, Person.moodle_user_id, Person.missing_since_pass, Person.erased_at, *_COLUMNS)
        .where(Person.school_id == school_id, among(Person.moodle_user_id, moodle_ids))
        .order_by(Person.id)
        .with_for_update(key_share=True)
    )
    known = {}
    for row_id, moodle_id, missing_since, erased_at, *columns in rows:
        stored = dict(zip(_STORED, columns, strict=True))
        stored["sources"] = _read_sources(stored["sources"])
        known[moodle_id] = _Known(row_id, moodle_id, missing_since is not None, stored, erased_at is not None)
    return known


# The sources as text: those of one page are nearly all alike, and reading each anew took a fifth of a pass.
_COLUMNS = tuple(cast(Person.sources, Text) if name == "sources" else getattr(Person, name) for name in _STORED)


@lru_cache(maxsize=256)
def _read_sources(text: str) -> Mapping[str, Any]:
    """`Person.sources` as they are stored; shared by all who ask, so nobody writes into them."""
    sources: Mapping[str, Any] = json.loads(text)
    return sources


_Standing = dict[tuple[int, PersonField], tuple[int, str | None, Source]]


def _standing(session: Session, school_id: int, person_ids: Sequence[int]) -> _Standing:
    rows = session.execute(
        select(
            PersonDifference.id,
            PersonDifference.person_id,
            PersonDifference.field,
            PersonDifference.moodle_value,
            PersonDifference.source,
        ).where(
            PersonDifference.school_id == school_id,
            among(PersonDifference.person_id, person_ids),
            # What a file or the person says otherwise is none of Moodle's business.
            PersonDifference.source.not_in(KEPT),
        )
    )
    return {(row.person_id, row.field): (row.id, row.moodle_value, row.source) for row in rows}


def _keep_differences(
    session: Session,
    school_id: int,
    standing: _Standing,
    wanted: Mapping[tuple[int, PersonField], tuple[str, Source]],
    now: datetime,
) -> None:
    fresh = [
        {
            "school_id": school_id,
            "person_id": person_id,
            "field": target,
            "moodle_value": said,
            "source": source,
            "noticed_at": now,
        }
        for (person_id, target), (said, source) in wanted.items()
        if (person_id, target) not in standing
    ]
    moved = [
        {"id": standing[key][0], "moodle_value": said, "source": source, "noticed_at": now}
        for key, (said, source) in wanted.items()
        if key in standing and standing[key][1:] != (said, source)
    ]
    settled = [row_id for key, (row_id, _, _) in standing.items() if key not in wanted]
    if fresh:
        session.execute(insert(PersonDifference), fresh)
    if moved:
        session.execute(update(PersonDifference), moved)
    if settled:
        session.execute(
            delete(PersonDifference).where(PersonDifference.school_id == school_id, PersonDifference.id.in_(settled)),
            execution_options={"synchronize_session": False},
        )


def take_departures(
    session: Session, school_id: int, moodle_ids: Iterable[int], now: datetime, *, deleted: bool, write: bool = True
) -> Taken:
    """Moodle says that these people left the cohort, or (`deleted`) that their accounts are gone.

    Who was active awaits the curator's confirmation from now on; nobody is struck off by Moodle alone. Of a deleted
    account the e-mail is forgotten (there is nobody behind it any more), everything else stays.
    """
    taken = Taken()
    changed: list[dict[str, Any]] = []
    dropped: list[int] = []
    for row in _known(session, school_id, moodle_ids).values():
        if row.erased:
            dropped += [row.id] * (not row.missing)
            continue
        stored = row.stored
        leaves = stored["status"] is StaffStatus.ACTIVE
        values: dict[str, Any] = {
            "status": StaffStatus.LEAVING if leaves else stored["status"],
            "status_since": now if leaves else stored["status_since"],
            "deleted_in_moodle": stored["deleted_in_moodle"] or deleted,
            "email": None if deleted else stored["email"],
            "sources": {name: said for name, said in stored["sources"].items() if not (deleted and name == "email")},
            "kept_at": None,
        }
        if all(stored[name] == value for name, value in values.items()):
            continue
        changed.append(values | {"id": row.id, "updated_at": now})
        if leaves:
            taken.counts.leaving += 1
            taken.lines.append(Line("leaving", row.moodle_user_id, _name(stored)))
    if write and changed:
        session.execute(update(Person), changed)
    if write and dropped:
        # Whom Moodle names after that is hired again (`take_page`).
        erased = update(Person).where(Person.school_id == school_id, among(Person.id, dropped))
        session.execute(erased.values(missing_since_pass=NO_PASS), execution_options={"synchronize_session": False})
    return taken


def unknown_among(session: Session, school_id: int, moodle_ids: Sequence[int]) -> int:
    """How many of these Moodle ids don't stand in the directory, whatever became of their owners."""
    known = 0
    for start in range(0, len(moodle_ids), 1000):
        some = Person.moodle_user_id.in_(moodle_ids[start : start + 1000])
        known += session.scalar(select(func.count(Person.id)).where(Person.school_id == school_id, some)) or 0
    return len(moodle_ids) - known


def active_among(session: Session, school_id: int, moodle_ids: Iterable[int]) -> int:
    """How many of these Moodle ids stand in the directory as active."""
    ids = select(Person.id).where(
        Person.school_id == school_id,
        Person.moodle_user_id.in_(list(moodle_ids)),
        Person.status == StaffStatus.ACTIVE,
    )
    return len(session.scalars(ids).all())


def unseen(session: Session, school_id: int, pass_id: int, limit: int | None = None) -> Sequence[Person]:
    """Active people whom neither this complete pass nor a later one saw, by name. Whom the curator kept is not among
    them.
    """
    return session.scalars(
        select(Person)
        .where(*_unseen(school_id, pass_id))
        .order_by(Person.last_name, Person.first_name, Person.id)
        .limit(limit)
    ).all()


def count_unseen(session: Session, school_id: int, pass_id: int) -> int:
    """How many these are."""
    return session.scalar(select(func.count(Person.id)).where(*_unseen(school_id, pass_id))) or 0


def _unseen(school_id: int, pass_id: int) -> tuple[ColumnElement[bool], ...]:
    return (
        Person.school_id == school_id,
        Person.status == StaffStatus.ACTIVE,
        Person.kept_at.is_(None),
        Person.missing_since_pass <= pass_id,
    )


def not_kept(session: Session, school_id: int) -> Sequence[Person]:
    """Active people whose place on the staff is Moodle's word alone, by name: of whom a pass may say that they left."""
    return session.scalars(
        select(Person)
        .where(Person.school_id == school_id, Person.status == StaffStatus.ACTIVE, Person.kept_at.is_(None))
        .order_by(Person.last_name, Person.first_name, Person.id)
    ).all()


def mark_leaving(session: Session, people: Iterable[Person], now: datetime) -> int:
    """These await the curator's confirmation; how many they are."""
    count = 0
    for person in people:
        person.status, person.status_since, person.updated_at = StaffStatus.LEAVING, now, now
        count += 1
    session.flush()
    return count


# What people do -----------------------------------------------------------------------------------------------------


def _person(session: Session, school_id: int, person_id: int) -> Person:
    person = session.scalars(
        select(Person)
        .where(Person.school_id == school_id, Person.id == person_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one_or_none()
    # Nobody stands behind the number of an erased person any more.
    if person is None or person.erased_at is not None:
        raise NotFound()
    return person


def edit_person(session: Session, actor: Actor, person_id: int, values: Mapping[str, Any], now: datetime) -> Person:
    """Write fields by hand. What really changes is marked so, and no pass overwrites it silently from then on.

    `values` holds attribute names of `PersonField` with typed values (see `people.schemas.PersonEditSchema`); one that
    equals what stands there stays Moodle's. `line_manager` is a colleague's name, as a search finds one person by it. A
    difference that the edit settles goes, earlier values of the employment are kept. Raises `NotFound`, `Invalid`.
    """
    person = _person(session, actor.school_id, person_id)
    if "line_manager" in values:
        values = {**values, PersonField.LINE_MANAGER: _colleague(session, person, values["line_manager"])}
    first, last = (
        values.get(name, getattr(person, name)) for name in (PersonField.BREAK_FROM, PersonField.BREAK_UNTIL)
    )
    if first is not None and last is not None and last < first:
        raise Invalid({PersonField.BREAK_UNTIL.value: [BREAK_BACKWARDS]})
    edited = [target for target in PersonField if target in values and values[target] != getattr(person, target)]
    if not edited:
        return person
    sources = dict(person.sources)
    for target in edited:
        sources[target.value] = _decided({"source": Source.BY_HAND.value, "at": now.isoformat()}, sources.get(target))
    after = {target.value: values[target] for target in edited}
    history = changes(person, actor.school_id, person.id, after, sources, now, actor.person_id)
    session.add_all(PersonChange(**row) for row in history)
    for target in edited:
        setattr(person, target, values[target])
    person.sources = sources
    person.search_name = search_name_of(person.last_name, person.first_name, person.middle_name)[:620]
    person.updated_at = now
    colleagues = Colleagues(session, actor.school_id)
    for difference in _differences(session, person):
        value = getattr(person, difference.field)
        if value is not None and _meant(colleagues, person, difference) == value:
            session.delete(difference)
    audit.record(session, actor, "person.edit", "person", person.id, now, fields=[target.value for target in edited])
    session.flush()
    return person


def _colleague(session: Session, person: Person, name: str | None) -> int | None:
    """Id of the one colleague whom the name means. Raises `Invalid`."""
    if name is None:
        return None
    exactly = Person.search_name == search_name_of(name, "", None)
    found = session.execute(
        select(Person.id, exactly)
        .where(Person.school_id == person.school_id, Person.status != StaffStatus.LEFT, named(name, Person.search_name))
        # «Ким Вера» also finds «Ким Вера Сергеевна».
        .order_by(exactly.desc(), Person.id)
        .limit(2)
    ).all()
    if not found:
        problem = NO_SUCH_COLLEAGUE
    elif len(found) == 2 and found[0][1] == found[1][1]:
        problem = SEVERAL_COLLEAGUES
    elif found[0][0] == person.id:
        problem = THEMSELVES
    else:
        return found[0][0]
    raise Invalid({"line_manager": [problem]})


def _differences(session: Session, person: Person) -> Sequence[PersonDifference]:
    return session.scalars(
        select(PersonDifference).where(
            PersonDifference.school_id == person.school_id, PersonDifference.person_id == person.id
        )
    ).all()


def _meant(colleagues: Colleagues, person: Person, difference: PersonDifference) -> Value:
    """The value that the other source speaks of; None for a line manager who can't be found for sure."""
    if difference.field is PersonField.LINE_MANAGER and difference.moodle_value is not None:
        return colleagues.meant(difference.moodle_value, person.id).id
    return from_text(difference.field, difference.moodle_value)


def _decided(source: dict[str, Any], before: Mapping[str, Any] | None, *more: str | None) -> dict[str, Any]:
    """`source` with everything that was decided against, earlier and now."""
    declined = dict.fromkeys((*declined_of(before or {}), *more))
    return source | ({"declined": list(declined)} if declined else {})


# Who says otherwise, as a decision names it; the others are Moodle.
_SAYS = {Source.FILE: "file", Source.QUESTIONNAIRE: "answer"}


def take_answers(
    session: Session, actor: Actor, person_id: int, said: Mapping[PersonField, str], today: date, now: datetime
) -> None:
    """Take what a person has said of their own work in a questionnaire: text by field, of `ANSWERABLE` and `FREE`.

    An empty field, and one that came from an earlier questionnaire, is filled; where another source says otherwise the
    curator decides. An answer that can't be what its field holds says nothing. Raises `NotFound`.
    """
    person = _person(session, actor.school_id, person_id)
    told = {target: value for target, text in said.items() if (value := _answer(target, text, today)) is not None}
    standing = {row.field: row for row in _differences(session, person) if row.source is Source.QUESTIONNAIRE}
    sources = dict(person.sources)
    after: dict[str, Any] = {}
    for target, value in told.items():
        old, stands = getattr(person, target), sources.get(target.value) or {}
        if target in standing:
            session.delete(standing[target])
        if value == old:
            continue
        if follows(stands, old, Source.QUESTIONNAIRE):
            after[target.value] = value
            sources[target.value] = {"source": Source.QUESTIONNAIRE.value, "at": now.isoformat()}
        elif as_text(value) not in declined_of(stands):
            session.flush()
            session.add(
                PersonDifference(
                    school_id=person.school_id,
                    person_id=person.id,
                    field=target,
                    moodle_value=as_text(value),
                    source=Source.QUESTIONNAIRE,
                    noticed_at=now,
                )
            )
    if after:
        history = changes(person, actor.school_id, person.id, after, sources, now, actor.person_id)
        session.add_all(PersonChange(**row) for row in history)
        for name, value in after.items():
            setattr(person, name, value)
        person.sources, person.updated_at = sources, now
        audit.record(session, actor, "person.answer", "person", person.id, now, fields=list(after))
    session.flush()


def _answer(target: PersonField, text: str, today: date) -> Value:
    if target is PersonField.CATEGORY:
        return category_of(text)
    if target is PersonField.TEACHING_SINCE:
        return years_ago(text, today) or written_day(text)
    if target is PersonField.FREE_SLOTS:
        return text or None
    return written_day(text) if target in DAYS else clean(text, LONGEST[target])


def resolve_difference(
    session: Session,
    actor: Actor,
    person_id: int,
    target: PersonField,
    take: Literal["moodle", "file", "answer", "keep"],
    now: datetime,
) -> Person:
    """Decide what a field says. `moodle`, `file`, `answer`: it is taken, and the field follows that source again.
    `keep`: ours stays, by hand if it would have followed. What the other sources say now is not brought up again
    (something else is).

    Raises `NotFound`: nobody says otherwise any more, or not this source; `Conflict`: whom it names as the line manager
    can't be found for sure.
    """
    person = _person(session, actor.school_id, person_id)
    standing = {_SAYS.get(row.source, "moodle"): row for row in _differences(session, person) if row.field is target}
    if not standing or (take != "keep" and take not in standing):
        raise NotFound()
    sources = dict(person.sources)
    before = sources.get(target.value, {})
    declined = [row.moodle_value for said_by, row in standing.items() if said_by != take]
    if take == "keep":
        # Only a line manager who couldn't be found is a difference with the very source that the field follows.
        would_follow = any(follows(before, getattr(person, target), row.source) for row in standing.values())
        stays = {"source": Source.BY_HAND.value, "at": now.isoformat()} if would_follow else dict(before)
        sources[target.value] = _decided(stays, before, *declined)
    else:
        taken = standing[take]
        value = _meant(Colleagues(session, actor.school_id), person, taken)
        if value is None and taken.moodle_value is not None:
            raise Conflict(f"no colleague for {target.value}")
        name = ""
        if taken.source not in _SAYS:
            site = site_of(session, actor.school_id)
            mapped = site.field_map.get(target.value, "") if site is not None else ""
            name = mapped if taken.source is Source.PROFILE_FIELD else _MOODLE_NAMES.get(target, "")
        source = {"source": taken.source.value, "name": name, "at": now.isoformat()}
        sources[target.value] = _decided(source, before, *declined)
        history = changes(person, actor.school_id, person.id, {target.value: value}, sources, now, actor.person_id)
        session.add_all(PersonChange(**row) for row in history)
        setattr(person, target, value)
        person.search_name = search_name_of(person.last_name, person.first_name, person.middle_name)[:620]
    person.sources, person.updated_at = sources, now
    for row in standing.values():
        session.delete(row)
    audit.record(session, actor, "person.resolve", "person", person.id, now, field=target.value, take=take)
    session.flush()
    return person


def confirm_departure(session: Session, actor: Actor, person_id: int, now: datetime, departures: Departures) -> Person:
    """The person has left: roles end, and so does whatever the rooms above registered (sessions, proposals).

    The history stays. Confirming twice changes nothing. Raises `NotFound`, and `Conflict` for somebody whom Moodle
    names again since the page was opened: they would lose roles and pairs by a click that no longer means them.
    """
    person = _person(session, actor.school_id, person_id)
    if person.status is StaffStatus.LEFT:
        return person
    if person.status is StaffStatus.ACTIVE:
        raise Conflict(f"person {person_id} is active")
    person.status, person.status_since, person.kept_at, person.updated_at = StaffStatus.LEFT, now, None, now
    session.execute(
        update(RoleGrant)
        .where(RoleGrant.school_id == actor.school_id, RoleGrant.person_id == person.id, RoleGrant.revoked_at.is_(None))
        .values(revoked_at=now)
    )
    audit.record(session, actor, "person.left", "person", person.id, now)
    session.flush()
    departures.tell(session, actor, person.id, now)
    return person


def keep_person(session: Session, actor: Actor, person_id: int, now: datetime) -> Person:
    """«Остаётся»: active again, although Moodle's cohort doesn't name the person.

    Passes leave them alone until Moodle names them once more and then drops them again. Raises `NotFound`.
    """
    person = _person(session, actor.school_id, person_id)
    if person.status is StaffStatus.ACTIVE:
        return person
    person.status, person.status_since, person.kept_at, person.updated_at = StaffStatus.ACTIVE, now, now, now
    audit.record(session, actor, "person.keep", "person", person.id, now)
    session.flush()
    return person
