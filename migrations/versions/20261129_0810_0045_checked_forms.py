"""documents: how names and posts are declined, as the curator has checked it"""

import sqlalchemy as sa
from alembic import op

from moodle_mentorship.core.db import UtcDateTime

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "name_forms",
        sa.Column("school_id", NUMBER, nullable=False),
        sa.Column("person_id", NUMBER, nullable=False),
        sa.Column("name", sa.String(length=620), nullable=False),
        sa.Column("forms", sa.JSON(), nullable=False),
        sa.Column("checked_at", UtcDateTime(), nullable=False),
        sa.Column("checked_by", NUMBER, nullable=True),
        sa.Column("id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_name_forms_school_id")),
        sa.ForeignKeyConstraint(
            ["school_id", "person_id"],
            ["person.school_id", "person.id"],
            name=op.f("fk_name_forms_school_id_person_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_name_forms")),
        sa.UniqueConstraint("school_id", "person_id", name=op.f("uq_name_forms_school_id_person_id")),
    )
    op.create_table(
        "post_forms",
        sa.Column("school_id", NUMBER, nullable=False),
        sa.Column("post", sa.String(length=300), nullable=False),
        sa.Column("forms", sa.JSON(), nullable=False),
        sa.Column("checked_at", UtcDateTime(), nullable=False),
        sa.Column("checked_by", NUMBER, nullable=True),
        sa.Column("id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_post_forms_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post_forms")),
        sa.UniqueConstraint("school_id", "post", name=op.f("uq_post_forms_school_id_post")),
    )


def downgrade() -> None:
    op.drop_table("post_forms")
    op.drop_table("name_forms")
