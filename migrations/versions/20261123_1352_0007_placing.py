"""Moodle asks which page to place"""

import sqlalchemy as sa
from alembic import op

from moodle_mentorship.core.db import UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "placing",
        sa.Column("launch_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("sealed_request", sa.Text(), nullable=False),
        sa.Column("asked_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("school_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_placing_school_id")),
        sa.ForeignKeyConstraint(
            ["school_id", "launch_id"],
            ["launch.school_id", "launch.id"],
            name=op.f("fk_placing_school_id_launch_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_placing")),
        sa.UniqueConstraint("school_id", "launch_id", name=op.f("uq_placing_school_id_launch_id")),
    )
    op.create_index(op.f("ix_placing_school_id"), "placing", ["school_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_placing_school_id"), table_name="placing")
    op.drop_table("placing")
