"""The administrator's page «Synchronisation», and the question about losses, which the curator may answer too."""

from typing import Any

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from marshmallow import ValidationError

from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.errors import Invalid, NotFound
from moodle_mentorship.core.paging import COUNTED
from moodle_mentorship.moodle.outbox import Handlers
from moodle_mentorship.moodle.sites import site_of
from moodle_mentorship.people.service.directory import unseen
from moodle_mentorship.sync import queries, service, texts
from moodle_mentorship.sync.errors import NotConnected
from moodle_mentorship.sync.schemas import FieldMapSchema, JournalQuerySchema, PassRequestSchema
from moodle_mentorship.web import current, forms
from moodle_mentorship.web.access import roles

bp = Blueprint("sync", __name__, template_folder="templates", url_prefix="/sync")

administrator = roles(Role.ADMINISTRATOR)
answering = roles(Role.ADMINISTRATOR, Role.CURATOR)

# People shown of those who would leave; a page of thousands helps nobody to decide.
SHOWN = 200
# Of what did not reach Moodle the oldest: after a long outage they all have one reason, and one button tries them all.
STUCK_SHOWN = 50


@bp.get("/")
@administrator
def index() -> ResponseReturnValue:
    return _index({})


@bp.get("/progress")
@administrator
def progress() -> ResponseReturnValue:
    """The fragment that htmx asks for each second; when the pass is over the whole page is read anew."""
    at_work = queries.at_work(current.session(), current.school().id)
    response = make_response(render_template("sync/_progress.html", at_work=at_work))
    if at_work is None:
        response.headers["HX-Refresh"] = "true"
    return response


@bp.post("/run")
@administrator
def run() -> ResponseReturnValue:
    asked = forms.read(PassRequestSchema(), request.form)
    service.request_pass(
        current.session(),
        current.runtime().jobs,
        school_id=current.school().id,
        kind=asked["kind"],
        now=current.now(),
        asked_by=current.actor(),
    )
    return redirect(url_for("sync.index"), 303)


@bp.post("/passes/<int:pass_id>/cancel")
@administrator
def cancel(pass_id: int) -> ResponseReturnValue:
    service.cancel_pass(current.session(), current.runtime().jobs, current.actor(), pass_id, current.now())
    return redirect(url_for("sync.index", done="sync_cancelled"), 303)


@bp.get("/passes/<int:pass_id>/losses")
@answering
def losses(pass_id: int) -> ResponseReturnValue:
    session, school_id = current.session(), current.school().id
    question = queries.question(session, school_id)
    if question is None or question.id != pass_id:
        raise NotFound()
    site = site_of(session, school_id)
    if site is None:
        raise NotConnected()
    return render_template(
        "sync/losses.html",
        question=question,
        by_name=current.actor().has(Role.CURATOR),
        missing=unseen(session, school_id, pass_id, SHOWN),
        count=question.missing,
        active=_active(),
        site=site,
    )


@bp.post("/passes/<int:pass_id>/losses")
@answering
def answer_losses(pass_id: int) -> ResponseReturnValue:
    confirmed = request.form.get("answer") == "confirm"
    verb = service.confirm_losses if confirmed else service.discard_losses
    verb(current.session(), current.runtime().jobs, current.actor(), pass_id, current.now())
    home = "sync.index" if current.actor().has(Role.ADMINISTRATOR) else "dashboard.home"
    return redirect(url_for(home, done="losses_confirmed" if confirmed else "losses_discarded"), 303)


@bp.post("/outbox/<int:item_id>/retry")
@administrator
def retry(item_id: int) -> ResponseReturnValue:
    service.retry_item(current.session(), current.runtime().jobs, current.actor(), item_id, current.now())
    return redirect(url_for("sync.index", done="retry_asked"), 303)


@bp.post("/outbox/retry")
@administrator
def retry_all() -> ResponseReturnValue:
    service.retry_all(current.session(), current.runtime().jobs, current.actor(), current.now())
    return redirect(url_for("sync.index", done="retry_asked"), 303)


@bp.post("/fields")
@administrator
def map_fields() -> ResponseReturnValue:
    try:
        chosen = forms.read(FieldMapSchema(), request.form)
        service.map_fields(current.session(), current.runtime().jobs, current.actor(), chosen, current.now())
    except Invalid as error:
        return _index(error.errors, request.form), error.status
    return redirect(url_for("sync.index", done="fields_mapped"), 303)


def _index(errors: Any, typed: Any = None) -> str:
    session, school_id = current.session(), current.school().id
    try:
        before = JournalQuerySchema().load({"before": request.args["before"]} if "before" in request.args else {})
    except ValidationError as error:
        raise NotFound() from error
    site = site_of(session, school_id)
    passes = queries.journal(session, school_id, before["before"])
    question = queries.question(session, school_id)
    return render_template(
        "sync/index.html",
        site=site,
        at_work=queries.at_work(session, school_id),
        question=question,
        read=queries.last_read(session, school_id),
        missing=question.missing if question is not None else 0,
        active=_active() if question is not None else "",
        passes=passes[: queries.JOURNAL],
        older=passes[queries.JOURNAL - 1].id if len(passes) > queries.JOURNAL else None,
        first_page=before["before"] is None,
        stuck=queries.stuck_items(session, school_id, STUCK_SHOWN),
        stuck_count=queries.stuck_count(session, school_id),
        queue=queries.queue(session, school_id),
        fields=_field_choices(site),
        mapped=typed if typed is not None else (site.field_map if site is not None else {}),
        errors=forms.translated(errors),
    )


def _active() -> str:
    """How many active staff there are, in words."""
    active = queries.active_count(current.session(), current.school().id)
    return str(active) if active <= COUNTED else _("more than %(number)s", number=COUNTED)


def _field_choices(site: Any) -> list[tuple[str, str]]:
    return [(row["shortname"], f"{row['name']} ({row['shortname']})") for row in site.profile_fields] if site else []


def words(outbox: Handlers) -> dict[str, Any]:
    """What the room's templates call things by; `outbox` knows what its items are."""
    return {
        "pass_kinds": texts.KINDS,
        "pass_states": texts.STATES,
        "pass_sources": texts.SOURCES,
        "field_names": texts.FIELDS,
        "reason_of": texts.reason,
        "item_label": outbox.label_of,
    }
