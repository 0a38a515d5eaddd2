"""Verbs: ask for another mentor, take it back, answer, read the answer.

None of them writes to the journal: others read it, and a line would tell that somebody wants to leave their mentor.
When and by whom stands in the request itself.
"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from moodle_mentorship.core.actor import Actor, Role
from moodle_mentorship.core.errors import NotFound
from moodle_mentorship.core.secrets import SecretBox
from moodle_mentorship.pairs import queries as pairs
from moodle_mentorship.pairs.enums import FIXED_STATES
from moodle_mentorship.pairs.errors import PairMovedOn
from moodle_mentorship.pairs.models import Pair
from moodle_mentorship.pairs.rematch import errors, queries
from moodle_mentorship.pairs.rematch.models import Rematch
from moodle_mentorship.people.queries import holders


def own_pair(session: Session, actor: Actor, pair_id: int) -> Pair:
    """A pair in which the actor is the mentee. Raises `NotFound`."""
    pair = pairs.pair_of(session, actor.school_id, pair_id)
    if actor.person_id != pair.mentee_person_id:
        raise NotFound(f"pair {pair_id}")
    return pair


def readable_pair(session: Session, actor: Actor, pair_id: int) -> Pair:
    """A pair whose request the curator may read: not one in which they are the mentor. Raises `NotFound`."""
    pair = pairs.pair_of(session, actor.school_id, pair_id)
    if not actor.has(Role.CURATOR) or actor.person_id == pair.mentor_person_id:
        raise NotFound(f"pair {pair_id}")
    return pair


def anybody_reads(session: Session, pair: Pair) -> bool:
    """Whether a curator is there who is not the pair's mentor."""
    curators = holders(session, pair.school_id).get(Role.CURATOR, [])
    return any(curator.employed and curator.id != pair.mentor_person_id for curator in curators)


def ask(session: Session, box: SecretBox, actor: Actor, pair_id: int, reason: str | None, now: datetime) -> Rematch:
    """Ask for another mentor, with or without a reason. Asking again while the request is open changes the reason.

    Nothing changes in the pair, and the mentor is told nothing. Raises `NotFound`, `PairMovedOn`, `NobodyToRead`.
    """
    pair = own_pair(session, actor, pair_id)
    if pair.state not in FIXED_STATES:
        raise PairMovedOn(f"rematch in state {pair.state}")
    if not anybody_reads(session, pair):
        raise errors.NobodyToRead()
    sealed = box.seal(reason) if reason is not None else None
    request = _open(session, actor.school_id, pair_id)
    if request is None:
        request = Rematch(school_id=actor.school_id, pair_id=pair_id, asked_at=now, sealed_reason=sealed)
        try:
            with session.begin_nested():
                session.add(request)
        except IntegrityError:
            # The same person's other window was a moment faster.
            return ask(session, box, actor, pair_id, reason, now)
    request.sealed_reason = sealed
    session.flush()
    return request


def take_back(session: Session, actor: Actor, pair_id: int, now: datetime) -> None:
    """Take the open request back. Raises `NotFound`, `RequestClosed`."""
    own_pair(session, actor, pair_id)
    request = _open(session, actor.school_id, pair_id)
    if request is None:
        raise errors.RequestClosed()
    request.closed_at = now
    session.flush()


def answer(session: Session, box: SecretBox, actor: Actor, pair_id: int, words: str, now: datetime) -> Rematch:
    """Answer the open request, which is closed by it; the mentee reads it. Raises `NotFound`, `RequestClosed`."""
    readable_pair(session, actor, pair_id)
    request = _open(session, actor.school_id, pair_id)
    if request is None:
        raise errors.RequestClosed()
    request.closed_at, request.answered_by, request.sealed_answer = now, actor.person_id, box.seal(words)
    session.flush()
    return request


def read(session: Session, actor: Actor, pair_id: int, now: datetime) -> None:
    """The mentee has read the answer. Doing it again changes nothing. Raises `NotFound`."""
    own_pair(session, actor, pair_id)
    request = queries.of_pair(session, actor.school_id, pair_id)
    if request is not None and request.sealed_answer is not None and request.read_at is None:
        request.read_at = now
        session.flush()


def _open(session: Session, school_id: int, pair_id: int) -> Rematch | None:
    return session.scalar(
        select(Rematch)
        .where(Rematch.school_id == school_id, Rematch.pair_id == pair_id, Rematch.closed_at.is_(None))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
