"""What the board holds about a person. Nothing of it is told: a mark may be the other side's veto, and a draft is made
of what the person's own answers and the staff list hold, which are told there."""

from sqlalchemy import or_, select

from moodle_mentorship.core.holdings import NOTHING, Holding, Holdings
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
    holdings.add(
        Holding(
            Draft,
            N_("Drafts of the board"),
            about=lambda who: Draft.mark_id.in_(
                select(Mark.id).where(
                    Mark.school_id == who.school_id,
                    or_(Mark.mentor_person_id == who.person_id, Mark.mentee_person_id == who.person_id),
                )
            ),
            told=None,
            by=("asked_by",),
            goes=NOTHING,
            # The mark goes, and the draft that it caused lets go of it.
            blanks=lambda _who, _now: {"mark_id": None},
        )
    )
    holdings.nothing(Board)
