"""a pair's place in the Moodle course is a row of its own, which several pairs may share"""

from collections.abc import Callable
from uuid import uuid4

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0038"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_ITEM = sa.table(
    "outbox_item",
    sa.column("id", NUMBER),
    sa.column("stream", sa.String),
    sa.column("kind", sa.String),
    sa.column("payload", sa.JSON),
)
_PAIR = sa.table("pair", sa.column("id", NUMBER), sa.column("space_id", NUMBER), sa.column("state", sa.String))


def upgrade() -> None:
    op.create_table(
        "pair_space",
        sa.Column("moodle_idnumber", sa.String(length=60), nullable=False),
        sa.Column("moodle_group_id", NUMBER, nullable=True),
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("school_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_pair_space_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pair_space")),
        sa.UniqueConstraint("moodle_idnumber", name=op.f("uq_pair_space_moodle_idnumber")),
        sa.UniqueConstraint("school_id", "id", name=op.f("uq_pair_space_school_id_id")),
    )
    op.create_index(op.f("ix_pair_space_school_id"), "pair_space", ["school_id"])
    op.execute(
        "INSERT INTO pair_space (school_id, moodle_idnumber, moodle_group_id)"
        " SELECT school_id, moodle_idnumber, moodle_group_id FROM pair ORDER BY id"
    )
    with op.batch_alter_table("pair") as table:
        table.add_column(sa.Column("space_id", NUMBER, nullable=True))
    op.execute(
        "UPDATE pair SET space_id ="
        " (SELECT pair_space.id FROM pair_space WHERE pair_space.moodle_idnumber = pair.moodle_idnumber)"
    )
    # The members of a mentoring group share the place of its first.
    op.execute(
        "UPDATE pair SET space_id ="
        " (SELECT min(first.space_id) FROM pair AS first WHERE first.group_id = pair.group_id)"
        " WHERE group_id IS NOT NULL"
    )
    op.execute("DELETE FROM pair_space WHERE id NOT IN (SELECT space_id FROM pair)")
    with op.batch_alter_table("pair") as table:
        table.alter_column("space_id", existing_type=NUMBER, nullable=False)
        table.create_foreign_key(
            op.f("fk_pair_school_id_space_id"), "pair_space", ["school_id", "space_id"], ["school_id", "id"]
        )
        table.drop_constraint(op.f("uq_pair_moodle_idnumber"), type_="unique")
        table.drop_column("moodle_idnumber")
        table.drop_column("moodle_group_id")
    op.create_index("ix_pair_space", "pair", ["school_id", "space_id"])
    spaces = {row.id: row.space_id for row in op.get_bind().execute(sa.select(_PAIR.c.id, _PAIR.c.space_id))}

    def of_space(payload: dict[str, int]) -> dict[str, object]:
        space_id = spaces[payload["pair_id"]]
        return {"stream": f"space:{space_id}", "kind": "pair.keep_space", "payload": {"space_id": space_id}}

    _rewrite(("pair.open_space", "pair.close_space"), of_space)


def downgrade() -> None:
    bind = op.get_bind()
    with op.batch_alter_table("pair") as table:
        table.add_column(sa.Column("moodle_idnumber", sa.String(length=60), nullable=True))
        table.add_column(sa.Column("moodle_group_id", NUMBER, nullable=True))
    # Of the pairs that share a group, the first keeps it.
    op.execute(
        "UPDATE pair SET"
        " moodle_idnumber = (SELECT moodle_idnumber FROM pair_space WHERE pair_space.id = pair.space_id),"
        " moodle_group_id = (SELECT moodle_group_id FROM pair_space WHERE pair_space.id = pair.space_id)"
        " WHERE id IN (SELECT min(id) FROM pair GROUP BY space_id)"
    )
    pairs = bind.execute(sa.select(_PAIR.c.id, _PAIR.c.space_id, _PAIR.c.state).order_by(_PAIR.c.id.desc())).all()
    kept = {row.space_id: row for row in pairs}
    for row in pairs:
        if kept[row.space_id] is not row:
            bind.execute(
                sa.text("UPDATE pair SET moodle_idnumber = :idnumber WHERE id = :id"),
                {"idnumber": f"mentorship-{uuid4().hex}", "id": row.id},
            )

    def of_pair(payload: dict[str, int]) -> dict[str, object]:
        pair = kept[payload["space_id"]]
        kind = "pair.close_space" if pair.state == "ended" else "pair.open_space"
        return {"stream": f"pair:{pair.id}", "kind": kind, "payload": {"pair_id": pair.id}}

    _rewrite(("pair.keep_space",), of_pair)
    op.drop_index("ix_pair_space", table_name="pair")
    with op.batch_alter_table("pair") as table:
        table.drop_constraint(op.f("fk_pair_school_id_space_id"), type_="foreignkey")
        table.drop_column("space_id")
        table.alter_column("moodle_idnumber", existing_type=sa.String(length=60), nullable=False)
        table.create_unique_constraint(op.f("uq_pair_moodle_idnumber"), ["moodle_idnumber"])
    op.drop_index(op.f("ix_pair_space_school_id"), table_name="pair_space")
    op.drop_table("pair_space")


def _rewrite(kinds: tuple[str, ...], change: Callable[[dict[str, int]], dict[str, object]]) -> None:
    """Give the outbox items of these kinds what `change` makes of their payload."""
    bind = op.get_bind()
    for item in bind.execute(sa.select(_ITEM.c.id, _ITEM.c.payload).where(_ITEM.c.kind.in_(kinds))).all():
        bind.execute(sa.update(_ITEM).where(_ITEM.c.id == item.id).values(change(item.payload)))
