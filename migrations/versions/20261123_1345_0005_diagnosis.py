"""examinations of schools' Moodles, passes by the moment of their end"""

import sqlalchemy as sa
from alembic import op

from moodle_mentorship.core.db import UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "examination",
        sa.Column("started_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("finished_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("findings", sa.JSON(), nullable=False),
        sa.Column("school_id", _ID, nullable=False),
        sa.Column("id", _ID, nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_examination_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_examination")),
        sa.UniqueConstraint("school_id", name=op.f("uq_examination_school_id")),
    )
    with op.batch_alter_table("examination", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_examination_school_id"), ["school_id"], unique=False)
    with op.batch_alter_table("sync_pass", schema=None) as batch_op:
        batch_op.create_index("ix_sync_pass_finished", ["finished_at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("sync_pass", schema=None) as batch_op:
        batch_op.drop_index("ix_sync_pass_finished")
    op.drop_table("examination")
