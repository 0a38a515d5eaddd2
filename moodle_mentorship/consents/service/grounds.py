"""Grounds of processing: asked for before a profile is written, opened, closed."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from moodle_mentorship.consents import queries
from moodle_mentorship.consents.enums import ClosedWhy, GroundKind
from moodle_mentorship.consents.errors import NoGround
from moodle_mentorship.consents.models import ProcessingGround
from moodle_mentorship.consents.service.duties import lapse_destruction
from moodle_mentorship.core.actor import Actor
from moodle_mentorship.core.audit import record
from moodle_mentorship.core.errors import NotFound
from moodle_mentorship.core.grounds import Grounds, Purpose
from moodle_mentorship.people.models import Person


def require_ground(session: Session, school_id: int, person_id: int, purpose: Purpose) -> ProcessingGround:
    """The strongest open ground, for a unit of work that writes profile data. Raises `NoGround`.

    The rows are held until the commit, so a withdrawal at this moment comes before the write or after it.
    """
    held = queries.open_grounds(school_id, person_id, purpose).with_for_update(read=True)
    ground = queries.strongest(session.scalars(held.execution_options(populate_existing=True)).all())
    if ground is None:
        raise NoGround(f"person {person_id}, {purpose}")
    return ground


def open_processing(
    session: Session,
    grounds: Grounds,
    actor: Actor,
    person_id: int,
    purpose: Purpose,
    kind: GroundKind,
    now: datetime,
) -> ProcessingGround:
    """Open a ground; one of this kind that is open already stays as it is. Raises `NotFound`.

    The first ground of the purpose is told to the rooms above, and what was still to be destroyed stays.
    """
    turn(session, actor.school_id, person_id)
    present = _open_now(session, actor.school_id, person_id, purpose)
    for ground in present:
        if ground.kind is kind:
            return ground
    ground = ProcessingGround(school_id=actor.school_id, person_id=person_id, purpose=purpose, kind=kind, opened_at=now)
    session.add(ground)
    session.flush()
    record(session, actor, "ground.open", "person", person_id, now, purpose=purpose.value, kind=kind.value)
    if not present:
        lapse_destruction(session, actor, person_id, purpose, now)
        grounds.tell_given(session, actor, person_id, purpose, now)
    return ground


def close_processing(
    session: Session,
    grounds: Grounds,
    actor: Actor,
    person_id: int,
    purpose: Purpose,
    kinds: Collection[GroundKind],
    why: ClosedWhy,
    now: datetime,
) -> ProcessingGround | None:
    """Close the open grounds of these kinds; what is closed already stays so. Raises `NotFound`.

    Returns the strongest ground that remains: then processing goes on. With the last one it must stop, and the rooms
    above are told.
    """
    turn(session, actor.school_id, person_id)
    present = _open_now(session, actor.school_id, person_id, purpose)
    closing = [ground for ground in present if ground.kind in kinds]
    remaining = queries.strongest([ground for ground in present if ground.kind not in kinds])
    for ground in closing:
        ground.closed_at, ground.closed_why = now, why
        record(
            session,
            actor,
            "ground.close",
            "person",
            person_id,
            now,
            purpose=purpose.value,
            kind=ground.kind.value,
            why=why.value,
        )
    session.flush()
    if closing and remaining is None:
        grounds.tell_withdrawn(session, actor, person_id, purpose, now)
    return remaining


def turn(session: Session, school_id: int, person_id: int) -> None:
    """Acts on one person's grounds come one after another: of two last grounds closed at once, one is the last."""
    turn = (
        select(Person.id).where(Person.school_id == school_id, Person.id == person_id).with_for_update(key_share=True)
    )
    if session.scalar(turn) is None:
        raise NotFound(f"person {person_id}")


def _open_now(session: Session, school_id: int, person_id: int, purpose: Purpose) -> list[ProcessingGround]:
    found = queries.open_grounds(school_id, person_id, purpose).order_by(ProcessingGround.id)
    return list(session.scalars(found.execution_options(populate_existing=True).with_for_update()))
