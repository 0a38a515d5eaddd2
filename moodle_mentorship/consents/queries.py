"""Questions about grounds of processing, consents, their texts and what is to be done after them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Date, Select, and_, bindparam, exists, func, or_, select
from sqlalchemy.orm import Session

from moodle_mentorship.consents.enums import (
    PURPOSES,
    Category,
    ConsentForm,
    ConsentKind,
    DutyKind,
    EndedWhy,
    GroundKind,
    Order,
    Shown,
)
from moodle_mentorship.consents.models import (
    Consent,
    ConsentText,
    Duty,
    LocalAct,
    Permit,
    ProcessingGround,
    PublicAddress,
    Reminder,
)
from moodle_mentorship.consents.needs import Day, Needs
from moodle_mentorship.consents.wording import Agreed, Wording, load, shipped
from moodle_mentorship.core.db import Columns, SchoolId, among, fixed
from moodle_mentorship.core.errors import NotFound
from moodle_mentorship.core.grounds import Purpose
from moodle_mentorship.core.paging import Page, SortKey, count_up_to, counted, page, stream
from moodle_mentorship.core.secrets import SecretBox
from moodle_mentorship.people.enums import StaffStatus
from moodle_mentorship.people.models import Person
from moodle_mentorship.people.queries import LISTED, Listed, named

PAGE_SIZE = 50
# A term that ends within so many days is about to end.
SOON = timedelta(days=30)

_STRENGTH = list(GroundKind)
_NO_TERM = date(9999, 12, 31)
_BY_NAME = (
    SortKey[Person](Person.search_name.expression, lambda row: row.search_name, load=str),
    SortKey[Person](Person.id.expression, lambda row: row.id, load=int),
)


def open_ground(session: Session, school_id: int, person_id: int, purpose: Purpose) -> ProcessingGround | None:
    """The strongest ground on which the profile may be processed now (in the order of `GroundKind`).

    For reading; who writes profile data takes `service.require_ground`.
    """
    return strongest(session.scalars(open_grounds(school_id, person_id, purpose)).all())


def open_grounds(school_id: int, person_id: int, purpose: Purpose) -> Select[ProcessingGround]:
    """All grounds of this purpose that are open now: at most one of each kind."""
    return select(ProcessingGround).where(
        ProcessingGround.school_id == school_id,
        ProcessingGround.person_id == person_id,
        ProcessingGround.purpose == purpose,
        ProcessingGround.closed_at.is_(None),
    )


def people_with_ground(school_id: int, purpose: Purpose) -> Select[int]:
    """Ids of the people of a school whose profile may be processed now, for lists and filters."""
    return (
        select(ProcessingGround.person_id)
        .where(
            ProcessingGround.school_id == school_id,
            ProcessingGround.purpose == purpose,
            ProcessingGround.closed_at.is_(None),
        )
        .distinct()
    )


def strongest(grounds: Sequence[ProcessingGround]) -> ProcessingGround | None:
    """The first in the order of `GroundKind`; None of none."""
    return min(grounds, key=lambda ground: _STRENGTH.index(ground.kind), default=None)


# Texts, the local act, addresses


def text_in_force(session: Session, school_id: int, kind: ConsentKind, today: date) -> Wording:
    """The wording that holds today: the school's highest version in force, else the one that comes with the product.

    A school that has never written its own gets the product's next wording with the product."""
    row = stored_text(session, school_id, kind, today)
    if row is None:
        return shipped(kind)
    if is_outdated(row):
        return replace(shipped(kind), version=row.version + 1)
    return Wording(kind, row.version, row.title, row.body, row.in_force_from)


def is_outdated(row: ConsentText) -> bool:
    """Whether this is the product's own wording, and the product has a newer one."""
    ours = shipped(row.kind)
    return row.written_by is None and (row.title, row.body) != (ours.title, ours.body)


def stored_text(session: Session, school_id: int, kind: ConsentKind, today: date) -> ConsentText | None:
    """The row of the wording that holds today, if there is one."""
    return session.scalars(
        select(ConsentText)
        .where(ConsentText.school_id == school_id, ConsentText.kind == kind, ConsentText.in_force_from <= today)
        .order_by(ConsentText.version.desc())
        .limit(1)
    ).one_or_none()


