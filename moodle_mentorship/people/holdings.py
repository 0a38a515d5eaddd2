"""What the room holds about a person."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from moodle_mentorship.core.holdings import NOTHING, Fact, Holding, Holdings, Reading, Subject, column, columns
from moodle_mentorship.core.i18n import N_
from moodle_mentorship.people import queries, words
from moodle_mentorship.people.enums import PersonField, Source, StaffStatus
from moodle_mentorship.people.models import Person, PersonChange, PersonDifference, RoleGrant
from moodle_mentorship.people.service import managers
from moodle_mentorship.web.nav import ROLE_NAMES

LABOUR_LAW = N_("The school keeps its staff list under labour law (chapter 14 of the Labour Code)")
STATUSES = {
    StaffStatus.ACTIVE: N_("works at the school"),
    StaffStatus.LEAVING: N_("no longer in Moodle's list"),
    StaffStatus.LEFT: N_("left"),
}
SOURCES = {
    Source.MOODLE: N_("Moodle"),
    Source.PROFILE_FIELD: N_("a profile field in Moodle"),
    Source.BY_HAND: N_("entered by hand"),
    Source.FILE: N_("a file"),
    Source.QUESTIONNAIRE: N_("a questionnaire"),
}


def register(holdings: Holdings) -> None:
    holdings.before(managers.forget)
    holdings.add(
        Holding(
            Person,
            N_("Staff list"),
            about=lambda who: Person.id == who.person_id,
            by=("line_manager_id",),
            told=_person,
            goes=NOTHING,
            blanks=_nobody,
            while_employed=LABOUR_LAW,
        ),
        Holding(
            PersonDifference,
            N_("Where sources say different things"),
            about=lambda who: PersonDifference.person_id == who.person_id,
            told=_difference,
            while_employed=LABOUR_LAW,
        ),
        Holding(
            PersonChange,
            N_("Earlier values"),
            about=lambda who: PersonChange.person_id == who.person_id,
            by=("by_person_id",),
            told=_change,
            while_employed=LABOUR_LAW,
        ),
        Holding(
            RoleGrant,
            N_("Roles by appointment"),
            about=lambda who: RoleGrant.person_id == who.person_id,
            by=("granted_by",),
            told=columns(
                column("role", N_("Role"), ROLE_NAMES),
                column("granted_at", N_("From")),
                column("revoked_at", N_("Until")),
            ),
            goes=NOTHING,
            stays=N_("Who acted for the school, and when, has to be provable; nothing but a number is kept"),
        ),
    )


def _person(row: Person, reading: Reading) -> Iterable[Fact]:
    for field in PersonField:
        value = getattr(row, field.value)
        told = None if value is None else (_person_value(row, field, reading),)
        yield Fact(field.value, words.FIELDS[field], value, told, words.source(row, field, reading.timezone))
    yield Fact("status", N_("State"), row.status, (_(STATUSES[row.status]),))
    yield Fact("moodle_user_id", N_("Number in Moodle"), row.moodle_user_id)


def _person_value(row: Person, field: PersonField, reading: Reading) -> str:
    if field is not PersonField.LINE_MANAGER:
        return words.value(row, field)
    names = queries.full_names_of(reading.session, row.school_id, {row.line_manager_id or 0})
    return words.value(row, field, names)


def _change(row: PersonChange, reading: Reading) -> Iterable[Fact]:
    names: dict[int, str] = {}
    if row.field is PersonField.LINE_MANAGER:
        ids = {int(text) for text in (row.before, row.after) if text is not None}
        names = queries.full_names_of(reading.session, row.school_id, ids)
    yield Fact("field", N_("What"), row.field, (_(words.FIELDS[row.field]),))
    yield Fact("before", N_("Before"), row.before, (words.changed_value(row.field, row.before, names),))
    yield Fact("after", N_("After"), row.after, (words.changed_value(row.field, row.after, names),))
    yield Fact("source", N_("Source"), row.source, (_(SOURCES[row.source]),))
    yield Fact("at", N_("When"), row.at)


def _difference(row: PersonDifference, _reading: Reading) -> Iterable[Fact]:
    yield Fact("field", N_("What"), row.field, (_(words.FIELDS[row.field]),))
    yield Fact("said", N_("Another source says"), row.moodle_value, (words.moodle_value(row.field, row.moodle_value),))
    yield Fact("source", N_("Source"), row.source, (_(SOURCES[row.source]),))
    yield Fact("noticed_at", N_("Noticed on"), row.noticed_at)


def _nobody(who: Subject, now: datetime) -> Mapping[str, Any]:
    """A row that only holds together what may not go: a number instead of a name."""
    name = f"№ {who.person_id}"
    values: dict[str, Any] = dict.fromkeys((field.value for field in PersonField), None)
    return values | {
        "last_name": name,
        "first_name": "",
        "search_name": name,
        "sources": {},
        "kept_at": None,
        "erased_at": now,
        "updated_at": now,
    }
