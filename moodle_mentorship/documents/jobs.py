"""Makes packs: one document after the other, each in short units of work of its own, so what is done stays done."""

import base64
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session

from moodle_mentorship.core.clock import local_date
from moodle_mentorship.core.db import is_away
from moodle_mentorship.core.errors import NotFound
from moodle_mentorship.core.jobs import each_school
from moodle_mentorship.core.logging import get_logger
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.documents import printing, queries, service
from moodle_mentorship.documents.enums import READERS, DocumentState, Outcome, PackState, Remark
from moodle_mentorship.documents.errors import NothingToSay, TemplateUnfit
from moodle_mentorship.documents.kinds import Kinds
from moodle_mentorship.documents.models import UNFINISHED, Pack, PackItem
from moodle_mentorship.documents.rendering import check_address
from moodle_mentorship.files import binding
from moodle_mentorship.school.queries import school_of

# A running pack whose last document is older was left by its worker: the next one goes on with it. Well above the
# longest honest wait: before LibreOffice draws this document, it may draw one for each thread of the web server, and
# each may take all of its patience.
STALE = timedelta(minutes=15)
# How long a pack has a worker at a stretch: then whatever else waits in the queue has its turn.
STRETCH = timedelta(seconds=30)
# Workers that may break at one document before it is left out.
TRIES = 2

log = get_logger("documents")


class Taken(Exception):
    """The pack was stopped or destroyed, or another worker has it."""


@dataclass(frozen=True)
class Claimed:
    """A pack that is this worker's as long as nobody makes another attempt."""

    pack_id: int
    attempt: int
    school_id: int


@dataclass(frozen=True)
class Turn:
    """A document whose turn it is; `first`: the number of its first object in the print, `room`: bytes that may be kept
    of it."""

    item_id: int
    document_id: int
    first: int
    room: int


def run(kinds: Kinds) -> Callable[[Runtime, int], None]:
    """The job that makes a pack which is queued, or was left by its worker. Nothing happens when somebody else does.

    What a worker has made of a document is kept only if the pack is still its own: whoever stopped it, or took it over,
    has the last word. The next worker goes on with the first document that isn't done.

    A pack lines up anew after a `STRETCH`: a thousand documents must not keep the messages of all schools waiting.
    """

    def make(runtime: Runtime, pack_id: int) -> None:
        claimed = _claim(runtime, pack_id)
        if claimed is None:
            return
        over = runtime.clock.now() + STRETCH
        try:
            while (turn := _next(runtime, claimed)) is not None:
                try:
                    _keep(runtime, claimed, turn, *_made(runtime, kinds, claimed, turn))
                except Exception as error:
                    if is_away(error):
                        _give_back(runtime, claimed, turn)
                    raise
                if runtime.clock.now() >= over:
                    _line_up(runtime, claimed)
                    return
            _finish(runtime, claimed)
        except Taken:
            log.info("pack_left", pack=pack_id)

    return make


def sweep(runtime: Runtime) -> None:
    """Wake packs whose message was lost, or that were left by their worker."""
    now = runtime.clock.now()
    silent = Pack.heartbeat_at < now - STALE
    lost = and_(Pack.state == PackState.QUEUED, or_(Pack.heartbeat_at.is_(None), silent))
    with runtime.db.unit_of_work(read_only=True) as session:
        waiting = session.scalars(
            select(Pack.id)
            .where(UNFINISHED, or_(lost, and_(Pack.state == PackState.RUNNING, silent)))
            .order_by(Pack.id)
        ).all()
    if not waiting:
        return
    with runtime.db.unit_of_work() as session:
        # One that lines up in a long queue gets no further message each minute: every one of them is a turn.
        session.execute(update(Pack).where(Pack.id.in_(waiting), lost).values(heartbeat_at=now))
        for pack_id in waiting:
            runtime.jobs.enqueue(session, service.packing.RUN, pack_id)


