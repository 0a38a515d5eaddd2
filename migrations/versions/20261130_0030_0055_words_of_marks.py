"""what is agreed to by the mark is kept as it read"""

import sqlalchemy as sa
from alembic import op

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("consent", sa.Column("sealed_words", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("consent", "sealed_words")