def versions(session: Session, school_id: int, kind: ConsentKind) -> Sequence[ConsentText]:
    """All versions that stand in the database, newest first."""
    return session.scalars(
        select(ConsentText)
        .where(ConsentText.school_id == school_id, ConsentText.kind == kind)
        .order_by(ConsentText.version.desc())
    ).all()


def signable(session: Session, school_id: int, kind: ConsentKind, today: date) -> list[Wording]:
    """All versions of a text that a paper may have been signed under by today, newest first."""
    present = text_in_force(session, school_id, kind, today)
    former = [
        Wording(kind, row.version, row.title, row.body, row.in_force_from)
        for row in versions(session, school_id, kind)
        if row.in_force_from <= today and row.version != present.version
    ]
    return [present, *former]


def local_act(session: Session, school_id: int) -> LocalAct | None:
    """The act that allows the mark now; None: consents are given on paper alone."""
    return session.scalars(
        select(LocalAct).where(LocalAct.school_id == school_id, LocalAct.ended_at.is_(None))
    ).one_or_none()


def addresses(session: Session, school_id: int) -> Sequence[PublicAddress]:
    """Addresses that consents may name, in the order in which they were added."""
    return session.scalars(
        select(PublicAddress)
        .where(PublicAddress.school_id == school_id, PublicAddress.removed_at.is_(None))
        .order_by(PublicAddress.id)
    ).all()


# Consents


def consent_of(session: Session, school_id: int, consent_id: int) -> Consent:
    """One consent. Raises `NotFound`, also for another school's."""
    consent = session.scalars(
        select(Consent).where(Consent.school_id == school_id, Consent.id == consent_id)
    ).one_or_none()
    if consent is None:
        raise NotFound(f"consent {consent_id}")
    return consent


def agreed(consent: Consent, box: SecretBox) -> Agreed | None:
    """What a mark agreed to, as it read then; None: a paper, or a mark from before words were kept."""
    return load(box.open(consent.sealed_words)) if consent.sealed_words is not None else None


def consents_of_person(session: Session, school_id: int, person_id: int) -> Sequence[Consent]:
    """Everything that a person ever consented to, newest first."""
    return session.scalars(
        select(Consent)
        .where(Consent.school_id == school_id, Consent.person_id == person_id)
        .order_by(Consent.id.desc())
    ).all()


def in_force(session: Session, school_id: int, person_id: int, kind: ConsentKind) -> Sequence[Consent]:
    """The paper and the mark of this kind that hold now, the paper first."""
    found = session.scalars(
        select(Consent)
        .where(
            Consent.school_id == school_id,
            Consent.person_id == person_id,
            Consent.kind == kind,
            Consent.ended_at.is_(None),
        )
        .execution_options(populate_existing=True)
    )
    return sorted(found, key=lambda consent: list(ConsentForm).index(consent.form))


def permits(session: Session, school_id: int, consent_ids: Sequence[int]) -> dict[int, dict[str, list[Category]]]:
    """What consents to dissemination allow: consent → address → categories, in the order of the list."""
    rows = session.execute(
        select(Permit.consent_id, PublicAddress.url, Permit.category)
        .join(PublicAddress, and_(PublicAddress.school_id == Permit.school_id, PublicAddress.id == Permit.address_id))
        .where(Permit.school_id == school_id, Permit.consent_id.in_(consent_ids))
        .order_by(Permit.consent_id, Permit.address_id, Permit.id)
    )
    found: dict[int, dict[str, list[Category]]] = {}
    for consent_id, url, category in rows:
        found.setdefault(consent_id, {}).setdefault(url, []).append(category)
    return found


def permitted(session: Session, school_id: int, consent_id: int) -> set[tuple[int, Category]]:
    """What one consent to dissemination allows: address id and category."""
    rows = session.execute(
        select(Permit.address_id, Permit.category).where(Permit.school_id == school_id, Permit.consent_id == consent_id)
    )
    return {(address_id, category) for address_id, category in rows}


