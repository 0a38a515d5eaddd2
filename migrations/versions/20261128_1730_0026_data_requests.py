"""what people asked of the school about their data"""

import sqlalchemy as sa
from alembic import op

from moodle_mentorship.core.db import UtcDateTime

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

_OPEN = sa.text("answered_at IS NULL")


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "data_request",
        sa.Column("school_id", number, nullable=False),
        sa.Column("person_id", number, nullable=False),
        sa.Column(
            "kind",
            sa.Enum("correction", "erasure", name="kind", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("sealed_text", sa.Text(), nullable=True),
        sa.Column("asked_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("asked_by", number, nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("answered_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("answered_by", number, nullable=True),
        sa.Column(
            "outcome",
            sa.Enum("done", "refused", name="outcome", native_enum=False, create_constraint=True, length=40),
            nullable=True,
        ),
        sa.Column("sealed_remark", sa.Text(), nullable=True),
        sa.Column("erased", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("id", number, nullable=False),
        sa.CheckConstraint("(answered_at IS NULL) = (outcome IS NULL)", name=op.f("ck_data_request_answered")),
        sa.ForeignKeyConstraint(
            ["school_id", "person_id"],
            ["person.school_id", "person.id"],
            name=op.f("fk_data_request_school_id_person_id"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_data_request_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_request")),
    )
    op.create_index(
        "uq_data_request_open",
        "data_request",
        ["school_id", "person_id", "kind"],
        unique=True,
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )
    op.create_index(
        "ix_data_request_due",
        "data_request",
        ["school_id", "due_on", "id"],
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )
    op.create_index("ix_data_request_person", "data_request", ["school_id", "person_id", "id"])


def downgrade() -> None:
    op.drop_index("ix_data_request_person", table_name="data_request")
    op.drop_index("ix_data_request_due", table_name="data_request")
    op.drop_index("uq_data_request_open", table_name="data_request")
    op.drop_table("data_request")
