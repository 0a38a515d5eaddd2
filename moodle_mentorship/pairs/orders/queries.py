"""Which pairs stand in which order, and which in none yet."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.orm import Session, selectinload

from moodle_mentorship.core.db import among
from moodle_mentorship.documents.enums import DocumentState
from moodle_mentorship.documents.kinds import Params
from moodle_mentorship.documents.models import Document
from moodle_mentorship.pairs.enums import PairState
from moodle_mentorship.pairs.models import Pair
from moodle_mentorship.pairs.orders.models import OrderPair
from moodle_mentorship.people.models import Person

#: Its code among the kinds of documents.
KIND = "pairs_order"


def free(session: Session, school_id: int) -> Sequence[Pair]:
    """Pairs on whom both sides have agreed and that stand in no order, by the mentor's name, then the mentee's."""
    return _by_name(session, _free(school_id))


def oldest_free(session: Session, school_id: int) -> Sequence[Pair]:
    """The same, those that have waited longest (since their proposal) first."""
    return session.scalars(_free(school_id).order_by(Pair.proposed_at, Pair.id)).all()


def free_ids(school_id: int) -> Select[int]:
    """Ids of the pairs of `free`."""
    return _free(school_id).with_only_columns(Pair.id)


def count_free(session: Session, school_id: int) -> int:
    return session.scalar(select(func.count()).select_from(_free(school_id).subquery())) or 0


def chosen(session: Session, school_id: int, params: Params) -> Sequence[Pair]:
    """The pairs that a draft was begun with, those of them that are still agreed, in the order of the document."""
    return _by_name(
        session,
        select(Pair).where(
            Pair.school_id == school_id, Pair.state == PairState.AGREED, among(Pair.id, params["pair_ids"])
        ),
    )


def of_order(session: Session, school_id: int, document_id: int) -> Sequence[Pair]:
    """All pairs that stand in an order, whatever has become of them, in the order of the document."""
    return _by_name(
        session,
        select(Pair).join(OrderPair, _OF_PAIR).where(Pair.school_id == school_id, OrderPair.document_id == document_id),
    )


def under_way(session: Session, school_id: int) -> Sequence[tuple[Document, int]]:
    """Orders that are not registered yet, with the number of their pairs, newest first."""
    found = session.execute(
        select(Document, func.count(OrderPair.id))
        .outerjoin(OrderPair, _OF_DOCUMENT)
        .where(
            Document.school_id == school_id,
            Document.kind == KIND,
            Document.state.not_in([DocumentState.REGISTERED, DocumentState.CANCELLED]),
        )
        .group_by(Document.id)
        .order_by(Document.id.desc())
    )
    return [(document, pairs) for document, pairs in found]


def unfixed(session: Session, school_id: int) -> Sequence[tuple[Document, int]]:
    """Registered orders with pairs that they could not fix any more, and how many of them."""
    found = session.execute(
        select(Document, func.count(OrderPair.id))
        .join(OrderPair, _OF_DOCUMENT)
        .join(Pair, _OF_PAIR)
        .where(Document.school_id == school_id, *_UNFIXED)
        .group_by(Document.id)
        .order_by(Document.id)
    )
    return [(document, pairs) for document, pairs in found]


def unfixed_ids(school_id: int) -> Select[int]:
    """Ids of the orders of `unfixed`."""
    return (
        select(Document.id)
        .join(OrderPair, _OF_DOCUMENT)
        .join(Pair, _OF_PAIR)
        .where(Document.school_id == school_id, *_UNFIXED)
        .distinct()
    )


def is_unfixed(pair: Pair, document: Document) -> bool:
    """Whether a signed order names the pair and could not fix it."""
    return document.state is DocumentState.REGISTERED and pair.order_number != document.number


def order_of(session: Session, school_id: int, pair_id: int) -> Document | None:
    """The order in which the pair stands."""
    return session.scalars(
        select(Document)
        .join(OrderPair, _OF_DOCUMENT)
        .where(Document.school_id == school_id, OrderPair.pair_id == pair_id)
    ).one_or_none()


_OF_PAIR = and_(OrderPair.school_id == Pair.school_id, OrderPair.pair_id == Pair.id)
_OF_DOCUMENT = and_(OrderPair.school_id == Document.school_id, OrderPair.document_id == Document.id)
_UNFIXED: tuple[ColumnElement[bool], ...] = (
    Document.state == DocumentState.REGISTERED,
    Pair.order_number.is_distinct_from(Document.number),
)


def _free(school_id: int) -> Select[Pair]:
    return (
        select(Pair)
        .outerjoin(OrderPair, _OF_PAIR)
        .where(Pair.school_id == school_id, Pair.state == PairState.AGREED, OrderPair.id.is_(None))
    )


def _by_name(session: Session, statement: Select[Any]) -> Sequence[Pair]:
    pairs = session.scalars(statement.options(selectinload(Pair.group))).all()
    return sorted(pairs, key=lambda pair: (_name(pair.mentor), pair.mentor_person_id, _name(pair.mentee), pair.id))


def _name(person: Person) -> str:
    return person.full_name.lower().replace("ё", "е")
