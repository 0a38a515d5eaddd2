"""Questions about who looked at whose data."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from moodle_mentorship.core.holdings import Subject
from moodle_mentorship.core.looks import Look
from moodle_mentorship.people.models import Person
from moodle_mentorship.people.queries import person_of


@dataclass(frozen=True)
class Looked:
    """A look, and who looked."""

    look: Look
    reader: str


def subject_of(session: Session, school_id: int, person_id: int) -> Subject:
    """Raises `NotFound`."""
    return Subject(school_id, person_id, person_of(session, school_id, person_id).moodle_user_id)


def looks_at(session: Session, subject: Subject, most: int | None = None) -> Sequence[Looked]:
    """Who looked at a person's data, newest first: at theirs alone, and at lists that name many."""
    rows = session.execute(
        select(Look, Person)
        .join(Person, and_(Person.school_id == Look.school_id, Person.id == Look.reader_id))
        .where(
            Look.school_id == subject.school_id,
            or_(Look.person_id == subject.person_id, Look.person_id.is_(None)),
            # What they did themselves stands in the journal.
            Look.reader_id != subject.person_id,
        )
        .order_by(Look.id.desc())
        .limit(most)
    )
    return [Looked(look, reader.short_name) for look, reader in rows]
