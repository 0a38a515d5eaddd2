"""REST: questionnaires, rounds, and one's own answers (which the page itself saves this way as a person types)."""

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Response, request
from flask_smorest import Blueprint

from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.paging import Page
from moodle_mentorship.files.scans import LARGEST
from moodle_mentorship.surveys import building, files, inviting, queries, schemas, service
from moodle_mentorship.surveys.audiences import people_of
from moodle_mentorship.surveys.building import Draft
from moodle_mentorship.surveys.models import Round
from moodle_mentorship.surveys.service import Sheet
from moodle_mentorship.surveys.told import listeners
from moodle_mentorship.web import current, exports
from moodle_mentorship.web.access import any_role, roles, uploads
from moodle_mentorship.web.edge import without_launch
from moodle_mentorship.web.openapi import file_body

blp = Blueprint(
    "surveys_api", __name__, url_prefix="/api/v1/surveys", description="Questionnaires, rounds, one's own answers"
)


@blp.route("/questionnaires", methods=["GET"])
@roles(Role.CURATOR)
@blp.response(200, schemas.QuestionnaireSchema(many=True))
def list_questionnaires() -> list[queries.Listed]:
    """The school's questionnaires."""
    return queries.questionnaires(current.session(), current.school().id)


@blp.route("/questionnaires/ready-made", methods=["POST"])
@roles(Role.CURATOR)
@blp.response(200, schemas.QuestionnaireSchema(many=True))
def take_ready_made() -> list[queries.Listed]:
    """Take over the ready-made questionnaires that the school doesn't have yet; returns all that it has now."""
    service.take_ready_made(current.session(), current.actor(), current.now())
    return queries.questionnaires(current.session(), current.school().id)


@blp.route("/questionnaires", methods=["POST"])
@roles(Role.CURATOR)
@blp.arguments(schemas.QuestionnaireStartSchema)
@blp.response(201, schemas.DraftSchema)
def create(asked: dict[str, Any]) -> Draft:
    """Begin a questionnaire: empty, or with what another one asks."""
    made = building.create(current.session(), current.actor(), now=current.now(), **asked)
    return building.draft(current.session(), current.school().id, made.id)


@blp.route("/questionnaires/<int:questionnaire_id>/draft", methods=["GET"])
@roles(Role.CURATOR)
@blp.response(200, schemas.DraftSchema)
def read_draft(questionnaire_id: int) -> Draft:
    """What the next version asks so far."""
    return building.draft(current.session(), current.school().id, questionnaire_id)


@blp.route("/questionnaires/<int:questionnaire_id>/draft", methods=["PUT"])
@roles(Role.CURATOR)
@blp.arguments(schemas.DraftWriteSchema)
@blp.response(200, schemas.DraftSchema)
def write_draft(asked: dict[str, Any], questionnaire_id: int) -> Draft:
    """Write the whole draft anew, in place of the state that was seen."""
    written: Draft = _on_draft(partial(building.change, edit=lambda _seen: asked["content"]), questionnaire_id, asked)
    return written


@blp.route("/questionnaires/<int:questionnaire_id>/draft/undo", methods=["POST"])
@roles(Role.CURATOR)
@blp.arguments(schemas.DraftStateSchema)
@blp.response(200, schemas.DraftSchema)
def undo_draft(asked: dict[str, Any], questionnaire_id: int) -> Draft:
    """Take the draft's last change back."""
    undone: Draft = _on_draft(building.undo, questionnaire_id, asked)
    return undone


@blp.route("/questionnaires/<int:questionnaire_id>/draft/discard", methods=["POST"])
@roles(Role.CURATOR)
@blp.arguments(schemas.DraftStateSchema)
@blp.response(204)
def discard_draft(asked: dict[str, Any], questionnaire_id: int) -> None:
    """Throw the draft away; a questionnaire that was never published goes with it."""
    _on_draft(building.discard, questionnaire_id, asked)


@blp.route("/questionnaires/<int:questionnaire_id>/draft/publish", methods=["POST"])
@roles(Role.CURATOR)
@blp.arguments(schemas.DraftStateSchema)
@blp.response(200, schemas.DraftSchema)
def publish_draft(asked: dict[str, Any], questionnaire_id: int) -> Draft:
    """Make the draft the version that is asked; returns the next draft, not begun yet."""
    _on_draft(building.publish, questionnaire_id, asked)
    return building.draft(current.session(), current.school().id, questionnaire_id)


@blp.route("/questionnaires/<int:questionnaire_id>", methods=["PATCH"])
@roles(Role.CURATOR)
@blp.arguments(schemas.TitleSchema)
@blp.response(200, schemas.DraftSchema)
def rename(asked: dict[str, Any], questionnaire_id: int) -> Draft:
    """Give the questionnaire another title."""
    building.rename(current.session(), current.actor(), questionnaire_id, asked["title"], current.now())
    return building.draft(current.session(), current.school().id, questionnaire_id)


def _on_draft(verb: Callable[..., Any], questionnaire_id: int, asked: dict[str, Any]) -> Any:
    return verb(
        current.session(),
        current.actor(),
        questionnaire_id,
        number=asked["version"],
        revision=asked["revision"],
        now=current.now(),
    )


@blp.route("/rounds", methods=["GET"])
@roles(Role.CURATOR)
@blp.arguments(schemas.RoundListSchema, location="query")
@blp.response(200, schemas.RoundPageSchema)
def list_rounds(asked: dict[str, Any]) -> Page[Round]:
    """A page of rounds, newest first."""
    return queries.rounds(current.session(), current.school().id, asked["cursor"])


