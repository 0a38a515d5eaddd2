"""meetings and who is invited; what is held open of a road map's line, by its months"""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import op

from moodle_mentorship.core.db import UtcDateTime

revision = "0052"
down_revision = "0053"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
STANDS = sa.text("state <> 'cancelled'")


def upgrade() -> None:
    op.create_table(
        "meeting",
        sa.Column("school_id", NUMBER, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("audience", sa.String(40), nullable=False),
        sa.Column("theme", sa.String(200), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("starts_at", sa.String(5), nullable=True),
        sa.Column("place", sa.String(200), nullable=True),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("called_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("called_by", NUMBER, nullable=True),
        sa.Column("held_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("cancelled_why", sa.String(500), nullable=True),
        sa.Column("sealed_minutes", sa.Text(), nullable=True),
        sa.Column("revision", NUMBER, nullable=False),
        sa.Column("id", NUMBER, nullable=False),
        sa.CheckConstraint("kind IN ('training', 'exchange', 'closing')", name=op.f("ck_meeting_kind")),
        sa.CheckConstraint("audience IN ('mentors', 'banks', 'pairs')", name=op.f("ck_meeting_audience")),
        sa.CheckConstraint("state IN ('planned', 'held', 'cancelled')", name=op.f("ck_meeting_state")),
        sa.CheckConstraint("(state = 'cancelled') = (cancelled_why IS NOT NULL)", name=op.f("ck_meeting_cancelled")),
        sa.CheckConstraint("(state = 'held') = (held_at IS NOT NULL)", name=op.f("ck_meeting_held")),
        sa.CheckConstraint("state = 'held' OR sealed_minutes IS NULL", name=op.f("ck_meeting_minutes")),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_meeting_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting")),
        sa.UniqueConstraint("school_id", "id", name=op.f("uq_meeting_school_id_id")),
    )
    op.create_index(
        "uq_meeting_once",
        "meeting",
        ["school_id", "kind", "day", "theme"],
        unique=True,
        sqlite_where=STANDS,
        postgresql_where=STANDS,
    )
    op.create_index("ix_meeting_day", "meeting", ["school_id", "state", "day", "id"])
    op.create_table(
        "meeting_person",
        sa.Column("school_id", NUMBER, nullable=False),
        sa.Column("meeting_id", NUMBER, nullable=False),
        sa.Column("person_id", NUMBER, nullable=False),
        sa.Column("present", sa.Boolean(), nullable=True),
        sa.Column("id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id", "meeting_id"],
            ["meeting.school_id", "meeting.id"],
            name=op.f("fk_meeting_person_school_id_meeting_id"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "person_id"],
            ["person.school_id", "person.id"],
            name=op.f("fk_meeting_person_school_id_person_id"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_meeting_person_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_person")),
        sa.UniqueConstraint(
            "school_id", "meeting_id", "person_id", name=op.f("uq_meeting_person_school_id_meeting_id_person_id")
        ),
    )
    op.create_index("ix_meeting_person_person", "meeting_person", ["school_id", "person_id", "meeting_id"])
    _instead("held_open", sa.Boolean(), "held_parts", sa.JSON(), lambda held: [0] if held else [])


def downgrade() -> None:
    _instead("held_parts", sa.JSON(), "held_open", sa.Boolean(), bool)
    op.drop_table("meeting_person")
    op.drop_table("meeting")


def _instead(old: str, old_type: Any, new: str, new_type: Any, value: Callable[[Any], Any]) -> None:
    """One column of the lines in place of another, row by row: the two databases have no cast in common."""
    with op.batch_alter_table("road_map_line") as table:
        table.add_column(sa.Column(new, new_type, nullable=True))
    lines = sa.table("road_map_line", sa.column("id", NUMBER), sa.column(old, old_type), sa.column(new, new_type))
    connection = op.get_bind()
    for line_id, was in connection.execute(sa.select(lines.c.id, lines.c[old])).all():
        connection.execute(sa.update(lines).where(lines.c.id == line_id).values({new: value(was)}))
    with op.batch_alter_table("road_map_line") as table:
        table.drop_column(old)
        table.alter_column(new, existing_type=new_type, nullable=False)
