"""What a view may ask for: the runtime, the unit of work, the acting person and their school."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol, TypeVar, cast

from flask import Request, current_app, g
from sqlalchemy.orm import Session

from moodle_mentorship.core.actor import Actor, Role
from moodle_mentorship.core.clock import local_date
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.web.marks import Marks

T = TypeVar("T")


class CurrentSchool(Protocol):
    """The visitor's school as pages need it; the row itself belongs to the room `school`, which stands above."""

    @property
    def id(self) -> int: ...
    @property
    def full_name(self) -> str: ...
    @property
    def short_name(self) -> str: ...
    @property
    def working_days(self) -> int: ...
    @property
    def locale(self) -> str: ...
    @property
    def timezone(self) -> str: ...
    @property
    def year_label(self) -> str: ...
    @property
    def year_begins(self) -> date: ...
    @property
    def year_ends(self) -> date: ...


@dataclass(frozen=True)
class Visit:
    """A browser session as views see it."""

    session_id: int
    actor: Actor
    school: CurrentSchool
    # The name in the header line; empty for a site administrator who doesn't stand in the directory.
    person_name: str
    csrf_token: str
    # Where the page is framed: the platform's origin, such as https://moodle.example.
    frame_origin: str
    # The role whose tabs are shown; always one of the actor's roles, None when there are none.
    active_role: Role | None


class Visits(Protocol):
    """Filled by the room `lti`: turns a request's handle into a visit, or None."""

    def load(self, session: Session, request: Request, now: datetime) -> Visit | None: ...


def runtime() -> Runtime:
    return cast(Runtime, current_app.extensions["mentorship"])


def marks() -> Marks:
    """What higher rooms say about people, in the staff list."""
    return cast(Marks, current_app.extensions["mentorship.marks"])


def now() -> datetime:
    """One moment for the whole request."""
    if "now" not in g:
        g.now = runtime().clock.now()
    return cast(datetime, g.now)


def session() -> Session:
    """The request's unit of work: read-only for GET and HEAD, committed at the edge for everything else."""
    if "db_session" not in g:
        g.db_session = runtime().db.session(read_only=g.get("read_only", False))
    return cast(Session, g.db_session)


def once(name: str, ask: Callable[[], T]) -> T:
    """What `ask` answers, asked once in a request: a tab, a list and a tile may want to know the same."""
    answers: dict[str, Any] = g.setdefault("answers", {})
    if name not in answers:
        answers[name] = ask()
    return cast(T, answers[name])


def visit() -> Visit:
    return cast(Visit, g.visit)


def actor() -> Actor:
    return visit().actor


def school() -> CurrentSchool:
    return visit().school


def today() -> date:
    """The calendar day where the school is."""
    return local_date(now(), school().timezone)
