"""Registrations that logins asked for a moment ago."""

from datetime import datetime, timedelta

from moodle_mentorship.core.db import Database
from moodle_mentorship.moodle.platforms import Registration, find_registrations, normalise_issuer

#: How long a login may go by what it was told; a registration that was disabled meanwhile is refused at the launch.
KEPT = timedelta(seconds=30)
#: Registrations kept at once, in a region's installation most of a morning's.
MOST = 2_000


class KnownRegistrations:
    """Spares a login the database: it only sends the browser on to Moodle and lets nobody in.

    The launch asks the database itself, and what it finds no more is forgotten here. What was not found is not kept: a
    new registration works at once, and a flood of invented names grows nothing.
    """

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str | None, str | None], tuple[datetime, list[Registration]]] = {}

    def find(
        self, database: Database, issuer: str, client_id: str | None, deployment_id: str | None, now: datetime
    ) -> list[Registration]:
        """As `find_registrations`, up to `KEPT` old."""
        asked = (normalise_issuer(issuer), client_id, deployment_id)
        at, found = self._kept.get(asked, (None, []))
        if at is not None and timedelta() <= now - at < KEPT:
            return found
        # A unit of work of its own, because a POST's would take SQLite's write lock.
        with database.unit_of_work(read_only=True) as session:
            found = find_registrations(session, issuer, client_id, deployment_id)
        if found:
            if len(self._kept) >= MOST:
                self._kept.clear()
            self._kept[asked] = (now, found)
        return found

    def forget(self, issuer: str, client_id: str | None, deployment_id: str | None) -> None:
        """A launch was refused because there is no such registration any more."""
        self._kept.pop((normalise_issuer(issuer), client_id, deployment_id), None)
