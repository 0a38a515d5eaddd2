"""Messages and marks for one person: what is put down, what Moodle does with it, and what is kept of it."""

from typing import Any

import pytest
from sqlalchemy import select

from moodle_mentorship.demo.moodle.state import Fault, Tracking
from moodle_mentorship.moodle.enums import OutboxState
from moodle_mentorship.moodle.models import OutboxItem
from moodle_mentorship.moodle.outbox import Handlers
from moodle_mentorship.moodle.to_people import (
    COMPLETION,
    MESSAGE,
    MESSAGE_LIFE,
    PLUGIN_FROM,
    queue_completion,
    queue_messages,
    reaches_people,
)
from moodle_mentorship.sync import outbox, to_people
from tests.sync.conftest import Syncing, hire

FUNCTION = "local_mentorship_send_message"


@pytest.fixture
def handlers() -> Handlers:
    handlers = Handlers()
    handlers.add(MESSAGE, to_people.send_message)
    handlers.add(COMPLETION, to_people.set_completion)
    return handlers


@pytest.fixture
def current(syncing: Syncing) -> Syncing:
    """Connected by a plugin that is new enough."""
    syncing.school.site.plugin_version = PLUGIN_FROM
    syncing.session.commit()
    return syncing


def write(syncing: Syncing, user_id: int, key: str = "survey:1", **changes: Any) -> bool:
    message = {
        "subject": "Анкета",
        "text": "Анна Петровна, ответьте",
        "address": syncing.school.site.url + "/",
    } | changes
    text = message.pop("text")
    with syncing.runtime.db.unit_of_work() as session:
        return queue_messages(
            session,
            syncing.runtime.jobs,
            syncing.school.id,
            [(user_id, text)],
            key,
            **message,
            now=syncing.clock.now(),
        )


def tick(syncing: Syncing, user_id: int, placement: str = "1", done: bool = True) -> bool:
    with syncing.runtime.db.unit_of_work() as session:
        return queue_completion(
            session, syncing.runtime.jobs, syncing.school.id, placement, user_id, done, syncing.clock.now()
        )


def items(syncing: Syncing) -> list[OutboxItem]:
    syncing.session.commit()
    syncing.session.expire_all()
    return list(syncing.session.scalars(select(OutboxItem).order_by(OutboxItem.id)))


def deliver(syncing: Syncing, handlers: Handlers) -> list[tuple[OutboxState, Any]]:
    """Each item once, in the order they were put down: states and outcomes."""
    for item in items(syncing):
        outbox.deliver(syncing.runtime, handlers, item.id)
    return [(item.state, item.payload.get("outcome")) for item in items(syncing)]


def test_a_message_is_sent_once_for_its_key_and_its_text_is_forgotten(current: Syncing, handlers: Handlers) -> None:
    anna, boris = hire(current.moodle, 2)
    assert [write(current, anna), write(current, anna), write(current, boris), write(current, anna, "survey:2")] == [
        True
    ] * 4

    assert deliver(current, handlers) == [
        (OutboxState.DELIVERED, "sent"),
        (OutboxState.DELIVERED, "already"),
        (OutboxState.DELIVERED, "sent"),
        (OutboxState.DELIVERED, "sent"),
    ]
    assert [(sent.user_id, sent.key) for sent in current.moodle.messages] == [
        (anna, "survey:1"),
        (boris, "survey:1"),
        (anna, "survey:2"),
    ]
    assert items(current)[0].payload == {"moodle_user_id": anna, "key": "survey:1", "outcome": "sent"}
    sent = current.moodle.messages[0]
    assert (sent.subject, sent.text, sent.address) == (
        "Анкета",
        "Анна Петровна, ответьте",
        current.school.site.url + "/",
    )


def test_a_lost_answer_and_a_cut_after_it_send_no_second_message(
    current: Syncing, handlers: Handlers, monkeypatch: pytest.MonkeyPatch
) -> None:
    (anna,) = hire(current.moodle, 1)
    write(current, anna)
    current.moodle.fail_next(Fault.HTTP_500, function=FUNCTION, times=9)
    assert deliver(current, handlers) == [(OutboxState.WAITING, None)]
    current.moodle.clear_faults()
    current.later(minutes=1)

    class Killed(BaseException):
        pass

    def kill(*_: Any) -> None:
        raise Killed

    with monkeypatch.context() as cut:
        cut.setattr(to_people, "_keep", kill)
        with pytest.raises(Killed):
            deliver(current, handlers)
    assert len(current.moodle.messages) == 1
    current.later(minutes=6)
    assert deliver(current, handlers) == [(OutboxState.DELIVERED, "already")]

    # The other cut: what became of it is kept, that it is delivered is not.
    item = items(current)[0]
    item.state = OutboxState.WAITING
    current.session.commit()
    calls = current.moodle.calls[FUNCTION]
    assert deliver(current, handlers) == [(OutboxState.DELIVERED, "already")]
    assert (current.moodle.calls[FUNCTION], len(current.moodle.messages)) == (calls, 1)


