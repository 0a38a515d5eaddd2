"""REST: the board of proposals, for curators alone."""

from typing import Any

from flask_smorest import Blueprint

from moodle_mentorship.banks import service as banks
from moodle_mentorship.core.actor import Role
from moodle_mentorship.pairs import periods
from moodle_mentorship.pairs.board import queries, schemas, service
from moodle_mentorship.pairs.board.enums import DraftKind
from moodle_mentorship.pairs.board.grouping import Formed
from moodle_mentorship.pairs.board.models import Board, Draft, Mark
from moodle_mentorship.school.queries import school_of
from moodle_mentorship.web import current
from moodle_mentorship.web.access import roles

blp = Blueprint("board_api", __name__, url_prefix="/api/v1/board", description="Drafts of the best pairs")

curator = roles(Role.CURATOR)


@blp.route("", methods=["GET"])
@curator
@blp.response(200, schemas.BoardSchema)
def read_board() -> dict[str, Any]:
    """The weights, the newest drafts and the marks that hold."""
    session, school_id = current.session(), current.school().id
    board = queries.board_of(session, school_id)
    return {
        "revision": board.revision,
        "weights": board.weights,
        "keep": board.keep,
        "training_required": school_of(session, school_id).training_required,
        "drafts": queries.recent(session, school_id),
        "marks": queries.marks(session, school_id),
    }


@blp.route("/drafts", methods=["POST"])
@curator
@blp.response(202, schemas.BoardDraftSchema)
def calculate() -> Draft:
    """Ask for a draft; one that is being calculated is stopped for it."""
    return service.calculate(current.session(), current.runtime().jobs, current.actor(), current.now())


@blp.route("/drafts/<int:draft_id>", methods=["GET"])
@curator
@blp.response(200, schemas.OpenedDraftSchema)
def read_draft(draft_id: int) -> dict[str, Any]:
    """A draft with its pairs; a calculated one is checked again by its certificate."""
    from moodle_mentorship.pairs.board.solving import checked

    draft = queries.draft_of(current.session(), current.school().id, draft_id)
    opened = queries.opened(draft, current.runtime().box)
    shown: dict[str, Any] = {name: getattr(draft, name) for name in schemas.BoardDraftSchema().fields}
    if opened is None:
        return shown | {"pairs": [], "faults": []}
    pairs = [
        {
            "mentee_person_id": mentee,
            "mentor_person_id": mentor,
            "score": opened.snapshot.fit(mentee, mentor).score if mentor is not None else None,
        }
        for mentee, mentor in opened.result.assignment.items()
    ]
    return shown | {"pairs": pairs, "faults": checked(opened.snapshot, opened.result)}


@blp.route("/drafts/<int:draft_id>/stop", methods=["POST"])
@curator
@blp.response(200, schemas.BoardDraftSchema)
def stop(draft_id: int) -> Draft:
    """Stop a calculation."""
    return service.stop(current.session(), current.actor(), draft_id, current.now())


@blp.route("/drafts/<int:draft_id>/send", methods=["POST"])
@curator
@blp.response(200, schemas.SentDraftSchema)
def send(draft_id: int) -> service.Sent:
    """Propose all pairs of a draft to both sides."""
    _begins, ends_on = periods.usual(current.today(), current.school())
    return service.send(
        current.session(),
        current.runtime().box,
        current.actor(),
        draft_id,
        ends_on=ends_on,
        today=current.today(),
        now=current.now(),
    )


@blp.route("/marks", methods=["POST"])
@curator
@blp.arguments(schemas.BoardMarkSchema)
@blp.response(201, schemas.HeldMarkSchema)
def mark(asked: dict[str, Any]) -> Mark:
    """Pin or forbid a pair; a new draft follows."""
    return service.mark(
        current.session(),
        current.runtime().jobs,
        current.runtime().box,
        current.actor(),
        kind=asked.pop("mark"),
        now=current.now(),
        **asked,
    )


