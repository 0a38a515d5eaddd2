"""questionnaires: themes, versions, rounds, answers"""

import sqlalchemy as sa
from alembic import op

from moodle_mentorship.core.db import UtcDateTime

revision = "0012"
down_revision = "0009"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "questionnaire",
        sa.Column("school_id", NUMBER, nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("kind", _kind(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_questionnaire_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_questionnaire")),
        sa.UniqueConstraint("school_id", "code", name=op.f("uq_questionnaire_school_id_code")),
        sa.UniqueConstraint("school_id", "id", "kind", name=op.f("uq_questionnaire_school_id_id_kind")),
        sa.UniqueConstraint("school_id", "id", name=op.f("uq_questionnaire_school_id_id")),
    )
    op.create_table(
        "theme",
        sa.Column("school_id", NUMBER, nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("place", NUMBER, nullable=False),
        sa.Column("id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_theme_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_theme")),
        sa.UniqueConstraint("school_id", "code", name=op.f("uq_theme_school_id_code")),
    )
    op.create_table(
        "questionnaire_version",
        sa.Column("school_id", NUMBER, nullable=False),
        sa.Column("questionnaire_id", NUMBER, nullable=False),
        sa.Column("kind", _kind(), nullable=False),
        sa.Column("number", NUMBER, nullable=False),
        sa.Column(
            "state",
            sa.Enum("draft", "published", name="state", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("published_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id", "questionnaire_id", "kind"],
            ["questionnaire.school_id", "questionnaire.id", "questionnaire.kind"],
            name=op.f("fk_questionnaire_version_school_id_questionnaire_id_kind"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_questionnaire_version_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_questionnaire_version")),
        sa.UniqueConstraint("school_id", "id", "kind", name=op.f("uq_questionnaire_version_school_id_id_kind")),
        sa.UniqueConstraint(
            "school_id",
            "questionnaire_id",
            "number",
            name=op.f("uq_questionnaire_version_school_id_questionnaire_id_number"),
        ),
    )
    op.create_index(
        "uq_questionnaire_version_draft",
        "questionnaire_version",
        ["school_id", "questionnaire_id"],
        unique=True,
        sqlite_where=sa.text("state = 'draft'"),
        postgresql_where=sa.text("state = 'draft'"),
    )
    op.create_table(
        "survey_round",
        sa.Column("school_id", NUMBER, nullable=False),
        sa.Column("questionnaire_id", NUMBER, nullable=False),
        sa.Column("opens_on", sa.Date(), nullable=False),
        sa.Column("closes_on", sa.Date(), nullable=False),
        sa.Column("started_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("closed_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("id", NUMBER, nullable=False),
        sa.CheckConstraint("closes_on >= opens_on", name=op.f("ck_survey_round_days")),
        sa.ForeignKeyConstraint(
            ["school_id", "questionnaire_id"],
            ["questionnaire.school_id", "questionnaire.id"],
            name=op.f("fk_survey_round_school_id_questionnaire_id"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_survey_round_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_survey_round")),
        sa.UniqueConstraint("school_id", "id", name=op.f("uq_survey_round_school_id_id")),
    )
    op.create_index("ix_survey_round_newest", "survey_round", ["school_id", "opens_on", "id"])
    op.create_index(
        "ix_survey_round_questionnaire", "survey_round", ["school_id", "questionnaire_id", "opens_on", "id"]
    )
    op.create_table(
        "survey_participant",
        sa.Column("school_id", NUMBER, nullable=False),
        sa.Column("round_id", NUMBER, nullable=False),
        sa.Column("person_id", NUMBER, nullable=False),
        sa.Column("id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id", "person_id"],
            ["person.school_id", "person.id"],
            name=op.f("fk_survey_participant_school_id_person_id"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "round_id"],
            ["survey_round.school_id", "survey_round.id"],
            name=op.f("fk_survey_participant_school_id_round_id"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_survey_participant_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_survey_participant")),
        sa.UniqueConstraint(
            "school_id", "round_id", "person_id", name=op.f("uq_survey_participant_school_id_round_id_person_id")
        ),
    )
    op.create_index("ix_survey_participant_person", "survey_participant", ["school_id", "person_id", "round_id"])
    op.create_table(
        "survey_response",
        sa.Column("school_id", NUMBER, nullable=False),
        sa.Column("round_id", NUMBER, nullable=False),
        sa.Column("person_id", NUMBER, nullable=False),
        sa.Column("version_id", NUMBER, nullable=False),
        sa.Column("kind", _kind(), nullable=False),
        sa.Column("ground_id", NUMBER, nullable=True),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("sealed_private", sa.Text(), nullable=True),
        sa.Column("revision", NUMBER, nullable=False),
        sa.Column("started_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("saved_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id", "round_id", "person_id"],
            ["survey_participant.school_id", "survey_participant.round_id", "survey_participant.person_id"],
            name=op.f("fk_survey_response_school_id_round_id_person_id"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "version_id", "kind"],
            ["questionnaire_version.school_id", "questionnaire_version.id", "questionnaire_version.kind"],
            name=op.f("fk_survey_response_school_id_version_id_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "person_id", "ground_id"],
            ["processing_ground.school_id", "processing_ground.person_id", "processing_ground.id"],
            name=op.f("fk_survey_response_school_id_person_id_ground_id"),
        ),
        sa.CheckConstraint(
            "kind NOT IN ('need', 'offer') OR ground_id IS NOT NULL", name=op.f("ck_survey_response_ground")
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_survey_response_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_survey_response")),
        sa.UniqueConstraint(
            "school_id", "round_id", "person_id", name=op.f("uq_survey_response_school_id_round_id_person_id")
        ),
    )
    op.create_index("ix_survey_response_person", "survey_response", ["school_id", "person_id", "submitted_at", "id"])


def downgrade() -> None:
    op.drop_index("ix_survey_response_person", "survey_response")
    op.drop_table("survey_response")
    op.drop_index("ix_survey_participant_person", "survey_participant")
    op.drop_table("survey_participant")
    op.drop_index("ix_survey_round_questionnaire", "survey_round")
    op.drop_index("ix_survey_round_newest", "survey_round")
    op.drop_table("survey_round")
    op.drop_index("uq_questionnaire_version_draft", "questionnaire_version")
    op.drop_table("questionnaire_version")
    op.drop_table("theme")
    op.drop_table("questionnaire")


def _kind() -> sa.Enum:
    words = ("need", "offer", "pulse", "finish", "own")
    return sa.Enum(*words, name="kind", native_enum=False, create_constraint=True, length=40)
