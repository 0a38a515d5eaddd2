"""how much is kept of a pack's documents is counted, and has an end"""

import sqlalchemy as sa
from alembic import op

revision = "0051"
down_revision = "0048"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
REMARKS = ("gone", "nothing", "unfit", "failed", "not_drawn", "plain")


def upgrade() -> None:
    with op.batch_alter_table("document_pack") as table:
        # What is being made now is destroyed in a day, and too small to count.
        table.add_column(sa.Column("kept", NUMBER, nullable=False, server_default="0"))
    with op.batch_alter_table("document_pack") as table:
        table.alter_column("kept", server_default=None)
    _remarks(*REMARKS, "too_much", "too_much_to_print")


def downgrade() -> None:
    op.execute("UPDATE document_pack_item SET remark = 'failed' WHERE remark = 'too_much'")
    op.execute("UPDATE document_pack_item SET remark = 'not_drawn' WHERE remark = 'too_much_to_print'")
    _remarks(*REMARKS)
    with op.batch_alter_table("document_pack") as table:
        table.drop_column("kept")


def _remarks(*values: str) -> None:
    told = ", ".join(f"'{value}'" for value in values)
    with op.batch_alter_table("document_pack_item") as table:
        table.drop_constraint(op.f("ck_document_pack_item_remark"), type_="check")
        table.create_check_constraint(op.f("ck_document_pack_item_remark"), f"remark IN ({told})")
