"""What an administrator does with the table: write a row, take it back."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from moodle_mentorship.core.actor import Actor
from moodle_mentorship.core.audit import record
from moodle_mentorship.core.errors import Invalid
from moodle_mentorship.core.i18n import N_
from moodle_mentorship.law import queries
from moodle_mentorship.law.models import LegalReference
from moodle_mentorship.law.references import Reference, shipped
from moodle_mentorship.school.models import School


def write(session: Session, actor: Actor, key: str | None, values: Mapping[str, Any], now: datetime) -> Reference:
    """Write a row (the fields of `ReferenceSchema`); without `key` a new one of the school's.

    The former version stays as history, and a row of the product stays beneath. What reads as it stood makes no new
    version. Raises `NotFound`, and `Invalid` where two rows would speak of one act on the same day.
    """
    _turn(session, actor.school_id)
    if key is not None:
        present = queries.entry_of(session, actor.school_id, key)
        if asdict(present.reference) == {"key": key, **values} and not present.outdated:
            return present.reference
    reference = Reference(key=key or f"own-{uuid4().hex[:12]}", **values)
    others = [other for other in queries.references(session, actor.school_id) if other.key != reference.key]
    if any(reference.meets(other) for other in others):
        raise Invalid({"in_force_from": [N_("Another row speaks of this act and article in the same days")]})
    _add(session, actor, reference, now, dropped=False)
    return reference


def take_back(session: Session, actor: Actor, key: str, now: datetime) -> None:
    """Let the product's row count again, or a row of the school's own go; the history stays. Raises `NotFound`; where
    nothing of the school's stands, nothing changes."""
    _turn(session, actor.school_id)
    entry = queries.entry_of(session, actor.school_id, key)
    if not entry.own:
        return
    others = [other for other in queries.references(session, actor.school_id) if other.key != key]
    if entry.beneath is not None and any(entry.beneath.meets(other) for other in others):
        raise Invalid({"in_force_from": [N_("Another row speaks of this act and article in the same days")]})
    _add(session, actor, entry.reference, now, dropped=True)


def _add(session: Session, actor: Actor, reference: Reference, now: datetime, *, dropped: bool) -> None:
    former = queries.history(session, actor.school_id, reference.key)
    beneath = next((row for row in shipped() if row.key == reference.key), None)
    row = LegalReference(
        school_id=actor.school_id,
        version=former[0].version + 1 if former else 1,
        over=beneath.digest if beneath is not None else None,
        dropped=dropped,
        written_at=now,
        written_by=actor.person_id,
        **asdict(reference),
    )
    session.add(row)
    session.flush()
    record(session, actor, "law.take_back" if dropped else "law.write", "legal_reference", row.id, now)


def _turn(session: Session, school_id: int) -> None:
    """Two that write at the same moment take turns; SQLite has one writer anyway."""
    session.execute(select(School.id).where(School.id == school_id).with_for_update(key_share=True))
