"""wishes about colleagues, requests for another mentor, the curator's own words for a mark"""

import sqlalchemy as sa
from alembic import op

from moodle_mentorship.core.db import UtcDateTime

revision = "0029"
down_revision = "0028"
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
    op.create_table(
        "rematch",
        sa.Column("school_id", NUMBER, nullable=False),
        sa.Column("pair_id", NUMBER, nullable=False),
        sa.Column("asked_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("sealed_reason", sa.Text(), nullable=True),
        sa.Column("closed_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("answered_by", NUMBER, nullable=True),
        sa.Column("sealed_answer", sa.Text(), nullable=True),
        sa.Column("read_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_rematch_school_id")),
        sa.ForeignKeyConstraint(
            ["school_id", "pair_id"], ["pair.school_id", "pair.id"], name=op.f("fk_rematch_school_id_pair_id")
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "answered_by"],
            ["person.school_id", "person.id"],
            name=op.f("fk_rematch_school_id_answered_by"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rematch")),
    )
    op.create_index("ix_rematch_pair", "rematch", ["school_id", "pair_id", "id"])
    still_open = sa.text("closed_at IS NULL")
    op.create_index(
        "uq_rematch_open",
        "rematch",
        ["school_id", "pair_id"],
        unique=True,
        sqlite_where=still_open,
        postgresql_where=still_open,
    )
    op.add_column("board_mark", sa.Column("sealed_words", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("board_mark", "sealed_words")
    op.drop_table("rematch")
    op.drop_table("wishes")
