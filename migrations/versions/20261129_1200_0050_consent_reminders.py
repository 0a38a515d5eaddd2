"""when somebody was reminded of the papers that they have not signed"""

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0047"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "consent_reminder",
        sa.Column("school_id", NUMBER, nullable=False),
        sa.Column("person_id", NUMBER, nullable=False),
        sa.Column("written_on", sa.Date(), nullable=False),
        sa.Column("id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id", "person_id"],
            ["person.school_id", "person.id"],
            name=op.f("fk_consent_reminder_school_id_person_id"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_consent_reminder_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_reminder")),
        sa.UniqueConstraint("school_id", "person_id", name=op.f("uq_consent_reminder_school_id_person_id")),
    )


def downgrade() -> None:
    op.drop_table("consent_reminder")
