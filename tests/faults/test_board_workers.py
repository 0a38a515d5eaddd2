"""A worker process that is killed by its number while it looks for pairs or for groups."""

import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from moodle_mentorship.app import create_app, create_runtime
from moodle_mentorship.core.clock import FixedClock
from moodle_mentorship.core.jobs import Jobs
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.pairs.board import jobs, queries, service
from moodle_mentorship.pairs.board.enums import DraftKind, DraftState, MarkKind
from moodle_mentorship.pairs.board.grouping import Asked
from moodle_mentorship.pairs.board.models import Draft
from tests.conftest import make_settings
from tests.factories import BOX, make_school
from tests.faults.processes import WorkerProcess, environment
from tests.pairs.board.conftest import BoardSchool, make_board_school


@pytest.fixture
def clock() -> FixedClock:
    # The worker process goes by the machine's own clock.
    return FixedClock(datetime.now(UTC))


@pytest.fixture
def board(fresh_url: str, tmp_path: Path, clock: FixedClock) -> Iterator[BoardSchool]:
    runtime: Runtime = create_runtime(make_settings(fresh_url, tmp_path), clock=clock)
    create_app(runtime)
    with runtime.db.session() as session:
        school = make_school(session, "Лицей № 7", issuer="https://moodle.example", now=clock.now())
        yield make_board_school(session, runtime, school)
    runtime.db.engine.dispose()


@pytest.mark.parametrize("kind", DraftKind)
def test_what_a_killed_process_was_looking_for_the_next_one_finds(
    fresh_url: str, tmp_path: Path, clock: FixedClock, board: BoardSchool, kind: DraftKind
) -> None:
    """SIGKILL between the claim and the end: no commit, no clean end, and nothing of the curator's is lost."""
    session = board.session
    board.mark("Лебедева", "Тихонова", MarkKind.FORBID)
    draft = board.newest()
    if kind is DraftKind.GROUPS:
        draft = service.form(
            session, Jobs(), BOX, board.curator, Asked(("digital",), 3, 6), after=None, now=clock.now()
        )
    draft_id = draft.id
    session.commit()
    with ExitStack() as stack:
        victim = WorkerProcess(environment(fresh_url, tmp_path), (service.RUN, draft_id))
        stack.callback(victim.end)
        stack.callback(victim.kill)
        victim.ready().go()
        _wait_for_claim(board, draft_id)
        victim.kill()
        assert victim.end() == -signal.SIGKILL
    session.expire_all()
    assert (draft.state, draft.attempts, draft.sealed_result) == (DraftState.RUNNING, 1, None)
    session.commit()

    clock.move_to(clock.now() + jobs.STALE + timedelta(minutes=1))
    board.runtime.jobs.run(board.runtime, service.RUN, draft_id)
    session.expire_all()
    assert (draft.state, draft.attempts, draft.proved) == (DraftState.DONE, 2, True)
    assert [(mark.kind, mark.undone_at) for mark in queries.marks(session, board.school.id)] == [
        (MarkKind.FORBID, None)
    ]


def _wait_for_claim(board: BoardSchool, draft_id: int) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with board.runtime.db.unit_of_work(read_only=True) as session:
            if session.scalars(select(Draft.state).where(Draft.id == draft_id)).one() is DraftState.RUNNING:
                return
        time.sleep(0.005)
    raise AssertionError("no worker took the draft")
