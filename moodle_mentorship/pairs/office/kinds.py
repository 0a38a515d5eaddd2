"""All kinds of the room, in the order in which the year needs them."""

from moodle_mentorship.pairs.office import agreement, changes, letter, orders, programme

KINDS = (*orders.KINDS, agreement.KIND, *changes.KINDS, programme.KIND, letter.KIND)
