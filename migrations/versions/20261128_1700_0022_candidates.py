"""rules by which candidates of the bank of mentees are found, and who is put off for a school year"""

import sqlalchemy as sa
from alembic import op

from moodle_mentorship.core.db import UtcDateTime

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_WHY = (
    *("hired_recently", "first_years", "after_break", "new_post", "low_score", "own_wish", "curator"),
    *("consent", "answers", "pair", "departure"),
)
_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "candidate_rule",
        sa.Column("school_id", _BIG, nullable=False),
        sa.Column(
            "why",
            sa.Enum(*_WHY, name=op.f("ck_candidate_rule_why"), native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("number", _BIG, nullable=False),
        sa.Column("id", _BIG, nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_candidate_rule_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_candidate_rule")),
        sa.UniqueConstraint("school_id", "why", name=op.f("uq_candidate_rule_school_id_why")),
    )
    op.create_table(
        "candidate_dismissal",
        sa.Column("school_id", _BIG, nullable=False),
        sa.Column("person_id", _BIG, nullable=False),
        sa.Column("year", _BIG, nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("by_person_id", _BIG, nullable=True),
        sa.Column("id", _BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id", "person_id"],
            ["person.school_id", "person.id"],
            name=op.f("fk_candidate_dismissal_school_id_person_id"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "by_person_id"],
            ["person.school_id", "person.id"],
            name=op.f("fk_candidate_dismissal_school_id_by_person_id"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_candidate_dismissal_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_candidate_dismissal")),
        sa.UniqueConstraint(
            "school_id", "person_id", "year", name=op.f("uq_candidate_dismissal_school_id_person_id_year")
        ),
    )


def downgrade() -> None:
    op.drop_table("candidate_dismissal")
    op.drop_table("candidate_rule")
