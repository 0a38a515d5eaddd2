"""Every sealed value of the database, sealed anew when the first encryption key changed."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, select, update

from moodle_mentorship.core.db import Base, Database, SealedText
from moodle_mentorship.core.secrets import SealUnreadable, SecretBox

#: Rows of one transaction: SQLite's only writer must not wait long for it.
BATCH = 200


@dataclass(frozen=True)
class Seals:
    """Values by the key that sealed them; `unreadable` names those that no key opens, as ``table.column id``."""

    current: int
    older: int
    unreadable: tuple[str, ...]


def sealed_columns() -> list[Column[Any]]:
    """The columns of all rooms that hold sealed text (the rooms' models have to be imported)."""
    return [
        column
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, SealedText)
    ]


def survey(database: Database, box: SecretBox) -> Seals:
    """Count, and change nothing."""
    return _walk(database, box, write=False)


def reseal(database: Database, box: SecretBox) -> Seals:
    """Seal with the first key what an older one had sealed; `older` says how many these were.

    In short transactions: cut in the middle, or run twice, the next run does what is left. A value that somebody
    writes meanwhile is sealed with the first key anyway and stays as they wrote it.
    """
    return _walk(database, box, write=True)


def _walk(database: Database, box: SecretBox, *, write: bool) -> Seals:
    current, older = 0, 0
    unreadable: list[str] = []
    for column in sealed_columns():
        ids = column.table.c.id
        after = 0
        while True:
            with database.unit_of_work(read_only=not write) as session:
                rows = session.execute(
                    select(ids, column).where(ids > after, column.is_not(None)).order_by(ids).limit(BATCH)
                ).all()
                for row_id, sealed in rows:
                    if box.is_current(sealed):
                        current += 1
                        continue
                    try:
                        plain = box.open(sealed)
                    except SealUnreadable:
                        unreadable.append(f"{column.table.name}.{column.name} {row_id}")
                        continue
                    older += 1
                    if write:
                        # On PostgreSQL a connection may store another token between our two statements.
                        session.execute(
                            update(Base.metadata.tables[column.table.name])
                            .where(ids == row_id, column == sealed)
                            .values({column: box.seal(plain)})
                        )
            if len(rows) < BATCH:
                break
            after = rows[-1][0]
    return Seals(current, older, tuple(unreadable))
