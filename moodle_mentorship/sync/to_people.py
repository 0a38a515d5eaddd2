"""Delivers what Moodle is to do for one person (`moodle.to_people`).

What became of it stands in the item's payload afterwards, and the message's text no longer does: it may hold a name.
"""

from typing import Any

from sqlalchemy import update

from moodle_mentorship.core.logging import get_logger
from moodle_mentorship.moodle.models import OutboxItem
from moodle_mentorship.moodle.outbox import Delivery
from moodle_mentorship.moodle.results import Ticked

#: The outcome of a message that could not be sent until it was of no use any more.
TOO_LATE = "too_late"

#: Outcomes of a mark that tell an administrator why activities don't tick themselves.
_REMARKABLE = {Ticked.OFF, Ticked.AUTOMATIC, Ticked.MISSING}

log = get_logger("sync")


def send_message(delivery: Delivery) -> None:
    """Send it, unless that was done before, or it has become too late."""
    payload = delivery.payload
    if "outcome" in payload:
        return
    outcome: str = TOO_LATE
    if delivery.runtime.clock.now().timestamp() < payload["until"]:
        outcome = delivery.client.send_message(
            payload["moodle_user_id"], payload["key"], payload["subject"], payload["text"], payload["address"]
        ).value
    _keep(delivery, {name: payload[name] for name in ("moodle_user_id", "key")} | {"outcome": outcome})


def set_completion(delivery: Delivery) -> None:
    """Set the mark. That it can't be set in this course is a setting of the school's, and no reason to try again."""
    payload = delivery.payload
    ticked = delivery.client.set_completion(payload["link_id"], payload["moodle_user_id"], done=payload["done"])
    if ticked in _REMARKABLE:
        log.info("completion_not_set", item=delivery.item_id, school=delivery.school_id, outcome=ticked.value)
    _keep(delivery, payload | {"outcome": ticked.value})


def _keep(delivery: Delivery, payload: dict[str, Any]) -> None:
    with delivery.runtime.db.unit_of_work() as session:
        session.execute(
            update(OutboxItem)
            .where(OutboxItem.school_id == delivery.school_id, OutboxItem.id == delivery.item_id)
            .values(payload=payload)
        )
