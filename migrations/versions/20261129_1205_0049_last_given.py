"""registers know the last number they gave apart from where they go on"""

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0047"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("register_year") as table:
        table.add_column(sa.Column("last_given", NUMBER, nullable=True))
    # Until now a register went on nowhere but after the last number it gave.
    op.execute("UPDATE register_year SET last_given = last_number")
    with op.batch_alter_table("register_year") as table:
        table.alter_column("last_given", existing_type=NUMBER, nullable=False)
        table.create_check_constraint(
            op.f("ck_register_year_last_given"), "0 <= last_given AND last_given <= last_number"
        )


def downgrade() -> None:
    with op.batch_alter_table("register_year") as table:
        table.drop_constraint(op.f("ck_register_year_last_given"), type_="check")
        table.drop_column("last_given")
