"""What the order refuses."""

from moodle_mentorship.core.errors import Conflict
from moodle_mentorship.core.i18n import N_


class PairsTaken(Conflict):
    """One of the pairs stands in another order."""

    code = "pairs_taken"
    title = N_("These pairs stand in another order already")
    advice = N_("Open the page “Order on pairs”: it shows which orders are under way.")
