"""states of the two banks, their steps with who and why, the ground of a mentor's work"""

import sqlalchemy as sa
from alembic import op

from moodle_mentorship.core.db import UtcDateTime

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_MENTEE = ("invited", "consented", "assessed", "waiting", "paired", "completed", "withdrawn")
_MENTOR = ("applied", "checked", "trained", "available", "paused", "left")
_WHY = (
    *("hired_recently", "first_years", "after_break", "new_post", "low_score", "own_wish", "curator"),
    *("consent", "answers", "pair", "departure"),
)


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.add_column("mentee", sa.Column("refused_year", number, nullable=True))
    op.add_column("mentor", sa.Column("trained_on", sa.Date(), nullable=True))
    with op.batch_alter_table("mentor") as table:
        table.add_column(
            sa.Column("basis", _words("mentor", "basis", "assignment", "job_duty", "external_contract"), nullable=True)
        )
    _states("mentee", _MENTEE)
    _states("mentor", _MENTOR, {"withdrawn": "left"})
    op.create_table(
        "bank_step",
        sa.Column("person_id", number, nullable=False),
        sa.Column("bank", _words("bank_step", "bank", "mentees", "mentors"), nullable=False),
        sa.Column("before", sa.String(length=40), nullable=True),
        sa.Column("after", sa.String(length=40), nullable=False),
        sa.Column("why", _words("bank_step", "why", *_WHY), nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("by_person_id", number, nullable=True),
        sa.Column("school_id", number, nullable=False),
        sa.Column("id", number, nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id", "person_id"],
            ["person.school_id", "person.id"],
            name=op.f("fk_bank_step_school_id_person_id"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "by_person_id"],
            ["person.school_id", "person.id"],
            name=op.f("fk_bank_step_school_id_by_person_id"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_bank_step_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_step")),
    )
    op.create_index("ix_bank_step_person", "bank_step", ["school_id", "person_id", "id"])
    op.create_index(op.f("ix_bank_step_school_id"), "bank_step", ["school_id"])
    # Who stands in a bank already was put there by the curator; how they stand now is where their history begins.
    for bank, table_name in (("mentees", "mentee"), ("mentors", "mentor")):
        entry = sa.table(table_name, *map(sa.column, ("id", "school_id", "person_id", "state", "state_since")))
        kept = sa.select(
            *(entry.c.school_id, entry.c.person_id, sa.literal(bank), entry.c.state),
            *(sa.literal("curator"), entry.c.state_since),
        ).order_by(entry.c.id)
        columns = ["school_id", "person_id", "bank", "after", "why", "at"]
        op.execute(sa.table("bank_step", *map(sa.column, columns)).insert().from_select(columns, kept))


def downgrade() -> None:
    op.drop_table("bank_step")
    on_the_way = dict.fromkeys(("applied", "checked", "trained", "left"), "withdrawn")
    _states("mentor", ("available", "withdrawn"), on_the_way | {"paused": "available"})
    known = ("waiting", "paired", "withdrawn")
    _states("mentee", known, {state: "withdrawn" for state in _MENTEE if state not in known})
    with op.batch_alter_table("mentor") as table:
        table.drop_constraint(op.f("ck_mentor_basis"), type_="check")
        table.drop_column("basis")
        table.drop_column("trained_on")
    with op.batch_alter_table("mentee") as table:
        table.drop_column("refused_year")


def _states(table_name: str, states: tuple[str, ...], renamed: dict[str, str] | None = None) -> None:
    """Let the column `state` hold these and no others; `renamed` becomes what there is now."""
    name = op.f(f"ck_{table_name}_state")
    with op.batch_alter_table(table_name) as table:
        table.drop_constraint(name, type_="check")
    for old, new in (renamed or {}).items():
        entry = sa.table(table_name, sa.column("state"))
        op.execute(entry.update().where(entry.c.state == old).values(state=new))
    with op.batch_alter_table(table_name) as table:
        table.create_check_constraint(name, sa.column("state").in_(states))


def _words(table_name: str, column: str, *values: str) -> sa.Enum:
    return sa.Enum(
        *values, name=op.f(f"ck_{table_name}_{column}"), native_enum=False, create_constraint=True, length=40
    )