def expire(runtime: Runtime) -> None:
    """Destroy what was made for packs whose time is over."""
    now = runtime.clock.now()
    with runtime.db.unit_of_work(read_only=True) as session:
        schools = session.scalars(select(Pack.school_id).where(Pack.expires_at <= now).distinct()).all()
    each_school(runtime, schools, lambda session, school_id: service.packing.expire(session, school_id, now))


def _claim(runtime: Runtime, pack_id: int) -> Claimed | None:
    """None: the pack is finished, or somebody else's; or nobody may have it any more."""
    now = runtime.clock.now()
    free = or_(
        Pack.state == PackState.QUEUED,
        and_(Pack.state == PackState.RUNNING, Pack.heartbeat_at < now - STALE),
    )
    with runtime.db.unit_of_work() as session:
        claimed = session.execute(
            update(Pack)
            .where(Pack.id == pack_id, free)
            .values(state=PackState.RUNNING, heartbeat_at=now, attempts=Pack.attempts + 1)
            .returning(Pack.attempts, Pack.school_id, Pack.asked_by)
        ).first()
        if claimed is None:
            return None
        if not runtime.roles.roles_of(session, claimed.school_id, claimed.asked_by) & frozenset(READERS):
            pack = queries.pack_of(session, claimed.school_id, claimed.asked_by, pack_id)
            service.packing.destroy(session, pack, PackState.CANCELLED, PackState.RUNNING)
            return None
    return Claimed(pack_id, claimed.attempts, claimed.school_id)


def _next(runtime: Runtime, claimed: Claimed) -> Turn | None:
    """The first document that isn't seen to, noted as begun. Raises `Taken`."""
    with runtime.db.unit_of_work() as session:
        while True:
            pack = _still(runtime, session, claimed)
            item = session.scalars(
                select(PackItem).where(*_of_pack(claimed), PackItem.place == pack.done + 1)
            ).one_or_none()
            if item is None:
                return None
            if item.tries < TRIES:
                item.tries += 1
                room = service.packing.MOST_KEPT - pack.kept
                return Turn(item.id, item.document_id, binding.FIRST + pack.objects, room)
            log.error("pack_document_broke_workers", document=item.document_id, tries=item.tries)
            item.outcome, item.remark = Outcome.LEFT_OUT, Remark.FAILED
            session.flush()
            _still(runtime, session, claimed, done=Pack.done + 1)


def _made(runtime: Runtime, kinds: Kinds, claimed: Claimed, turn: Turn) -> tuple[dict[str, Any], int]:
    """What is kept of one document, and how many objects it has in the print."""
    box, base_url = runtime.box, runtime.settings.base_url
    try:
        with runtime.db.unit_of_work(read_only=True) as session:
            document = queries.document_of(session, claimed.school_id, turn.document_id)
            today = local_date(runtime.clock.now(), school_of(session, claimed.school_id).timezone)
            content, _doubtful = service.content_of(
                session, box, kinds.of(document.kind), document, lambda code: check_address(base_url, code), today
            )
            own = service.is_own(session, document)
            said = {"state": document.state, "number": document.number, "signed_on": document.signed_on}
            said["heading"] = document.heading
            # A file that the document keeps for ever needs no second copy.
            kept = document.number is not None
    except NotFound:
        return {"outcome": Outcome.LEFT_OUT, "remark": Remark.GONE}, 0
    except NothingToSay:
        return {"outcome": Outcome.LEFT_OUT, "remark": Remark.NOTHING, "state": DocumentState.DRAFT}, 0
    except TemplateUnfit:
        return {"outcome": Outcome.LEFT_OUT, "remark": Remark.UNFIT}, 0
    except Exception as error:
        if is_away(error):
            raise
        log.error("pack_document_failed", document=turn.document_id, exc_info=True)
        return {"outcome": Outcome.LEFT_OUT, "remark": Remark.FAILED}, 0
    room = turn.room
    if not kept:
        sealed = box.seal(base64.b64encode(content).decode())
        if len(sealed) > room:
            return {**said, "outcome": Outcome.LEFT_OUT, "remark": Remark.TOO_MUCH}, 0
        said["sealed_content"], room = sealed, room - len(sealed)
    said["outcome"] = Outcome.PACKED
    try:
        drawn, exact = printing.drawn(content, own=own)
        piece = binding.piece(drawn, turn.first)
    except Exception:
        log.error("pack_document_not_drawn", document=turn.document_id, exc_info=True)
        return {**said, "remark": Remark.NOT_DRAWN}, 0
    sealed = box.seal(base64.b64encode(piece.body).decode())
    if len(sealed) > room:
        return {**said, "remark": Remark.TOO_MUCH_TO_PRINT}, 0
    return {
        **said,
        "remark": None if exact else Remark.PLAIN,
        "sealed_print": sealed,
        "print_map": {"first": piece.first, "offsets": piece.offsets, "pages": piece.pages, "size": piece.size},
        "printed": True,
    }, len(piece.offsets)


