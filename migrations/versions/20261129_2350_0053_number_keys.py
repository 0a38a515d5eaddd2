"""a number stands once in a register's year, however it is written"""

import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0053"
down_revision = "0051"
branch_labels = None
depends_on = None

LOOK_ALIKES = str.maketrans("abcehkmoptxy", "авсенкмортху")
EACH = "(number IS NULL) = (registered_at IS NULL) AND (number IS NULL) = (register_year IS NULL)"
KEPT = "(number IS NULL) = (sealed_content IS NULL) AND (number IS NULL) = (sha256 IS NULL)"
OLD, NEW = (
    ("school_id", "register", "register_year", "number"),
    ("school_id", "register", "register_year", "number_key"),
)


def upgrade() -> None:
    with op.batch_alter_table("document") as table:
        table.add_column(sa.Column("number_key", sa.String(150), nullable=True))
    _fill()
    with op.batch_alter_table("document") as table:
        table.drop_constraint(op.f("uq_document_" + "_".join(OLD)), type_="unique")
        table.create_unique_constraint(op.f("uq_document_" + "_".join(NEW)), list(NEW))
        table.drop_constraint(op.f("ck_document_numbered"), type_="check")
        table.create_check_constraint(
            op.f("ck_document_numbered"), f"{EACH} AND {KEPT} AND (number IS NULL) = (number_key IS NULL)"
        )


def downgrade() -> None:
    with op.batch_alter_table("document") as table:
        table.drop_constraint(op.f("ck_document_numbered"), type_="check")
        table.create_check_constraint(op.f("ck_document_numbered"), f"{EACH} AND {KEPT}")
        table.drop_constraint(op.f("uq_document_" + "_".join(NEW)), type_="unique")
        table.create_unique_constraint(op.f("uq_document_" + "_".join(OLD)), list(OLD))
        table.drop_column("number_key")


def _fill() -> None:
    """Two that stand in the journal as «143-ОД» and «143-од» both stay: a registered document is never changed. The
    first one has the key, so no third is given that number; the others have theirs with a blank and their id behind,
    which no number's key can be."""
    connection = op.get_bind()
    document = sa.table("document", *(sa.column(name) for name in ("id", "registered_at", "number", *NEW)))
    taken: set[tuple[object, ...]] = set()
    rows = connection.execute(
        sa.select(document.c.id, *(document.c[name] for name in OLD))
        .where(document.c.number.is_not(None))
        .order_by(document.c.registered_at, document.c.id)
    ).all()
    for row in rows:
        key = _key(row.number)
        place = (row.school_id, row.register, row.register_year, key)
        if place in taken:
            key = f"{key} {row.id}"
        taken.add(place)
        connection.execute(sa.update(document).where(document.c.id == row.id).values(number_key=key))


def _key(number: str) -> str:
    shown = (
        "-" if unicodedata.category(sign) == "Pd" or sign == "\N{MINUS SIGN}" else sign
        for sign in number
        if not sign.isspace() and unicodedata.category(sign) != "Cf"
    )
    return "".join(shown).casefold().translate(LOOK_ALIKES)
