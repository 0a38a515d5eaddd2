"""of the staff it is kept who is missing in Moodle's list, and not who was seen there"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_MISSING = sa.text("missing_since_pass IS NOT NULL")
_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("person", sa.Column("missing_since_pass", _BIG, nullable=True))
    # A question that waits for its answer is about the people whom its pass had not seen.
    op.execute(
        "UPDATE person SET missing_since_pass = (SELECT max(id) FROM sync_pass "
        "WHERE sync_pass.school_id = person.school_id AND sync_pass.state = 'asking') "
        "WHERE status = 'active' AND EXISTS (SELECT 1 FROM sync_pass WHERE sync_pass.school_id = person.school_id "
        "AND sync_pass.state = 'asking' AND (person.seen_in_pass IS NULL OR person.seen_in_pass < sync_pass.id))"
    )
    # A pass that was half-way begins again: whom its first pages missed is not written anywhere.
    op.execute("UPDATE sync_pass SET cursor = 0, seen = 0 WHERE state = 'running' AND kind = 'full'")
    op.create_index(
        "ix_person_missing",
        "person",
        ["school_id", "missing_since_pass"],
        sqlite_where=_MISSING,
        postgresql_where=_MISSING,
    )
    op.drop_column("person", "seen_in_pass")


def downgrade() -> None:
    op.add_column("person", sa.Column("seen_in_pass", _BIG, nullable=True))
    op.execute(
        "UPDATE person SET seen_in_pass = coalesce(missing_since_pass - 1, "
        "(SELECT max(id) FROM sync_pass WHERE sync_pass.school_id = person.school_id))"
    )
    op.drop_index("ix_person_missing", "person")
    op.drop_column("person", "missing_since_pass")
