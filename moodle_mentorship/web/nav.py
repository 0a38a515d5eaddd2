"""Tabs of each role. A room adds its own when it exists, so none leads nowhere."""

from collections.abc import Callable
from dataclasses import dataclass

from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.i18n import N_

ROLE_NAMES = {
    Role.CURATOR: N_("Curator"),
    Role.DIRECTOR: N_("Director"),
    Role.MENTOR: N_("Mentor"),
    Role.MENTEE: N_("Mentee"),
    Role.PSYCHOLOGIST: N_("Psychologist"),
    Role.CLERK: N_("Clerk"),
    Role.ADMINISTRATOR: N_("Moodle administrator"),
}

# The role shown first to a person who holds several.
ROLE_ORDER = tuple(ROLE_NAMES)


@dataclass(frozen=True)
class Tab:
    """One tab: where it leads, its msgid, whose it is, and its place in the row."""

    endpoint: str
    label: str
    roles: frozenset[Role]
    place: int
    # A number beside the label (what waits); called inside a request, None or 0 shows nothing.
    count: Callable[[], int] | None = None


class Tabs:
    """Registry filled by the rooms."""

    def __init__(self) -> None:
        self._tabs: list[Tab] = []

    def add(self, endpoint: str, label: str, place: int, *roles: Role, count: Callable[[], int] | None = None) -> None:
        self._tabs.append(Tab(endpoint, label, frozenset(roles), place, count))

    def of(self, role: Role | None) -> list[Tab]:
        return sorted((tab for tab in self._tabs if role in tab.roles), key=lambda tab: tab.place)
