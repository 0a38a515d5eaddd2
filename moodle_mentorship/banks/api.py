"""REST: the two banks."""

from typing import Any

from flask_smorest import Blueprint

from moodle_mentorship.banks import queries, schemas, service
from moodle_mentorship.banks.models import Mentee, Mentor
from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.paging import Page
from moodle_mentorship.web import current
from moodle_mentorship.web.access import roles

blp = Blueprint("banks_api", __name__, url_prefix="/api/v1", description="The banks of mentees and mentors")


@blp.route("/mentees", methods=["GET"])
@roles(Role.CURATOR)
@blp.arguments(schemas.MenteeListSchema, location="query")
@blp.response(200, schemas.MenteePageSchema)
def list_mentees(asked: dict[str, Any]) -> Page[Mentee]:
    """A page of the bank of mentees."""
    search = asked.pop("q") or ""
    return queries.mentees(current.session(), current.school().id, search=search, **asked)


@blp.route("/mentees", methods=["POST"])
@roles(Role.CURATOR)
@blp.arguments(schemas.MenteeAddSchema)
@blp.response(201, schemas.MenteeSchema)
def add_mentee(asked: dict[str, Any]) -> Mentee:
    """Put a member of staff into the bank of mentees; who is in it already stays as they are."""
    return service.add_mentee(current.session(), current.actor(), asked["person_id"], current.now())


@blp.route("/mentees/<int:person_id>/withdraw", methods=["POST"])
@roles(Role.CURATOR)
@blp.response(200, schemas.MenteeSchema)
def withdraw_mentee(person_id: int) -> Mentee:
    """Take a person out of the bank of mentees; the entry and its history stay."""
    return service.withdraw_mentee(current.session(), current.actor(), person_id, current.now())


@blp.route("/mentors", methods=["GET"])
@roles(Role.CURATOR)
@blp.arguments(schemas.MentorListSchema, location="query")
@blp.response(200, schemas.MentorPageSchema)
def list_mentors(asked: dict[str, Any]) -> Page[Mentor]:
    """A page of the bank of mentors."""
    search = asked.pop("q") or ""
    return queries.mentors(current.session(), current.school().id, search=search, **asked)


@blp.route("/mentors", methods=["POST"])
@roles(Role.CURATOR)
@blp.arguments(schemas.MentorAddSchema)
@blp.response(201, schemas.MentorSchema)
def add_mentor(asked: dict[str, Any]) -> Mentor:
    """Put a member of staff into the bank of mentors; who is in it already gets the new number of places."""
    return service.add_mentor(current.session(), current.actor(), asked["person_id"], asked["capacity"], current.now())


@blp.route("/mentors/<int:person_id>/capacity", methods=["POST"])
@roles(Role.CURATOR)
@blp.arguments(schemas.CapacitySchema)
@blp.response(200, schemas.MentorSchema)
def change_capacity(asked: dict[str, Any], person_id: int) -> Mentor:
    """Give a mentor another number of places, not fewer than open pairs hold."""
    return service.change_capacity(current.session(), current.actor(), person_id, asked["capacity"], current.now())


@blp.route("/mentors/<int:person_id>/withdraw", methods=["POST"])
@roles(Role.CURATOR)
@blp.response(200, schemas.MentorSchema)
def withdraw_mentor(person_id: int) -> Mentor:
    """Take a person out of the bank of mentors; refused while open pairs hold places."""
    return service.withdraw_mentor(current.session(), current.actor(), person_id, current.now())
