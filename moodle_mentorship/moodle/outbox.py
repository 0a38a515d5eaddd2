"""The outbox: what must reach Moodle, put down in the transaction of the act. The room `sync` delivers it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from moodle_mentorship.core.jobs import Jobs
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.moodle.client import MoodleClient
from moodle_mentorship.moodle.models import OutboxItem

# The job that delivers one item of a stream (see sync/jobs.py).
DELIVER = "outbox.deliver"


@dataclass(frozen=True)
class Delivery:
    """What a handler gets: the client of the school's Moodle, its course, and the item's payload.

    A handler reads Moodle, adopts what already stands there, writes what lacks, and keeps what it learnt in units
    of work of its own. It may be called again after any cut, also after success.
    """

    runtime: Runtime
    client: MoodleClient
    school_id: int
    course_id: int
    student_role_id: int
    item_id: int
    payload: dict[str, Any]


Handler = Callable[[Delivery], None]


class Handlers:
    """Registry of item kinds, filled by the rooms that put them down."""

    def __init__(self) -> None:
        self._handlers: dict[str, Handler] = {}
        self._labels: dict[str, str] = {}

    def add(self, kind: str, handler: Handler, label: str = "") -> None:
        """`label` (a msgid) says on the administrator's page what is to be done, such as N_("Group of a pair")."""
        self._handlers[kind] = handler
        self._labels[kind] = label

    def label_of(self, kind: str) -> str:
        """The label, or the kind itself where there is none."""
        return self._labels.get(kind) or kind

    def knows(self, kind: str) -> bool:
        """False for an item of a version of ours that isn't here (any more)."""
        return kind in self._handlers

    def deliver(self, kind: str, delivery: Delivery) -> None:
        self._handlers[kind](delivery)


def put(
    session: Session, jobs: Jobs, *, school_id: int, stream: str, kind: str, payload: dict[str, Any], now: datetime
) -> OutboxItem:
    """Put an item down behind the others of its stream and wake a worker after the commit."""
    item = OutboxItem(
        school_id=school_id, stream=stream, kind=kind, payload=payload, attempts=0, created_at=now, due_at=now
    )
    session.add(item)
    session.flush()
    jobs.enqueue(session, DELIVER, item.id)
    return item


def put_all(
    session: Session, jobs: Jobs, *, school_id: int, kind: str, payloads: Mapping[str, dict[str, Any]], now: datetime
) -> None:
    """Put one item of a kind down in each of these streams, in one statement for some hundreds of them."""
    common = {"school_id": school_id, "kind": kind, "attempts": 0, "created_at": now, "due_at": now}
    rows = [{"stream": stream, "payload": payload, **common} for stream, payload in payloads.items()]
    if rows:
        for item_id in session.scalars(insert(OutboxItem).returning(OutboxItem.id), rows):
            jobs.enqueue(session, DELIVER, item_id)
