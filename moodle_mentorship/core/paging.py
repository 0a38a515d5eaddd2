"""Paging by key: a page begins after the last row seen, so 5,000 rows cost as much as 5, and new rows shift nothing."""

import base64
import binascii
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, and_, func, or_, select
from sqlalchemy.orm import Session

from moodle_mentorship.core.db import LARGEST_NUMBER
from moodle_mentorship.core.errors import Invalid
from moodle_mentorship.core.i18n import N_

Row = TypeVar("Row")

FORWARD, BACKWARD = "after", "before"

# Rows that `stream` holds at once.
CHUNK = 500

# Rows are counted up to here: no school has more staff, and the count of a list costs no more than this whatever
# stands in the table.
COUNTED = 1000


@dataclass(frozen=True)
class SortKey(Generic[Row]):
    """One part of the order. `value` is what `expression` gives for a row, `load` reads it back from JSON.

    The last key of an order must be unique (the id), and no expression may be null.
    """

    expression: SQLColumnExpression[Any]
    value: Callable[[Row], Any]
    descending: bool = False
    load: Callable[[Any], Any] = lambda value: value
    dump: Callable[[Any], Any] = lambda value: value


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Rows in their order, and the cursors of the neighbouring pages (None: there is none)."""

    rows: list[Row]
    next: str | None
    previous: str | None


def counted(statement: Select[Any]) -> Select[int]:
    """Gives how many rows `statement` gives; `COUNTED` + 1 stands for all that are more."""
    return select(func.count()).select_from(statement.limit(COUNTED + 1).subquery())


def count_up_to(session: Session, statement: Select[Any], given: Mapping[str, Any] | None = None) -> int:
    """What `counted` gives with these parameters."""
    return session.scalar(counted(statement), given) or 0


def load_moment(value: Any) -> datetime:
    """An aware moment from JSON, for `SortKey.load`; a naive one is none of ours."""
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError(value)
    return moment.astimezone(UTC)


def page(
    session: Session,
    statement: Select[Row],
    keys: Sequence[SortKey[Row]],
    cursor: str | None,
    limit: int,
    given: Mapping[str, Any] | None = None,
) -> Page[Row]:
    """The page of `statement` (without an order of its own, with the parameters `given`) at `cursor`; None is the first
    page.

    Raises `Invalid` when the cursor is none of ours.
    """
    direction, values = _decode(cursor, keys) if cursor else (FORWARD, None)
    backward = direction == BACKWARD
    if values is None:
        asked = _first(statement, tuple(keys), limit)
    else:
        asked = _ordered(statement.where(_beyond(keys, values, backward)), keys, limit, backward)
    rows = list(session.scalars(asked, given))
    more, rows = len(rows) > limit, rows[:limit]
    if backward:
        rows.reverse()
    # Coming from a neighbour, there is at least the neighbour on that side.
    has_next, has_previous = (True, more) if backward else (more, values is not None)
    return Page(
        rows,
        _encode(FORWARD, keys, rows[-1]) if rows and has_next else None,
        _encode(BACKWARD, keys, rows[0]) if rows and has_previous else None,
    )


def stream(
    session: Session, statement: Select[Row], keys: Sequence[SortKey[Row]], given: Mapping[str, Any] | None = None
) -> Iterator[Sequence[Row]]:
    """All rows of `statement` in the order in which `page` shows them, by chunks: one statement, so that nothing that
    happens meanwhile shifts a row, and no more than a chunk in memory."""
    order = [key.expression.desc() if key.descending else key.expression.asc() for key in keys]
    found = session.scalars(statement.order_by(*order), given, execution_options={"yield_per": CHUNK})
    return iter(found.partitions())


# First pages of the statements that are put together once; a statement of one request takes its own along.
_FIRST: WeakKeyDictionary[Select[Any], dict[tuple[Any, ...], Select[Any]]] = WeakKeyDictionary()


def _first(statement: Select[Row], keys: tuple[SortKey[Row], ...], limit: int) -> Select[Row]:
    known = _FIRST.setdefault(statement, {})
    if (keys, limit) not in known:
        known[keys, limit] = _ordered(statement, keys, limit, backward=False)
    return known[keys, limit]


def _ordered(statement: Select[Row], keys: Sequence[SortKey[Row]], limit: int, backward: bool) -> Select[Row]:
    order = [key.expression.desc() if key.descending is not backward else key.expression.asc() for key in keys]
    return statement.order_by(*order).limit(limit + 1)


def _beyond(keys: Sequence[SortKey[Row]], values: Sequence[Any], backward: bool) -> ColumnElement[bool]:
    """Rows strictly after (or before) `values`. Written out, because row values can't mix directions."""
    choices = []
    for position, key in enumerate(keys):
        equal = [before.expression == value for before, value in zip(keys[:position], values, strict=False)]
        smaller = key.descending is not backward
        strict = key.expression < values[position] if smaller else key.expression > values[position]
        choices.append(and_(*equal, strict))
    return or_(*choices)


def _encode(direction: str, keys: Sequence[SortKey[Row]], row: Row) -> str:
    text = json.dumps([direction, *(key.dump(key.value(row)) for key in keys)], ensure_ascii=False)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _decode(cursor: str, keys: Sequence[SortKey[Row]]) -> tuple[str, list[Any]]:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        direction, *values = json.loads(base64.urlsafe_b64decode(padded))
        if direction not in (FORWARD, BACKWARD):
            raise ValueError(direction)
        return direction, [_bindable(key.load(value)) for key, value in zip(keys, values, strict=True)]
    except (binascii.Error, ValueError, TypeError, OverflowError, RecursionError) as error:
        raise Invalid({"cursor": [N_("This page no longer exists. Begin with the first one")]}) from error


def _bindable(value: Any) -> Any:
    """`value`, if a database takes it as a parameter. Raises `ValueError`."""
    if isinstance(value, int) and abs(value) > LARGEST_NUMBER:
        raise ValueError("a number that fits no column")
    if isinstance(value, str) and b"\0" in value.encode():
        raise ValueError("a text that PostgreSQL doesn't keep")
    return value
