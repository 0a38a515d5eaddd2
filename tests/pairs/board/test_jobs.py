"""A calculation that is killed, stopped or overtaken leaves nothing half-made, and somebody ends it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from moodle_mentorship.banks.enums import MentorState
from moodle_mentorship.banks.errors import NotInMentorBank
from moodle_mentorship.banks.queries import mentor_of
from moodle_mentorship.core.clock import FixedClock
from moodle_mentorship.core.jobs import Jobs
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.matching import solver
from moodle_mentorship.matching.solver import TooLarge
from moodle_mentorship.pairs.board import jobs, queries, service
from moodle_mentorship.pairs.board.enums import DraftState
from moodle_mentorship.pairs.board.models import Draft
from tests.conftest import NOW
from tests.pairs.board.conftest import BoardSchool
from tests.pairs.board.test_service import send


class Killed(BaseException):
    """The worker's process is gone: no code of ours runs any more."""


@pytest.fixture
def draft(board: BoardSchool, session: Session) -> Draft:
    made = service.calculate(session, Jobs(), board.curator, NOW)
    session.commit()
    return made


def meanwhile(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """Let `act` happen while the solver is at work."""
    original = solver.solve

    def solve(problem: Any) -> Any:
        act()
        return original(problem)

    monkeypatch.setattr(solver, "solve", solve)


def woken(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Which drafts the sweep wakes."""
    found: list[int] = []
    monkeypatch.setattr(runtime.jobs, "wake", lambda name, row_id: found.append(row_id))
    jobs.sweep(runtime)
    return found


def killed(runtime: Runtime, draft: Draft, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:

        def die() -> None:
            raise Killed

        meanwhile(patched, die)
        with pytest.raises(Killed):
            jobs.run(runtime, draft.id)


def test_a_killed_solver_is_replaced_by_the_next_worker(
    runtime: Runtime, session: Session, clock: FixedClock, draft: Draft, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert woken(runtime, monkeypatch) == [draft.id]
    killed(runtime, draft, monkeypatch)
    session.expire_all()
    assert (draft.state, draft.sealed_result) == (DraftState.RUNNING, None)
    # It may still be alive; nobody takes it over before it is stale.
    assert woken(runtime, monkeypatch) == []
    clock.move_to(clock.now() + jobs.STALE + timedelta(seconds=1))
    assert woken(runtime, monkeypatch) == [draft.id]
    jobs.run(runtime, draft.id)
    session.expire_all()
    assert (draft.state, draft.proved, draft.attempts) == (DraftState.DONE, True, 2)
    assert woken(runtime, monkeypatch) == []


def test_a_draft_that_kills_every_worker_ends(
    runtime: Runtime, session: Session, clock: FixedClock, draft: Draft, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(jobs.ATTEMPTS):
        killed(runtime, draft, monkeypatch)
        clock.move_to(clock.now() + jobs.STALE + timedelta(seconds=1))
    jobs.run(runtime, draft.id)
    session.expire_all()
    assert (draft.state, draft.error_code) == (DraftState.FAILED, "crashed")


def test_a_worker_that_was_overtaken_keeps_nothing(
    runtime: Runtime, session: Session, clock: FixedClock, draft: Draft, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first one was only slow: what it brings comes too late, the second one's answer stands."""

    def overtaken() -> None:
        monkeypatch.undo()
        clock.move_to(clock.now() + jobs.STALE + timedelta(seconds=1))
        jobs.run(runtime, draft.id)

    meanwhile(monkeypatch, overtaken)
    jobs.run(runtime, draft.id)
    session.expire_all()
    assert (draft.state, draft.attempts, draft.started_at) == (DraftState.DONE, 2, clock.now())


def test_a_stopped_calculation_stays_stopped(
    runtime: Runtime, board: BoardSchool, session: Session, draft: Draft, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop() -> None:
        service.stop(session, board.curator, draft.id, NOW)
        session.commit()

    meanwhile(monkeypatch, stop)
    jobs.run(runtime, draft.id)
    session.expire_all()
    assert (draft.state, draft.sealed_result) == (DraftState.CANCELLED, None)
    assert queries.recent(session, board.school.id) == []
    # A finished one stays what it is.
    assert service.stop(session, board.curator, draft.id, NOW).state is DraftState.CANCELLED


def test_a_new_draft_stops_the_one_under_way(board: BoardSchool, session: Session, draft: Draft) -> None:
    following = service.calculate(session, Jobs(), board.curator, NOW)
    session.refresh(draft)
    assert (draft.state, following.state, following.number) == (DraftState.CANCELLED, DraftState.QUEUED, 2)


def test_too_many_people_are_said(
    runtime: Runtime, session: Session, draft: Draft, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_large() -> None:
        raise TooLarge("many")

    meanwhile(monkeypatch, too_large)
    jobs.run(runtime, draft.id)
    session.expire_all()
    assert (draft.state, draft.error_code) == (DraftState.FAILED, "too_large")


def test_whose_profile_goes_while_it_is_read_is_not_kept(
    runtime: Runtime, board: BoardSchool, session: Session, draft: Draft, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The running worker has read the profile already: its answer is thrown away, and the draft begins anew."""

    def withdraw() -> None:
        service.forget(session, runtime.box, board.curator, board.id("Юсупов"), NOW)
        session.commit()

    meanwhile(monkeypatch, withdraw)
    jobs.run(runtime, draft.id)
    session.expire_all()
    assert (draft.state, draft.sealed_input) == (DraftState.QUEUED, None)


def test_a_mentor_who_leaves_during_the_calculation_is_told_and_loses_nobody_else_their_pair(
    runtime: Runtime, board: BoardSchool, session: Session, draft: Draft, monkeypatch: pytest.MonkeyPatch
) -> None:
    leaver = mentor_of(session, board.school.id, board.id("Юсупов"))
    assert leaver is not None

    def leave() -> None:
        leaver.state = MentorState.LEFT
        session.commit()

    meanwhile(monkeypatch, leave)
    jobs.run(runtime, draft.id)
    session.expire_all()
    opened = queries.opened(draft, runtime.box)
    assert opened is not None
    matched = {mentee: mentor for mentee, mentor in opened.result.assignment.items() if mentor is not None}
    assert board.id("Юсупов") in matched.values()
    sent = send(board, draft.id)
    assert [(one.mentor, type(one.error)) for one in sent.refused] == [(board.id("Юсупов"), NotInMentorBank)]
    assert {(pair.mentee_person_id, pair.mentor_person_id) for pair in sent.pairs} == {
        couple for couple in matched.items() if couple[1] != board.id("Юсупов")
    }
