"""who is invited to be a mentor, and who said no this school year"""

import sqlalchemy as sa
from alembic import op

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
STATES = ("applied", "checked", "trained", "available", "paused", "left")


def upgrade() -> None:
    op.add_column("mentor", sa.Column("refused_year", NUMBER, nullable=True))
    _states("invited", *STATES)


def downgrade() -> None:
    # The versions before know no invitation: who has one and has not answered is in no bank.
    op.execute("UPDATE mentor SET state = 'left' WHERE state = 'invited'")
    op.execute("DELETE FROM bank_step WHERE bank = 'mentors' AND after = 'invited'")
    op.execute("UPDATE bank_step SET before = NULL WHERE bank = 'mentors' AND before = 'invited'")
    _states(*STATES)
    with op.batch_alter_table("mentor") as table:
        table.drop_column("refused_year")


def _states(*values: str) -> None:
    with op.batch_alter_table("mentor") as table:
        table.drop_constraint(op.f("ck_mentor_state"), type_="check")
        table.create_check_constraint(op.f("ck_mentor_state"), sa.column("state").in_(values))
