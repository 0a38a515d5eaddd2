"""The queue in Redis only wakes: emptied, stopped or silent, it loses nothing that stands in rows."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from moodle_mentorship.core.jobs import REDIS_TIMEOUT
from moodle_mentorship.demo.moodle.state import DemoMoodle
from moodle_mentorship.moodle.enums import OutboxState
from moodle_mentorship.moodle.models import OutboxItem
from tests.faults.processes import SharedSchool
from tests.redis_server import RedisServer, redis_server
from tests.sync.conftest import demo_moodle

__all__ = ["redis_server"]


@pytest.fixture
def moodle() -> Iterator[DemoMoodle]:
    with demo_moodle() as moodle:
        moodle.profile_fields.update(position="text", hired="datetime")
        yield moodle


@pytest.fixture
def shared(fresh_url: str, tmp_path: Path, moodle: DemoMoodle, redis_server: RedisServer) -> Iterator[SharedSchool]:
    """The school whose queue is in Redis; nobody works at it yet."""
    shared = SharedSchool(fresh_url, tmp_path, moodle, moodle.config.base_url, MENTORSHIP_REDIS_URL=redis_server.url)
    yield shared
    shared.runtime.db.engine.dispose()


@pytest.fixture
def work(shared: SharedSchool) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    """Starts `mentorship worker`, as an installation does."""
    started: list[subprocess.Popen[bytes]] = []

    def begin() -> subprocess.Popen[bytes]:
        program = "import sys; from moodle_mentorship.cli import main; sys.argv[0] = 'mentorship'; main()"
        started.append(subprocess.Popen([sys.executable, "-c", program, "worker"], env=shared.env))
        return started[-1]

    yield begin
    for worker in started:
        worker.terminate()
        worker.wait(timeout=30)


def delivered(shared: SharedSchool) -> int:
    return sum(item.state is OutboxState.DELIVERED for item in shared.rows(OutboxItem))


def comes_true(said: Callable[[], bool], seconds: float = 60) -> bool:
    """Whether it does, within the time that a loaded machine may need."""
    end = time.monotonic() + seconds
    while not said():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def test_an_emptied_redis_loses_nothing(
    shared: SharedSchool, redis_server: RedisServer, work: Callable[[], subprocess.Popen[bytes]]
) -> None:
    """Half of the messages are gone before a worker saw them; the sweep of the next minute wakes them again."""
    shared.order_pairs(3)
    assert redis_server.flush() > 0
    worker = work()
    time.sleep(0.5)
    assert delivered(shared) == 0

    shared.runtime.jobs.run_sweeps(shared.runtime)
    assert comes_true(lambda: delivered(shared) == 3)

    # Emptied while a worker is at it, which goes on.
    redis_server.flush()
    shared.ask_pass()
    shared.runtime.jobs.run_sweeps(shared.runtime)
    assert comes_true(lambda: shared.moodle.calls["local_mentorship_get_staff"] >= 2)
    assert worker.poll() is None
    assert sorted(shared.groups(), key=str) == sorted(shared.promised(), key=str)


def test_without_redis_acts_are_saved_and_delivered_when_it_is_back(
    shared: SharedSchool, redis_server: RedisServer, work: Callable[[], subprocess.Popen[bytes]]
) -> None:
    worker = work()
    redis_server.stop()
    shared.order_pairs(2)
    assert delivered(shared) == 0

    redis_server.start()
    shared.runtime.jobs.run_sweeps(shared.runtime)
    assert comes_true(lambda: delivered(shared) == 2)
    assert worker.poll() is None


def test_a_silent_redis_holds_nobody_up_for_long(shared: SharedSchool, redis_server: RedisServer) -> None:
    """It takes connections and never answers, as a machine that swaps does."""
    shared.runtime.jobs.wake("sync.run", 0)
    os.kill(redis_server.process.pid, signal.SIGSTOP)
    try:
        started = time.monotonic()
        shared.runtime.jobs.wake("sync.run", 0)
        assert REDIS_TIMEOUT <= time.monotonic() - started < REDIS_TIMEOUT * 5
    finally:
        os.kill(redis_server.process.pid, signal.SIGCONT)
