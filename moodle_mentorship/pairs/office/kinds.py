"""All kinds of the room, in the order in which the year needs them."""

from moodle_mentorship.pairs.office import agreement, changes, extension, letter, orders, programme

KINDS = (*orders.KINDS, agreement.KIND, *changes.KINDS, extension.KIND, programme.KIND, letter.KIND)
