"""documents taken along together, with what has been made of each"""

import sqlalchemy as sa
from alembic import op

from moodle_mentorship.core.db import UtcDateTime

revision = "0048"
down_revision = "0049"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
UNFINISHED = sa.text("state IN ('queued', 'running')")


def _words(table: str, column: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=op.f(f"ck_{table}_{column}"), native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    op.create_table(
        "document_pack",
        sa.Column("school_id", NUMBER, nullable=False),
        sa.Column("asked_by", NUMBER, nullable=False),
        sa.Column("asked_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column(
            "state",
            _words("document_pack", "state", "queued", "running", "done", "cancelled", "expired"),
            nullable=False,
        ),
        sa.Column("done", NUMBER, nullable=False),
        sa.Column("total", NUMBER, nullable=False),
        sa.Column("objects", NUMBER, nullable=False),
        sa.Column("heartbeat_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("attempts", NUMBER, nullable=False),
        sa.Column("finished_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("expires_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_document_pack_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_pack")),
        sa.UniqueConstraint("school_id", "id", name=op.f("uq_document_pack_school_id_id")),
    )
    op.create_index(
        "uq_document_pack_unfinished",
        "document_pack",
        ["school_id", "asked_by"],
        unique=True,
        sqlite_where=UNFINISHED,
        postgresql_where=UNFINISHED,
    )
    op.create_index("ix_document_pack_asked_by", "document_pack", ["school_id", "asked_by", "id"])
    op.create_index("ix_document_pack_expires", "document_pack", ["expires_at"])
    op.create_table(
        "document_pack_item",
        sa.Column("school_id", NUMBER, nullable=False),
        sa.Column("pack_id", NUMBER, nullable=False),
        sa.Column("place", NUMBER, nullable=False),
        sa.Column("document_id", NUMBER, nullable=False),
        sa.Column("tries", NUMBER, nullable=False),
        sa.Column("outcome", _words("document_pack_item", "outcome", "waiting", "packed", "left_out"), nullable=False),
        sa.Column(
            "remark",
            _words("document_pack_item", "remark", "gone", "nothing", "unfit", "failed", "not_drawn", "plain"),
            nullable=True,
        ),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("heading", sa.String(length=500), nullable=False),
        sa.Column(
            "state",
            _words("document_pack_item", "state", "draft", "for_signature", "signed", "registered", "cancelled"),
            nullable=True,
        ),
        sa.Column("number", sa.String(length=40), nullable=True),
        sa.Column("signed_on", sa.Date(), nullable=True),
        sa.Column("printed", sa.Boolean(), nullable=False),
        sa.Column("sealed_content", sa.Text(), nullable=True),
        sa.Column("sealed_print", sa.Text(), nullable=True),
        sa.Column("print_map", sa.JSON(), nullable=True),
        sa.Column("id", NUMBER, nullable=False),
        sa.CheckConstraint("outcome <> 'left_out' OR remark IS NOT NULL", name=op.f("ck_document_pack_item_left_out")),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_document_pack_item_school_id")),
        sa.ForeignKeyConstraint(
            ["school_id", "pack_id"],
            ["document_pack.school_id", "document_pack.id"],
            name=op.f("fk_document_pack_item_school_id_pack_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_pack_item")),
        sa.UniqueConstraint(
            "school_id", "pack_id", "place", name=op.f("uq_document_pack_item_school_id_pack_id_place")
        ),
    )


def downgrade() -> None:
    op.drop_table("document_pack_item")
    op.drop_table("document_pack")
