"""The audit journal: who did what to whom, when, from which launch. Rows are only ever added.

Triggers in the database refuse UPDATE and DELETE (see migrations), so that not even a fault of ours rewrites it.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, String
from sqlalchemy.orm import Mapped, Session, mapped_column

from moodle_mentorship.core.actor import Actor
from moodle_mentorship.core.db import Base, SchoolScoped


class AuditEvent(SchoolScoped, Base):
    """One act. `details` holds ids, codes and counts, never names or texts of people."""

    __tablename__ = "audit_event"
    __table_args__ = (Index("ix_audit_event_object", "school_id", "object_type", "object_id"),)

    at: Mapped[datetime]
    actor_kind: Mapped[str] = mapped_column(String(20))
    actor_person_id: Mapped[int | None]
    launch_id: Mapped[int | None]
    action: Mapped[str] = mapped_column(String(60))
    object_type: Mapped[str] = mapped_column(String(40))
    object_id: Mapped[int | None]
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


def record(
    session: Session, actor: Actor, action: str, object_type: str, object_id: int | None, at: datetime, **details: Any
) -> None:
    """Add one act to the journal, in the unit of work of the act itself: both are kept or neither."""
    session.add(
        AuditEvent(
            school_id=actor.school_id,
            at=at,
            actor_kind=actor.kind,
            actor_person_id=actor.person_id,
            launch_id=actor.launch_id,
            action=action,
            object_type=object_type,
            object_id=object_id,
            details=details,
        )
    )


# Run by the migration that makes the table; kept here, beside the promise they hold.
APPEND_ONLY = {
    "sqlite": [
        "CREATE TRIGGER audit_event_no_update BEFORE UPDATE ON audit_event "
        "BEGIN SELECT RAISE(ABORT, 'the audit journal is append-only'); END",
        "CREATE TRIGGER audit_event_no_delete BEFORE DELETE ON audit_event "
        "BEGIN SELECT RAISE(ABORT, 'the audit journal is append-only'); END",
    ],
    "postgresql": [
        "CREATE FUNCTION audit_event_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the audit journal is append-only'; END $$",
        "CREATE TRIGGER audit_event_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_event "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_event_append_only()",
    ],
}
APPEND_ONLY_UNDO = {
    "sqlite": ["DROP TRIGGER audit_event_no_update", "DROP TRIGGER audit_event_no_delete"],
    "postgresql": ["DROP TRIGGER audit_event_append_only ON audit_event", "DROP FUNCTION audit_event_append_only"],
}
