"""REST: the staff list and one person."""

from typing import Any

from flask_smorest import Blueprint

from moodle_mentorship.core.actor import Role
from moodle_mentorship.people import lists, queries
from moodle_mentorship.people.models import Person, PersonChange
from moodle_mentorship.people.schemas import (
    ChangeSchema,
    PersonEditSchema,
    PersonSchema,
    StaffApiQuerySchema,
    StaffPageSchema,
)
from moodle_mentorship.people.service import directory
from moodle_mentorship.web import current
from moodle_mentorship.web.access import roles

blp = Blueprint("staff_api", __name__, url_prefix="/api/v1/staff", description="Members of staff")


@blp.route("", methods=["GET"])
@roles(Role.CURATOR, Role.DIRECTOR)
@blp.arguments(StaffApiQuerySchema, location="query")
@blp.response(200, StaffPageSchema)
def list_staff(query: dict[str, Any]) -> dict[str, Any]:
    """The staff list, narrowed and sorted as on its page."""
    session, school = current.session(), current.school()
    narrowed = lists.narrow(query, current.marks(), school.id, school.year_begins)
    page = queries.staff_page(session, school.id, narrowed, query["sort"], query["cursor"], query["limit"])
    total = queries.staff_count(session, school.id, narrowed)
    return {"items": page.rows, "total": total, "next": page.next, "previous": page.previous}


@blp.route("/<int:person_id>", methods=["GET"])
@roles(Role.CURATOR, Role.DIRECTOR)
@blp.response(200, PersonSchema)
def read_person(person_id: int) -> Person:
    """One member of staff."""
    return queries.person_of(current.session(), current.school().id, person_id)


@blp.route("/<int:person_id>/changes", methods=["GET"])
@roles(Role.CURATOR, Role.DIRECTOR)
@blp.response(200, ChangeSchema(many=True))
def read_changes(person_id: int) -> list[PersonChange]:
    """What was known of a person's work before, the newest change first."""
    session, school_id = current.session(), current.school().id
    queries.person_of(session, school_id, person_id)
    return [changed.change for changed in queries.changes_of(session, school_id, person_id)]


@blp.route("/<int:person_id>", methods=["PATCH"])
@roles(Role.CURATOR)
@blp.arguments(PersonEditSchema, required=False)
@blp.response(200, PersonSchema)
def write_person(values: dict[str, Any], person_id: int) -> Person:
    """Write fields by hand; what is sent is kept against later passes."""
    return directory.edit_person(current.session(), current.actor(), person_id, values, current.now())