def number_taken(
    session: Session, school_id: int, person_id: int, kind: ConsentKind, number: str, given_on: date
) -> bool:
    """Whether another person's paper of this kind has the number: it is unique in a calendar year, as registers are."""
    taken = select(Consent.id).where(
        Consent.school_id == school_id,
        Consent.kind == kind,
        Consent.number == number,
        Consent.given_on.between(date(given_on.year, 1, 1), date(given_on.year, 12, 31)),
        Consent.person_id != person_id,
    )
    return session.scalar(select(taken.exists())) or False


@dataclass(slots=True)
class Registered:
    """A row of the register; `Consent` tells what it means."""

    person: Listed
    id: int
    person_id: int
    kind: ConsentKind
    form: ConsentForm
    version: int
    number: str | None
    given_on: date
    valid_until: date | None
    scan_id: int | None
    recorded_at: datetime
    ended_at: datetime | None
    ended_why: EndedWhy | None


def register(
    session: Session,
    school_id: int,
    *,
    search: str,
    shown: Shown,
    kind: ConsentKind | None,
    form: ConsentForm | None,
    sort: Order,
    today: date,
    cursor: str | None,
    limit: int = PAGE_SIZE,
) -> Page[Registered]:
    """A page of the register. Raises `core.errors.Invalid` for a cursor that is none of ours."""
    return page(
        session, _register(search, shown, kind, form), _keys(sort), cursor, limit, _given(school_id, shown, today)
    )


def whole_register(
    session: Session,
    school_id: int,
    *,
    search: str,
    shown: Shown,
    kind: ConsentKind | None,
    form: ConsentForm | None,
    sort: Order,
    today: date,
) -> Iterator[Sequence[Registered]]:
    """The whole list that `register` shows by pages, in chunks."""
    return stream(session, _register(search, shown, kind, form), _keys(sort), _given(school_id, shown, today))


def _given(school_id: int, shown: Shown, today: date) -> dict[str, Any]:
    return {"school_id": school_id} | ({"soon": today + SOON} if shown is Shown.EXPIRING else {})


def _register(search: str, shown: Shown, kind: ConsentKind | None, form: ConsentForm | None) -> Select[Any]:
    return _narrowed(_all_registered(shown, kind, form), search)


def _narrowed(found: Select[Any], search: str) -> Select[Any]:
    return found.where(named(search, Person.search_name)) if search else found


def register_count(
    session: Session,
    school_id: int,
    *,
    search: str,
    shown: Shown,
    kind: ConsentKind | None,
    form: ConsentForm | None,
    today: date,
) -> int:
    """How many consents the register holds on all its pages, counted up to `core.paging.COUNTED`."""
    given = _given(school_id, shown, today)
    if search:
        return count_up_to(session, _narrowed(_found(shown, kind, form), search), given)
    return session.scalar(_all_counted(shown, kind, form), given) or 0


# Put together once for each set of filters; school and day are parameters.
@lru_cache
def _found(shown: Shown, kind: ConsentKind | None, form: ConsentForm | None) -> Select[int]:
    now_on = Consent.ended_at.is_(None)
    of_view: dict[Shown, list[ColumnElement[bool]]] = {
        Shown.IN_FORCE: [now_on],
        Shown.EXPIRING: [now_on, Consent.valid_until <= bindparam("soon")],
        Shown.NO_SCAN: [now_on, Consent.form.in_(fixed(ConsentForm.PAPER)), Consent.scan_id.is_(None)],
        Shown.WITHDRAWN: [Consent.ended_why.in_(fixed(EndedWhy.WITHDRAWN))],
        Shown.EXPIRED: [Consent.ended_why.in_(fixed(EndedWhy.EXPIRED))],
        Shown.ALL: [],
    }
    conditions = [Consent.school_id == bindparam("school_id"), *of_view[shown]]
    if kind is not None:
        conditions.append(Consent.kind.in_(fixed(kind)))
    if form is not None:
        conditions.append(Consent.form.in_(fixed(form)))
    return select(Consent.id).join(Consent.person).where(*conditions)


