"""where a course's members can be read"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "roster_address",
        sa.Column("platform_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("context_id", sa.String(length=255), nullable=False),
        sa.Column("memberships_url", sa.String(length=1000), nullable=False),
        sa.Column("school_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_roster_address_school_id")),
        sa.ForeignKeyConstraint(
            ["school_id", "platform_id"],
            ["platform.school_id", "platform.id"],
            name=op.f("fk_roster_address_school_id_platform_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roster_address")),
        sa.UniqueConstraint(
            "school_id", "platform_id", "context_id", name=op.f("uq_roster_address_school_id_platform_id_context_id")
        ),
    )
    op.create_index(op.f("ix_roster_address_school_id"), "roster_address", ["school_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_roster_address_school_id"), table_name="roster_address")
    op.drop_table("roster_address")
