"""what we did last in a pair's group in Moodle, and what people have changed there by hand; the year's grouping"""

import sqlalchemy as sa
from alembic import op

from moodle_mentorship.core.db import UtcDateTime

revision = "0037"
down_revision = "0039"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
# With what a space begins of which nobody knows yet what we did.
_PLAIN = {"grouped": sa.false(), "conversing": sa.false(), "noticed": sa.text("'[]'"), "strangers": sa.text("0")}


def upgrade() -> None:
    with op.batch_alter_table("pair_space") as table:
        table.add_column(sa.Column("moodle_course_id", NUMBER, nullable=True))
        for name in ("moodle_name", "found_name"):
            table.add_column(sa.Column(name, sa.String(length=254), nullable=True))
        for name in ("settled_at", "archived_at", "noticed_at", "left_at"):
            table.add_column(sa.Column(name, UtcDateTime(), nullable=True))
        for name, kind in (
            ("grouped", sa.Boolean()),
            ("conversing", sa.Boolean()),
            ("noticed", sa.JSON()),
            ("strangers", NUMBER),
        ):
            table.add_column(sa.Column(name, kind, nullable=False, server_default=_PLAIN[name]))
    with op.batch_alter_table("pair_space") as table:
        for name in _PLAIN:
            table.alter_column(name, server_default=None)
    # Pairs that have ended were taken out of their groups, which bear no other name for it.
    op.execute(
        "UPDATE pair_space SET archived_at = ("
        "SELECT max(closed_at) FROM pair WHERE pair.space_id = pair_space.id AND pair.state = 'ended')"
        " WHERE id NOT IN (SELECT space_id FROM pair WHERE state IN ('ordered', 'suspended'))"
        " AND id NOT IN (SELECT CAST(substr(stream, 7) AS BIGINT) FROM outbox_item"
        " WHERE kind = 'pair.keep_space' AND state <> 'delivered')"
    )
    op.create_table(
        "pair_space_member",
        sa.Column("space_id", NUMBER, nullable=False),
        sa.Column("person_id", NUMBER, nullable=False),
        sa.Column(
            "mark",
            sa.Enum(
                *("placed", "taken_out", "guest"),
                name=op.f("ck_pair_space_member_mark"),
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("school_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_pair_space_member_school_id")),
        sa.ForeignKeyConstraint(
            ["school_id", "space_id"],
            ["pair_space.school_id", "pair_space.id"],
            name=op.f("fk_pair_space_member_school_id_space_id"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "person_id"],
            ["person.school_id", "person.id"],
            name=op.f("fk_pair_space_member_school_id_person_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pair_space_member")),
        sa.UniqueConstraint(
            "school_id", "space_id", "person_id", name=op.f("uq_pair_space_member_school_id_space_id_person_id")
        ),
    )
    op.create_index("ix_pair_space_member_person", "pair_space_member", ["school_id", "person_id"])
    op.create_table(
        "pair_grouping",
        sa.Column("year_start", NUMBER, nullable=False),
        sa.Column("moodle_idnumber", sa.String(length=60), nullable=False),
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("school_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_pair_grouping_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pair_grouping")),
        sa.UniqueConstraint("moodle_idnumber", name=op.f("uq_pair_grouping_moodle_idnumber")),
        sa.UniqueConstraint("school_id", "year_start", name=op.f("uq_pair_grouping_school_id_year_start")),
    )
    op.create_index(op.f("ix_pair_grouping_school_id"), "pair_grouping", ["school_id"])


def downgrade() -> None:
    op.drop_table("pair_grouping")
    op.drop_table("pair_space_member")
    with op.batch_alter_table("pair_space") as table:
        for name in (
            *("moodle_course_id", "moodle_name", "found_name", "settled_at", "archived_at", "noticed_at", "left_at"),
            *_PLAIN,
        ):
            table.drop_column(name)
