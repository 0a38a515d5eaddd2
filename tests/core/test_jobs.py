"""Jobs: the queue only wakes; what it loses is found by a sweep, and one fault stops nobody else."""

from huey import MemoryHuey

from moodle_mentorship.core.jobs import Jobs
from moodle_mentorship.core.runtime import Runtime


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


def test_one_fault_stops_nobody_else(runtime: Runtime) -> None:
    jobs, done = Jobs(), []

    def broken(_runtime: Runtime) -> None:
        raise RuntimeError("broken")

    jobs.handler("broken", lambda swept, _row: broken(swept))
    jobs.sweep("broken", broken)
    jobs.sweep("whole", lambda _runtime: done.append("minute"))
    jobs.nightly("broken", broken)
    jobs.nightly("whole", lambda _runtime: done.append("night"))
    jobs.run(runtime, "broken", 1)
    jobs.run(runtime, "unknown", 1)
    jobs.run_sweeps(runtime)
    jobs.run_nightly(runtime)
    assert done == ["minute", "night"]
