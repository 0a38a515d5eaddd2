"""a person's pairs by their age, and the suspended ones, are found by all that is asked"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_pair_mentor", "pair")
    op.drop_index("ix_pair_mentee", "pair")
    op.create_index("ix_pair_mentor", "pair", ["school_id", "mentor_person_id", "proposed_at", "id"])
    op.create_index("ix_pair_mentee", "pair", ["school_id", "mentee_person_id", "proposed_at", "id"])
    op.drop_index("ix_person_suspended", "person")
    _suspended(["school_id", "suspended", "search_name", "id"])


def downgrade() -> None:
    op.drop_index("ix_person_suspended", "person")
    _suspended(["school_id", "search_name", "id"])
    op.drop_index("ix_pair_mentor", "pair")
    op.drop_index("ix_pair_mentee", "pair")
    op.create_index("ix_pair_mentor", "pair", ["school_id", "mentor_person_id", "state"])
    op.create_index("ix_pair_mentee", "pair", ["school_id", "mentee_person_id"])


def _suspended(columns: list[str]) -> None:
    op.create_index(
        "ix_person_suspended",
        "person",
        columns,
        sqlite_where=sa.text("suspended IS 1"),
        postgresql_where=sa.text("suspended IS true"),
    )
