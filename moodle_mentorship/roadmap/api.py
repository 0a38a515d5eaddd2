"""REST: the road map of the school's year, and marking its lines."""

from typing import Any

from flask import current_app
from flask_smorest import Blueprint

from moodle_mentorship.core.actor import Role
from moodle_mentorship.roadmap import queries, schemas, service
from moodle_mentorship.roadmap.models import Tick
from moodle_mentorship.roadmap.told import evidence
from moodle_mentorship.web import current
from moodle_mentorship.web.access import any_role, roles

blp = Blueprint("road_map_api", __name__, url_prefix="/api/v1", description="The year's road map")


@blp.route("/road-map", methods=["GET"])
@any_role
@blp.response(200, schemas.MapSchema)
def read_map() -> dict[str, Any]:
    """The lines with their marks, as they stand today."""
    session, school_id = current.session(), current.school().id
    found = queries.shown(session, evidence(current_app), queries.current_map(session, school_id), current.today())
    version = found.in_force
    return {
        "year_start": found.road_map.year_start,
        "version": version.number if version is not None else None,
        "changed": bool(found.changes),
        "lines": [
            {
                "line": row.line,
                "number": row.number,
                "standing": row.standing,
                "progress": row.progress,
                "marks": list(row.ticks.values()),
            }
            for row in found.lines
        ],
    }


@blp.route("/road-map", methods=["POST"])
@roles(Role.CURATOR)
@blp.response(201)
def take_ready() -> None:
    """Take the ready-made road map for the school's year."""
    service.take_ready(current.session(), current.actor(), current.now())


@blp.route("/road-map/lines/<int:line_id>/mark", methods=["POST"])
@any_role
@blp.arguments(schemas.TickSchema)
@blp.response(200, schemas.TickShownSchema)
def mark_line(asked: dict[str, Any], line_id: int) -> Tick:
    """Mark a line, or a month of it, as done. For curators and the line's responsible."""
    session, today = current.session(), current.today()
    return service.tick(session, current.actor(), line_id, asked.pop("part"), today=today, now=current.now(), **asked)


@blp.route("/road-map/lines/<int:line_id>/take-back", methods=["POST"])
@any_role
@blp.arguments(schemas.PartSchema)
@blp.response(204)
def take_back_mark(asked: dict[str, Any], line_id: int) -> None:
    """Take a mark back; evidence marks the line no more until it is asked to look again."""
    session, found = current.session(), evidence(current_app)
    service.untick(session, current.actor(), found, line_id, asked["part"], current.today(), current.now())
