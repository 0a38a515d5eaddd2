"""files that people attach to their answers"""

import sqlalchemy as sa
from alembic import op

from moodle_mentorship.core.db import UtcDateTime

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("survey_response") as table:
        table.create_unique_constraint(op.f("uq_survey_response_school_id_id"), ["school_id", "id"])
    op.create_table(
        "survey_file",
        sa.Column("school_id", NUMBER, nullable=False),
        sa.Column("response_id", NUMBER, nullable=False),
        sa.Column("size", NUMBER, nullable=False),
        sa.Column("sealed_content", sa.Text(), nullable=False),
        sa.Column("attached_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_survey_file_school_id")),
        sa.ForeignKeyConstraint(
            ["school_id", "response_id"],
            ["survey_response.school_id", "survey_response.id"],
            name=op.f("fk_survey_file_school_id_response_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_survey_file")),
    )
    op.create_index("ix_survey_file_response", "survey_file", ["school_id", "response_id"])


def downgrade() -> None:
    op.drop_index("ix_survey_file_response", table_name="survey_file")
    op.drop_table("survey_file")
    with op.batch_alter_table("survey_response") as table:
        table.drop_constraint(op.f("uq_survey_response_school_id_id"), type_="unique")
