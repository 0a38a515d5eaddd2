"""who looked at whose data; people who were erased"""

import sqlalchemy as sa
from alembic import op

from moodle_mentorship.core.db import UtcDateTime

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "look",
        sa.Column("school_id", number, nullable=False),
        sa.Column("person_id", number, nullable=True),
        sa.Column("reader_id", number, nullable=False),
        sa.Column("what", sa.String(length=80), nullable=False),
        sa.Column("began_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("last_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("times", number, nullable=False),
        sa.Column("id", number, nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id", "person_id"], ["person.school_id", "person.id"], name=op.f("fk_look_school_id_person_id")
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "reader_id"], ["person.school_id", "person.id"], name=op.f("fk_look_school_id_reader_id")
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_look_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_look")),
    )
    op.create_index("ix_look_person", "look", ["school_id", "person_id", "id"])
    op.create_index("ix_look_reader", "look", ["school_id", "reader_id", "what", "began_at"])
    op.create_index("ix_look_began", "look", ["began_at"])
    op.add_column("person", sa.Column("erased_at", UtcDateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("person", "erased_at")
    op.drop_index("ix_look_began", table_name="look")
    op.drop_index("ix_look_reader", table_name="look")
    op.drop_index("ix_look_person", table_name="look")
    op.drop_table("look")
