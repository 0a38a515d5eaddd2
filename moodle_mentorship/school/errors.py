"""Refusals of the room."""

from moodle_mentorship.core.errors import Invalid
from moodle_mentorship.core.i18n import N_


class SiteExists(Invalid):
    """Two sites of one school can't have the same name."""

    code = "site_exists"

    def __init__(self, message: str) -> None:
        super().__init__({"name": [N_("There is already a site with this name")]}, message)
