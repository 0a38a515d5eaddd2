"""Packs of documents: asked for, stopped, taken along, destroyed. `jobs` makes them."""

from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from moodle_mentorship.core.actor import Actor
from moodle_mentorship.core.audit import record
from moodle_mentorship.core.errors import Forbidden
from moodle_mentorship.core.jobs import Jobs
from moodle_mentorship.documents import errors, queries
from moodle_mentorship.documents.enums import Order, Outcome, PackState, Take
from moodle_mentorship.documents.models import UNFINISHED, Pack, PackItem

#: The job that makes a pack.
RUN = "documents.pack"
#: Documents of one pack: more than a school writes in a year.
MOST = 1000
#: Bytes of the scans of one pack: an archive of them is put together while somebody waits for it.
MOST_SCANS = 500 * 1024 * 1024
#: Bytes that are kept of the documents of one pack, sealed as they stand in the rows: a letterhead of some megabytes
#: comes once with each document, and once more with its print.
MOST_KEPT = 1024 * 1024 * 1024
#: How long what was made is kept.
KEPT = timedelta(hours=24)
#: How many made packs of one person are kept; an older one gives way to the next.
KEPT_PACKS = 3
#: How long a pack's row stays, to say what became of it.
REMEMBERED = timedelta(days=30)


def collect(session: Session, jobs: Jobs, actor: Actor, narrowed: queries.Narrowed, sort: Order, now: datetime) -> Pack:
    """Ask for a pack of all documents of a list. While one of this person's is being made, that is the answer.

    Raises `NothingToPack`, `PackTooLarge`, `ScansTooLarge`.
    """
    school_id, person_id = actor.school_id, actor.person_id
    if person_id is None:
        raise Forbidden("a pack is somebody's own")
    if (running := _unfinished(session, school_id, person_id)) is not None:
        return running
    rows = queries.listed(session, school_id, narrowed, sort, MOST + 1)
    if not rows:
        raise errors.NothingToPack()
    if len(rows) > MOST:
        raise errors.PackTooLarge(most=MOST)
    if sum(row.scan_size or 0 for row in rows) > MOST_SCANS:
        raise errors.ScansTooLarge(megabytes=MOST_SCANS // (1024 * 1024))
    pack = Pack(
        school_id=school_id,
        asked_by=person_id,
        asked_at=now,
        state=PackState.QUEUED,
        total=len(rows),
        expires_at=now + KEPT,
    )
    try:
        with session.begin_nested():
            session.add(pack)
    except IntegrityError:
        # Another click of the same person, at the same moment.
        other = _unfinished(session, school_id, person_id)
        if other is None:
            raise
        return other
    items = [
        {
            "school_id": school_id,
            "pack_id": pack.id,
            "place": place,
            "document_id": row.id,
            "kind": row.kind,
            "heading": row.heading,
            "tries": 0,
            "outcome": Outcome.WAITING,
            "printed": False,
        }
        for place, row in enumerate(rows, 1)
    ]
    session.execute(insert(PackItem), items)
    _make_room(session, school_id, person_id)
    record(session, actor, "pack.collect", "document_pack", pack.id, now, documents=len(rows))
    jobs.enqueue(session, RUN, pack.id)
    return pack


def stop(session: Session, actor: Actor, pack_id: int, now: datetime) -> Pack:
    """Stop a pack that is being made, and keep nothing of it; its worker notices at its next document. A finished one
    stays what it is."""
    pack = queries.pack_of(session, actor.school_id, actor.person_id, pack_id)
    if destroy(session, pack, PackState.CANCELLED, PackState.QUEUED, PackState.RUNNING):
        record(session, actor, "pack.stop", "document_pack", pack.id, now)
    session.refresh(pack)
    return pack


def take(session: Session, actor: Actor, pack_id: int, what: Take, now: datetime) -> Pack:
    """Somebody takes their pack along: that leaves a trace. Raises `PackNotReady`, also when its time is over."""
    pack = queries.pack_of(session, actor.school_id, actor.person_id, pack_id)
    if pack.state is not PackState.DONE or pack.expires_at <= now:
        raise errors.PackNotReady(pack.state)
    record(session, actor, "pack.take", "document_pack", pack.id, now, what=what.value)
    return pack


def destroy(session: Session, pack: Pack, end: PackState, *states: PackState) -> bool:
    """Delete what was made for a pack, if it is in one of these states, and say how it ended. Whether it was."""
    ended = session.scalar(
        update(Pack)
        .where(Pack.school_id == pack.school_id, Pack.id == pack.id, Pack.state.in_(states))
        .values(state=end)
        .returning(Pack.id)
        .execution_options(synchronize_session=False)
    )
    if ended is None:
        return False
    session.execute(delete(PackItem).where(PackItem.school_id == pack.school_id, PackItem.pack_id == pack.id))
    return True


def expire(session: Session, school_id: int, now: datetime) -> int:
    """Destroy what was kept long enough, and forget packs of long ago. How many were destroyed."""
    over = session.scalars(
        select(Pack).where(
            Pack.school_id == school_id,
            Pack.expires_at <= now,
            Pack.state.in_([PackState.QUEUED, PackState.RUNNING, PackState.DONE]),
        )
    ).all()
    gone = sum(
        destroy(session, pack, PackState.EXPIRED, PackState.QUEUED, PackState.RUNNING, PackState.DONE) for pack in over
    )
    session.execute(
        delete(Pack).where(
            Pack.school_id == school_id,
            Pack.expires_at <= now - REMEMBERED,
            Pack.state.in_([PackState.EXPIRED, PackState.CANCELLED]),
        )
    )
    return gone


def _unfinished(session: Session, school_id: int, person_id: int) -> Pack | None:
    return session.scalars(
        select(Pack).where(Pack.school_id == school_id, Pack.asked_by == person_id, UNFINISHED)
    ).one_or_none()


def _make_room(session: Session, school_id: int, person_id: int) -> None:
    made = session.scalars(
        select(Pack)
        .where(Pack.school_id == school_id, Pack.asked_by == person_id, Pack.state == PackState.DONE)
        .order_by(Pack.id.desc())
        .offset(KEPT_PACKS - 1)
    ).all()
    for pack in made:
        destroy(session, pack, PackState.EXPIRED, PackState.DONE)