@lru_cache
def _all_counted(shown: Shown, kind: ConsentKind | None, form: ConsentForm | None) -> Select[int]:
    return counted(_found(shown, kind, form))


@lru_cache
def _all_registered(shown: Shown, kind: ConsentKind | None, form: ConsentForm | None) -> Select[Any]:
    columns = (
        *(Consent.id, Consent.person_id, Consent.kind, Consent.form, ConsentText.version, Consent.number),
        *(Consent.given_on, Consent.valid_until, Consent.scan_id, Consent.recorded_at),
        *(Consent.ended_at, Consent.ended_why),
    )
    listed = _found(shown, kind, form).join(Consent.text)
    return listed.with_only_columns(Columns("register", _registered, *LISTED, *columns))


def _registered(*values: Any) -> Registered:
    person = len(LISTED)
    return Registered(Listed(*values[:person]), *values[person:])


@lru_cache
def _keys(sort: Order) -> list[SortKey[Any]]:
    newest = SortKey[Any](Consent.id.expression, lambda row: row.id, descending=True, load=int)
    if sort is Order.NAME:
        return [SortKey[Any](Person.search_name.expression, lambda row: row.person.search_name, load=str), newest]
    if sort is Order.TERM:
        term = SortKey[Any](
            func.coalesce(Consent.valid_until, _NO_TERM),
            lambda row: row.valid_until or _NO_TERM,
            load=date.fromisoformat,
            dump=date.isoformat,
        )
        return [term, newest]
    return [newest]


# What is missing


def missing(
    session: Session,
    needs: Needs,
    school_id: int,
    kind: ConsentKind,
    *,
    search: str,
    paper: bool,
    today: date,
    cursor: str | None,
    limit: int = PAGE_SIZE,
) -> Page[Person]:
    """A page of the people of whom the document is needed and who have not given it, by name.

    With `paper` a mark doesn't count: the paper is due before the order. Who works on another ground (a duty under
    labour law) needs no consent to processing.
    """
    listed = missing_people(needs, school_id, kind, today, search=search, paper=paper)
    return page(session, listed, _BY_NAME, cursor, limit)


def all_missing(
    session: Session, needs: Needs, school_id: int, kind: ConsentKind, *, search: str, paper: bool, today: date
) -> Iterator[Sequence[Person]]:
    """The whole list that `missing` shows by pages, in chunks."""
    return stream(session, missing_people(needs, school_id, kind, today, search=search, paper=paper), _BY_NAME)


def missing_count(
    session: Session,
    needs: Needs,
    school_id: int,
    kind: ConsentKind,
    *,
    search: str = "",
    paper: bool = True,
    today: date,
) -> int:
    """How many people `missing` lists, counted up to `core.paging.COUNTED`."""
    if search:
        return count_up_to(session, missing_people(needs, school_id, kind, today, search=search, paper=paper))
    return session.scalar(_missing_counted(needs, kind, paper), {"school_id": school_id, "today": today}) or 0


# What each page of the consents says beside the tab is put together once.
@lru_cache
def _missing_counted(needs: Needs, kind: ConsentKind, paper: bool) -> Select[int]:
    today = bindparam("today", type_=Date())
    listed = missing_people(needs, bindparam("school_id"), kind, today, paper=paper)
    return counted(listed.with_only_columns(Person.id))


def missing_people(
    needs: Needs, school_id: SchoolId, kind: ConsentKind, today: Day, *, search: str = "", paper: bool = True
) -> Select[Person]:
    """The people of `missing`, unsorted."""
    return select(Person).where(
        Person.school_id == school_id,
        Person.status.not_in(fixed(StaffStatus.LEFT)),
        Person.id.in_(needs.of(kind, school_id, today)),
        ~has_given(school_id, Person.id.expression, kind, paper=paper),
        named(search, Person.search_name),
    )


