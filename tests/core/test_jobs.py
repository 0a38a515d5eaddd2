"""Jobs: the queue only wakes; what it loses is found by a sweep, and one fault stops nobody else."""

import pickle
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from huey import MemoryHuey

from moodle_mentorship.app import create_runtime
from moodle_mentorship.core.clock import FixedClock
from moodle_mentorship.core.jobs import Jobs, make_huey
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.core.settings import DEMO_ENCRYPTION_KEY
from tests.conftest import make_settings


class DownQueue(MemoryHuey):  # type: ignore[misc]  # huey has no types
    """A queue that can't be reached."""

    def enqueue(self, task: object) -> None:
        raise ConnectionError("no queue")


def test_a_message_waits_for_the_commit(runtime: Runtime) -> None:
    done: list[int] = []
    runtime.jobs.handler("note", lambda _runtime, row_id: done.append(row_id))
    runtime.jobs.bind(runtime)
    with runtime.db.unit_of_work() as session:
        runtime.jobs.enqueue(session, "note", 7)
        assert len(runtime.jobs.huey) == 0
    assert len(runtime.jobs.huey) == 1
    runtime.jobs.huey.execute(runtime.jobs.huey.dequeue())
    assert done == [7]


def test_a_queue_that_is_down_does_not_undo_the_act_and_the_sweep_finds_the_row(runtime: Runtime) -> None:
    jobs, done = Jobs(DownQueue("down", results=False)), []
    jobs.handler("note", lambda _runtime, row_id: done.append(row_id))
    jobs.sweep("note", lambda swept: jobs.run(swept, "note", 7))
    jobs.bind(runtime)
    with runtime.db.unit_of_work() as session:
        jobs.enqueue(session, "note", 7)
    assert done == []
    jobs.run_sweeps(runtime)
    assert done == [7]


class Bomb:
    """A pickle that does something when it is read."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.path,)


def test_a_message_that_is_not_ours_runs_nothing(tmp_path: Path) -> None:
    """Whoever can write into Redis, or into the queue's file, could otherwise run anything as the service's user."""
    settings = make_settings("sqlite://", tmp_path)
    ours, again = make_huey(settings), make_huey(settings)
    elsewhere = make_huey(make_settings("sqlite://", tmp_path, MENTORSHIP_ENCRYPTION_KEYS=DEMO_ENCRYPTION_KEY))
    hit = tmp_path / "hit"
    bomb = pickle.dumps(Bomb(hit))
    for message in (bomb, bomb + b":" + b"0" * 40, elsewhere.serializer.serialize(Bomb(hit))):
        ours.storage.enqueue(message)
        with pytest.raises(ValueError, match=r"Separator|Signature"):
            ours.dequeue()
    assert not hit.exists()
    task = ours.task(name="note")(lambda row: row)
    again.task(name="note")(lambda row: row)
    task(7)
    assert again.dequeue().args == (7,)
    for huey in (ours, again, elsewhere):
        huey.storage.close()


def test_one_fault_stops_nobody_else(runtime: Runtime) -> None:
    jobs, done = Jobs(), []

    def broken(_runtime: Runtime) -> None:
        raise RuntimeError("broken")

    jobs.handler("broken", lambda swept, _row: broken(swept))
    jobs.sweep("broken", broken)
    jobs.sweep("whole", lambda _runtime: done.append("minute"))
    jobs.hourly("broken", broken)
    jobs.hourly("whole", lambda _runtime: done.append("hour"))
    jobs.nightly("broken", broken)
    jobs.nightly("whole", lambda _runtime: done.append("night"))
    jobs.run(runtime, "broken", 1)
    jobs.run(runtime, "unknown", 1)
    jobs.run_sweeps(runtime)
    jobs.run_hourly(runtime)
    jobs.run_nightly(runtime)
    assert done == ["minute", "hour", "night"]


def worker(url: str, folder: Path, clock: FixedClock, done: list[str], who: str) -> tuple[Jobs, Runtime]:
    """A worker process of its own, as far as the database sees."""
    jobs = Jobs()
    jobs.sweep("note", lambda _runtime: done.append(f"{who} minute"))
    jobs.hourly("note", lambda _runtime: done.append(f"{who} hour"))
    jobs.nightly("note", lambda _runtime: done.append(f"{who} night"))
    return jobs, create_runtime(make_settings(url, folder), clock=clock, jobs=jobs)


def test_of_two_workers_one_does_what_is_due(fresh_url: str, tmp_path: Path) -> None:
    clock, done = FixedClock(datetime(2026, 11, 24, 2, 28, 10, tzinfo=UTC)), list[str]()
    workers = [worker(fresh_url, tmp_path, clock, done, who) for who in ("first", "second")]

    def come_by(at: str) -> list[str]:
        clock.move_to(datetime.fromisoformat(f"2026-11-{at}+00:00"))
        done.clear()
        for jobs, runtime in workers:
            jobs.run_due(runtime)
        return sorted(done)

    assert come_by("24T02:28:10") == []
    assert come_by("24T02:29:00") == ["first minute"]
    assert come_by("24T02:29:40") == []
    assert come_by("24T02:30:00") == ["first minute", "first night"]
    assert come_by("24T02:59:59") == ["first minute"]
    assert come_by("24T03:00:00") == ["first hour", "first minute"]
    assert come_by("24T23:59:59") == ["first hour", "first minute"]
    # The service stood still at half past two.
    assert come_by("25T07:12:00") == ["first hour", "first minute", "first night"]
    assert come_by("26T02:29:59") == ["first hour", "first minute"]
    assert come_by("26T02:30:00") == ["first minute", "first night"]
    for _, runtime in workers:
        runtime.db.engine.dispose()


def test_two_workers_in_the_same_moment(fresh_url: str, tmp_path: Path) -> None:
    clock, done = FixedClock(datetime(2026, 11, 24, 2, 0, tzinfo=UTC)), list[str]()
    workers = [worker(fresh_url, tmp_path, clock, done, str(number)) for number in range(4)]
    # The second time all of them know the rows, the first time they make them.
    for day in (24, 25):
        clock.move_to(datetime(2026, 11, day, 2, 31, tzinfo=UTC))
        gate = threading.Barrier(len(workers))

        def come_by(jobs: Jobs, runtime: Runtime, gate: threading.Barrier = gate) -> None:
            gate.wait()
            jobs.run_due(runtime)

        threads = [threading.Thread(target=come_by, args=each) for each in workers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(entry.split()[1] for entry in done) == ["hour", "minute", "night"]
    for _, runtime in workers:
        runtime.db.engine.dispose()


def test_a_worker_that_died_at_it_is_replaced(fresh_url: str, tmp_path: Path) -> None:
    clock, done = FixedClock(datetime(2026, 11, 24, 2, 0, tzinfo=UTC)), list[str]()
    jobs, runtime = worker(fresh_url, tmp_path, clock, done, "second")
    dying, _ = worker(fresh_url, tmp_path, clock, [], "first")

    def die(_runtime: Runtime) -> None:
        raise KeyboardInterrupt

    dying.nightly("die", die)
    dying.run_due(runtime)
    clock.move_to(datetime(2026, 11, 24, 2, 30, tzinfo=UTC))
    with pytest.raises(KeyboardInterrupt):
        dying.run_due(runtime)
    for minutes, expected in ((1, []), (14, []), (16, ["second night"])):
        clock.move_to(datetime(2026, 11, 24, 2, 30, tzinfo=UTC) + timedelta(minutes=minutes))
        done.clear()
        jobs.run_due(runtime)
        assert [entry for entry in done if "night" in entry] == expected
    runtime.db.engine.dispose()
