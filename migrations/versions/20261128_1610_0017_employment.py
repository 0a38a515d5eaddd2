"""what is known of a person's work: experience, category, building, line manager, post, leave; its earlier values"""

import sqlalchemy as sa
from alembic import op

from moodle_mentorship.core.db import UtcDateTime

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_KNOWN = ("last_name", "first_name", "middle_name", "sex", "position", "subjects", "hire_date", "email")
_NEW = ("teaching_since", "category", "building", "line_manager_id", "post_since", "break_from", "break_until")
_DAYS = ("teaching_since", "post_since", "break_from", "break_until")
_INDEXED = ("teaching_since", "post_since", "break_until")
_CATEGORIES = ("none", "first", "highest", "methodist", "mentor")
_SOURCES = ("moodle", "profile_field", "by_hand", "file", "questionnaire")
_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("person") as table:
        for day in _DAYS:
            table.add_column(sa.Column(day, sa.Date(), nullable=True))
        table.add_column(sa.Column("category", _words("person", "category", _CATEGORIES), nullable=True))
        table.add_column(sa.Column("building", sa.String(length=200), nullable=True))
        table.add_column(sa.Column("line_manager_id", _BIG, nullable=True))
        table.create_foreign_key(
            op.f("fk_person_school_id_line_manager_id"),
            "person",
            ["school_id", "line_manager_id"],
            ["school_id", "id"],
        )
    op.create_index("ix_person_hired", "person", ["school_id", "hire_date"])
    for column in _INDEXED:
        filled = sa.text(f"{column} IS NOT NULL")
        op.create_index(
            f"ix_person_{column}", "person", ["school_id", column], sqlite_where=filled, postgresql_where=filled
        )
    _differences((*_KNOWN, *_NEW), _SOURCES)
    op.create_table(
        "person_change",
        sa.Column("school_id", _BIG, nullable=False),
        sa.Column("person_id", _BIG, nullable=False),
        sa.Column("field", _words("person_change", "field", (*_KNOWN, *_NEW)), nullable=False),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("after", sa.Text(), nullable=True),
        sa.Column("source", _words("person_change", "source", _SOURCES), nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("by_person_id", _BIG, nullable=True),
        sa.Column("id", _BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id", "person_id"],
            ["person.school_id", "person.id"],
            name=op.f("fk_person_change_school_id_person_id"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "by_person_id"],
            ["person.school_id", "person.id"],
            name=op.f("fk_person_change_school_id_by_person_id"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_person_change_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_change")),
    )
    op.create_index("ix_person_change_person", "person_change", ["school_id", "person_id", "id"])
    op.create_index("ix_person_change_field", "person_change", ["school_id", "field", "at"])


def downgrade() -> None:
    op.drop_table("person_change")
    differences = sa.table("person_difference", sa.column("field"), sa.column("source"))
    new = differences.c.field.in_(_NEW) | (differences.c.source == "questionnaire")
    op.execute(differences.delete().where(new))
    _differences(_KNOWN, _SOURCES[:-1])
    for column in ("hired", *_INDEXED):
        op.drop_index(f"ix_person_{column}", "person")
    with op.batch_alter_table("person") as table:
        table.drop_constraint(op.f("fk_person_school_id_line_manager_id"), type_="foreignkey")
        table.drop_constraint(op.f("ck_person_category"), type_="check")
        for column in _NEW:
            table.drop_column(column)


def _differences(fields: tuple[str, ...], sources: tuple[str, ...]) -> None:
    """Let a difference be about these fields and from these sources, and no others."""
    for column, values in (("field", fields), ("source", sources)):
        name = op.f(f"ck_person_difference_{column}")
        with op.batch_alter_table("person_difference") as table:
            table.drop_constraint(name, type_="check")
            table.create_check_constraint(name, sa.column(column).in_(values))


def _words(table_name: str, column: str, values: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(
        *values, name=op.f(f"ck_{table_name}_{column}"), native_enum=False, create_constraint=True, length=40
    )
