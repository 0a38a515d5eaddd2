"""Pages that can be placed in a Moodle course as activities of their own (deep linking, in the room `lti`)."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Page:
    """One page: its endpoint (no ids in its address), and the name (msgid) that its activity gets in the course."""

    endpoint: str
    title: str
    place: int


class Pages:
    """Registry filled by the rooms."""

    def __init__(self) -> None:
        self._pages: list[Page] = []

    def add(self, endpoint: str, title: str, place: int) -> None:
        """Offer a page, at its place in the list. Who may open it is its view's own rule."""
        self._pages.append(Page(endpoint, title, place))

    def all(self) -> list[Page]:
        return sorted(self._pages, key=lambda page: page.place)
