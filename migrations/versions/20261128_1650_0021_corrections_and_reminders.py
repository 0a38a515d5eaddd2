"""corrections of what was sent, and reminders of a round that go by themselves"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("survey_response", sa.Column("correction", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("survey_response", sa.Column("sealed_correction", sa.Text(), nullable=True))
    with op.batch_alter_table("survey_round") as table:
        table.add_column(sa.Column("remind_after", NUMBER, nullable=True))
        table.create_check_constraint(op.f("ck_survey_round_remind_after"), "remind_after > 0")


def downgrade() -> None:
    with op.batch_alter_table("survey_round") as table:
        table.drop_constraint(op.f("ck_survey_round_remind_after"), type_="check")
        table.drop_column("remind_after")
    with op.batch_alter_table("survey_response") as table:
        table.drop_column("sealed_correction")
        table.drop_column("correction")