def test_who_has_left_gets_nothing_and_holds_nobody(current: Syncing, handlers: Handlers) -> None:
    anna, boris = hire(current.moodle, 2)
    current.moodle.remove_from_cohort(anna)
    write(current, anna)
    write(current, boris)
    assert deliver(current, handlers) == [(OutboxState.DELIVERED, "not_staff"), (OutboxState.DELIVERED, "sent")]
    assert [sent.user_id for sent in current.moodle.messages] == [boris]


def test_a_message_that_comes_too_late_is_not_sent(current: Syncing, handlers: Handlers) -> None:
    """After a month in a drawer the plugin may have forgotten the key, and nobody wants the reminder."""
    anna, boris = hire(current.moodle, 2)
    write(current, anna)
    current.clock.move_to(current.clock.now() + MESSAGE_LIFE)
    write(current, boris)
    assert deliver(current, handlers) == [(OutboxState.DELIVERED, "too_late"), (OutboxState.DELIVERED, "sent")]
    assert [sent.user_id for sent in current.moodle.messages] == [boris]


def test_what_moodle_refuses_waits_for_the_administrator(current: Syncing, handlers: Handlers) -> None:
    (anna,) = hire(current.moodle, 1)
    write(current, anna)
    tick(current, anna)
    current.moodle.revoke("local/mentorship:sendmessage", "local/mentorship:setcompletion")
    assert deliver(current, handlers) == [(OutboxState.STUCK, None)] * 2
    assert [item.error_code for item in items(current)] == ["moodle_permission_missing"] * 2


def test_a_mark_follows_the_one_before(current: Syncing, handlers: Handlers) -> None:
    anna, boris = hire(current.moodle, 2)
    for user_id, done in ((anna, True), (boris, True), (anna, False), (boris, True)):
        assert tick(current, user_id, done=done)
    later = items(current)[2].id
    outbox.deliver(current.runtime, handlers, later)
    assert current.moodle.calls["local_mentorship_set_completion"] == 0
    assert [outcome for _, outcome in deliver(current, handlers)] == ["set", "set", "set", "same"]
    assert current.moodle.completed == {boris}
    assert items(current)[0].payload == {"link_id": 1, "moodle_user_id": anna, "done": True, "outcome": "set"}


def test_a_mark_that_can_not_be_set_holds_nothing(current: Syncing, handlers: Handlers) -> None:
    (anna,) = hire(current.moodle, 1)
    stranger = current.moodle.add_user("pupil", "Ученик", "Вася").id
    tick(current, stranger)
    tick(current, anna, placement="77")
    assert deliver(current, handlers) == [
        (OutboxState.DELIVERED, "not_enrolled"),
        (OutboxState.DELIVERED, "missing"),
    ]
    current.moodle.tracking = Tracking.OFF
    tick(current, anna)
    assert deliver(current, handlers)[-1] == (OutboxState.DELIVERED, "off")


@pytest.mark.parametrize("version", [None, "2026112300"])
def test_an_older_plugin_and_none_are_left_alone(syncing: Syncing, version: str | None) -> None:
    syncing.school.site.plugin_version = version
    syncing.session.commit()
    assert (write(syncing, 5), tick(syncing, 5), items(syncing)) == (False, False, [])
    assert not reaches_people(syncing.session, syncing.school.id)


def test_a_school_without_a_connection_is_left_alone(current: Syncing) -> None:
    assert reaches_people(current.session, current.school.id)
    current.school.site.disabled_at = current.clock.now()
    current.session.commit()
    assert (write(current, 5), tick(current, 5), items(current)) == (False, False, [])


def test_another_platforms_link_is_none_of_ours(current: Syncing) -> None:
    for placement in ("", "abc", "٣", "1" * 19, "-1"):
        assert not tick(current, 5, placement)
    assert items(current) == []


@pytest.mark.parametrize(
    "wrong", [{"subject": " "}, {"text": ""}, {"address": ""}, {"key": "k" * 101}, {"text": "т" * 4001}]
)
def test_an_empty_or_endless_message_is_our_fault(current: Syncing, wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="characters"):
        write(current, 5, **wrong)
