"""grounds on which a person's profile is processed"""

import sqlalchemy as sa
from alembic import op

from moodle_mentorship.core.db import UtcDateTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_OPEN = sa.text("closed_at IS NULL")


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "processing_ground",
        sa.Column("school_id", number, nullable=False),
        sa.Column("person_id", number, nullable=False),
        sa.Column("purpose", _words("purpose", "mentee_profile", "mentor_profile"), nullable=False),
        sa.Column("kind", _words("kind", "labour_duty", "paper_consent", "electronic_mark"), nullable=False),
        sa.Column("opened_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("closed_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("closed_why", _words("closed_why", "withdrawn", "expired", "ended"), nullable=True),
        sa.Column("id", number, nullable=False),
        sa.CheckConstraint("(closed_at IS NULL) = (closed_why IS NULL)", name=op.f("ck_processing_ground_closed")),
        sa.CheckConstraint("closed_at >= opened_at", name=op.f("ck_processing_ground_period")),
        sa.ForeignKeyConstraint(
            ["school_id", "person_id"],
            ["person.school_id", "person.id"],
            name=op.f("fk_processing_ground_school_id_person_id"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_processing_ground_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_processing_ground")),
        sa.UniqueConstraint("school_id", "person_id", "id", name=op.f("uq_processing_ground_school_id_person_id_id")),
    )
    op.create_index(
        "uq_processing_ground_open",
        "processing_ground",
        ["school_id", "purpose", "person_id", "kind"],
        unique=True,
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )


def downgrade() -> None:
    op.drop_index("uq_processing_ground_open", table_name="processing_ground")
    op.drop_table("processing_ground")


def _words(column: str, *values: str) -> sa.Enum:
    return sa.Enum(
        *values,
        name=op.f(f"ck_processing_ground_{column}"),
        native_enum=False,
        create_constraint=True,
        length=40,
    )
