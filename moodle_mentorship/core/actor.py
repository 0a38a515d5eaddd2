"""Who acts. Always a parameter of a service verb, never a global."""

import enum
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, bindparam, func, select, union_all
from sqlalchemy.orm import Session


class Role(enum.StrEnum):
    """What a person may be in a school, from our own records (a name in Moodle's role list gives nothing).

    Mentor and mentee follow from the banks; administrator from a verified site administrator's launch; the
    rest is granted by the curator.
    """

    CURATOR = "curator"
    DIRECTOR = "director"
    MENTOR = "mentor"
    MENTEE = "mentee"
    PSYCHOLOGIST = "psychologist"
    CLERK = "clerk"
    ADMINISTRATOR = "administrator"


@dataclass(frozen=True)
class Actor:
    """The acting person inside one school.

    `person_id` is None for a site administrator who doesn't stand in the directory, for the system's own jobs
    and for commands; `launch_id` says from which launch the act came.
    """

    school_id: int
    person_id: int | None
    roles: frozenset[Role]
    launch_id: int | None = None
    kind: str = field(default="person")

    def has(self, *roles: Role) -> bool:
        return any(role in self.roles for role in roles)


def system_actor(school_id: int, kind: str = "system") -> Actor:
    """The actor of jobs (`system`), commands (`cli`) and Moodle's plugin (`plugin`)."""
    return Actor(school_id=school_id, person_id=None, roles=frozenset(), kind=kind)


# Selects the roles (by value) of the person whom these two values name: school and person. They may be columns of the
# statement around it (`correlate_except`).
RoleSource = Callable[[ColumnElement[int], ColumnElement[Any]], Select[Any]]

# Between roles in one value; no role has it in its name.
_BETWEEN = ","

Departed = Callable[[Session, Actor, int, datetime], None]


class Departures:
    """Registry filled by the rooms: what ends when a person has left for good (session, actor, person, moment)."""

    def __init__(self) -> None:
        self._listeners: list[Departed] = []

    def add(self, listener: Departed) -> None:
        self._listeners.append(listener)

    def tell(self, session: Session, actor: Actor, person_id: int, now: datetime) -> None:
        """Runs in the unit of work of the departure itself: all of it ends, or nothing."""
        for listener in self._listeners:
            listener(session, actor, person_id, now)


class RoleSources:
    """Registry filled by the rooms that know something of a person's roles.

    All of them are asked with every request, along with its visit.
    """

    def __init__(self) -> None:
        self._sources: list[RoleSource] = []
        self._alone: Select[Any] | None = None

    def add(self, source: RoleSource) -> None:
        self._sources.append(source)
        self._alone = None

    def column(self, school_id: ColumnElement[int], person_id: ColumnElement[Any]) -> ColumnElement[Any]:
        """All roles of a person as one value, for `roles_in`: to be asked along with other things about them."""
        found = union_all(*(source(school_id, person_id) for source in self._sources)).subquery()
        (role,) = found.c
        return select(func.aggregate_strings(role, _BETWEEN)).scalar_subquery()

    def roles_of(self, session: Session, school_id: int, person_id: int) -> frozenset[Role]:
        if self._alone is None:
            who = bindparam("school_id", type_=BigInteger), bindparam("person_id", type_=BigInteger)
            self._alone = select(self.column(*who))
        return roles_in(session.scalar(self._alone, {"school_id": school_id, "person_id": person_id}))


def roles_in(together: str | None) -> frozenset[Role]:
    """The roles that `RoleSources.column` answered with; null: none, or nobody was asked about."""
    return frozenset(Role(role) for role in together.split(_BETWEEN)) if together else frozenset()
