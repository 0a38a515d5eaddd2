"""Who is told when a questionnaire has been sent off: rooms above register in their wiring."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from moodle_mentorship.core.actor import Actor
from moodle_mentorship.surveys.models import Response

Listener = Callable[[Session, Actor, Response, datetime], None]


class Submitted:
    """Registry filled by the rooms above."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []

    def add(self, listener: Listener) -> None:
        self._listeners.append(listener)

    def tell(self, session: Session, actor: Actor, response: Response, now: datetime) -> None:
        """Runs in the unit of work of the submission: all of it is kept, or nothing. Of anonymous answers nobody is
        told: whatever followed at once would say when somebody has answered."""
        for listener in self._listeners:
            listener(session, actor, response, now)
