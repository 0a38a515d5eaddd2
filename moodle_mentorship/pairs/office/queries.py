"""What the documents of the year are written from: whose pairs, which mentors, what lies signed already."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, select
from sqlalchemy.orm import Session, selectinload

from moodle_mentorship.banks.enums import Basis
from moodle_mentorship.banks.models import Mentor
from moodle_mentorship.core.schemas import row_id
from moodle_mentorship.documents.enums import DocumentState
from moodle_mentorship.documents.errors import NothingToSay
from moodle_mentorship.documents.fields import Offer
from moodle_mentorship.documents.models import Document
from moodle_mentorship.documents.queries import standing
from moodle_mentorship.pairs.enums import FIXED_STATES, PairState
from moodle_mentorship.pairs.models import Pair
from moodle_mentorship.pairs.office.models import AgreementPair
from moodle_mentorship.people.models import Person
from moodle_mentorship.school.queries import school_of

#: Mentors of such pairs have an additional agreement, or need one soon.
CONCERNED = PairState.AGREED, *FIXED_STATES
#: Codes of kinds, as `Document.kind` keeps them, that are asked for here.
AGREEMENT = "mentor_agreement"


def in_states(session: Session, school_id: int, *states: PairState) -> list[Pair]:
    """The school's pairs in these states, by the mentor's name."""
    rows = session.scalars(
        select(Pair).where(Pair.school_id == school_id, Pair.state.in_(states)).options(selectinload(Pair.group))
    )
    return sorted(rows, key=lambda pair: (pair.mentor.search_name, pair.mentee.search_name, pair.id))


def chosen(session: Session, school_id: int, params: Mapping[str, Any], states: Sequence[PairState]) -> Pair:
    """The pair of a draft. Raises `NothingToSay` when it is in none of these states any more."""
    pair = session.scalars(
        select(Pair).where(
            Pair.school_id == school_id, Pair.id == (row_id(params.get("pair") or "") or 0), Pair.state.in_(states)
        )
    ).one_or_none()
    if pair is None:
        raise NothingToSay("the pair is in another state")
    return pair


def offers(pairs: Sequence[Pair]) -> list[Offer]:
    return [Offer(str(pair.id), f"{pair.mentor.short_name} – {pair.mentee.short_name}") for pair in pairs]


def pairs_of_mentor(session: Session, school_id: int, mentor_id: int) -> list[Pair]:
    """Agreed and working pairs of a mentor, by the mentee's name."""
    rows = session.scalars(
        select(Pair).where(
            Pair.school_id == school_id,
            Pair.mentor_person_id == mentor_id,
            Pair.state.in_((PairState.AGREED, *FIXED_STATES)),
        )
    )
    return sorted(rows, key=lambda pair: (pair.mentee.search_name, pair.id))


def by_assignment(session: Session, school_id: int, *states: PairState) -> list[Person]:
    """Who mentors by the employer's assignment (ст. 351.8 ТК РФ) in pairs of these states, by name."""
    return list(session.scalars(_by_assignment(school_id, states).order_by(Person.search_name, Person.id)))


def _by_assignment(school_id: int, states: Sequence[PairState], *of_pairs: ColumnElement[bool]) -> Select[Person]:
    mentoring = select(Pair.mentor_person_id).where(Pair.school_id == school_id, Pair.state.in_(states), *of_pairs)
    return (
        select(Person)
        .join(Mentor, (Mentor.school_id == Person.school_id) & (Mentor.person_id == Person.id))
        .where(Person.school_id == school_id, Mentor.basis == Basis.ASSIGNMENT, Person.id.in_(mentoring))
    )


def is_by_assignment(session: Session, school_id: int, person_id: int) -> bool:
    basis = session.scalar(select(Mentor.basis).where(Mentor.school_id == school_id, Mentor.person_id == person_id))
    return basis is Basis.ASSIGNMENT


@dataclass(frozen=True)
class Agreement:
    """A mentor by assignment, their standing additional agreements of this school year, the newest first, and the pairs
    that none of them covers to the end of the term. A draft covers them all: it is composed from today's pairs."""

    mentor: Person
    documents: Sequence[Document]
    uncovered: Sequence[Pair]


def agreements(session: Session, school_id: int, *states: PairState) -> list[Agreement]:
    """Of everybody who mentors by assignment in a pair of these states."""
    since = _since(school_of(session, school_id).year_start)
    documents: dict[str, list[Document]] = {}
    for document in standing(session, school_id, AGREEMENT):
        if document.begun_at >= since:
            documents.setdefault(document.params.get("mentor") or "", []).append(document)
    covers: dict[int, list[AgreementPair]] = {}
    for row in session.scalars(select(AgreementPair).where(AgreementPair.school_id == school_id)):
        covers.setdefault(row.document_id, []).append(row)
    pairs: dict[int, list[Pair]] = {}
    for pair in in_states(session, school_id, *states):
        pairs.setdefault(pair.mentor_person_id, []).append(pair)
    found = []
    for mentor in by_assignment(session, school_id, *states):
        own = documents.get(str(mentor.id), [])
        named = {(row.pair_id, row.ends_on) for document in own for row in covers.get(document.id, ())}
        open_to_all = any(document.state is DocumentState.DRAFT for document in own)
        uncovered = [
            pair
            for pair in pairs.get(mentor.id, ())
            if not open_to_all and not any(pair_id == pair.id and day >= pair.ends_on for pair_id, day in named)
        ]
        found.append(Agreement(mentor, own, uncovered))
    return found


def lacking(session: Session, school_id: int, year_start: int) -> Sequence[Person]:
    """Who mentors by assignment in a working pair that no registered agreement of the school year covers to the end of
    its term, by name."""
    return session.scalars(_lacking(school_id, year_start).order_by(Person.search_name, Person.id)).all()


def lacking_ids(school_id: int, year_start: int) -> Select[int]:
    """Ids of the people of `lacking`."""
    return _lacking(school_id, year_start).with_only_columns(Person.id)


def _lacking(school_id: int, year_start: int) -> Select[Person]:
    covered = (
        exists()
        .where(
            AgreementPair.school_id == Pair.school_id,
            AgreementPair.pair_id == Pair.id,
            AgreementPair.ends_on >= Pair.ends_on,
            Document.school_id == AgreementPair.school_id,
            Document.id == AgreementPair.document_id,
            Document.state == DocumentState.REGISTERED,
            Document.begun_at >= _since(year_start),
        )
        .correlate(Pair)
    )
    return _by_assignment(school_id, FIXED_STATES, ~covered)


def _since(year_start: int) -> datetime:
    """What was prepared in the summer before the first of September counts for the coming year."""
    return datetime(year_start, 7, 1, tzinfo=UTC)
