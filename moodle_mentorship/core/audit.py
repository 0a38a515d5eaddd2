"""The audit journal: who did what to whom, when, from which launch. Rows are only ever added.

Triggers in the database refuse UPDATE and DELETE (see migrations), so that not even a fault of ours rewrites it.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from moodle_mentorship.core.actor import Actor
from moodle_mentorship.core.db import Base, BigId, SchoolScoped
from moodle_mentorship.core.paging import Page, SortKey, page

_BY_A_MACHINE = text("actor_kind <> 'person'")


class AuditEvent(SchoolScoped, Base):
    """One act. `details` holds ids, codes and counts, never names or texts of people."""

    __tablename__ = "audit_event"
    __table_args__ = (
        Index("ix_audit_event_object", "school_id", "object_type", "object_id"),
        # The journal page: newest first, of one action, of one person, of machines.
        Index("ix_audit_event_newest", "school_id", "id"),
        Index("ix_audit_event_action", "school_id", "action", "id"),
        Index("ix_audit_event_actor", "school_id", "actor_person_id", "id"),
        Index(
            "ix_audit_event_machine",
            "school_id",
            "actor_kind",
            "id",
            sqlite_where=_BY_A_MACHINE,
            postgresql_where=_BY_A_MACHINE,
        ),
    )

    # Without the index of its own that `SchoolScoped` makes: the ones above begin with the school.
    school_id: Mapped[int] = mapped_column(BigId, ForeignKey("school.id"))
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


def events(
    session: Session,
    school_id: int,
    *,
    action: str | None = None,
    actor_kind: str | None = None,
    actor_person_id: int | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[AuditEvent]:
    """The school's journal, newest first. Raises `core.errors.Invalid` for a cursor that is none of ours."""
    statement = select(AuditEvent).where(AuditEvent.school_id == school_id)
    if action is not None:
        statement = statement.where(AuditEvent.action == action)
    if actor_kind is not None:
        # The second half names the index that holds the few acts of machines.
        statement = statement.where(AuditEvent.actor_kind == actor_kind, _BY_A_MACHINE)
    if actor_person_id is not None:
        statement = statement.where(AuditEvent.actor_person_id == actor_person_id)
    # Rows are only ever added, so the id is the order of time.
    newest = SortKey[AuditEvent](AuditEvent.id.expression, lambda event: event.id, descending=True, load=int)
    return page(session, statement, [newest], cursor, limit)


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
