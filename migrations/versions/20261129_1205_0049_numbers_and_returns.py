"""registers know the last number they gave; a draft that came back keeps what the director had"""

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0050"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SEEN = "(sealed_seen IS NULL) = (seen_template_id IS NULL) AND (state = 'draft' OR sealed_seen IS NULL)"


def upgrade() -> None:
    with op.batch_alter_table("register_year") as table:
        table.add_column(sa.Column("last_given", NUMBER, nullable=True))
    # Until now a register went on nowhere but after the last number it gave.
    op.execute("UPDATE register_year SET last_given = last_number")
    with op.batch_alter_table("register_year") as table:
        table.alter_column("last_given", existing_type=NUMBER, nullable=False)
        table.create_check_constraint(
            op.f("ck_register_year_last_given"), "0 <= last_given AND last_given <= last_number"
        )
    with op.batch_alter_table("document") as table:
        table.add_column(sa.Column("sealed_seen", sa.Text(), nullable=True))
        table.add_column(sa.Column("seen_template_id", NUMBER, nullable=True))
        table.create_foreign_key(
            op.f("fk_document_school_id_seen_template_id"),
            "template",
            ["school_id", "seen_template_id"],
            ["school_id", "id"],
        )
        table.create_check_constraint(op.f("ck_document_seen"), SEEN)


def downgrade() -> None:
    with op.batch_alter_table("document") as table:
        table.drop_constraint(op.f("ck_document_seen"), type_="check")
        table.drop_constraint(op.f("fk_document_school_id_seen_template_id"), type_="foreignkey")
        table.drop_column("seen_template_id")
        table.drop_column("sealed_seen")
    with op.batch_alter_table("register_year") as table:
        table.drop_constraint(op.f("ck_register_year_last_given"), type_="check")
        table.drop_column("last_given")