def lacking_by_person(
    session: Session, needs: Needs, school_id: int, person_ids: Sequence[int], today: date
) -> dict[int, list[ConsentKind]]:
    """Which signed papers each of these people lacks, in the order of `ConsentKind`; of who lacks none there is no
    entry. One statement for each kind."""
    found: dict[int, list[ConsentKind]] = {}
    for kind in needs.kinds:
        lacking = missing_people(needs, school_id, kind, today).where(among(Person.id, person_ids))
        for person_id in session.scalars(lacking.with_only_columns(Person.id)):
            found.setdefault(person_id, []).append(kind)
    return found


def unreminded(
    session: Session,
    needs: Needs,
    school_id: int,
    kind: ConsentKind,
    *,
    search: str,
    paper: bool,
    today: date,
) -> Sequence[int]:
    """Ids of all whom `missing` lists, on all its pages, and Moodle has not written to today, in order."""
    written = exists().where(
        Reminder.school_id == school_id, Reminder.person_id == Person.id, Reminder.written_on >= today
    )
    listed = missing_people(needs, school_id, kind, today, search=search, paper=paper).where(~written)
    return session.scalars(listed.with_only_columns(Person.id).order_by(Person.id)).all()


def reminded_on(session: Session, school_id: int, person_ids: Sequence[int]) -> dict[int, date]:
    """When Moodle last wrote to each of these people about papers; of who was never written to there is no entry."""
    rows = session.execute(
        select(Reminder.person_id, Reminder.written_on).where(
            Reminder.school_id == school_id, among(Reminder.person_id, person_ids)
        )
    )
    return {row.person_id: row.written_on for row in rows}


def has_given(
    school_id: SchoolId, person_id: ColumnElement[int], kind: ConsentKind, *, paper: bool = True
) -> ColumnElement[bool]:
    """Whether a person (a column of the statement around it) has given the document, or needs none because their
    profile is processed for a duty under labour law. With `paper` a mark doesn't count."""
    given = exists().where(
        Consent.school_id == school_id,
        Consent.kind == kind,
        Consent.person_id == person_id,
        Consent.ended_at.is_(None),
    )
    if paper:
        given = given.where(Consent.form == ConsentForm.PAPER)
    if kind not in PURPOSES:
        return given
    duty = exists().where(
        ProcessingGround.school_id == school_id,
        ProcessingGround.purpose == PURPOSES[kind],
        ProcessingGround.person_id == person_id,
        ProcessingGround.kind == GroundKind.LABOUR_DUTY,
        ProcessingGround.closed_at.is_(None),
    )
    return or_(given, duty)


def needed_of(session: Session, needs: Needs, school_id: int, person_id: int, today: date) -> list[ConsentKind]:
    """The documents that are needed of a person, given or not."""
    return [kind for kind in needs.kinds if is_needed(session, needs, school_id, person_id, kind, today)]


def is_needed(session: Session, needs: Needs, school_id: int, person_id: int, kind: ConsentKind, today: date) -> bool:
    """Whether the document is needed of a person, given or not."""
    here = select(Person.id).where(
        Person.school_id == school_id, Person.id == person_id, Person.id.in_(needs.of(kind, school_id, today))
    )
    return session.scalar(here) is not None


# What is to be done


def open_duties(session: Session, school_id: int) -> Sequence[Duty]:
    """What has to be done and is not, nearest first."""
    return session.scalars(
        select(Duty).where(Duty.school_id == school_id, Duty.done_at.is_(None)).order_by(Duty.due_on, Duty.id)
    ).all()


def waiting(session: Session, needs: Needs, school_id: int, today: date) -> int:
    """How many tasks consents give the curator, without what only their words tell: one statement that stops at the
    first of each."""
    duties = [
        select(Duty.id).where(Duty.school_id == school_id, Duty.done_at.is_(None), Duty.kind == kind)
        for kind in DutyKind
    ]
    lacking = [missing_people(needs, school_id, kind, today) for kind in needs.kinds]
    ending = select(Consent.id).where(
        Consent.school_id == school_id, Consent.ended_at.is_(None), Consent.valid_until <= today + SOON
    )
    asked = [*(duty.exists() for duty in duties), or_(*(people.exists() for people in lacking)), ending.exists()]
    return sum(map(bool, session.execute(select(*asked)).one()))
