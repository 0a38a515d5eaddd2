"""For what a school processes what it knows of a person, and who is told when the ground for it opens or falls away.

The grounds themselves are rows of the room `consents`; rooms above it keep profile data and listen here.
"""

import enum
from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from moodle_mentorship.core.actor import Actor


class Purpose(enum.StrEnum):
    """What a profile is kept for (152-ФЗ ст. 5 ч. 2: each purpose is named before the processing begins)."""

    MENTEE_PROFILE = "mentee_profile"
    MENTOR_PROFILE = "mentor_profile"


GroundListener = Callable[[Session, Actor, int, Purpose, datetime], None]


class Grounds:
    """Registry filled by the rooms: what begins with a person's first ground and ends with the last.

    Listeners (session, actor, person, purpose, moment) run in the unit of work of the act itself. They must not
    refuse: nobody can be kept from withdrawing a consent.
    """

    def __init__(self) -> None:
        self._given: list[GroundListener] = []
        self._withdrawn: list[GroundListener] = []
        self._destroyed: list[GroundListener] = []

    def on_given(self, listener: GroundListener) -> None:
        """Tell `listener` when processing becomes lawful: the first ground of this purpose opens."""
        self._given.append(listener)

    def on_withdrawn(self, listener: GroundListener) -> None:
        """Tell `listener` when processing must stop: the last ground of this purpose closes."""
        self._withdrawn.append(listener)

    def on_destroyed(self, listener: GroundListener) -> None:
        """Tell `listener` when what was collected for this purpose has to be deleted (152-ФЗ ст. 21 ч. 5)."""
        self._destroyed.append(listener)

    def tell_given(self, session: Session, actor: Actor, person_id: int, purpose: Purpose, now: datetime) -> None:
        for listener in self._given:
            listener(session, actor, person_id, purpose, now)

    def tell_withdrawn(self, session: Session, actor: Actor, person_id: int, purpose: Purpose, now: datetime) -> None:
        for listener in self._withdrawn:
            listener(session, actor, person_id, purpose, now)

    def tell_destroyed(self, session: Session, actor: Actor, person_id: int, purpose: Purpose, now: datetime) -> None:
        for listener in self._destroyed:
            listener(session, actor, person_id, purpose, now)