@blp.route("/marks/<int:mark_id>/undo", methods=["POST"])
@curator
@blp.arguments(schemas.BoardChangeSchema)
@blp.response(200, schemas.HeldMarkSchema)
def undo(asked: dict[str, Any], mark_id: int) -> Mark:
    """Take a mark back; a new draft follows."""
    return service.undo(
        current.session(),
        current.runtime().jobs,
        current.actor(),
        mark_id,
        revision=asked["revision"],
        now=current.now(),
    )


@blp.route("/training", methods=["PUT"])
@curator
@blp.arguments(schemas.TrainingSchema)
@blp.response(200, schemas.TrainingSchema)
def require_training(asked: dict[str, Any]) -> dict[str, Any]:
    """Whether only trained mentors get a pair; the next draft and every new pair follow it."""
    banks.require_training(current.session(), current.actor(), asked["required"], current.now())
    return asked


@blp.route("/weights", methods=["PUT"])
@curator
@blp.arguments(schemas.WeighSchema)
@blp.response(200, schemas.PresetSchema)
def weigh(asked: dict[str, Any]) -> Board:
    """Set the weights, and how much earlier pairs are kept; a new draft follows."""
    revision, keep = asked.pop("revision"), asked.pop("keep")
    return service.weigh(
        current.session(),
        current.runtime().jobs,
        current.actor(),
        revision=revision,
        weights=asked,
        keep=keep,
        now=current.now(),
    )


@blp.route("/groups", methods=["GET"])
@curator
@blp.response(200, schemas.GroupsDraftSchema(many=True))
def read_groups() -> list[Draft]:
    """The newest drafts of groups."""
    return queries.recent(current.session(), current.school().id, DraftKind.GROUPS)


@blp.route("/groups", methods=["POST"])
@curator
@blp.arguments(schemas.FormGroupsSchema)
@blp.response(202, schemas.GroupsDraftSchema)
def form_groups(asked: dict[str, Any]) -> Draft:
    """Form groups out of who waits; `after` names the newest draft of groups that one knows."""
    runtime = current.runtime()
    return service.form(
        current.session(),
        runtime.jobs,
        runtime.box,
        current.actor(),
        asked["asked"],
        after=asked["after"],
        now=current.now(),
    )


@blp.route("/groups/<int:draft_id>", methods=["GET"])
@curator
@blp.response(200, schemas.OpenedGroupsSchema)
def read_formed(draft_id: int) -> dict[str, Any]:
    """A draft of groups with what was asked and, once it is calculated, its groups."""
    box = current.runtime().box
    draft = queries.draft_of(current.session(), current.school().id, draft_id, DraftKind.GROUPS)
    opened = queries.opened_groups(draft, box)
    shown: dict[str, Any] = {name: getattr(draft, name) for name in schemas.GroupsDraftSchema().fields}
    formed = opened.formed if opened is not None else Formed((), ())
    return shown | vars(queries.asked_of(draft, box)) | vars(formed)


@blp.route("/groups/<int:draft_id>/stop", methods=["POST"])
@curator
@blp.response(200, schemas.GroupsDraftSchema)
def stop_groups(draft_id: int) -> Draft:
    """Stop a calculation of groups."""
    return service.stop(current.session(), current.actor(), draft_id, current.now(), DraftKind.GROUPS)


@blp.route("/groups/<int:draft_id>/send", methods=["POST"])
@curator
@blp.arguments(schemas.SendGroupsSchema)
@blp.response(200, schemas.SentGroupsSchema)
def send_groups(asked: dict[str, Any], draft_id: int) -> service.SentGroups:
    """Propose the chosen groups of a draft to both sides."""
    _begins, ends_on = periods.usual(current.today(), current.school())
    return service.send_groups(
        current.session(),
        current.runtime().box,
        current.actor(),
        draft_id,
        asked["groups"],
        ends_on=ends_on,
        today=current.today(),
        now=current.now(),
    )
