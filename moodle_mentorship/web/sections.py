"""Parts that a room adds to a page of a room below it (who holds which role, on the page «School»)."""

from collections.abc import Callable

from markupsafe import Markup

Section = Callable[[], Markup]


class Sections:
    """Registry filled by the rooms; each section is drawn inside a request."""

    def __init__(self) -> None:
        self._sections: dict[str, list[Section]] = {}

    def add(self, endpoint: str, section: Section) -> None:
        """Draw `section` at the end of the page `endpoint`."""
        self._sections.setdefault(endpoint, []).append(section)

    def of(self, endpoint: str) -> list[Markup]:
        return [section() for section in self._sections.get(endpoint, [])]
