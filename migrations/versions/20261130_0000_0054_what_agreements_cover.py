"""an additional agreement covers the pairs that it names, with their terms"""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0054"
down_revision = "0052"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "agreement_pair",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("school_id", NUMBER, nullable=False),
        sa.Column("document_id", NUMBER, nullable=False),
        sa.Column("pair_id", NUMBER, nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_agreement_pair_school_id")),
        sa.ForeignKeyConstraint(
            ["school_id", "document_id"],
            ["document.school_id", "document.id"],
            name=op.f("fk_agreement_pair_school_id_document_id"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "pair_id"], ["pair.school_id", "pair.id"], name=op.f("fk_agreement_pair_school_id_pair_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement_pair")),
        sa.UniqueConstraint(
            "school_id", "document_id", "pair_id", name=op.f("uq_agreement_pair_school_id_document_id_pair_id")
        ),
    )
    op.create_index("ix_agreement_pair_pair", "agreement_pair", ["school_id", "pair_id"])
    _fill()


def downgrade() -> None:
    op.drop_table("agreement_pair")


def _fill() -> None:
    """What an agreement names is sealed; what it was written from is known: the mentor's pairs that both had agreed on
    when it was laid, with their terms of that moment."""
    connection = op.get_bind()
    agreements = connection.execute(
        sa.select(*_columns("document", "id", "school_id", "kind", "laid_at", params=sa.JSON)).where(
            sa.column("kind") == "mentor_agreement", sa.column("laid_at").is_not(None)
        )
    ).all()
    if not agreements:
        return
    put_off: dict[tuple[int, int], list[Any]] = {}
    for row in connection.execute(
        sa.select(
            *_columns("pair_extension", "id", "school_id", "pair_id", "recorded_at", earlier_ends_on=sa.Date)
        ).order_by(sa.column("id"))
    ):
        put_off.setdefault((row.school_id, row.pair_id), []).append(row)
    pairs = connection.execute(
        sa.select(
            *_columns(
                "pair",
                *("id", "school_id", "mentor_person_id", "mentor_answer", "mentee_answer"),
                *("mentor_answered_at", "mentee_answered_at", "closed_at"),
                ends_on=sa.Date,
            )
        ).where(sa.column("mentor_answer") == "yes", sa.column("mentee_answer") == "yes")
    ).all()
    cover = sa.table(
        "agreement_pair",
        *(sa.column(name) for name in ("school_id", "document_id", "pair_id")),
        sa.column("ends_on", sa.Date),
    )
    for agreement in agreements:
        for pair in pairs:
            if (pair.school_id, str(pair.mentor_person_id)) != (agreement.school_id, agreement.params.get("mentor")):
                continue
            if not _stood(pair, agreement.laid_at):
                continue
            later = [row for row in put_off.get((pair.school_id, pair.id), ()) if row.recorded_at > agreement.laid_at]
            ends_on: date = later[0].earlier_ends_on if later else pair.ends_on
            connection.execute(
                sa.insert(cover).values(
                    school_id=agreement.school_id, document_id=agreement.id, pair_id=pair.id, ends_on=ends_on
                )
            )


def _columns(table: str, *names: str, **typed: Any) -> list[Any]:
    source = sa.table(table, *(sa.column(name) for name in names), *(sa.column(*one) for one in typed.items()))
    return list(source.columns)


def _stood(pair: Any, at: datetime) -> bool:
    answered = max(pair.mentor_answered_at, pair.mentee_answered_at)
    return bool(answered <= at and (pair.closed_at is None or pair.closed_at > at))
