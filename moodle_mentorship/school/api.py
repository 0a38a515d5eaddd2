"""REST: the organisation's details."""

from typing import Any

from flask_smorest import Blueprint

from moodle_mentorship.core.actor import Role
from moodle_mentorship.school import service
from moodle_mentorship.school.models import School
from moodle_mentorship.school.queries import school_of
from moodle_mentorship.school.schemas import SchoolDetailsSchema
from moodle_mentorship.web import current
from moodle_mentorship.web.access import roles

blp = Blueprint("school_api", __name__, url_prefix="/api/v1/school", description="The organisation's details")


@blp.route("", methods=["GET"])
@roles(Role.CURATOR, Role.DIRECTOR, Role.CLERK, Role.ADMINISTRATOR)
@blp.response(200, SchoolDetailsSchema)
def read_school() -> School:
    """The organisation's details."""
    return school_of(current.session(), current.school().id)


@blp.route("", methods=["PUT"])
@roles(Role.CURATOR)
@blp.arguments(SchoolDetailsSchema)
@blp.response(200, SchoolDetailsSchema)
def write_school(details: dict[str, Any]) -> School:
    """Replace the organisation's details."""
    return service.update_school(current.session(), current.actor(), details, current.now())
