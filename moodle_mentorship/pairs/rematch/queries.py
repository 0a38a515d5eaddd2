"""Questions about requests for another mentor."""

from sqlalchemy import ColumnElement, Select, and_, select
from sqlalchemy.orm import Session

from moodle_mentorship.pairs.enums import FIXED_STATES
from moodle_mentorship.pairs.models import Pair
from moodle_mentorship.pairs.rematch.models import Rematch


def of_pair(session: Session, school_id: int, pair_id: int) -> Rematch | None:
    """The newest request of a pair."""
    asked = select(Rematch).where(Rematch.school_id == school_id, Rematch.pair_id == pair_id)
    return session.scalar(asked.order_by(Rematch.id.desc()).limit(1))


def open_pairs(session: Session, school_id: int, reader_id: int | None, limit: int) -> list[tuple[Rematch, Pair]]:
    """Open requests with their pairs, suspended ones too, the oldest first; not those against the reader themselves,
    who may be a curator and a mentor at once."""
    return _with_pairs(
        session,
        school_id,
        limit,
        Rematch.closed_at.is_(None),
        Pair.state.in_(FIXED_STATES),
        Pair.mentor_person_id.is_distinct_from(reader_id),
    )


def unread(session: Session, school_id: int, mentee_id: int, limit: int) -> list[tuple[Rematch, Pair]]:
    """Answers that the mentee has not read yet."""
    return _with_pairs(
        session,
        school_id,
        limit,
        Rematch.sealed_answer.is_not(None),
        Rematch.read_at.is_(None),
        Pair.mentee_person_id == mentee_id,
    )


def _with_pairs(
    session: Session, school_id: int, limit: int, *conditions: ColumnElement[bool]
) -> list[tuple[Rematch, Pair]]:
    found: Select[Rematch, Pair] = (
        select(Rematch, Pair)
        .join(Pair, and_(Pair.school_id == Rematch.school_id, Pair.id == Rematch.pair_id))
        .where(Rematch.school_id == school_id, *conditions)
        .order_by(Rematch.id)
        .limit(limit)
    )
    return [(row[0], row[1]) for row in session.execute(found)]
