"""who processes data for the school, one number for one paper, what became of a duty after a consent ended"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_IN_FORCE = sa.text("ended_at IS NULL")
_WHY = ("withdrawn", "expired", "replaced")


def upgrade() -> None:
    with op.batch_alter_table("school") as table:
        table.add_column(sa.Column("processor_name", sa.String(length=500), nullable=True))
        table.add_column(sa.Column("processor_address", sa.Text(), nullable=True))
        table.create_check_constraint(
            op.f("ck_school_processor"), "(processor_name IS NULL) = (processor_address IS NULL)"
        )
    _whys(*_WHY, "left")
    # Two papers in force with one number: what was typed twice before the number was looked at keeps its row's id.
    op.execute(
        "UPDATE consent SET number = substr(number, 1, 40) || '/' || id WHERE ended_at IS NULL AND EXISTS ("
        "SELECT 1 FROM consent twin WHERE twin.school_id = consent.school_id AND twin.kind = consent.kind "
        "AND twin.number = consent.number AND twin.given_on = consent.given_on AND twin.ended_at IS NULL "
        "AND twin.id < consent.id)"
    )
    op.create_index(
        "uq_consent_number",
        "consent",
        ["school_id", "kind", "number", "given_on"],
        unique=True,
        sqlite_where=_IN_FORCE,
        postgresql_where=_IN_FORCE,
    )
    outcome = sa.Enum(
        "done", "lapsed", name=op.f("ck_consent_duty_outcome"), native_enum=False, create_constraint=True, length=40
    )
    with op.batch_alter_table("consent_duty") as table:
        table.add_column(sa.Column("outcome", outcome, nullable=True))
    op.execute("UPDATE consent_duty SET outcome = 'done' WHERE done_at IS NOT NULL")
    # A ground that opened again made lawful what was to be destroyed.
    op.execute(
        "UPDATE consent_duty SET outcome = 'lapsed', done_at = CURRENT_TIMESTAMP WHERE done_at IS NULL "
        "AND kind = 'destroy' AND EXISTS ("
        "SELECT 1 FROM processing_ground g JOIN consent c ON c.school_id = g.school_id AND c.person_id = g.person_id "
        "WHERE c.id = consent_duty.consent_id AND g.closed_at IS NULL AND c.kind = CASE g.purpose "
        "WHEN 'mentee_profile' THEN 'processing_mentee' ELSE 'processing_mentor' END)"
    )
    with op.batch_alter_table("consent_duty") as table:
        table.create_check_constraint(op.f("ck_consent_duty_outcome_known"), "(done_at IS NULL) = (outcome IS NULL)")


def downgrade() -> None:
    with op.batch_alter_table("consent_duty") as table:
        table.drop_constraint(op.f("ck_consent_duty_outcome_known"), type_="check")
        table.drop_constraint(op.f("ck_consent_duty_outcome"), type_="check")
        table.drop_column("outcome")
    op.drop_index("uq_consent_number", table_name="consent")
    op.execute("UPDATE consent SET ended_why = 'expired' WHERE ended_why = 'left'")
    _whys(*_WHY)
    with op.batch_alter_table("school") as table:
        table.drop_constraint(op.f("ck_school_processor"), type_="check")
        table.drop_column("processor_address")
        table.drop_column("processor_name")


def _whys(*words: str) -> None:
    """Let the column `ended_why` hold these and no others."""
    name = op.f("ck_consent_ended_why")
    with op.batch_alter_table("consent") as table:
        table.drop_constraint(name, type_="check")
        table.create_check_constraint(name, sa.column("ended_why").in_(words))
