"""road map: lines of a year, what is marked as done, approved versions"""

import sqlalchemy as sa
from alembic import op

from moodle_mentorship.core.db import UtcDateTime

revision = "0043"
down_revision = "0045"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "road_map",
        sa.Column("school_id", NUMBER, nullable=False),
        sa.Column("year_start", NUMBER, nullable=False),
        sa.Column("made_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("made_by", NUMBER, nullable=True),
        sa.Column("reminds", sa.Boolean(), nullable=False),
        sa.Column("written_on", sa.Date(), nullable=True),
        sa.Column("id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_road_map_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_road_map")),
        sa.UniqueConstraint("school_id", "id", name=op.f("uq_road_map_school_id_id")),
        sa.UniqueConstraint("school_id", "year_start", name=op.f("uq_road_map_school_id_year_start")),
    )
    op.create_table(
        "road_map_line",
        sa.Column("school_id", NUMBER, nullable=False),
        sa.Column("road_map_id", NUMBER, nullable=False),
        sa.Column("stage", NUMBER, nullable=False),
        sa.Column("place", NUMBER, nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column(
            "timing",
            sa.Enum(
                "period",
                "monthly",
                "year",
                name=op.f("ck_road_map_line_timing"),
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column(
            "responsible_role",
            sa.Enum(
                "curator",
                "director",
                "mentor",
                "mentee",
                "psychologist",
                "clerk",
                "administrator",
                name=op.f("ck_road_map_line_responsible_role"),
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("responsible_person_id", NUMBER, nullable=True),
        sa.Column("responsible_words", sa.String(length=300), nullable=True),
        sa.Column("product", sa.String(length=500), nullable=True),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("held_open", sa.Boolean(), nullable=False),
        sa.Column("left_over", sa.Boolean(), nullable=False),
        sa.Column("soon_told", sa.Date(), nullable=True),
        sa.Column("late_told", sa.Date(), nullable=True),
        sa.Column("id", NUMBER, nullable=False),
        sa.CheckConstraint(
            "(responsible_role IS NULL OR responsible_person_id IS NULL)"
            " AND (responsible_role IS NULL OR responsible_words IS NULL)"
            " AND (responsible_person_id IS NULL OR responsible_words IS NULL)",
            name=op.f("ck_road_map_line_responsible"),
        ),
        sa.CheckConstraint("stage BETWEEN 1 AND 7", name=op.f("ck_road_map_line_stage")),
        sa.CheckConstraint("starts_on <= ends_on", name=op.f("ck_road_map_line_period")),
        sa.ForeignKeyConstraint(
            ["school_id", "responsible_person_id"],
            ["person.school_id", "person.id"],
            name=op.f("fk_road_map_line_school_id_responsible_person_id"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "road_map_id"],
            ["road_map.school_id", "road_map.id"],
            name=op.f("fk_road_map_line_school_id_road_map_id"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_road_map_line_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_road_map_line")),
        sa.UniqueConstraint("school_id", "id", name=op.f("uq_road_map_line_school_id_id")),
    )
    op.create_index("ix_road_map_line_map", "road_map_line", ["school_id", "road_map_id", "stage", "place", "id"])
    op.create_table(
        "road_map_tick",
        sa.Column("school_id", NUMBER, nullable=False),
        sa.Column("line_id", NUMBER, nullable=False),
        sa.Column("part", NUMBER, nullable=False),
        sa.Column("done_on", sa.Date(), nullable=False),
        sa.Column(
            "how",
            sa.Enum(
                "seen",
                "by_hand",
                name=op.f("ck_road_map_tick_how"),
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("proof", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("link", sa.String(length=500), nullable=True),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("by_person_id", NUMBER, nullable=True),
        sa.Column("id", NUMBER, nullable=False),
        sa.CheckConstraint("part BETWEEN 0 AND 24", name=op.f("ck_road_map_tick_part")),
        sa.ForeignKeyConstraint(
            ["school_id", "line_id"],
            ["road_map_line.school_id", "road_map_line.id"],
            name=op.f("fk_road_map_tick_school_id_line_id"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_road_map_tick_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_road_map_tick")),
        sa.UniqueConstraint("school_id", "line_id", "part", name=op.f("uq_road_map_tick_school_id_line_id_part")),
    )
    op.create_table(
        "road_map_version",
        sa.Column("school_id", NUMBER, nullable=False),
        sa.Column("road_map_id", NUMBER, nullable=False),
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("lines", sa.JSON(), nullable=False),
        sa.Column("frozen_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("document_id", NUMBER, nullable=True),
        sa.Column("approved_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("approved_by", NUMBER, nullable=True),
        sa.Column("order_date", sa.Date(), nullable=True),
        sa.Column("order_number", sa.String(length=40), nullable=True),
        sa.Column("cancelled_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("id", NUMBER, nullable=False),
        sa.CheckConstraint("(approved_at IS NULL) = (order_number IS NULL)", name=op.f("ck_road_map_version_approved")),
        sa.CheckConstraint("(order_number IS NULL) = (order_date IS NULL)", name=op.f("ck_road_map_version_ordered")),
        sa.CheckConstraint(
            "document_id IS NOT NULL OR approved_at IS NOT NULL", name=op.f("ck_road_map_version_ground")
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "document_id"],
            ["document.school_id", "document.id"],
            name=op.f("fk_road_map_version_school_id_document_id"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "road_map_id"],
            ["road_map.school_id", "road_map.id"],
            name=op.f("fk_road_map_version_school_id_road_map_id"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_road_map_version_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_road_map_version")),
        sa.UniqueConstraint(
            "school_id", "road_map_id", "number", name=op.f("uq_road_map_version_school_id_road_map_id_number")
        ),
    )


def downgrade() -> None:
    op.drop_table("road_map_version")
    op.drop_table("road_map_tick")
    op.drop_index("ix_road_map_line_map", "road_map_line")
    op.drop_table("road_map_line")
    op.drop_table("road_map")
