"""pairs in orders; who was reminded of an acquaintance sheet, and when"""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0043"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "order_pair",
        sa.Column("school_id", NUMBER, nullable=False),
        sa.Column("document_id", NUMBER, nullable=False),
        sa.Column("pair_id", NUMBER, nullable=False),
        sa.Column("id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id", "document_id"],
            ["document.school_id", "document.id"],
            name=op.f("fk_order_pair_school_id_document_id"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "pair_id"], ["pair.school_id", "pair.id"], name=op.f("fk_order_pair_school_id_pair_id")
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_order_pair_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_pair")),
        sa.UniqueConstraint("school_id", "pair_id", name=op.f("uq_order_pair_school_id_pair_id")),
    )
    op.create_index("ix_order_pair_document", "order_pair", ["school_id", "document_id"])
    op.add_column("acquaintance", sa.Column("written_on", sa.Date(), nullable=True))


def downgrade() -> None:
    op.drop_column("acquaintance", "written_on")
    op.drop_index("ix_order_pair_document", "order_pair")
    op.drop_table("order_pair")
