"""Who is told when a questionnaire has been sent off: rooms above register in their wiring."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from moodle_mentorship.core.actor import Actor
from moodle_mentorship.surveys.models import Response

Listener = Callable[[Session, Actor, Response, datetime], None]
#: Told only that the acting person has answered something, in an anonymous round too.
DoneListener = Callable[[Session, Actor, datetime], None]


class Submitted:
    """Registry filled by the rooms above."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []
        self._done: list[DoneListener] = []

    def add(self, listener: Listener) -> None:
        self._listeners.append(listener)

    def on_done(self, listener: DoneListener) -> None:
        self._done.append(listener)

    def tell_done(self, session: Session, actor: Actor, now: datetime) -> None:
        """As `tell`, without a word about what was answered."""
        for listener in self._done:
            listener(session, actor, now)

    def tell(self, session: Session, actor: Actor, response: Response, now: datetime) -> None:
        """Runs in the unit of work of the submission: all of it is kept, or nothing."""
        for listener in self._listeners:
            listener(session, actor, response, now)
