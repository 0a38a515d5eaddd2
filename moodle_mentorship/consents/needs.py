"""Of whom a consent is needed: rooms above say who takes part, this room says what is missing."""

from collections.abc import Callable
from datetime import date

from sqlalchemy import ColumnElement, Select, union

from moodle_mentorship.consents.enums import ConsentKind
from moodle_mentorship.core.db import SchoolId

# The day of a statement, or the parameter of one that is put together once.
Day = date | ColumnElement[date]
# Selects the ids of the people of a school of whom the document is needed on that day.
People = Callable[[SchoolId, Day], Select[int]]


class Needs:
    """Registry filled by the rooms."""

    def __init__(self) -> None:
        self._people: dict[ConsentKind, list[People]] = {}

    def add(self, kind: ConsentKind, people: People) -> None:
        """The document `kind` is needed of `people` (given the school's id and the day)."""
        self._people.setdefault(kind, []).append(people)

    @property
    def kinds(self) -> list[ConsentKind]:
        """Documents that are needed of anybody, in the order of `ConsentKind`."""
        return [kind for kind in ConsentKind if kind in self._people]

    def of(self, kind: ConsentKind, school_id: SchoolId, day: Day) -> Select[int]:
        """Ids of the people of whom it is needed."""
        found = union(*(people(school_id, day) for people in self._people[kind])).subquery()
        (column,) = found.columns
        return Select(column)
