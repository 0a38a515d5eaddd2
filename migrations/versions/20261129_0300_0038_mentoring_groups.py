"""mentoring groups: one mentor, several mentees, one theme"""

import sqlalchemy as sa
from alembic import op

from moodle_mentorship.core.db import UtcDateTime

revision = "0038"
down_revision = "0035"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    form = sa.Enum(
        *("teachers", "head", "employer", "lecturer"),
        name=op.f("ck_mentoring_group_form"),
        native_enum=False,
        create_constraint=True,
        length=40,
    )
    op.create_table(
        "mentoring_group",
        sa.Column("school_id", NUMBER, nullable=False),
        sa.Column("mentor_person_id", NUMBER, nullable=False),
        sa.Column("theme", sa.String(length=40), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("form", form, nullable=False),
        sa.Column("kinds", sa.String(length=100), nullable=False),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("members_open", NUMBER, nullable=False),
        sa.Column("id", NUMBER, nullable=False),
        sa.CheckConstraint("members_open BETWEEN 0 AND 6", name=op.f("ck_mentoring_group_members")),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_mentoring_group_period")),
        sa.CheckConstraint("kinds LIKE '%,group,%'", name=op.f("ck_mentoring_group_kind")),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_mentoring_group_school_id")),
        sa.ForeignKeyConstraint(
            ["school_id", "mentor_person_id"],
            ["mentor.school_id", "mentor.person_id"],
            name=op.f("fk_mentoring_group_school_id_mentor_person_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mentoring_group")),
        sa.UniqueConstraint(
            *("school_id", "id", "mentor_person_id"), name=op.f("uq_mentoring_group_school_id_id_mentor_person_id")
        ),
    )
    op.create_index("ix_mentoring_group_mentor", "mentoring_group", ["school_id", "mentor_person_id"])
    with op.batch_alter_table("pair") as table:
        table.add_column(sa.Column("group_id", NUMBER, nullable=True))
        table.create_check_constraint(op.f("ck_pair_group_kind"), "group_id IS NULL OR kinds LIKE '%,group,%'")
        table.create_foreign_key(
            op.f("fk_pair_school_id_group_id_mentor_person_id"),
            "mentoring_group",
            ["school_id", "group_id", "mentor_person_id"],
            ["school_id", "id", "mentor_person_id"],
        )
    op.create_index("ix_pair_group", "pair", ["school_id", "group_id"])


def downgrade() -> None:
    standing = "SELECT count(*) FROM mentoring_group WHERE members_open > 0"
    if op.get_bind().execute(sa.text(standing)).scalar_one():
        # There each pair holds a place of its own, and a mentor has three.
        raise RuntimeError(
            "The version before this one knows no groups: end or withdraw those that stand, then go back"
        )
    op.drop_index("ix_pair_group", "pair")
    with op.batch_alter_table("pair") as table:
        table.drop_constraint(op.f("fk_pair_school_id_group_id_mentor_person_id"), type_="foreignkey")
        table.drop_constraint(op.f("ck_pair_group_kind"), type_="check")
        table.drop_column("group_id")
    op.drop_table("mentoring_group")
