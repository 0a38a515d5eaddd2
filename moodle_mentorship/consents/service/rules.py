"""The school's own rules: texts of consents, the local act that allows the mark, addresses on the web."""

from datetime import date, datetime

from sqlalchemy import and_, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from moodle_mentorship.consents import queries
from moodle_mentorship.consents.enums import ConsentKind
from moodle_mentorship.consents.errors import ActIsSet, AddressInUse, UnknownBlank
from moodle_mentorship.consents.models import Consent, ConsentText, LocalAct, Permit, PublicAddress
from moodle_mentorship.consents.wording import shipped, unknown_blanks
from moodle_mentorship.core.actor import Actor
from moodle_mentorship.core.audit import record
from moodle_mentorship.core.clock import local_date
from moodle_mentorship.core.errors import Invalid, NotFound
from moodle_mentorship.core.i18n import N_
from moodle_mentorship.core.schemas import NOT_OFFERED
from moodle_mentorship.school.models import School
from moodle_mentorship.school.queries import school_of

# The wording that comes with the product holds from the beginning.
FROM_THE_BEGINNING = date(2025, 9, 1)


def write_text(
    session: Session,
    actor: Actor,
    kind: ConsentKind,
    title: str,
    body: str,
    in_force_from: date,
    now: datetime,
) -> ConsentText:
    """A new version of a document's text; consents that were given stay with theirs.

    What reads as the newest version makes no new one. Raises `UnknownBlank`, and `Invalid` for a day that is past.
    """
    unknown = unknown_blanks(title, body)
    if unknown:
        raise UnknownBlank(unknown)
    today = local_date(now, school_of(session, actor.school_id).timezone)
    if in_force_from < today:
        raise Invalid({"in_force_from": [N_("A text comes into force today or later")]})
    newest = _newest_text(session, actor.school_id, kind, today, now)
    if (newest.title, newest.body, newest.in_force_from) == (title, body, in_force_from):
        return newest
    text = ConsentText(
        school_id=actor.school_id,
        kind=kind,
        version=newest.version + 1,
        title=title,
        body=body,
        in_force_from=in_force_from,
        written_at=now,
        written_by=actor.person_id,
    )
    session.add(text)
    session.flush()
    record(session, actor, "consent.text", "consent_text", text.id, now, kind=kind.value, version=text.version)
    return text


def text_row(session: Session, school_id: int, kind: ConsentKind, today: date, now: datetime) -> ConsentText:
    """The row of the wording that holds today; the product's own one is written down when it is first needed."""
    row = queries.stored_text(session, school_id, kind, today)
    if row is None or queries.is_outdated(row):
        _newest_text(session, school_id, kind, today, now)
        row = queries.stored_text(session, school_id, kind, today)
    assert row is not None
    return row


def text_signed(
    session: Session, school_id: int, kind: ConsentKind, version: int | None, given_on: date, today: date, now: datetime
) -> ConsentText:
    """The row of the text that a paper was signed under: the version that it names, else the one that was in force on
    the day of signature, else the earliest.

    A version that a later one has replaced may be named, for papers are printed before they are signed. Raises
    `Invalid` for one that doesn't exist, isn't in force yet, or came into force after that day.
    """
    text_row(session, school_id, kind, today, now)
    rows = [row for row in queries.versions(session, school_id, kind) if row.in_force_from <= today]
    earliest = rows[-1]
    if version is None:
        return next((row for row in rows if row.in_force_from <= given_on), earliest)
    named = next((row for row in rows if row.version == version), None)
    if named is None:
        raise Invalid({"version": [NOT_OFFERED]})
    # The product's newer wording is printed from the day of an upgrade, and written down when it is first needed.
    if named.in_force_from > given_on and named.written_by is not None and named is not earliest:
        raise Invalid({"version": [N_("This version came into force after the paper was signed")]})
    return named


def allow_mark(session: Session, actor: Actor, name: str, number: str, act_date: date, now: datetime) -> LocalAct:
    """Switch the mark in Moodle on, by the school's local act. Raises `ActIsSet` when one is on already."""
    act = LocalAct(school_id=actor.school_id, name=name, number=number, act_date=act_date, began_at=now)
    try:
        with session.begin_nested():
            session.add(act)
    except IntegrityError:
        raise ActIsSet() from None
    record(session, actor, "consent.allow_mark", "local_act", act.id, now)
    session.flush()
    return act


def forbid_mark(session: Session, actor: Actor, now: datetime) -> None:
    """Switch the mark off; marks that were given stay. Doing it again changes nothing."""
    act = queries.local_act(session, actor.school_id)
    if act is not None:
        act.ended_at = now
        record(session, actor, "consent.forbid_mark", "local_act", act.id, now)
        session.flush()


def add_address(session: Session, actor: Actor, url: str, name: str, now: datetime) -> PublicAddress:
    """Add an exact address on the web; one that was removed comes back under its new name."""
    address = session.scalars(
        select(PublicAddress).where(PublicAddress.school_id == actor.school_id, PublicAddress.url == url)
    ).one_or_none()
    if address is None:
        address = PublicAddress(school_id=actor.school_id, url=url, name=name, added_at=now)
        session.add(address)
    elif address.removed_at is None and address.name == name:
        return address
    address.name, address.removed_at = name, None
    session.flush()
    record(session, actor, "consent.add_address", "public_address", address.id, now)
    return address


def remove_address(session: Session, actor: Actor, address_id: int, now: datetime) -> None:
    """Offer an address no longer. Refused while consents in force name it (`AddressInUse`); raises `NotFound`."""
    address = session.scalars(
        select(PublicAddress).where(
            PublicAddress.school_id == actor.school_id,
            PublicAddress.id == address_id,
            PublicAddress.removed_at.is_(None),
        )
    ).one_or_none()
    if address is None:
        raise NotFound(f"address {address_id}")
    naming = session.scalar(
        select(func.count(Permit.consent_id.distinct()))
        .join(Consent, and_(Consent.school_id == Permit.school_id, Consent.id == Permit.consent_id))
        .where(Permit.school_id == actor.school_id, Permit.address_id == address_id, Consent.ended_at.is_(None))
    )
    if naming:
        raise AddressInUse(number=naming)
    address.removed_at = now
    session.flush()
    record(session, actor, "consent.remove_address", "public_address", address_id, now)


def _newest_text(session: Session, school_id: int, kind: ConsentKind, today: date, now: datetime) -> ConsentText:
    """The highest version, in force or not yet; the product's newer wording becomes one from today on."""
    # Two that write the first version (or the next one) at the same moment take turns; SQLite has one writer anyway.
    session.execute(select(School.id).where(School.id == school_id).with_for_update(key_share=True))
    found = queries.versions(session, school_id, kind)
    if found and not queries.is_outdated(found[0]):
        return found[0]
    wording = shipped(kind)
    text = ConsentText(
        school_id=school_id,
        kind=kind,
        version=found[0].version + 1 if found else wording.version,
        title=wording.title,
        body=wording.body,
        in_force_from=today if found else FROM_THE_BEGINNING,
        written_at=now,
    )
    session.add(text)
    session.flush()
    return text
