"""The table as it holds for a school: the rows of the product, the school's own, and its own over the product's."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

from sqlalchemy import select
from sqlalchemy.orm import Session

from moodle_mentorship.core.errors import NotFound
from moodle_mentorship.law.models import LegalReference
from moodle_mentorship.law.references import Reference, shipped


@dataclass(frozen=True)
class Entry:
    """A row of the table. `own`: the school wrote it."""

    reference: Reference
    own: bool = False
    # The product's row, where the school's stands over it.
    beneath: Reference | None = None
    # The product's row has changed since the school's was put over it: somebody should compare.
    outdated: bool = False


def entries(session: Session, school_id: int) -> list[Entry]:
    """All rows: the product's in their order, with the school's over them, then those of the school alone."""
    newest = {
        row.key: row
        for row in session.scalars(
            select(LegalReference)
            .where(LegalReference.school_id == school_id)
            .order_by(LegalReference.key, LegalReference.version)
        )
    }
    found = [_over(reference, newest.pop(reference.key, None)) for reference in shipped()]
    return found + [Entry(reference_of(row), own=True) for row in newest.values() if not row.dropped]


def entry_of(session: Session, school_id: int, key: str) -> Entry:
    """One row. Raises `NotFound`, also for another school's."""
    for entry in entries(session, school_id):
        if entry.reference.key == key:
            return entry
    raise NotFound(f"reference {key}")


def references(session: Session, school_id: int) -> list[Reference]:
    """What the checker judges by."""
    return [entry.reference for entry in entries(session, school_id)]


def history(session: Session, school_id: int, key: str) -> Sequence[LegalReference]:
    """What the school has written of a row, newest first."""
    return session.scalars(
        select(LegalReference)
        .where(LegalReference.school_id == school_id, LegalReference.key == key)
        .order_by(LegalReference.version.desc())
    ).all()


def reference_of(row: LegalReference) -> Reference:
    """What a stored row says."""
    return Reference(**{field.name: getattr(row, field.name) for field in fields(Reference)})


def _over(reference: Reference, row: LegalReference | None) -> Entry:
    if row is None or row.dropped:
        return Entry(reference)
    return Entry(reference_of(row), own=True, beneath=reference, outdated=row.over != reference.digest)
