"""What the room holds about a person: what an agreement covers the pair and the document tell."""

from sqlalchemy import or_, select

from moodle_mentorship.core.holdings import Holding, Holdings
from moodle_mentorship.core.i18n import N_
from moodle_mentorship.pairs.models import Pair
from moodle_mentorship.pairs.office.models import AgreementPair


def register(holdings: Holdings) -> None:
    holdings.add(
        Holding(
            AgreementPair,
            N_("Additional agreements that name your pairs"),
            about=lambda who: AgreementPair.pair_id.in_(
                select(Pair.id).where(
                    Pair.school_id == who.school_id,
                    or_(Pair.mentor_person_id == who.person_id, Pair.mentee_person_id == who.person_id),
                )
            ),
            told=None,
            # Of a pair that no order has fixed nothing stays.
            goes=AgreementPair.pair_id.in_(select(Pair.id).where(Pair.order_number.is_(None))),
            stays=N_("An agreement names the pair, and agreements are kept unchanged"),
        )
    )
