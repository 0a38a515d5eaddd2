"""What is held about a person in the tables of `core`, which knows no words."""

from moodle_mentorship.core.holdings import Holding, Holdings
from moodle_mentorship.core.i18n import N_
from moodle_mentorship.core.jobs import PeriodicJob
from moodle_mentorship.core.looks import Look


def register(holdings: Holdings) -> None:
    # Told by name of the reader: `queries.looks_at`.
    holdings.add(
        Holding(
            Look,
            N_("Who looked at your data"),
            about=lambda who: Look.person_id == who.person_id,
            by=("reader_id",),
            told=None,
        )
    )
    holdings.nothing(PeriodicJob)
