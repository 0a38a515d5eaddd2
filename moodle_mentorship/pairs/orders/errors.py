"""What the order refuses."""

from moodle_mentorship.core.errors import Conflict
from moodle_mentorship.core.i18n import N_


class NothingToOrder(Conflict):
    """No pair that both have agreed on has all its papers."""

    code = "nothing_to_order"
    title = N_("There are no pairs for an order yet")
    advice = N_("A pair stands in the order when both have agreed and all papers are signed and recorded.")
