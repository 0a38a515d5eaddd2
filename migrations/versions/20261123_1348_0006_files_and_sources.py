"""staff lists in files, sources of a pass in turn, periodic work by one worker"""

import sqlalchemy as sa
from alembic import op

from moodle_mentorship.core.db import UtcDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_SOURCES = {
    "person_difference": (("moodle", "profile_field", "by_hand"), "file"),
    "sync_pass": (("plugin", "cohort"), "roster"),
}
_FIELD = "uq_person_difference_school_id_person_id_field"


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    for table_name, (known, new) in _SOURCES.items():
        _source(table_name, (*known, new))
    with op.batch_alter_table("person_difference") as table:
        table.drop_constraint(op.f(_FIELD), type_="unique")
        table.create_unique_constraint(op.f(f"{_FIELD}_source"), ["school_id", "person_id", "field", "source"])
    op.add_column("sync_pass", sa.Column("skipped", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("sync_pass", sa.Column("strangers", number, nullable=False, server_default="0"))
    op.create_table(
        "staff_file",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("sealed_content", sa.Text(), nullable=False),
        sa.Column("uploaded_by", number, nullable=True),
        sa.Column("uploaded_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("school_id", number, nullable=False),
        sa.Column("id", number, nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_staff_file_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_file")),
        sa.UniqueConstraint("school_id", name=op.f("uq_staff_file_school_id")),
    )
    op.create_index(op.f("ix_staff_file_school_id"), "staff_file", ["school_id"])
    op.create_table(
        "file_columns",
        sa.Column("signature", sa.String(length=64), nullable=False),
        sa.Column("meanings", sa.JSON(), nullable=False),
        sa.Column("said_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("school_id", number, nullable=False),
        sa.Column("id", number, nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_file_columns_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_file_columns")),
        sa.UniqueConstraint("school_id", "signature", name=op.f("uq_file_columns_school_id_signature")),
    )
    op.create_index(op.f("ix_file_columns_school_id"), "file_columns", ["school_id"])
    op.create_table(
        "periodic_job",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("due_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("claimed_until", UtcDateTime(timezone=True), nullable=True),
        sa.Column("id", number, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_periodic_job")),
        sa.UniqueConstraint("name", name=op.f("uq_periodic_job_name")),
    )


def downgrade() -> None:
    op.drop_table("periodic_job")
    op.drop_index(op.f("ix_file_columns_school_id"), table_name="file_columns")
    op.drop_table("file_columns")
    op.drop_index(op.f("ix_staff_file_school_id"), table_name="staff_file")
    op.drop_table("staff_file")
    op.drop_column("sync_pass", "strangers")
    op.drop_column("sync_pass", "skipped")
    # What the version before can't say: a file's other opinion is found again by reading the file again.
    op.execute("DELETE FROM person_difference WHERE source = 'file'")
    op.execute("UPDATE sync_pass SET source = 'cohort' WHERE source = 'roster'")
    with op.batch_alter_table("person_difference") as table:
        table.drop_constraint(op.f(f"{_FIELD}_source"), type_="unique")
        table.create_unique_constraint(op.f(_FIELD), ["school_id", "person_id", "field"])
    for table_name, (known, _) in _SOURCES.items():
        _source(table_name, known)


def _source(table_name: str, values: tuple[str, ...]) -> None:
    """Let the column `source` hold these values and no others."""
    name = op.f(f"ck_{table_name}_source")
    with op.batch_alter_table(table_name) as table:
        table.drop_constraint(name, type_="check")
        table.create_check_constraint(name, sa.column("source").in_(values))
