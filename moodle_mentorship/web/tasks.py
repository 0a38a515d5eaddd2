"""What waits for a person, shown on «Сегодня». Rooms register sources; the dashboard above them draws the list."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy.orm import Session

from moodle_mentorship.core.actor import Actor, Role


@dataclass(frozen=True)
class Step:
    """A button of a task: a link, or with `post` a form that sends these fields to `url` (the CSRF token is added)."""

    label: str
    url: str
    post: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Task:
    """One thing that waits, in the reader's words (already translated).

    `due` is the day until which it should be done (None: no day is set, it comes after all dated ones); `since` is
    the day from which it has been waiting. One step each; a question that is answered by yes or no has two.
    """

    title: str
    detail: str
    steps: tuple[Step, ...]
    due: date | None = None
    since: date | None = None

    @property
    def order(self) -> tuple[date, date]:
        return (self.due or date.max, self.since or date.max)


@dataclass(frozen=True)
class Asked:
    """For whom a source is asked: the acting person in one of their roles, on this day of the school's calendar.

    `briefly`: for the number beside the tab. Nobody reads the words then, so a source need not find out what only they
    tell; it gives as many tasks as otherwise.
    """

    actor: Actor
    role: Role
    today: date
    briefly: bool = False


# What a source gives for a task of which nothing but its number matters.
UNWORDED = Task("", "", ())

TaskSource = Callable[[Session, Asked], Iterable[Task]]


@dataclass
class Tasks:
    """Registry filled by the rooms."""

    _sources: dict[Role, list[TaskSource]] = field(default_factory=dict)

    def add(self, role: Role, source: TaskSource) -> None:
        """`source` is called inside a request. The number of its statements doesn't grow with what waits."""
        self._sources.setdefault(role, []).append(source)

    def of(self, session: Session, asked: Asked) -> list[Task]:
        """All that waits for the person in this role, nearest first."""
        tasks = [task for source in self._sources.get(asked.role, []) for task in source(session, asked)]
        return sorted(tasks, key=lambda task: task.order)
