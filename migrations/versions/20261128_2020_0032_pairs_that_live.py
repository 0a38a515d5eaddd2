"""pairs are suspended, extended, replaced, and end early after a notice"""

import sqlalchemy as sa
from alembic import op
from alembic.operations import BatchOperations

from moodle_mentorship.core.db import UtcDateTime

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_STATES = ("proposed", "agreed", "ordered", "ended", "declined", "withdrawn")
_REASONS = ("completed", "agreement", "replaced", "mentor_left", "mentee_left")
_ENTERED = "order_number IS NOT NULL AND order_date IS NOT NULL"
_STILL = sa.text("resumed_on IS NULL")


def upgrade() -> None:
    # What ended before moments of closing were kept without fail ended when it was proposed, at the earliest.
    op.execute(
        "UPDATE pair SET closed_at = proposed_at"
        " WHERE closed_at IS NULL AND state IN ('ended', 'declined', 'withdrawn')"
    )
    _open_mentee("proposed", "agreed", "ordered", "suspended")
    with op.batch_alter_table("pair") as table:
        for column in ("warned_on", "may_end_on"):
            table.add_column(sa.Column(column, sa.Date(), nullable=True))
        table.add_column(sa.Column("replaces_pair_id", NUMBER, nullable=True))
        _exchange(table, "state", sa.column("state").in_((*_STATES[:3], "suspended", *_STATES[3:])))
        _exchange(
            table,
            "end_reason",
            sa.column("end_reason").in_((*_REASONS, "mentor_refused", "mentee_refused", "cancelled")),
        )
        _exchange(table, "order", f"state NOT IN ('ordered', 'suspended', 'ended') OR ({_ENTERED})")
        for name, condition in (
            ("closed", "(state IN ('ended', 'declined', 'withdrawn')) = (closed_at IS NOT NULL)"),
            ("notice", "(warned_on IS NULL) = (may_end_on IS NULL)"),
            ("notice_term", "may_end_on > warned_on"),
            ("replaces_another", "replaces_pair_id <> id"),
        ):
            table.create_check_constraint(op.f(f"ck_pair_{name}"), condition)
        table.create_foreign_key(
            op.f("fk_pair_school_id_replaces_pair_id"), "pair", ["school_id", "replaces_pair_id"], ["school_id", "id"]
        )
    op.create_index("ix_pair_replaces", "pair", ["school_id", "replaces_pair_id"])
    _create(
        "pair_extension",
        sa.Column("earlier_ends_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("order_date", sa.Date(), nullable=False),
        sa.Column("order_number", sa.String(length=40), nullable=False),
        sa.CheckConstraint("ends_on >= earlier_ends_on", name=op.f("ck_pair_extension_period")),
    )
    reason = sa.Enum(
        *("leave", "absence", "school"),
        name=op.f("ck_pair_pause_reason"),
        native_enum=False,
        create_constraint=True,
        length=40,
    )
    _create(
        "pair_pause",
        sa.Column("reason", reason, nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("resumed_on", sa.Date(), nullable=True),
        sa.CheckConstraint("until_on >= from_on", name=op.f("ck_pair_pause_period")),
        sa.CheckConstraint("resumed_on >= from_on", name=op.f("ck_pair_pause_resumed")),
    )
    op.create_index(
        *("uq_pair_pause_still", "pair_pause", ["school_id", "pair_id"]),
        unique=True,
        sqlite_where=_STILL,
        postgresql_where=_STILL,
    )


def downgrade() -> None:
    op.drop_table("pair_pause")
    op.drop_table("pair_extension")
    op.drop_index("ix_pair_replaces", "pair")
    op.execute("UPDATE pair SET state = 'ordered' WHERE state = 'suspended'")
    op.execute("UPDATE pair SET end_reason = 'agreement' WHERE end_reason LIKE '%refused' OR end_reason = 'cancelled'")
    _open_mentee("proposed", "agreed", "ordered")
    with op.batch_alter_table("pair") as table:
        table.drop_constraint(op.f("fk_pair_school_id_replaces_pair_id"), type_="foreignkey")
        for name in ("closed", "notice", "notice_term", "replaces_another"):
            table.drop_constraint(op.f(f"ck_pair_{name}"), type_="check")
        _exchange(table, "order", f"state NOT IN ('ordered', 'ended') OR ({_ENTERED})")
        _exchange(table, "end_reason", sa.column("end_reason").in_(_REASONS))
        _exchange(table, "state", sa.column("state").in_(_STATES))
        for column in ("replaces_pair_id", "may_end_on", "warned_on"):
            table.drop_column(column)


def _exchange(table: BatchOperations, name: str, condition: str | sa.ColumnElement[bool]) -> None:
    table.drop_constraint(op.f(f"ck_pair_{name}"), type_="check")
    table.create_check_constraint(op.f(f"ck_pair_{name}"), condition)


def _open_mentee(*states: str) -> None:
    """The index by which a mentee has one open pair."""
    op.drop_index("uq_pair_open_mentee", "pair")
    where = sa.text(f"state IN ({', '.join(map(repr, states))})")
    op.create_index(
        *("uq_pair_open_mentee", "pair", ["school_id", "mentee_person_id"]),
        unique=True,
        sqlite_where=where,
        postgresql_where=where,
    )


def _create(name: str, *columns: sa.Column[object] | sa.CheckConstraint) -> None:
    """A table of what became of a pair."""
    op.create_table(
        name,
        sa.Column("school_id", NUMBER, nullable=False),
        sa.Column("pair_id", NUMBER, nullable=False),
        *columns,
        sa.Column("recorded_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f(f"fk_{name}_school_id")),
        sa.ForeignKeyConstraint(
            ["school_id", "pair_id"], ["pair.school_id", "pair.id"], name=op.f(f"fk_{name}_school_id_pair_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    )
    op.create_index(f"ix_{name}_pair", name, ["school_id", "pair_id", "id"])
