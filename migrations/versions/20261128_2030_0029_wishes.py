"""wishes about colleagues"""

import sqlalchemy as sa
from alembic import op

from moodle_mentorship.core.db import UtcDateTime

revision = "0029"
down_revision = "0027"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "wishes",
        sa.Column("school_id", NUMBER, nullable=False),
        sa.Column("person_id", NUMBER, nullable=False),
        sa.Column(
            "bank",
            sa.Enum(
                "mentees",
                "mentors",
                name=op.f("ck_wishes_bank"),
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("ground_id", NUMBER, nullable=False),
        sa.Column("sealed_said", sa.Text(), nullable=False),
        sa.Column("changed_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_wishes_school_id")),
        sa.ForeignKeyConstraint(
            ["school_id", "person_id", "ground_id"],
            ["processing_ground.school_id", "processing_ground.person_id", "processing_ground.id"],
            name=op.f("fk_wishes_school_id_person_id_ground_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wishes")),
        sa.UniqueConstraint("school_id", "person_id", "bank", name=op.f("uq_wishes_school_id_person_id_bank")),
    )


def downgrade() -> None:
    op.drop_table("wishes")
