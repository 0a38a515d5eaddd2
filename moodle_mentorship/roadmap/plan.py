"""The road map as a paper of its own: a table on sheets that lie on their long side, with the mark of approval.

Russian whatever language the reader has, as all documents."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from moodle_mentorship.core.db import among
from moodle_mentorship.documents.rendering import Stamp, render
from moodle_mentorship.files import docx
from moodle_mentorship.people.models import Person
from moodle_mentorship.roadmap import queries
from moodle_mentorship.roadmap.frozen import FrozenLine, changes, frozen, thawed
from moodle_mentorship.roadmap.models import MapVersion, RoadMap
from moodle_mentorship.roadmap.orders import edition_of, stages
from moodle_mentorship.school.models import SchoolYear
from moodle_mentorship.school.queries import school_of


def of_now(session: Session, road_map: RoadMap) -> bytes:
    """The lines of now, as DOCX. They bear the mark of the version in force as long as none of them differs from it."""
    lines = frozen(queries.lines_of(session, road_map.school_id, road_map.id))
    approved = queries.in_force(queries.versions_of(session, road_map.school_id, road_map.id))
    same = approved is not None and not changes(thawed(approved.lines), lines)
    return _paper(session, road_map, lines, approved if same else None)


def of_version(session: Session, road_map: RoadMap, version: MapVersion) -> bytes:
    """A version's lines, as DOCX; its mark is blank until an order approves it, and once that is cancelled."""
    holds = version.approved_at is not None and version.cancelled_at is None
    return _paper(session, road_map, thawed(version.lines), version if holds else None)


def _paper(session: Session, road_map: RoadMap, lines: Sequence[FrozenLine], approved: MapVersion | None) -> bytes:
    school = school_of(session, road_map.school_id)
    named = select(Person).where(Person.school_id == school.id, among(Person.id, queries.people_in(lines)))
    people = {person.id: person for person in session.scalars(named)}
    values = {
        "organisation": school.full_name,
        "short_name": school.short_name,
        "year": SchoolYear(road_map.year_start).label,
        "stages": stages(lines, people),
        "edition": "",
    }
    stamp = Stamp()
    if approved is not None:
        # The first order has approved the road map; each later one has changed it.
        first = queries.first_of(queries.versions_of(session, school.id, road_map.id), approved)
        stamp, values["edition"] = Stamp(first.order_date, first.order_number), edition_of(first, approved)
    return render(docx.layout("road_map"), values, stamp)
