"""whether only trained mentors get a pair"""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("school") as table:
        table.add_column(sa.Column("training_required", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("school") as table:
        table.alter_column("training_required", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("school") as table:
        table.drop_column("training_required")
