"""Delivery of the outbox: in order, once as Moodle sees it, repeated until a human must look."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from moodle_mentorship.app import create_runtime
from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.audit import AuditEvent
from moodle_mentorship.core.clock import FixedClock
from moodle_mentorship.core.errors import Conflict, DomainError, NotFound
from moodle_mentorship.core.jobs import Jobs
from moodle_mentorship.demo.moodle.state import DemoMoodle
from moodle_mentorship.moodle import errors
from moodle_mentorship.moodle.enums import OutboxState
from moodle_mentorship.moodle.models import MoodleSite, OutboxItem
from moodle_mentorship.moodle.outbox import DELIVER, Delivery, Handlers, put
from moodle_mentorship.sync import jobs, outbox, service
from tests.conftest import make_settings
from tests.factories import TestSchool
from tests.sync.conftest import Syncing, own_database


def ensure_group(delivery: Delivery) -> None:
    """A handler as rooms write them: look, adopt, create what lacks."""
    idnumber = str(delivery.payload["idnumber"])
    if delivery.client.group_by_idnumber(delivery.course_id, idnumber) is None:
        delivery.client.create_group(delivery.course_id, f"Пара {idnumber}", "", idnumber)


@pytest.fixture
def handlers() -> Handlers:
    handlers = Handlers()
    handlers.add("group", ensure_group, "Group of a pair")
    return handlers


def place(syncing: Syncing, *idnumbers: str, stream: str = "pair:1", kind: str = "group") -> list[int]:
    with syncing.runtime.db.unit_of_work() as session:
        return [
            put(
                session,
                syncing.runtime.jobs,
                school_id=syncing.school.id,
                stream=stream,
                kind=kind,
                payload={"idnumber": idnumber},
                now=syncing.clock.now(),
            ).id
            for idnumber in idnumbers
        ]


def item(syncing: Syncing, item_id: int) -> OutboxItem:
    syncing.session.commit()
    syncing.session.expire_all()
    return syncing.session.get_one(OutboxItem, item_id)


def groups(syncing: Syncing) -> list[str]:
    return [group.idnumber for _, group in sorted(syncing.moodle.groups.items())]


def test_items_of_a_stream_are_delivered_in_order(syncing: Syncing, handlers: Handlers) -> None:
    first, second = place(syncing, "a", "b")
    (aside,) = place(syncing, "c", stream="pair:2")
    woken: list[tuple[str, int]] = []
    syncing.runtime.jobs._wake = lambda name, row: woken.append((name, row))

    outbox.deliver(syncing.runtime, handlers, second)
    assert groups(syncing) == []
    outbox.deliver(syncing.runtime, handlers, aside)
    outbox.deliver(syncing.runtime, handlers, first)
    assert (groups(syncing), woken) == (["c", "a"], [(DELIVER, second)])
    outbox.deliver(syncing.runtime, handlers, second)

    assert groups(syncing) == ["c", "a", "b"]
    done = item(syncing, second)
    assert (done.state, done.attempts, done.delivered_at, done.error_code) == (
        OutboxState.DELIVERED,
        1,
        syncing.clock.now(),
        None,
    )


def test_a_second_delivery_does_nothing(syncing: Syncing, handlers: Handlers) -> None:
    (item_id,) = place(syncing, "a")
    for _ in range(2):
        outbox.deliver(syncing.runtime, handlers, item_id)
    assert syncing.moodle.calls["core_group_create_groups"] == 1


def test_cut_between_moodles_answer_and_our_commit_it_is_adopted(
    syncing: Syncing, handlers: Handlers, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def kill(*_: Any) -> None:
        raise Killed

    (item_id,) = place(syncing, "a")
    settle = outbox._settle
    monkeypatch.setattr(outbox, "_settle", kill)
    with pytest.raises(Killed):
        outbox.deliver(syncing.runtime, handlers, item_id)
    monkeypatch.setattr(outbox, "_settle", settle)
    assert (groups(syncing), item(syncing, item_id).state) == (["a"], OutboxState.SENDING)

    # The dead worker's claim holds for five minutes; then the sweep finds the item.
    outbox.deliver(syncing.runtime, handlers, item_id)
    assert item(syncing, item_id).attempts == 1
    syncing.later(minutes=5, seconds=1)
    with syncing.runtime.db.unit_of_work(read_only=True) as session:
        assert list(outbox.due_items(session, syncing.clock.now())) == [item_id]
    outbox.deliver(syncing.runtime, handlers, item_id)

    assert (groups(syncing), item(syncing, item_id).state) == (["a"], OutboxState.DELIVERED)
    assert syncing.moodle.calls["core_group_create_groups"] == 1


def refusing(error: Exception) -> Handlers:
    handlers = Handlers()

    def refuse(delivery: Delivery) -> None:
        raise error

    handlers.add("group", refuse)
    return handlers


def test_a_moodle_that_is_away_is_tried_again_with_growing_delays(syncing: Syncing) -> None:
    handlers = refusing(errors.SiteMaintenance("f", "sitemaintenance"))
    (item_id,) = place(syncing, "a")
    delays = []
    for _ in range(outbox.ATTEMPTS - 1):
        outbox.deliver(syncing.runtime, handlers, item_id)
        row = item(syncing, item_id)
        assert (row.state, row.error_code) == (OutboxState.WAITING, "moodle_maintenance")
        delays.append((row.due_at - syncing.clock.now()).total_seconds())
        outbox.deliver(syncing.runtime, handlers, item_id)
        assert item(syncing, item_id).attempts == len(delays)
        syncing.clock.move_to(row.due_at)
    outbox.deliver(syncing.runtime, handlers, item_id)

    assert (item(syncing, item_id).state, item(syncing, item_id).attempts) == (OutboxState.STUCK, outbox.ATTEMPTS)
    plain = [min(30.0 * 2**number, 6 * 3600.0) for number in range(outbox.ATTEMPTS - 1)]
    assert sum(plain) > timedelta(days=3).total_seconds()
    assert all(low <= delay <= low * 1.25 for low, delay in zip(plain, delays, strict=True))


def test_the_delay_is_capped_at_six_hours() -> None:
    assert [outbox.delay_after(attempt, lambda low, high: low) for attempt in (1, 2, 10, 11, 30)] == [
        timedelta(seconds=30),
        timedelta(seconds=60),
        timedelta(seconds=15360),
        timedelta(hours=6),
        timedelta(hours=6),
    ]


@pytest.mark.parametrize(
    ("error", "state", "code"),
    [
        (errors.PermissionMissing("f", "nopermissions"), OutboxState.STUCK, "moodle_permission_missing"),
        (DomainError(), OutboxState.STUCK, "error"),
        (ZeroDivisionError(), OutboxState.WAITING, "fault"),
    ],
)
def test_what_no_waiting_helps_is_stuck_at_once(
    syncing: Syncing, error: Exception, state: OutboxState, code: str
) -> None:
    (item_id,) = place(syncing, "a")
    outbox.deliver(syncing.runtime, refusing(error), item_id)
    assert (item(syncing, item_id).state, item(syncing, item_id).error_code) == (state, code)


def test_an_item_of_an_unknown_kind_is_stuck(syncing: Syncing, handlers: Handlers) -> None:
    (item_id,) = place(syncing, "a", kind="of the future")
    outbox.deliver(syncing.runtime, handlers, item_id)
    assert (item(syncing, item_id).state, item(syncing, item_id).error_code) == (OutboxState.STUCK, "no_handler")


def test_a_stuck_item_holds_its_stream_until_it_is_retried(syncing: Syncing, handlers: Handlers) -> None:
    first, second = place(syncing, "a", "b")
    syncing.moodle.revoke("moodle/course:managegroups")
    outbox.deliver(syncing.runtime, handlers, first)
    assert item(syncing, first).state is OutboxState.STUCK
    outbox.deliver(syncing.runtime, handlers, second)
    assert item(syncing, second).state is OutboxState.WAITING

    syncing.moodle.grant("moodle/course:managegroups")
    actor = syncing.school.actor(syncing.school.curator, Role.ADMINISTRATOR)
    with syncing.runtime.db.unit_of_work() as session:
        service.retry_item(session, syncing.runtime.jobs, actor, first, syncing.clock.now())
    for item_id in (first, second):
        outbox.deliver(syncing.runtime, handlers, item_id)

    assert groups(syncing) == ["a", "b"]
    events = syncing.session.scalars(select(AuditEvent.action).where(AuditEvent.object_type == "outbox_item"))
    assert list(events) == ["outbox.retry"]
    with syncing.runtime.db.unit_of_work() as session, pytest.raises(Conflict):
        service.retry_item(session, syncing.runtime.jobs, actor, first, syncing.clock.now())


def test_another_schools_item_is_not_found(syncing: Syncing, other_school: TestSchool) -> None:
    (item_id,) = place(syncing, "a")
    with syncing.runtime.db.unit_of_work() as session, pytest.raises(NotFound):
        service.retry_item(session, syncing.runtime.jobs, other_school.actor(), item_id, syncing.clock.now())


def test_without_a_connected_moodle_an_item_waits(syncing: Syncing, handlers: Handlers) -> None:
    (item_id,) = place(syncing, "a")
    site = syncing.session.get_one(MoodleSite, syncing.school.site.id)
    site.disabled_at = syncing.clock.now()
    syncing.session.commit()

    outbox.deliver(syncing.runtime, handlers, item_id)

    row = item(syncing, item_id)
    assert (row.state, row.attempts, row.due_at) == (
        OutboxState.WAITING,
        0,
        syncing.clock.now() + outbox.UNCONNECTED_DELAY,
    )


def test_a_worker_whose_claim_ran_out_writes_nothing(syncing: Syncing, handlers: Handlers) -> None:
    """It comes back after another one took the item over and failed."""
    (item_id,) = place(syncing, "a")
    slow = Handlers()

    def overtaken(delivery: Delivery) -> None:
        syncing.later(minutes=6)
        outbox.deliver(syncing.runtime, refusing(errors.PermissionMissing("f", "nopermissions")), item_id)

    slow.add("group", overtaken)
    outbox.deliver(syncing.runtime, slow, item_id)

    assert (item(syncing, item_id).state, item(syncing, item_id).attempts) == (OutboxState.STUCK, 2)


def test_an_item_that_kills_every_worker_is_stuck(
    syncing: Syncing, handlers: Handlers, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    deadly = Handlers()

    def kill(delivery: Delivery) -> None:
        raise Killed

    deadly.add("group", kill)
    (item_id,) = place(syncing, "a")
    for _ in range(outbox.ATTEMPTS):
        with pytest.raises(Killed):
            outbox.deliver(syncing.runtime, deadly, item_id)
        syncing.later(minutes=6)
    outbox.deliver(syncing.runtime, deadly, item_id)
    assert (item(syncing, item_id).state, item(syncing, item_id).error_code) == (OutboxState.STUCK, "crashed")


def test_the_sweep_wakes_the_first_of_each_stream(syncing: Syncing) -> None:
    first, _ = place(syncing, "a", "b")
    (aside,) = place(syncing, "c", stream="pair:2")
    woken: list[tuple[str, int]] = []
    syncing.runtime.jobs._wake = lambda name, row: woken.append((name, row))
    jobs.wake_items(syncing.runtime)
    assert woken == [(DELIVER, first), (DELIVER, aside)]


def test_all_that_is_due_is_delivered_at_once(syncing: Syncing, handlers: Handlers) -> None:
    place(syncing, "a", "b", "c")
    jobs.register(syncing.runtime, handlers)
    assert (outbox.deliver_due(syncing.runtime), groups(syncing)) == (3, ["a", "b", "c"])


@pytest.fixture
def crowd(fresh_url: str, tmp_path: Path, moodle: DemoMoodle, clock: FixedClock) -> Iterator[Syncing]:
    settings = make_settings(fresh_url, tmp_path)
    with own_database(lambda: create_runtime(settings, clock=clock, jobs=Jobs()), moodle, clock) as syncing:
        yield syncing


def test_of_many_workers_one_delivers(crowd: Syncing) -> None:
    """Eight workers are woken for each of five items at the same moment."""
    calls: list[str] = []
    handlers = Handlers()

    def noted(delivery: Delivery) -> None:
        calls.append(str(delivery.payload["idnumber"]))
        ensure_group(delivery)

    handlers.add("group", noted)
    names = ["a", "b", "c", "d", "e"]
    ids = [place(crowd, name, stream=f"pair:{name}")[0] for name in names]
    start = threading.Barrier(8)

    def work() -> None:
        start.wait()
        for item_id in ids:
            outbox.deliver(crowd.runtime, handlers, item_id)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (sorted(calls), sorted(groups(crowd))) == (names, names)
    assert [item(crowd, item_id).attempts for item_id in ids] == [1] * 5
