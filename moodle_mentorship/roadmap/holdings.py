"""What the room holds about a person."""

from moodle_mentorship.core.holdings import NOTHING, Holding, Holdings, column, columns
from moodle_mentorship.core.i18n import N_
from moodle_mentorship.roadmap.models import ActEdition, Line, MapVersion, RoadMap, SchoolAct, Tick


def register(holdings: Holdings) -> None:
    """The plan of a year is the school's; a line names a person as responsible until they are erased."""
    holdings.add(
        Holding(
            Line,
            N_("Lines of the road map that name you as responsible"),
            about=lambda who: Line.responsible_person_id == who.person_id,
            told=columns(
                column("content", N_("What is done")),
                column("starts_on", N_("From")),
                column("ends_on", N_("Until")),
            ),
            goes=NOTHING,
            blanks=lambda _who, _now: {"responsible_person_id": None},
            stays=N_("The school's plan of the year stays, without your name"),
        )
    )
    holdings.nothing(RoadMap, "made_by")
    holdings.nothing(Tick, "by_person_id")
    # Its lines name people by a number behind which nobody stands after an erasure.
    holdings.nothing(MapVersion, "approved_by")
    holdings.nothing(SchoolAct, "added_by")
    holdings.nothing(ActEdition, "added_by")
