"""Calculates a draft outside of any transaction; each step of it is one short unit of work, and may be the last."""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import timedelta
from importlib.metadata import version
from typing import Any

from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session

from moodle_mentorship import __version__
from moodle_mentorship.core.clock import local_date
from moodle_mentorship.core.logging import get_logger
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.pairs.board import grouping, queries
from moodle_mentorship.pairs.board.enums import DraftKind, DraftState, Step
from moodle_mentorship.pairs.board.models import UNFINISHED, Draft
from moodle_mentorship.pairs.board.service import RUN
from moodle_mentorship.pairs.board.snapshot import Snapshot, totals_of
from moodle_mentorship.school.models import School

# A running draft whose last step is older was left by its worker: the next one begins it anew.
STALE = timedelta(minutes=2)
# Workers that may break at one draft before it is given up.
ATTEMPTS = 3
# Seconds between two words about how far the scoring has come.
TOLD_EVERY = 0.5

CRASHED, TOO_LARGE = "crashed", "too_large"

log = get_logger("pairs")


class Taken(Exception):
    """The draft was stopped, or another worker has it."""


@dataclass(frozen=True)
class Claimed:
    """A draft that is this worker's as long as nobody makes another attempt."""

    draft_id: int
    attempt: int
    school_id: int
    kind: DraftKind


def run(runtime: Runtime, draft_id: int) -> None:
    """Calculate a draft that is queued, or was left by its worker. Nothing happens when somebody else does.

    What is calculated is kept in one unit of work at the end, and only if the draft is still this worker's: whoever
    stopped it, or took it over, has the last word.
    """
    claimed = _claim(runtime, draft_id)
    if claimed is None:
        return
    try:
        (_form if claimed.kind is DraftKind.GROUPS else _calculate)(runtime, claimed)
    except Taken:
        log.info("draft_left", draft=draft_id)


def sweep(runtime: Runtime) -> None:
    """Wake drafts that are queued, or were left by their worker."""
    left = and_(Draft.state == DraftState.RUNNING, Draft.heartbeat_at < runtime.clock.now() - STALE)
    with runtime.db.unit_of_work(read_only=True) as session:
        waiting = session.scalars(
            select(Draft.id).where(UNFINISHED, or_(Draft.state == DraftState.QUEUED, left)).order_by(Draft.id)
        ).all()
    for draft_id in waiting:
        runtime.jobs.wake(RUN, draft_id)


def _claim(runtime: Runtime, draft_id: int) -> Claimed | None:
    """None: the draft is finished, or somebody else's."""
    now = runtime.clock.now()
    free = or_(
        Draft.state == DraftState.QUEUED,
        and_(Draft.state == DraftState.RUNNING, Draft.heartbeat_at < now - STALE),
    )
    with runtime.db.unit_of_work() as session:
        claimed = session.execute(
            update(Draft)
            .where(Draft.id == draft_id, free)
            .values(
                state=DraftState.RUNNING,
                step=Step.READING,
                done=0,
                total=None,
                heartbeat_at=now,
                started_at=now,
                attempts=Draft.attempts + 1,
            )
            .returning(Draft.attempts, Draft.school_id, Draft.kind)
        ).first()
    if claimed is None:
        return None
    if claimed.attempts > ATTEMPTS:
        _keep(runtime, draft_id, claimed.attempts, state=DraftState.FAILED, error_code=CRASHED, finished_at=now)
        return None
    return Claimed(draft_id, claimed.attempts, claimed.school_id, claimed.kind)


def _calculate(runtime: Runtime, claimed: Claimed) -> None:
    # The numeric libraries weigh 60 MB, which a worker that calculates nothing needn't carry.
    from moodle_mentorship.matching.certificate import faults
    from moodle_mentorship.matching.solver import TooLarge, solve
    from moodle_mentorship.pairs.board.solving import problem_of, result_of

    keep = _keeper(runtime, claimed)
    with runtime.db.unit_of_work(read_only=True) as session:
        draft = queries.draft_of(session, claimed.school_id, claimed.draft_id)
        snapshot = queries.keeping(session, runtime.box, draft, _snapshot(runtime, session, claimed.school_id))
    keep(step=Step.SCORING, total=len(snapshot.mentees))
    problem = problem_of(snapshot, _now_and_then(lambda done: keep(done=done)))
    keep(step=Step.SOLVING, done=len(snapshot.mentees))
    try:
        answer = solve(problem)
    except TooLarge:
        keep(state=DraftState.FAILED, error_code=TOO_LARGE, finished_at=runtime.clock.now())
        return
    result = result_of(problem, answer)
    keep(
        state=DraftState.DONE,
        finished_at=runtime.clock.now(),
        versions={"product": __version__, "ortools": version("ortools")},
        totals=asdict(totals_of(snapshot, result)),
        proved=not faults(problem, answer),
        sealed_input=runtime.box.seal(snapshot.dump()),
        sealed_result=runtime.box.seal(result.dump()),
    )


def _form(runtime: Runtime, claimed: Claimed) -> None:
    from moodle_mentorship.pairs.board.group_solving import SEARCHES, formed_of

    keep = _keeper(runtime, claimed)
    with runtime.db.unit_of_work(read_only=True) as session:
        asked = queries.asked_of(
            queries.draft_of(session, claimed.school_id, claimed.draft_id, DraftKind.GROUPS), runtime.box
        )
        snapshot = _snapshot(runtime, session, claimed.school_id)
    keep(step=Step.GROUPING, total=SEARCHES)
    formed = formed_of(snapshot, asked, lambda done: keep(done=done))
    keep(
        state=DraftState.DONE,
        finished_at=runtime.clock.now(),
        versions={"product": __version__, "scipy": version("scipy")},
        totals=asdict(grouping.totals_of(snapshot, formed)),
        proved=formed.unproved is None,
        sealed_input=runtime.box.seal(snapshot.dump()),
        sealed_result=runtime.box.seal(formed.dump()),
    )


def _snapshot(runtime: Runtime, session: Session, school_id: int) -> Snapshot:
    timezone = session.scalars(select(School.timezone).where(School.id == school_id)).one()
    return queries.snapshot(session, runtime.box, school_id, local_date(runtime.clock.now(), timezone))


def _keeper(runtime: Runtime, claimed: Claimed) -> Callable[..., None]:
    def keep(**values: Any) -> None:
        _keep(runtime, claimed.draft_id, claimed.attempt, heartbeat_at=runtime.clock.now(), **values)

    return keep


def _keep(runtime: Runtime, draft_id: int, attempt: int, **values: Any) -> None:
    """Raises `Taken` when the draft is not this worker's any more."""
    with runtime.db.unit_of_work() as session:
        mine = session.scalar(
            update(Draft)
            .where(Draft.id == draft_id, Draft.state == DraftState.RUNNING, Draft.attempts == attempt)
            .values(**values)
            .returning(Draft.id)
        )
    if mine is None:
        raise Taken(f"draft {draft_id}")


def _now_and_then(tell: Callable[[int], None]) -> Callable[[int], None]:
    last = time.monotonic()

    def watch(done: int) -> None:
        nonlocal last
        if time.monotonic() - last > TOLD_EVERY:
            tell(done)
            last = time.monotonic()

    return watch
