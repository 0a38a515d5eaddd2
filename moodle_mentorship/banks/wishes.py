"""Whom mentees and mentors would gladly work with, and whom not.

Who is offered. A mentee chooses among the mentors who take mentees and whose profile may be processed: they offered
themselves for it. A mentor chooses among all colleagues, because who looks for a mentor is nobody's business before a
pair is proposed; a wish for somebody who looks for none simply counts for nothing.

Who reads it: the person and the curator. A veto forbids the pair on the board (`pairs.board`) and shows nowhere else.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from moodle_mentorship.banks import errors, queries
from moodle_mentorship.banks.enums import (
    MENTEES_IN_BANK,
    MENTEES_ON_THE_WAY,
    MENTORS_APPLYING,
    MENTORS_IN_BANK,
    Bank,
    MentorState,
    Wish,
)
from moodle_mentorship.banks.models import Mentor, Wishes
from moodle_mentorship.consents.queries import people_with_ground
from moodle_mentorship.consents.service import require_ground
from moodle_mentorship.core.actor import Actor
from moodle_mentorship.core.audit import record
from moodle_mentorship.core.db import among
from moodle_mentorship.core.grounds import Purpose
from moodle_mentorship.core.secrets import SecretBox
from moodle_mentorship.people.enums import StaffStatus
from moodle_mentorship.people.models import Person
from moodle_mentorship.people.queries import named

#: Colleagues whom a person can name in one bank.
MOST = 10

PURPOSES = {Bank.MENTEES: Purpose.MENTEE_PROFILE, Bank.MENTORS: Purpose.MENTOR_PROFILE}

Said = Mapping[int, Wish]


def may_wish(session: Session, school_id: int, person_id: int, bank: Bank) -> bool:
    """Whether the person stands in the bank or is on the way into it."""
    if bank is Bank.MENTEES:
        mentee = queries.mentee_of(session, school_id, person_id)
        return mentee is not None and mentee.state in (*MENTEES_ON_THE_WAY, *MENTEES_IN_BANK)
    mentor = queries.mentor_of(session, school_id, person_id)
    return mentor is not None and mentor.state in (*MENTORS_APPLYING, *MENTORS_IN_BANK)


def said(session: Session, box: SecretBox, school_id: int, person_id: int, bank: Bank) -> Said:
    """What the person has said of colleagues; for the person and the curator."""
    row = _row(session, school_id, person_id, bank)
    return opened(row, box) if row is not None else {}


def all_said(session: Session, box: SecretBox, school_id: int) -> dict[Bank, dict[int, Said]]:
    """What everybody has said in each bank, in one statement; for the board."""
    found: dict[Bank, dict[int, Said]] = {bank: {} for bank in Bank}
    for row in session.scalars(select(Wishes).where(Wishes.school_id == school_id)):
        found[row.bank][row.person_id] = opened(row, box)
    return found


def opened(row: Wishes, box: SecretBox) -> Said:
    return {int(colleague): Wish(wish) for colleague, wish in json.loads(box.open(row.sealed_said)).items()}


def offered(
    session: Session, school_id: int, person_id: int, bank: Bank, search: str, limit: int, without: Said
) -> Sequence[Person]:
    """Colleagues from whom the person may choose, by name; those already named are left out."""
    found = (
        select(Person)
        .where(*_choice(school_id, person_id, bank), named(search, Person.search_name), ~among(Person.id, without))
        .order_by(Person.search_name, Person.id)
        .limit(limit)
    )
    return session.scalars(found).all()


def named_people(session: Session, school_id: int, of: Said) -> Sequence[tuple[Person, Wish]]:
    """The colleagues who are named, by name. Who has left the school is not shown any more."""
    found = session.scalars(
        select(Person)
        .where(Person.school_id == school_id, Person.employed, among(Person.id, of))
        .order_by(Person.search_name, Person.id)
    )
    return [(person, of[person.id]) for person in found]


def say(
    session: Session,
    box: SecretBox,
    actor: Actor,
    person_id: int,
    bank: Bank,
    colleague_id: int,
    wish: Wish | None,
    now: datetime,
) -> Said:
    """Say something of a colleague, or (None) take it back. The curator may write down what they were told.

    The journal keeps that wishes were changed, not which. Raises `NotInMenteeBank`, `NotInMentorBank`,
    `consents.errors.NoGround`, `NotOffered`, `TooManyWishes`.
    """
    if not may_wish(session, actor.school_id, person_id, bank):
        raise errors.NotInMenteeBank() if bank is Bank.MENTEES else errors.NotInMentorBank()
    ground = require_ground(session, actor.school_id, person_id, PURPOSES[bank])
    row = _row(session, actor.school_id, person_id, bank, lock=True)
    known = dict(opened(row, box)) if row is not None else {}
    if known.get(colleague_id) is wish:
        return known
    if wish is None:
        del known[colleague_id]
    else:
        if colleague_id not in known:
            _require_offered(session, actor.school_id, person_id, bank, colleague_id)
            if len(known) >= MOST:
                raise errors.TooManyWishes(most=MOST)
        known[colleague_id] = wish
    sealed = box.seal(json.dumps(known))
    if row is None:
        row = Wishes(school_id=actor.school_id, person_id=person_id, bank=bank)
        try:
            with session.begin_nested():
                row.ground_id, row.sealed_said, row.changed_at = ground.id, sealed, now
                session.add(row)
        except IntegrityError:
            # Another window of the same person was a moment faster: what it said counts too.
            return say(session, box, actor, person_id, bank, colleague_id, wish, now)
    row.ground_id, row.sealed_said, row.changed_at = ground.id, sealed, now
    record(session, actor, "wishes.change", "person", person_id, now)
    session.flush()
    return known


def destroy(session: Session, actor: Actor, person_id: int, purpose: Purpose, now: datetime) -> None:
    """Delete what a person has wished when their profile has to go. For `core.grounds`."""
    for bank, its in PURPOSES.items():
        if its is purpose and (row := _row(session, actor.school_id, person_id, bank)) is not None:
            session.delete(row)
            session.flush()


def _row(session: Session, school_id: int, person_id: int, bank: Bank, *, lock: bool = False) -> Wishes | None:
    found = select(Wishes).where(Wishes.school_id == school_id, Wishes.person_id == person_id, Wishes.bank == bank)
    return session.scalar(found.with_for_update().execution_options(populate_existing=True) if lock else found)


def _choice(school_id: int, person_id: int, bank: Bank) -> list[ColumnElement[bool]]:
    conditions = [
        Person.school_id == school_id,
        Person.id != person_id,
        Person.employed.expression,
        Person.status == StaffStatus.ACTIVE,
    ]
    if bank is Bank.MENTEES:
        available = select(Mentor.person_id).where(Mentor.school_id == school_id, Mentor.state == MentorState.AVAILABLE)
        conditions += [
            Person.id.in_(available),
            Person.id.in_(people_with_ground(school_id, Purpose.MENTOR_PROFILE)),
        ]
    return conditions


def _require_offered(session: Session, school_id: int, person_id: int, bank: Bank, colleague_id: int) -> None:
    found = select(Person.id).where(*_choice(school_id, person_id, bank), Person.id == colleague_id)
    if session.scalar(found) is None:
        raise errors.NotOffered()
