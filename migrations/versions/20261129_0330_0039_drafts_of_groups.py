"""drafts of the board are of pairs or of groups"""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0036"
branch_labels = None
depends_on = None

STEPS = ("reading", "scoring", "solving")
UNFINISHED = sa.text("state IN ('queued', 'running')")


def upgrade() -> None:
    kind = sa.Enum(
        *("pairs", "groups"),
        name=op.f("ck_board_draft_kind"),
        native_enum=False,
        create_constraint=True,
        length=40,
    )
    op.drop_index("uq_board_draft_unfinished", table_name="board_draft")
    with op.batch_alter_table("board_draft") as table:
        table.add_column(sa.Column("kind", kind, nullable=False, server_default="pairs"))
        table.add_column(sa.Column("sealed_asked", sa.Text(), nullable=True))
    with op.batch_alter_table("board_draft") as table:
        table.alter_column("kind", server_default=None)
        table.drop_constraint(op.f("uq_board_draft_school_id_number"), type_="unique")
        table.create_unique_constraint(op.f("uq_board_draft_school_id_kind_number"), ["school_id", "kind", "number"])
        table.drop_constraint(op.f("ck_board_draft_step"), type_="check")
        table.create_check_constraint(op.f("ck_board_draft_step"), _one_of(*STEPS, "grouping"))
    _unfinished("school_id", "kind")


def downgrade() -> None:
    op.execute("DELETE FROM board_draft WHERE kind = 'groups'")
    op.drop_index("uq_board_draft_unfinished", table_name="board_draft")
    with op.batch_alter_table("board_draft") as table:
        table.drop_constraint(op.f("ck_board_draft_step"), type_="check")
        table.create_check_constraint(op.f("ck_board_draft_step"), _one_of(*STEPS))
        table.drop_constraint(op.f("uq_board_draft_school_id_kind_number"), type_="unique")
        table.drop_constraint(op.f("ck_board_draft_kind"), type_="check")
        table.create_unique_constraint(op.f("uq_board_draft_school_id_number"), ["school_id", "number"])
        table.drop_column("sealed_asked")
        table.drop_column("kind")
    _unfinished("school_id")


def _unfinished(*columns: str) -> None:
    op.create_index(
        "uq_board_draft_unfinished",
        "board_draft",
        list(columns),
        unique=True,
        postgresql_where=UNFINISHED,
        sqlite_where=UNFINISHED,
    )


def _one_of(*words: str) -> str:
    return "step IN (" + ", ".join(f"'{word}'" for word in words) + ")"
