"""how much earlier pairs are kept by the board"""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0032"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TABLES = ("board", "board_draft")


def upgrade() -> None:
    for name in TABLES:
        keep = sa.Enum(
            *("none", "some", "strongly", "few"),
            name=op.f(f"ck_{name}_keep"),
            native_enum=False,
            create_constraint=True,
            length=40,
        )
        with op.batch_alter_table(name) as table:
            table.add_column(sa.Column("keep", keep, nullable=False, server_default="none"))
        with op.batch_alter_table(name) as table:
            table.alter_column("keep", server_default=None)
    with op.batch_alter_table("board_draft") as table:
        table.add_column(sa.Column("kept_draft_id", NUMBER, nullable=True))
        table.create_foreign_key(
            op.f("fk_board_draft_school_id_kept_draft_id"),
            "board_draft",
            ["school_id", "kept_draft_id"],
            ["school_id", "id"],
        )


def downgrade() -> None:
    with op.batch_alter_table("board_draft") as table:
        table.drop_constraint(op.f("fk_board_draft_school_id_kept_draft_id"), type_="foreignkey")
        table.drop_column("kept_draft_id")
    for name in TABLES:
        with op.batch_alter_table(name) as table:
            table.drop_constraint(op.f(f"ck_{name}_keep"), type_="check")
            table.drop_column("keep")
