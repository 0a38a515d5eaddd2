"""What the board holds about a person. Nothing of it is told: a mark may be the other side's veto, and a draft is made
of what the person's own answers and the staff list hold, which are told there."""

from sqlalchemy import or_

from moodle_mentorship.core.holdings import Holding, Holdings
from moodle_mentorship.core.i18n import N_
from moodle_mentorship.pairs.board.models import Board, Draft, Mark


def register(holdings: Holdings) -> None:
    holdings.add(
        Holding(
            Mark,
            N_("Pairs that curators pinned or forbade"),
            about=lambda who: or_(Mark.mentor_person_id == who.person_id, Mark.mentee_person_id == who.person_id),
            told=None,
            by=("made_by", "undone_by"),
        )
    )
    # What a draft holds of people is sealed, and deleted before an erasure (`service.forget`); its totals name nobody.
    holdings.nothing(Draft, "asked_by")
    holdings.nothing(Board)
