"""anonymous rounds: one sealed box for each, and who has answered"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    for table, column in (("survey_round", "anonymous"), ("survey_participant", "answered")):
        with op.batch_alter_table(table) as changed:
            changed.add_column(sa.Column(column, sa.Boolean(), nullable=False, server_default=sa.false()))
        with op.batch_alter_table(table) as changed:
            changed.alter_column(column, server_default=None)
    with op.batch_alter_table("questionnaire_version") as table:
        table.create_unique_constraint(op.f("uq_questionnaire_version_school_id_id"), ["school_id", "id"])
    op.create_table(
        "survey_answer_box",
        sa.Column("school_id", NUMBER, nullable=False),
        sa.Column("round_id", NUMBER, nullable=False),
        sa.Column("version_id", NUMBER, nullable=False),
        sa.Column("sealed_answers", sa.Text(), nullable=True),
        sa.Column("id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_survey_answer_box_school_id")),
        sa.ForeignKeyConstraint(
            ["school_id", "round_id"],
            ["survey_round.school_id", "survey_round.id"],
            name=op.f("fk_survey_answer_box_school_id_round_id"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "version_id"],
            ["questionnaire_version.school_id", "questionnaire_version.id"],
            name=op.f("fk_survey_answer_box_school_id_version_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_survey_answer_box")),
        sa.UniqueConstraint("school_id", "round_id", name=op.f("uq_survey_answer_box_school_id_round_id")),
    )


def downgrade() -> None:
    op.drop_table("survey_answer_box")
    with op.batch_alter_table("questionnaire_version") as table:
        table.drop_constraint(op.f("uq_questionnaire_version_school_id_id"), type_="unique")
    with op.batch_alter_table("survey_participant") as table:
        table.drop_column("answered")
    with op.batch_alter_table("survey_round") as table:
        table.drop_column("anonymous")
