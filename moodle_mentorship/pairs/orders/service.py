"""Verbs of the order that fixes several pairs."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from moodle_mentorship.core.actor import Actor
from moodle_mentorship.core.audit import record
from moodle_mentorship.core.errors import DomainError, NotFound
from moodle_mentorship.documents import service as documents
from moodle_mentorship.documents.kinds import Kinds, Moment
from moodle_mentorship.documents.models import Document
from moodle_mentorship.documents.queries import document_of
from moodle_mentorship.pairs import service as pairs
from moodle_mentorship.pairs.orders import errors, queries
from moodle_mentorship.pairs.orders.models import OrderPair


def prepare(session: Session, kinds: Kinds, actor: Actor, now: datetime) -> Document:
    """Begin the draft of an order on all pairs that are agreed and stand in none.

    Raises `documents.errors.NothingToSay` where there are none, `PairsTaken` for who is second.
    """
    free = queries.free(session, actor.school_id)
    return documents.begin(session, kinds, actor, queries.KIND, {"pair_ids": sorted(pair.id for pair in free)}, now)


def take_out(
    session: Session, kinds: Kinds, actor: Actor, document_id: int, version: int, pair_id: int, now: datetime
) -> Document:
    """Take a pair out of a draft of which `version` was seen. Raises `NotFound` for a pair that doesn't stand in it,
    and what `documents.change` raises; the last pair stays (`NothingToSay`): then the draft itself goes."""
    draft = _order(session, actor, document_id)
    left = [number for number in draft.params["pair_ids"] if number != pair_id]
    if len(left) == len(draft.params["pair_ids"]):
        raise NotFound(f"pair {pair_id} in order {document_id}")
    return documents.change(session, kinds, actor, document_id, version, {**draft.params, "pair_ids": left}, now)


def put_in(session: Session, kinds: Kinds, actor: Actor, document_id: int, version: int, now: datetime) -> Document:
    """Put all pairs that are agreed by now and stand in no order into a draft of which `version` was seen."""
    draft = _order(session, actor, document_id)
    more = [pair.id for pair in queries.free(session, actor.school_id)]
    ids = sorted({*draft.params["pair_ids"], *more})
    return documents.change(session, kinds, actor, document_id, version, {**draft.params, "pair_ids": ids}, now)


def settle(session: Session, actor: Actor, document_id: int, pair_id: int, now: datetime) -> None:
    """A curator has seen to a pair that the signed order names and could not fix: it is a task no more. Where the two
    are still agreed, another order may take them. Raises `NotFound`."""
    document = document_of(session, actor.school_id, document_id)
    pair = next((one for one in queries.of_order(session, actor.school_id, document_id) if one.id == pair_id), None)
    if pair is None or not queries.is_unfixed(pair, document):
        raise NotFound(f"pair {pair_id} in order {document_id}")
    _remove(session, document, [pair_id])
    record(session, actor, "order.settle", "pair", pair_id, now, document=document_id)
    session.flush()


def hold(session: Session, draft: Document) -> None:
    """For `DocumentKind.drafted`."""
    hold_pairs(session, draft, draft.params["pair_ids"])


def hold_pairs(session: Session, draft: Document, pair_ids: Iterable[int]) -> None:
    """The pairs of a draft are its own, and no other order's. Raises `PairsTaken`."""
    wanted = set(pair_ids)
    held = set(_held(session, draft))
    _remove(session, draft, held - wanted)
    try:
        with session.begin_nested():
            session.add_all(
                OrderPair(school_id=draft.school_id, document_id=draft.id, pair_id=pair_id)
                for pair_id in sorted(wanted - held)
            )
    except IntegrityError as error:
        raise errors.PairsTaken() from error


def let_go(session: Session, draft: Document) -> None:
    """For `DocumentKind.discarded`."""
    _remove(session, draft, _held(session, draft))


def laid(moment: Moment, document: Document) -> None:
    """From the laying on an order has the pairs that it names, and no others: who is not agreed any more was left out.
    For `DocumentKind.laid`."""
    named = [pair.id for pair in queries.chosen(moment.session, document.school_id, document.params)]
    document.params = {**document.params, "pair_ids": sorted(named)}
    hold(moment.session, document)


def registered(moment: Moment, document: Document) -> None:
    """The signed order fixes its pairs. That it was signed is a fact: a pair that can't be fixed any more (withdrawn,
    somebody left, a paper was taken back) keeps nothing; it is a task of the curator's. For `DocumentKind.registered`.
    """
    assert document.signed_on is not None
    assert document.number is not None
    # In one order, so that two who act at once can't wait for each other in a ring.
    for pair_id in sorted(_held(moment.session, document)):
        try:
            pairs.order(
                *(moment.session, moment.jobs, moment.actor, pair_id),
                order_date=document.signed_on,
                order_number=document.number,
                today=moment.today,
                now=moment.now,
            )
        except DomainError as refusal:
            details = {"document": document.id, "why": refusal.code}
            record(moment.session, moment.actor, "order.miss", "pair", pair_id, moment.now, **details)


def cancelled(moment: Moment, document: Document) -> None:
    """What the order has fixed stays as it is; a pair that it could not fix may stand in another order. For
    `DocumentKind.cancelled`."""
    pairs_of = queries.of_order(moment.session, document.school_id, document.id)
    _remove(moment.session, document, [pair.id for pair in pairs_of if pair.order_number != document.number])


def _order(session: Session, actor: Actor, document_id: int) -> Document:
    document = document_of(session, actor.school_id, document_id)
    if document.kind != queries.KIND:
        raise NotFound(f"document {document_id} is no order on pairs")
    return document


def _held(session: Session, document: Document) -> Iterable[int]:
    return session.scalars(
        select(OrderPair.pair_id).where(OrderPair.school_id == document.school_id, OrderPair.document_id == document.id)
    ).all()


def _remove(session: Session, document: Document, pair_ids: Iterable[int]) -> None:
    session.execute(
        delete(OrderPair).where(
            OrderPair.school_id == document.school_id,
            OrderPair.document_id == document.id,
            OrderPair.pair_id.in_(list(pair_ids)),
        )
    )
