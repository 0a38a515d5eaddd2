"""Puts the room into the application."""

from moodle_mentorship.web.kit import Kit


def wire(kit: Kit) -> None:
    """Nothing to wire yet."""
