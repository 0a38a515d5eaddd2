"""What the room holds about a person, and the tables of `core`, which knows no words."""

from collections.abc import Iterable

from flask_babel import gettext as _

from moodle_mentorship.core.holdings import NOTHING, Fact, Holding, Holdings, Reading
from moodle_mentorship.core.i18n import N_
from moodle_mentorship.core.jobs import PeriodicJob
from moodle_mentorship.core.looks import Look
from moodle_mentorship.personal_data import words
from moodle_mentorship.personal_data.models import DataRequest


def register(holdings: Holdings) -> None:
    holdings.add(
        Holding(
            DataRequest,
            N_("Requests about data"),
            about=lambda who: DataRequest.person_id == who.person_id,
            by=("asked_by", "answered_by"),
            told=_request,
            goes=NOTHING,
            # The words go, in either case.
            blanks=lambda _who, _now: {"sealed_text": None, "sealed_remark": None},
        ),
        # Told by name of the reader: `queries.looks_at`.
        Holding(
            Look,
            N_("Looks at the data"),
            about=lambda who: Look.person_id == who.person_id,
            by=("reader_id",),
            told=None,
        ),
    )
    holdings.nothing(PeriodicJob)


def _request(row: DataRequest, reading: Reading) -> Iterable[Fact]:
    yield Fact("kind", N_("What"), row.kind, (_(words.KINDS[row.kind]),))
    yield Fact("asked_at", N_("When"), row.asked_at)
    if row.sealed_text is not None:
        yield Fact("text", N_("Text"), reading.box.open(row.sealed_text))
    yield Fact("due_on", N_("Answer due by"), row.due_on)
    if row.outcome is not None:
        yield Fact("outcome", N_("Answer"), row.outcome, (_(words.OUTCOMES[row.outcome]),))
        yield Fact("answered_at", N_("Answered on"), row.answered_at)
    if row.sealed_remark is not None:
        yield Fact("remark", N_("Remark"), reading.box.open(row.sealed_remark))
