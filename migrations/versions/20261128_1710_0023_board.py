"""the board: weights of a school, drafts of the best pairs, pinned and forbidden pairs"""

import sqlalchemy as sa
from alembic import op

from moodle_mentorship.core.db import UtcDateTime

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_UNFINISHED = sa.text("state IN ('queued', 'running')")
_HOLDS = sa.text("undone_at IS NULL")
_PINS = sa.text("undone_at IS NULL AND kind = 'pin'")


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "board",
        sa.Column("school_id", number, nullable=False),
        sa.Column("revision", number, nullable=False),
        sa.Column("weights", sa.JSON(), nullable=False),
        sa.Column("id", number, nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_board_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_board")),
        sa.UniqueConstraint("school_id", name=op.f("uq_board_school_id")),
    )
    op.create_table(
        "board_mark",
        sa.Column("school_id", number, nullable=False),
        sa.Column("mentee_person_id", number, nullable=False),
        sa.Column("mentor_person_id", number, nullable=False),
        sa.Column("kind", _words("board_mark", "kind", "pin", "forbid"), nullable=False),
        sa.Column("sealed_because", sa.Text(), nullable=False),
        sa.Column("made_by", number, nullable=True),
        sa.Column("made_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("undone_by", number, nullable=True),
        sa.Column("undone_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("id", number, nullable=False),
        sa.CheckConstraint("mentor_person_id <> mentee_person_id", name=op.f("ck_board_mark_not_oneself")),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_board_mark_school_id")),
        *(_of_school("board_mark", f"{side}_person_id", side, "person_id") for side in ("mentor", "mentee")),
        *(_of_school("board_mark", column, "person") for column in ("made_by", "undone_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_board_mark")),
        sa.UniqueConstraint("school_id", "id", name=op.f("uq_board_mark_school_id_id")),
    )
    for name, columns, where in (
        ("uq_board_mark_pair", ["school_id", "mentee_person_id", "mentor_person_id"], _HOLDS),
        ("uq_board_mark_pin", ["school_id", "mentee_person_id"], _PINS),
    ):
        op.create_index(name, "board_mark", columns, unique=True, sqlite_where=where, postgresql_where=where)
    op.create_table(
        "board_draft",
        sa.Column("school_id", number, nullable=False),
        sa.Column("number", number, nullable=False),
        sa.Column(
            "cause",
            _words("board_draft", "cause", "asked", "pinned", "forbidden", "undone", "weights"),
            nullable=False,
        ),
        sa.Column("mark_id", number, nullable=True),
        sa.Column(
            "state",
            _words("board_draft", "state", "queued", "running", "done", "failed", "cancelled"),
            nullable=False,
        ),
        sa.Column("step", _words("board_draft", "step", "reading", "scoring", "solving"), nullable=True),
        sa.Column("done", number, nullable=False),
        sa.Column("total", number, nullable=True),
        sa.Column("asked_by", number, nullable=True),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("started_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("heartbeat_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("finished_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("attempts", number, nullable=False),
        sa.Column("error_code", sa.String(length=60), nullable=True),
        sa.Column("versions", sa.JSON(), nullable=False),
        sa.Column("totals", sa.JSON(), nullable=True),
        sa.Column("proved", sa.Boolean(), nullable=False),
        sa.Column("sealed_input", sa.Text(), nullable=True),
        sa.Column("sealed_result", sa.Text(), nullable=True),
        sa.Column("sent_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("id", number, nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_board_draft_school_id")),
        _of_school("board_draft", "mark_id", "board_mark"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_board_draft")),
        sa.UniqueConstraint("school_id", "id", name=op.f("uq_board_draft_school_id_id")),
        sa.UniqueConstraint("school_id", "number", name=op.f("uq_board_draft_school_id_number")),
    )
    op.create_index(
        "uq_board_draft_unfinished",
        "board_draft",
        ["school_id"],
        unique=True,
        sqlite_where=_UNFINISHED,
        postgresql_where=_UNFINISHED,
    )


def downgrade() -> None:
    for table in ("board_draft", "board_mark", "board"):
        op.drop_table(table)


def _of_school(table: str, column: str, target: str, target_column: str = "id") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["school_id", column],
        [f"{target}.school_id", f"{target}.{target_column}"],
        name=op.f(f"fk_{table}_school_id_{column}"),
    )


def _words(table: str, column: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=op.f(f"ck_{table}_{column}"), native_enum=False, create_constraint=True, length=40)
