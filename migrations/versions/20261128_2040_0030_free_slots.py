"""free parts of the week become what is known of a person, with a source, an earlier value and another opinion"""

import json
from datetime import UTC

import sqlalchemy as sa
from alembic import op

from moodle_mentorship.core.db import UtcDateTime

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

_KNOWN = (
    *("last_name", "first_name", "middle_name", "sex", "position", "subjects", "hire_date", "email"),
    *("teaching_since", "category", "building", "line_manager_id", "post_since", "break_from", "break_until"),
)
_NEW = "free_slots"
_DAYS, _PARTS = range(1, 7), ("before", *map(str, range(1, 9)), "after")

_PERSON = sa.table("person", *map(sa.column, ("id", "school_id", _NEW)), sa.column("sources", sa.JSON()))
_VERSION = sa.table("questionnaire_version", sa.column("id"), sa.column("content", sa.JSON()))
_RESPONSE = sa.table(
    "survey_response",
    *map(sa.column, ("school_id", "person_id", "kind")),
    sa.column("answers", sa.JSON()),
    sa.column("submitted_at", UtcDateTime()),
)


def upgrade() -> None:
    with op.batch_alter_table("person") as table:
        table.add_column(sa.Column(_NEW, sa.Text(), nullable=True))
    for table_name in ("person_difference", "person_change"):
        _fields(table_name, (*_KNOWN, _NEW))
    _mark(_NEW)
    _take_answers()


def downgrade() -> None:
    _mark(None)
    for table_name in ("person_difference", "person_change"):
        rows = sa.table(table_name, sa.column("field"))
        op.execute(rows.delete().where(rows.c.field == _NEW))
        _fields(table_name, _KNOWN)
    connection = op.get_bind()
    for row in connection.execute(sa.select(_PERSON).where(_PERSON.c.free_slots.is_not(None))).all():
        sources = {field: said for field, said in row.sources.items() if field != _NEW}
        connection.execute(_PERSON.update().where(_PERSON.c.id == row.id).values(sources=sources))
    with op.batch_alter_table("person") as table:
        table.drop_column(_NEW)


def _fields(table_name: str, fields: tuple[str, ...]) -> None:
    name = op.f(f"ck_{table_name}_field")
    with op.batch_alter_table(table_name) as table:
        table.drop_constraint(name, type_="check")
        table.create_check_constraint(name, sa.column("field").in_(fields))


def _mark(fills: str | None) -> None:
    """The ready questionnaires' question «Когда вы свободны?» fills the field, in versions that stand already too."""
    connection = op.get_bind()
    for row in connection.execute(sa.select(_VERSION)).all():
        before = json.dumps(row.content)
        for section in row.content.get("sections", ()):
            for item in section["items"]:
                if (item["type"], item["code"]) == ("slots", "free"):
                    item["fills"] = fills
        if json.dumps(row.content) != before:
            connection.execute(_VERSION.update().where(_VERSION.c.id == row.id).values(content=row.content))


def _take_answers() -> None:
    """What people have answered last stands in the directory from now on."""
    connection = op.get_bind()
    said = connection.execute(
        sa.select(_RESPONSE)
        .where(_RESPONSE.c.kind.in_(("need", "offer")), _RESPONSE.c.submitted_at.is_not(None))
        .order_by(_RESPONSE.c.submitted_at)
    ).all()
    newest = {(row.school_id, row.person_id): row for row in said if (row.answers or {}).get("free")}
    for (school_id, person_id), row in newest.items():
        person = _PERSON.c.school_id == school_id, _PERSON.c.id == person_id
        marked = set(row.answers["free"])
        slots = [slot for day in _DAYS for part in _PARTS if (slot := f"{day}-{part}") in marked]
        source = {"source": "questionnaire", "at": row.submitted_at.astimezone(UTC).isoformat()}
        sources = connection.execute(sa.select(_PERSON.c.sources).where(*person)).scalar_one()
        connection.execute(
            _PERSON.update().where(*person).values(free_slots=",".join(slots), sources={**sources, _NEW: source})
        )
