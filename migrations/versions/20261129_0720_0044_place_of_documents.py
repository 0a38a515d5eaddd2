"""school: the place that stands on its documents"""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("school") as table:
        table.add_column(sa.Column("place", sa.String(length=200), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("school") as table:
        table.drop_column("place")
