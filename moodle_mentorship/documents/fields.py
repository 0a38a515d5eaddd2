"""What is typed and chosen for a document: a kind names its fields, one form shows them, one reading checks them."""

import enum
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from marshmallow import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from moodle_mentorship.core.errors import Invalid
from moodle_mentorship.core.i18n import N_
from moodle_mentorship.core.schemas import NOT_OFFERED, REQUIRED, Day, Line, Prose, row_id
from moodle_mentorship.people.models import Person
from moodle_mentorship.people.queries import named

#: Most people that a search shows: who looks for a name types more of it.
FOUND = 20
#: Most people of one field.
MOST_PEOPLE = 100
LONGEST_PROSE = 5000

NOT_MONEY = N_("Write a sum in whole rubles, such as 3000, or leave it empty for the pen")


class FieldType(enum.StrEnum):
    """What a field asks for, and how it stands in a draft's `params`."""

    #: One line of text; empty is None.
    LINE = "line"
    #: Several lines of text.
    PROSE = "prose"
    #: A day, ISO 8601; empty is None.
    DAY = "day"
    #: One of the staff, by id; nobody is None.
    PERSON = "person"
    #: Several of the staff, a list of ids.
    PEOPLE = "people"
    #: One of the values that the field offers; none is None.
    CHOICE = "choice"
    #: Whole rubles for each of the values that the field offers: value → number, 0 for the pen.
    SUMS = "sums"


@dataclass(frozen=True)
class Offer:
    """A value that may be chosen, and its words (no msgid)."""

    value: str
    label: str


@dataclass(frozen=True)
class Field:
    """One field. `label` and `hint` are msgids; `offered` gives the values of a choice, or whose sums are asked for;
    `none` says (msgid) what to do where there are no such values."""

    name: str
    label: str
    type: FieldType = FieldType.LINE
    hint: str = ""
    required: bool = False
    longest: int = 300
    offered: Callable[[Session, int], Sequence[Offer]] | None = None
    none: str = N_("There is nothing to choose from yet")


Sent = Mapping[str, Any]


def load(session: Session, school_id: int, fields: Sequence[Field], sent: Sent) -> dict[str, Any]:
    """The `params` of what a form has sent: texts, a list of texts for `PEOPLE`, a map of texts for `SUMS`.

    Raises `Invalid` with messages by field (msgids).
    """
    params: dict[str, Any] = {}
    wrong: dict[str, list[str]] = {}
    for field in fields:
        try:
            params[field.name] = _value(session, school_id, field, sent.get(field.name))
        except ValidationError as error:
            wrong[field.name] = list(error.messages)
            continue
        if field.required and not params[field.name]:
            wrong[field.name] = [REQUIRED]
    if wrong:
        raise Invalid(wrong)
    return params


def shown(fields: Sequence[Field], params: Mapping[str, Any]) -> dict[str, Any]:
    """A draft's `params` as a form sends them."""
    told: dict[str, Any] = {}
    for field in fields:
        value = params.get(field.name)
        if field.type is FieldType.PEOPLE:
            told[field.name] = [str(each) for each in value or []]
        elif field.type is FieldType.SUMS:
            told[field.name] = {each: str(money) if money else "" for each, money in (value or {}).items()}
        else:
            told[field.name] = "" if value is None else str(value)
    return told


def found(session: Session, school_id: int, search: str) -> Sequence[Person]:
    """Whom a search among the staff finds, by name."""
    return session.scalars(
        select(Person)
        .where(Person.school_id == school_id, Person.employed, named(search, Person.search_name))
        .order_by(Person.search_name, Person.id)
        .limit(FOUND)
    ).all()


def people_of(session: Session, school_id: int, ids: Sequence[int | None]) -> list[Person]:
    """The people of these ids, in their order; who is not of the school is left out."""
    wanted = [number for number in ids if number is not None]
    rows = session.scalars(select(Person).where(Person.school_id == school_id, Person.id.in_(wanted)))
    by_id = {person.id: person for person in rows}
    return [by_id[number] for number in dict.fromkeys(wanted) if number in by_id]


def person_of(session: Session, school_id: int, params: Mapping[str, Any], name: str) -> Person | None:
    """Who was chosen in a field."""
    return next(iter(people_of(session, school_id, [params.get(name)])), None)


def _value(session: Session, school_id: int, field: Field, sent: Any) -> Any:
    match field.type:
        case FieldType.LINE:
            return Line(field.longest, allow_none=True).deserialize(sent or "")
        case FieldType.PROSE:
            return Prose(LONGEST_PROSE).deserialize(sent or "")
        case FieldType.DAY:
            day = Day(allow_none=True).deserialize(sent or "")
            return None if day is None else day.isoformat()
        case FieldType.PERSON:
            people = _people(session, school_id, [sent] if sent else [])
            return people[0] if people else None
        case FieldType.PEOPLE:
            return _people(session, school_id, sent or [])
        case FieldType.CHOICE:
            if sent and sent not in {offer.value for offer in _offers(session, school_id, field)}:
                raise ValidationError(NOT_OFFERED)
            return sent or None
        case FieldType.SUMS:
            said = sent or {}
            return {offer.value: _money(said.get(offer.value)) for offer in _offers(session, school_id, field)}


def _offers(session: Session, school_id: int, field: Field) -> Sequence[Offer]:
    return field.offered(session, school_id) if field.offered else ()


def _people(session: Session, school_id: int, sent: Sequence[str]) -> list[int]:
    ids = [row_id(str(each)) for each in sent]
    if len(ids) > MOST_PEOPLE:
        raise ValidationError(NOT_OFFERED)
    people = people_of(session, school_id, ids)
    if len(people) != len(set(ids)):
        raise ValidationError(NOT_OFFERED)
    return [person.id for person in people]


def _money(sent: str | None) -> int:
    text = "".join((sent or "").split())
    if not text:
        return 0
    if not text.isdecimal() or len(text) > 8:
        raise ValidationError(NOT_MONEY)
    return int(text)
