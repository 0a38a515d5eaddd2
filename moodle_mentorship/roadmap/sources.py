"""Evidence that the rooms below give: consents, and the road map's own approval."""

from collections.abc import Callable
from datetime import date

from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from moodle_mentorship.consents.enums import ConsentKind
from moodle_mentorship.consents.needs import Needs
from moodle_mentorship.consents.queries import missing_count
from moodle_mentorship.core.i18n import N_
from moodle_mentorship.documents.enums import DocumentState
from moodle_mentorship.documents.models import Document
from moodle_mentorship.people.enums import StaffStatus
from moodle_mentorship.people.models import Person
from moodle_mentorship.roadmap import acts, queries
from moodle_mentorship.roadmap.evidence import Period, Seen, Source, Values
from moodle_mentorship.web.formats import long_date

CONSENTS = {
    ConsentKind.PROCESSING_MENTEE: N_("Mentees' consents to processing are collected"),
    ConsentKind.PROCESSING_MENTOR: N_("Mentors' consents to processing are collected"),
    ConsentKind.MENTOR_WORK: N_("Mentors' consents to the work are collected"),
}


def consents(needs: Needs) -> list[Source]:
    """Of whom papers are needed, and whose are there."""
    return [
        Source(f"consents.{kind.value}", title, _collected(needs, kind), _consents_told, "consents.index")
        for kind, title in CONSENTS.items()
    ]


def _collected(needs: Needs, kind: ConsentKind) -> Callable[[Session, Period], Seen | None]:
    def look(session: Session, period: Period) -> Seen | None:
        needed = session.scalar(
            select(func.count(Person.id)).where(
                Person.school_id == period.school_id,
                Person.status != StaffStatus.LEFT,
                Person.id.in_(needs.of(kind, period.school_id, period.today)),
            )
        )
        if not needed:
            return None
        missing = missing_count(session, needs, period.school_id, kind, today=period.today)
        return Seen(missing == 0, {"given": needed - missing, "needed": needed})

    return look


def _consents_told(values: Values) -> str:
    return str(_("consents collected: %(given)s of %(needed)s", given=values["given"], needed=values["needed"]))


def _approved(session: Session, period: Period) -> Seen | None:
    road_map = queries.map_of(session, period.school_id, period.year.start)
    if road_map is None:
        return None
    version = queries.in_force(queries.versions_of(session, period.school_id, road_map.id))
    if version is None or version.order_date is None:
        return None
    values = {"number": version.order_number, "date": version.order_date.isoformat()}
    return Seen(True, values, version.order_date)


def _registered(kind: str) -> Callable[[Session, Period], Seen | None]:
    """The first document of a kind that was registered in the year."""

    def look(session: Session, period: Period) -> Seen | None:
        first = session.execute(
            select(Document.number, Document.signed_on)
            .where(
                Document.school_id == period.school_id,
                Document.kind == kind,
                Document.state == DocumentState.REGISTERED,
                Document.signed_on >= period.begins,
                Document.signed_on <= period.ends,
            )
            .order_by(Document.signed_on, Document.id)
            .limit(1)
        ).one_or_none()
        if first is None or first.signed_on is None:
            return None
        return Seen(True, {"number": first.number, "date": first.signed_on.isoformat()}, first.signed_on)

    return look


def order_told(values: Values) -> str:
    """Of a source whose values are an order's number and date."""
    day = long_date(date.fromisoformat(values["date"]))
    return str(_("order No. %(number)s of %(day)s", number=values["number"], day=day))


ROAD_MAP_ORDER = Source(
    "road_map.order", N_("The road map is approved by an order"), _approved, order_told, "roadmap.versions"
)
CLOSING_EVENT = Source(
    "documents.closing_event_order",
    N_("The order on the closing event is registered"),
    _registered("closing_event_order"),
    order_told,
)


def _regulation(session: Session, period: Period) -> Seen | None:
    found = acts.regulation_in_force(session, period.school_id, period.begins, min(period.today, period.ends))
    if found is None:
        return None
    _act, edition = found
    day = max(edition.in_force_from, period.begins)
    return Seen(True, {"number": edition.number, "date": edition.dated.isoformat()}, day)


def _regulation_told(values: Values) -> str:
    day = long_date(date.fromisoformat(values["date"]))
    if values["number"]:
        return str(_("regulation No. %(number)s of %(day)s", number=values["number"], day=day))
    return str(_("regulation of %(day)s", day=day))


REGULATION = Source(
    "acts.regulation", N_("The regulation on mentoring is in force"), _regulation, _regulation_told, "acts.index"
)