def _keep(runtime: Runtime, claimed: Claimed, turn: Turn, values: dict[str, Any], objects: int) -> None:
    kept = sum(len(values.get(name) or "") for name in ("sealed_content", "sealed_print"))
    with runtime.db.unit_of_work() as session:
        _still(
            runtime,
            session,
            claimed,
            done=Pack.done + 1,
            objects=Pack.objects + objects,
            kept=Pack.kept + kept,
        )
        session.execute(
            update(PackItem)
            .where(*_of_pack(claimed), PackItem.id == turn.item_id)
            .values(**values)
            .execution_options(synchronize_session=False)
        )


def _finish(runtime: Runtime, claimed: Claimed) -> None:
    now = runtime.clock.now()
    with runtime.db.unit_of_work() as session:
        _still(runtime, session, claimed, state=PackState.DONE, finished_at=now, expires_at=now + service.packing.KEPT)


def _line_up(runtime: Runtime, claimed: Claimed) -> None:
    """Others have their turn; the next worker goes on."""
    with runtime.db.unit_of_work() as session:
        _still(runtime, session, claimed, state=PackState.QUEUED)
        runtime.jobs.enqueue(session, service.packing.RUN, claimed.pack_id)


def _give_back(runtime: Runtime, claimed: Claimed, turn: Turn) -> None:
    """The database was away: that is no fault of the document, and the next sweep may go on at once. Where this can't
    be written either, the pack is taken over later."""
    with suppress(Exception), runtime.db.unit_of_work() as session:
        _still(runtime, session, claimed, state=PackState.QUEUED, heartbeat_at=None)
        session.execute(
            update(PackItem)
            .where(*_of_pack(claimed), PackItem.id == turn.item_id)
            .values(tries=PackItem.tries - 1)
            .execution_options(synchronize_session=False)
        )


def _still(runtime: Runtime, session: Session, claimed: Claimed, **values: Any) -> Any:
    """How many documents are seen to, how many objects the print has, how many bytes are kept so far. Raises `Taken`
    when the pack is not this worker's any more."""
    mine = session.execute(
        update(Pack)
        .where(
            Pack.school_id == claimed.school_id,
            Pack.id == claimed.pack_id,
            Pack.state == PackState.RUNNING,
            Pack.attempts == claimed.attempt,
        )
        .values({"heartbeat_at": runtime.clock.now()} | values)
        .returning(Pack.done, Pack.objects, Pack.kept)
        .execution_options(synchronize_session=False)
    ).first()
    if mine is None:
        raise Taken(f"pack {claimed.pack_id}")
    return mine


def _of_pack(claimed: Claimed) -> tuple[Any, Any]:
    return PackItem.school_id == claimed.school_id, PackItem.pack_id == claimed.pack_id
