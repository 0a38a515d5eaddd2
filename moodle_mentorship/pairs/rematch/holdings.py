"""What the room holds about a person: of a mentee their own request. Of a mentor nothing: who was asked to be exchanged
must not learn of it, from a list of what is held of them neither."""

from collections.abc import Iterable

from sqlalchemy import select

from moodle_mentorship.core.holdings import Fact, Holding, Holdings, Reading
from moodle_mentorship.core.i18n import N_
from moodle_mentorship.pairs.models import Pair
from moodle_mentorship.pairs.rematch.models import Rematch


def register(holdings: Holdings) -> None:
    holdings.add(
        Holding(
            Rematch,
            N_("Requests for another mentor"),
            about=lambda who: Rematch.pair_id.in_(
                select(Pair.id).where(Pair.school_id == who.school_id, Pair.mentee_person_id == who.person_id)
            ),
            told=_request,
            by=("answered_by",),
        )
    )


def _request(row: Rematch, reading: Reading) -> Iterable[Fact]:
    yield Fact("asked_at", N_("Asked on"), row.asked_at)
    yield Fact("reason", N_("Your reason"), reading.box.open(row.sealed_reason) if row.sealed_reason else None)
    yield Fact("closed_at", N_("Closed on"), row.closed_at)
    yield Fact("answer", N_("The curator's answer"), reading.box.open(row.sealed_answer) if row.sealed_answer else None)
