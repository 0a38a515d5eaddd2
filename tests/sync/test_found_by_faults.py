"""What the seeded runs of `tests/faults` have found in passes and deliveries, each as a test of its own."""

from typing import Any

import pytest
from sqlalchemy import select

from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.audit import AuditEvent
from moodle_mentorship.demo.moodle.state import Fault
from moodle_mentorship.moodle import errors
from moodle_mentorship.moodle.enums import OutboxState
from moodle_mentorship.moodle.models import MoodleSite, OutboxItem
from moodle_mentorship.moodle.outbox import Delivery, Handlers, put
from moodle_mentorship.people.enums import StaffStatus
from moodle_mentorship.sync import outbox, readers, runner, service
from moodle_mentorship.sync.enums import PassKind, PassState
from moodle_mentorship.sync.models import SyncPass
from tests.sync.conftest import Syncing, hire


@pytest.mark.parametrize("running", [False, True])
def test_a_dry_run_swallows_no_real_pass(syncing: Syncing, running: bool) -> None:
    hire(syncing.moodle, 2)
    dry = syncing.ask(dry_run=True)
    if running:
        row = syncing.row(dry)
        row.state, row.heartbeat_at = PassState.RUNNING, syncing.clock.now() - runner.STALE * 2
        syncing.session.commit()
    # The nightly full pass and a webhook come while it is there.
    syncing.ask(PassKind.FULL)
    syncing.ask(PassKind.DELTA)

    runner.run_pass(syncing.runtime, dry)

    rows = syncing.session.execute(select(SyncPass.kind, SyncPass.dry_run, SyncPass.state).order_by(SyncPass.id)).all()
    assert [tuple(row) for row in rows] == [
        (PassKind.FULL, True, PassState.DONE),
        (PassKind.FULL, False, PassState.QUEUED),
    ]


def test_a_question_that_a_newer_pass_answers_ends_in_the_journal(syncing: Syncing) -> None:
    ids = hire(syncing.moodle, 10)
    syncing.run()
    for gone in ids[:5]:
        syncing.moodle.remove_from_cohort(gone)
    asking = syncing.run()
    assert asking.state is PassState.ASKING
    for back in ids[:5]:
        syncing.moodle.add_to_cohort(back)
    syncing.run()

    assert syncing.row(asking.id).state is PassState.CANCELLED
    events = syncing.session.scalars(
        select(AuditEvent.action).where(AuditEvent.object_id == asking.id, AuditEvent.object_type == "sync_pass")
    ).all()
    assert events == ["sync.ask", "sync.asking", "sync.cancelled"]


def test_those_whom_a_delta_marked_count_when_the_full_pass_behind_it_asks(
    syncing: Syncing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten of a hundred leave, on the delta's first page; the eleventh on its second makes it a full pass. Alone they
    are few, together more than a tenth."""
    monkeypatch.setattr(readers, "PAGE", 10)
    ids = hire(syncing.moodle, 100)
    syncing.run()
    for gone in ids[:20]:
        syncing.moodle.remove_from_cohort(gone)

    row = syncing.run(PassKind.DELTA)

    assert (row.kind, row.state, row.leaving) == (PassKind.FULL, PassState.ASKING, 10)
    statuses = [person.status for person in syncing.people()]
    assert statuses.count(StaffStatus.LEAVING) == 10


def test_a_worker_with_a_deltas_page_stops_when_the_pass_became_a_full_one(
    syncing: Syncing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The delta's place in a new journal and the full pass's first Moodle id are both 0."""
    ids = hire(syncing.moodle, 3)
    syncing.run()
    site = syncing.session.get_one(MoodleSite, syncing.school.site.id)
    site.sequence = 0
    syncing.session.commit()
    pass_id = syncing.ask(PassKind.DELTA)
    read = readers.JournalReader.read
    heirs: list[int] = []

    def overtaken(self: readers.JournalReader, cursor: int) -> Any:
        page = read(self, cursor)
        if not heirs:
            heirs.append(cursor)
            syncing.later(minutes=3)
            syncing.moodle.new_journal()
            # The heir finds another journal; its worker dies before the first page of the full list.
            syncing.moodle.fail_next(Fault.LOGIN_REDIRECT, function="local_mentorship_get_staff")
            monkeypatch.setattr(runner, "_fail", lambda *_: None)
            runner.run_pass(syncing.runtime, pass_id)
        return page

    monkeypatch.setattr(readers.JournalReader, "read", overtaken)
    runner.run_pass(syncing.runtime, pass_id)

    row = syncing.row(pass_id)
    assert (row.kind, row.state, row.cursor, row.seen) == (PassKind.FULL, PassState.RUNNING, 0, 0)
    assert len(syncing.people()) == len(ids)


def test_a_worker_from_before_a_retry_writes_nothing(syncing: Syncing) -> None:
    """It had the first attempt; somebody retried the stuck item, and another worker has the first attempt again."""
    handlers, refusing = Handlers(), Handlers()

    def refuse(delivery: Delivery) -> None:
        raise errors.PermissionMissing("f", "nopermissions")

    def slow(delivery: Delivery) -> None:
        syncing.later(minutes=6)
        outbox.deliver(syncing.runtime, refusing, item_id)
        with syncing.runtime.db.unit_of_work() as session:
            actor = syncing.school.actor(syncing.school.curator, Role.ADMINISTRATOR)
            service.retry_item(session, syncing.runtime.jobs, actor, item_id, syncing.clock.now())
        claimed.append(outbox._claim(syncing.runtime, item_id))

    handlers.add("kind", slow)
    refusing.add("kind", refuse)
    claimed: list[object] = []
    with syncing.runtime.db.unit_of_work() as session:
        item_id = put(
            session,
            syncing.runtime.jobs,
            school_id=syncing.school.id,
            stream="s",
            kind="kind",
            payload={},
            now=syncing.clock.now(),
        ).id

    outbox.deliver(syncing.runtime, handlers, item_id)

    syncing.session.expire_all()
    item = syncing.session.get_one(OutboxItem, item_id)
    assert (item.state, item.attempts) == (OutboxState.SENDING, 1)
    assert claimed[0] is not None
