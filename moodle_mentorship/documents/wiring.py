"""Puts the room into the application."""

from moodle_mentorship.documents import holdings
from moodle_mentorship.documents.kinds import Kinds
from moodle_mentorship.web.kit import Kit

KINDS = "mentorship.document_kinds"


def wire(kit: Kit, kinds: Kinds) -> None:
    """What documents hold of people; `kinds` is filled by the rooms above."""
    kit.app.extensions[KINDS] = kinds
    holdings.register(kit.runtime.holdings)
