"""Workers that really are processes: two at one outbox, and one that is killed right after Moodle's answer."""

import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from moodle_mentorship.demo.moodle.state import DemoMoodle
from moodle_mentorship.moodle.enums import OutboxState
from moodle_mentorship.moodle.functions import Function
from moodle_mentorship.moodle.models import OutboxItem
from moodle_mentorship.people.models import Person
from moodle_mentorship.sync import outbox
from moodle_mentorship.sync.enums import PassState
from moodle_mentorship.sync.models import SyncPass
from tests.faults.processes import SharedSchool, WorkerProcess
from tests.faults.proxy import Fault, FaultProxy
from tests.sync.conftest import demo_moodle, hire


@pytest.fixture
def moodle() -> Iterator[DemoMoodle]:
    with demo_moodle() as moodle:
        moodle.profile_fields.update(position="text", hired="datetime")
        yield moodle


@pytest.fixture
def proxy(moodle: DemoMoodle) -> Iterator[FaultProxy]:
    with FaultProxy(moodle.config.base_url, lambda function: Fault.PASS).serving() as proxy:
        yield proxy


@pytest.fixture
def shared(fresh_url: str, tmp_path: Path, moodle: DemoMoodle, proxy: FaultProxy) -> Iterator[SharedSchool]:
    shared = SharedSchool(fresh_url, tmp_path, moodle, proxy.url)
    yield shared
    shared.runtime.db.engine.dispose()


Start = Callable[..., WorkerProcess]


@pytest.fixture
def start(shared: SharedSchool) -> Iterator[Start]:
    """Starts worker processes, and sees to it that none is left."""
    with ExitStack() as stack:

        def begin(*jobs: tuple[str, int]) -> WorkerProcess:
            worker = WorkerProcess(shared.env, *jobs)
            stack.callback(worker.end)
            stack.callback(worker.kill)
            return worker

        yield begin


def test_two_processes_share_one_outbox_and_one_pass(shared: SharedSchool, start: Start) -> None:
    items = shared.order_pairs(6)
    hire(shared.moodle, 20, first=100)
    pass_id = shared.ask_pass()
    shared.moodle.calls.clear()

    workers = [start(("sync.run", pass_id)) for _ in range(2)]
    for worker in workers:
        worker.ready()
    for worker in workers:
        worker.go()
    assert [worker.end() for worker in workers] == [0, 0]

    assert [(item.id, item.state, item.attempts) for item in shared.rows(OutboxItem)] == [
        (item_id, OutboxState.DELIVERED, 1) for item_id in items
    ]
    assert sorted(shared.groups(), key=str) == sorted(shared.promised(), key=str)
    assert shared.moodle.calls[Function.CREATE_GROUPS] == shared.moodle.calls[Function.ADD_GROUP_MEMBERS] == 6
    assert (shared.rows(SyncPass)[-1].state, len(shared.rows(Person))) == (PassState.DONE, 32)
    assert shared.moodle.calls[Function.GET_STAFF] == 1


@pytest.mark.parametrize("function", [Function.GET_STAFF, Function.CREATE_GROUPS, Function.ADD_GROUP_MEMBERS])
def test_what_a_killed_process_left_another_one_finishes(
    shared: SharedSchool, proxy: FaultProxy, start: Start, function: Function
) -> None:
    """SIGKILL right after Moodle has acted: no answer, no commit, no clean end."""
    shared.order_pairs(2)
    hire(shared.moodle, 5, first=100)
    victim = start(("sync.run", shared.ask_pass())).ready()
    proxy.kill = victim.kill
    proxy.plan = lambda asked: Fault.KILL if asked == function.value else Fault.PASS
    victim.go()
    assert victim.end() == -signal.SIGKILL
    assert any(item.state is not OutboxState.DELIVERED for item in shared.rows(OutboxItem))

    proxy.plan = lambda asked: Fault.PASS
    shared.later(minutes=10)
    shared.runtime.jobs.run_sweeps(shared.runtime)
    shared.runtime.jobs.run(shared.runtime, "sync.run", shared.rows(SyncPass)[-1].id)
    outbox.deliver_due(shared.runtime)

    assert {item.state for item in shared.rows(OutboxItem)} == {OutboxState.DELIVERED}
    assert sorted(shared.groups(), key=str) == sorted(shared.promised(), key=str)
    assert shared.moodle.calls[Function.CREATE_GROUPS] == 2
    assert (shared.rows(SyncPass)[-1].state, len(shared.rows(Person))) == (PassState.DONE, 9)
