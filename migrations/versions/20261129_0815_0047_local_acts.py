"""the register of local acts with their editions"""

import sqlalchemy as sa
from alembic import op

from moodle_mentorship.core.db import UtcDateTime

revision = "0047"
down_revision = "0041"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "school_act",
        sa.Column("school_id", NUMBER, nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "regulation",
                "order",
                "instruction",
                "other",
                name=op.f("ck_school_act_kind"),
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("added_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("added_by", NUMBER, nullable=True),
        sa.Column("id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_school_act_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_school_act")),
        sa.UniqueConstraint("school_id", "id", name=op.f("uq_school_act_school_id_id")),
        sa.UniqueConstraint("school_id", "kind", "title", name=op.f("uq_school_act_school_id_kind_title")),
    )
    op.create_table(
        "school_act_edition",
        sa.Column("school_id", NUMBER, nullable=False),
        sa.Column("act_id", NUMBER, nullable=False),
        sa.Column("edition", NUMBER, nullable=False),
        sa.Column("number", sa.String(length=60), nullable=True),
        sa.Column("dated", sa.Date(), nullable=False),
        sa.Column("in_force_from", sa.Date(), nullable=False),
        sa.Column("in_force_until", sa.Date(), nullable=True),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("sealed_content", sa.Text(), nullable=False),
        sa.Column("sealed_text", sa.Text(), nullable=False),
        sa.Column("findings", NUMBER, nullable=False),
        sa.Column("added_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("added_by", NUMBER, nullable=True),
        sa.Column("id", NUMBER, nullable=False),
        sa.CheckConstraint(
            "in_force_until IS NULL OR in_force_until >= in_force_from", name=op.f("ck_school_act_edition_period")
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "act_id"],
            ["school_act.school_id", "school_act.id"],
            name=op.f("fk_school_act_edition_school_id_act_id"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_school_act_edition_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_school_act_edition")),
        sa.UniqueConstraint(
            "school_id", "act_id", "edition", name=op.f("uq_school_act_edition_school_id_act_id_edition")
        ),
    )


def downgrade() -> None:
    op.drop_table("school_act_edition")
    op.drop_table("school_act")
