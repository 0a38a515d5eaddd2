"""lists and counts of a large school read an index, and no further"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_INDEXES = {
    "person": {
        "ix_person_search": ["school_id", "search_name", "id"],
        "ix_person_status": ["school_id", "status", "search_name", "id"],
    },
    "mentee": {"ix_mentee_state": ["school_id", "state", "state_since", "id"]},
    "mentor": {"ix_mentor_places": ["school_id", "state", "capacity", "places_held"]},
    "pair": {
        "ix_pair_mentee": ["school_id", "mentee_person_id"],
        "ix_pair_state": ["school_id", "state", "proposed_at", "id"],
        "ix_pair_proposed": ["school_id", "proposed_at", "id"],
        "ix_pair_ends": ["school_id", "ends_on", "id"],
    },
    "outbox_item": {"ix_outbox_item_state": ["school_id", "state", "id"]},
    "audit_event": {
        "ix_audit_event_newest": ["school_id", "id"],
        "ix_audit_event_action": ["school_id", "action", "id"],
        "ix_audit_event_actor": ["school_id", "actor_person_id", "id"],
    },
}
# table, index, columns, condition on SQLite, condition on PostgreSQL
_PARTIAL = [
    ("person", "ix_person_suspended", ["school_id", "search_name", "id"], "suspended IS 1", "suspended IS true"),
    ("sync_pass", "ix_sync_pass_asking", ["school_id", "id"], "state = 'asking'", "state = 'asking'"),
    (
        "audit_event",
        "ix_audit_event_machine",
        ["school_id", "actor_kind", "id"],
        "actor_kind <> 'person'",
        "actor_kind <> 'person'",
    ),
]
# Each begins with the same column as one of the above, or ignores the school.
_REPLACED = [
    ("person", "ix_person_search_name", "search_name"),
    ("person", "ix_person_school_id", "school_id"),
    ("audit_event", "ix_audit_event_school_id", "school_id"),
]


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.add_column("sync_pass", sa.Column("missing", number, nullable=False, server_default="0"))
    # Questions that are open now: the pages read the number from here.
    op.execute(
        "UPDATE sync_pass SET missing = (SELECT count(*) FROM person WHERE person.school_id = sync_pass.school_id "
        "AND person.status = 'active' AND person.kept_at IS NULL "
        "AND (person.seen_in_pass IS NULL OR person.seen_in_pass < sync_pass.id)) WHERE state = 'asking'"
    )
    for table_name, name, _ in _REPLACED:
        op.drop_index(name, table_name)
    for table_name, indexes in _INDEXES.items():
        for name, columns in indexes.items():
            op.create_index(name, table_name, columns)
    for table_name, name, columns, on_sqlite, on_postgresql in _PARTIAL:
        op.create_index(
            name, table_name, columns, sqlite_where=sa.text(on_sqlite), postgresql_where=sa.text(on_postgresql)
        )


def downgrade() -> None:
    for table_name, name, *_ in _PARTIAL:
        op.drop_index(name, table_name)
    for table_name, indexes in _INDEXES.items():
        for name in indexes:
            op.drop_index(name, table_name)
    for table_name, name, column in _REPLACED:
        op.create_index(name, table_name, [column])
    op.drop_column("sync_pass", "missing")
