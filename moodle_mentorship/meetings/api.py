"""REST: the school's meetings, to be read."""

from typing import Any

from flask_smorest import Blueprint

from moodle_mentorship.core.actor import Role
from moodle_mentorship.meetings import queries, schemas
from moodle_mentorship.web import current
from moodle_mentorship.web.access import roles

blp = Blueprint("meetings_api", __name__, url_prefix="/api/v1/meetings", description="Meetings of the school")


@blp.route("", methods=["GET"])
@roles(Role.CURATOR, Role.DIRECTOR)
@blp.arguments(schemas.ListSchema, location="query")
@blp.response(200, schemas.MeetingPageSchema)
def list_meetings(asked: dict[str, Any]) -> dict[str, Any]:
    """A page of meetings, the latest day first."""
    session, school_id = current.session(), current.school().id
    page = queries.meetings(session, school_id, asked["cursor"])
    counts = queries.counts(session, school_id, [row.id for row in page.rows])
    rows = [{"meeting": row, "count": counts[row.id]} for row in page.rows]
    return {"rows": rows, "next": page.next, "previous": page.previous}


@blp.route("/<int:meeting_id>", methods=["GET"])
@roles(Role.CURATOR, Role.DIRECTOR)
@blp.response(200, schemas.MeetingInFullSchema)
def read_meeting(meeting_id: int) -> dict[str, Any]:
    """A meeting with who is invited, who was there, and the minutes."""
    session, school_id = current.session(), current.school().id
    meeting = queries.meeting_of(session, school_id, meeting_id)
    return {
        "meeting": meeting,
        "count": queries.counts(session, school_id, [meeting_id])[meeting_id],
        "people": queries.people_of(session, school_id, meeting_id),
        "minutes": queries.minutes_of(session, current.runtime().box, meeting),
    }
