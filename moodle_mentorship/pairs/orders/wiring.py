"""Puts the room into the application."""

from moodle_mentorship.core.i18n import N_
from moodle_mentorship.pairs.orders import views
from moodle_mentorship.web.kit import Kit


def wire(kit: Kit) -> None:
    """The page of the order."""
    kit.app.register_blueprint(views.bp)
    kit.notices.add(
        pairs_ordered=N_("The order is saved: its pairs are at work, their groups are being made in Moodle")
    )
