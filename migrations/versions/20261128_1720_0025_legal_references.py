"""what a school writes into the table of legal references"""

import sqlalchemy as sa
from alembic import op

from moodle_mentorship.core.db import UtcDateTime

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "legal_reference",
        sa.Column("school_id", number, nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("version", number, nullable=False),
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.Column("act", sa.String(length=300), nullable=False),
        sa.Column("article", sa.String(length=20), nullable=True),
        sa.Column("edition", sa.String(length=200), nullable=True),
        sa.Column("issuer", sa.String(length=200), nullable=True),
        sa.Column("dated", sa.Date(), nullable=True),
        sa.Column("in_force_from", sa.Date(), nullable=True),
        sa.Column("in_force_until", sa.Date(), nullable=True),
        sa.Column(
            "standing",
            sa.Enum(
                *("valid", "misprint", "unfit", "incomplete"),
                name="standing",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("instead", sa.String(length=300), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("source", sa.String(length=300), nullable=True),
        sa.Column("over", sa.String(length=16), nullable=True),
        sa.Column("dropped", sa.Boolean(), nullable=False),
        sa.Column("written_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("written_by", number, nullable=True),
        sa.Column("id", number, nullable=False),
        sa.CheckConstraint("in_force_until >= in_force_from", name=op.f("ck_legal_reference_period")),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_legal_reference_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_reference")),
        sa.UniqueConstraint("school_id", "id", name=op.f("uq_legal_reference_school_id_id")),
        sa.UniqueConstraint("school_id", "key", "version", name=op.f("uq_legal_reference_school_id_key_version")),
    )


def downgrade() -> None:
    op.drop_table("legal_reference")
