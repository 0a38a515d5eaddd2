"""drafts of questionnaires: their last change back, and how many changes they have had"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("questionnaire_version", sa.Column("previous", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("questionnaire_version", sa.Column("revision", NUMBER, nullable=False, server_default="0"))
    with op.batch_alter_table("questionnaire_version") as table:
        table.alter_column("revision", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("questionnaire_version") as table:
        table.drop_column("revision")
        table.drop_column("previous")
