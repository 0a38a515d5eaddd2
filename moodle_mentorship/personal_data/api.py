"""REST: everything that is held of the caller, and requests about it."""

from collections.abc import Sequence
from typing import Any

from flask_smorest import Blueprint

from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.paging import Page
from moodle_mentorship.personal_data import erasing, queries, requests, schemas
from moodle_mentorship.personal_data.enums import RequestKind
from moodle_mentorship.personal_data.erasing import Plan
from moodle_mentorship.personal_data.models import DataRequest
from moodle_mentorship.personal_data.request_pages import ask_for, erase_now
from moodle_mentorship.personal_data.service import Everything
from moodle_mentorship.personal_data.views import oneself, own_requests, taken
from moodle_mentorship.web import current
from moodle_mentorship.web.access import any_role, roles

blp = Blueprint("my_data_api", __name__, url_prefix="/api/v1", description="Personal data")


@blp.route("/me/data", methods=["GET"])
@any_role
@blp.response(200, schemas.DataSchema)
def my_data() -> Everything:
    """Everything that is held of me, and who looked at it; the same as the file (docs/my-data.md)."""
    return taken()


@blp.route("/me/data/requests", methods=["GET"])
@any_role
@blp.response(200, schemas.ShownDataRequestSchema(many=True))
def my_requests() -> Sequence[DataRequest]:
    """What I asked for, newest first."""
    return own_requests()


@blp.route("/me/data/requests", methods=["POST"])
@any_role
@blp.arguments(schemas.DataRequestSchema)
@blp.response(201, schemas.ShownDataRequestSchema)
def ask(asked: dict[str, Any]) -> DataRequest:
    """Ask for a correction or for erasure."""
    return _whole(ask_for(oneself(), asked["kind"], asked["text"]))


@blp.route("/data-requests", methods=["GET"])
@roles(Role.CURATOR)
@blp.arguments(schemas.DataRequestListSchema, location="query")
@blp.response(200, schemas.DataRequestPageSchema)
def list_requests(asked: dict[str, Any]) -> Page[DataRequest]:
    """A page of requests: open ones with the nearest term first, answered ones with the newest first."""
    return queries.requests(current.session(), current.school().id, asked["shown"], asked["cursor"])


@blp.route("/data-requests/<int:request_id>/plan", methods=["GET"])
@roles(Role.CURATOR)
@blp.response(200, schemas.ErasurePlanSchema)
def plan(request_id: int) -> Plan:
    """What the erasure of this person would do now."""
    row = queries.request_of(current.session(), current.school().id, request_id)
    return erasing.plan(current.session(), current.runtime().holdings, row.school_id, row.person_id)


@blp.route("/data-requests/<int:request_id>/answer", methods=["POST"])
@roles(Role.CURATOR)
@blp.arguments(schemas.RequestAnswerSchema)
@blp.response(200, schemas.ShownDataRequestSchema)
def answer(asked: dict[str, Any], request_id: int) -> DataRequest:
    """Say what was corrected, or why a request is refused."""
    box = current.runtime().box
    return requests.answer(current.session(), box, current.actor(), request_id, now=current.now(), **asked)


@blp.route("/data-requests/<int:request_id>/erase", methods=["POST"])
@roles(Role.CURATOR)
@blp.response(200, schemas.ShownDataRequestSchema)
def erase(request_id: int) -> DataRequest:
    """Erase the person who asked for it; this can't be undone."""
    return _whole(erase_now(request_id))


@blp.route("/staff/<int:person_id>/data-requests", methods=["POST"])
@roles(Role.CURATOR)
@blp.response(201, schemas.ShownDataRequestSchema)
def by_letter(person_id: int) -> DataRequest:
    """Record that a person asks for erasure in a letter."""
    return _whole(ask_for(person_id, RequestKind.ERASURE, None))


def _whole(request: DataRequest) -> DataRequest:
    """With the person, which a row that was just added doesn't have yet."""
    current.session().refresh(request)
    return request
