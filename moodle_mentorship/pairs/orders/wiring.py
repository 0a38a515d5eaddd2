"""Puts the room into the application."""

from moodle_mentorship.core.i18n import N_
from moodle_mentorship.documents.kinds import Kinds
from moodle_mentorship.pairs.orders import holdings, views
from moodle_mentorship.pairs.orders.kind import pairs_order
from moodle_mentorship.web.kit import Kit


def wire(kit: Kit, kinds: Kinds) -> None:
    """The page where an order on pairs is begun and its part of the document's page."""
    kit.app.register_blueprint(views.bp)
    kinds.add(pairs_order(views.drawn))
    holdings.register(kit.runtime.holdings)
    kit.notices.add(
        order_begun=N_("The draft of the order is ready: look through it and pass it on for signature"),
        pair_taken_out=N_("The pair is out of the order; another one can take it"),
        pairs_put_in=N_("The pairs are in the order"),
        pair_settled=N_("Noted. Another order can take the two as long as both agree"),
    )
