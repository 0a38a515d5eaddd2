"""Which pairs the next order can fix."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from moodle_mentorship.pairs import papers
from moodle_mentorship.pairs.enums import PairState
from moodle_mentorship.pairs.models import Pair
from moodle_mentorship.people.models import Person


@dataclass(frozen=True)
class Agreed:
    """Pairs on whom both sides have agreed: those whose papers all lie there, and those that wait, each with what is
    missing."""

    ready: Sequence[Pair]
    waiting: Sequence[tuple[Pair, Sequence[papers.Lack]]]


def agreed(session: Session, school_id: int) -> Agreed:
    """By the mentor's name, then by the mentee's; in three statements however many there are."""
    pairs = session.scalars(
        select(Pair)
        .where(Pair.school_id == school_id, Pair.state == PairState.AGREED)
        .order_by(Pair.id)
        .options(selectinload(Pair.group))
    ).all()
    missing = papers.lacking_by_pair(session, school_id, pairs)
    in_order = sorted(pairs, key=lambda pair: (_name(pair.mentor), pair.mentor_person_id, _name(pair.mentee), pair.id))
    return Agreed(
        ready=[pair for pair in in_order if not missing[pair.id]],
        waiting=[(pair, missing[pair.id]) for pair in in_order if missing[pair.id]],
    )


def _name(person: Person) -> str:
    return person.full_name.lower().replace("ё", "е")
