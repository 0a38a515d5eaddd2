"""the day on which Moodle wrote to somebody about a questionnaire"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("survey_participant", sa.Column("written_on", sa.Date(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("survey_participant") as table:
        table.drop_column("written_on")
