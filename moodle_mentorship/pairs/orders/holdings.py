"""What the room holds about a person: what stands in an order of it the pair and the document tell."""

from sqlalchemy import or_, select

from moodle_mentorship.core.holdings import Holding, Holdings
from moodle_mentorship.core.i18n import N_
from moodle_mentorship.pairs.models import Pair
from moodle_mentorship.pairs.orders.models import OrderPair


def register(holdings: Holdings) -> None:
    holdings.add(
        Holding(
            OrderPair,
            N_("Orders in which your pairs stand"),
            about=lambda who: OrderPair.pair_id.in_(
                select(Pair.id).where(
                    Pair.school_id == who.school_id,
                    or_(Pair.mentor_person_id == who.person_id, Pair.mentee_person_id == who.person_id),
                )
            ),
            told=None,
            # Of a pair that no order has fixed nothing stays.
            goes=OrderPair.pair_id.in_(select(Pair.id).where(Pair.order_number.is_(None))),
            stays=N_("An order names the pair, and orders are kept unchanged"),
        )
    )
