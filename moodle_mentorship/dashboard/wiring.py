"""Puts the room into the application."""

from moodle_mentorship.dashboard.journal import wire_journal
from moodle_mentorship.web.kit import Kit


def wire(kit: Kit) -> None:
    """The administrator's journal."""
    wire_journal(kit)
