"""a key of the installation has a life"""

import sqlalchemy as sa
from alembic import op

from moodle_mentorship.core.db import UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("tool_key") as table:
        table.add_column(sa.Column("signs_from", UtcDateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("retires_at", UtcDateTime(timezone=True), nullable=True))
    op.execute("UPDATE tool_key SET signs_from = created_at")
    with op.batch_alter_table("tool_key") as table:
        table.alter_column("signs_from", existing_type=UtcDateTime(timezone=True), nullable=False)


def downgrade() -> None:
    with op.batch_alter_table("tool_key") as table:
        table.drop_column("retires_at")
        table.drop_column("signs_from")
