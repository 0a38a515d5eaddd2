"""Puts the room into the application."""

from moodle_mentorship.moodle.outbox import Handlers
from moodle_mentorship.web.kit import Kit


def wire(kit: Kit, outbox: Handlers) -> None:
    """Nothing to wire yet."""