@blp.route("/rounds", methods=["POST"])
@roles(Role.CURATOR)
@blp.arguments(schemas.RoundStartSchema)
@blp.response(201, schemas.RoundSchema)
def start_round(asked: dict[str, Any]) -> Round:
    """Ask a circle of people."""
    people = people_of(asked.pop("audience"))
    return service.start_round(current.session(), current.actor(), people=people, now=current.now(), **asked)


@blp.route("/rounds/<int:round_id>/close", methods=["POST"])
@roles(Role.CURATOR)
@blp.response(200, schemas.RoundSchema)
def close_round(round_id: int) -> Round:
    """End a round before its last day."""
    return service.close_round(current.session(), current.actor(), round_id, current.now())


@blp.route("/rounds/<int:round_id>/reminders", methods=["PUT"])
@roles(Role.CURATOR)
@blp.arguments(schemas.RemindersSchema)
@blp.response(200, schemas.RoundSchema)
def set_reminders(asked: dict[str, Any], round_id: int) -> Round:
    """Let Moodle remind by itself, or not."""
    return service.set_reminders(current.session(), current.actor(), round_id, asked["remind_after"], current.now())


@blp.route("/rounds/<int:round_id>/write", methods=["POST"])
@roles(Role.CURATOR)
@blp.response(200, schemas.WrittenSchema)
def write(round_id: int) -> dict[str, int]:
    """Have Moodle write to those who have sent no answers and were not written to today."""
    runtime = current.runtime()
    number = inviting.write_to_waiting(
        current.session(), runtime.jobs, current.actor(), round_id, current.today(), current.now()
    )
    return {"written": number}


@blp.route("/rounds/<int:round_id>/response", methods=["GET"])
@any_role
@blp.arguments(schemas.OwnSheetSchema, location="query")
@blp.response(200, schemas.SheetSchema)
def read_response(asked: dict[str, Any], round_id: int) -> Sheet:
    """One's own questionnaire, with the answers so far."""
    box, person_id = current.runtime().box, current.actor().person_id
    return service.sheet(current.session(), box, current.school().id, round_id, person_id, **asked)


@blp.route("/rounds/<int:round_id>/response", methods=["PATCH"])
@any_role
@blp.arguments(schemas.SaveSchema)
@blp.response(200, schemas.SheetSchema)
def save_response(asked: dict[str, Any], round_id: int) -> Sheet:
    """Keep a part of one's answers as a draft; the items that are not named stay as they are."""
    return service.save(
        current.session(),
        current.runtime().box,
        current.actor(),
        round_id,
        version=asked["version"],
        said=asked["answers"],
        correcting=asked["correcting"],
        today=current.today(),
        now=current.now(),
    )


@blp.route("/rounds/<int:round_id>/response/submit", methods=["POST"])
@any_role
@blp.arguments(schemas.SubmitSchema)
@blp.response(200, schemas.SheetSchema)
def submit_response(asked: dict[str, Any], round_id: int) -> Sheet:
    """Send one's questionnaire off."""
    sheet = service.submit(
        current.session(),
        current.runtime().box,
        current.actor(),
        round_id,
        version=asked["version"],
        revision=asked["revision"],
        said=asked["answers"],
        listeners=listeners(),
        correcting=asked["correcting"],
        today=current.today(),
        now=current.now(),
    )
    if sheet.round.anonymous:
        without_launch()
    return sheet


@blp.route("/rounds/<int:round_id>/response/files/<item>", methods=["GET"])
@any_role
@blp.arguments(schemas.OwnSheetSchema, location="query")
@blp.response(200, {"type": "string", "format": "binary"}, content_type="application/octet-stream")
def read_file(asked: dict[str, Any], round_id: int, item: str) -> Response:
    """The file that one has attached to an answer."""
    session, box, person_id = current.session(), current.runtime().box, current.actor().person_id
    sheet = service.sheet(session, box, current.school().id, round_id, person_id, **asked)
    return exports.sent_in(*service.file_of(session, box, sheet, item))


@blp.route("/rounds/<int:round_id>/response/files/<item>", methods=["PUT"])
@any_role
@uploads(files.LARGEST_REQUEST)
@blp.doc(requestBody=file_body("file"))
@blp.arguments(schemas.OwnFileSchema, location="query")
@blp.response(200, schemas.SheetSchema)
def put_file(asked: dict[str, Any], round_id: int, item: str) -> Sheet:
    """Attach a file (PDF, DOCX, JPEG or PNG of 5 MB at most) to one's draft, in place of an earlier one."""
    sent = request.files.get("file")
    return service.attach(
        current.session(),
        current.runtime().box,
        current.actor(),
        round_id,
        item,
        file=sent.stream.read(LARGEST + 1) if sent is not None else b"",
        name=(sent.filename or "") if sent is not None else "",
        today=current.today(),
        now=current.now(),
        **asked,
    )


@blp.route("/rounds/<int:round_id>/response/files/<item>", methods=["DELETE"])
@any_role
@blp.arguments(schemas.OwnFileSchema, location="query")
@blp.response(200, schemas.SheetSchema)
def delete_file(asked: dict[str, Any], round_id: int, item: str) -> Sheet:
    """Take the attached file back."""
    return service.detach(
        current.session(),
        current.runtime().box,
        current.actor(),
        round_id,
        item,
        today=current.today(),
        now=current.now(),
        **asked,
    )
