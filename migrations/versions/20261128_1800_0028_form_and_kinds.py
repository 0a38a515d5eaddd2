"""form and kinds of mentoring of a pair"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    form = sa.Enum(
        *("teachers", "head", "employer", "lecturer"),
        name=op.f("ck_pair_form"),
        native_enum=False,
        create_constraint=True,
        length=40,
    )
    with op.batch_alter_table("pair") as table:
        table.add_column(sa.Column("form", form, nullable=False, server_default="teachers"))
        table.add_column(sa.Column("kinds", sa.String(length=100), nullable=False, server_default=",traditional,"))
        table.create_check_constraint(op.f("ck_pair_some_kind"), "kinds <> ''")
    with op.batch_alter_table("pair") as table:
        table.alter_column("form", server_default=None)
        table.alter_column("kinds", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("pair") as table:
        table.drop_constraint(op.f("ck_pair_some_kind"), type_="check")
        table.drop_constraint(op.f("ck_pair_form"), type_="check")
        table.drop_column("kinds")
        table.drop_column("form")
