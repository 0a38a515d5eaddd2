"""The curators' pages: requests about personal data, their answers, and what an erasure would do."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.errors import Invalid
from moodle_mentorship.personal_data import erasing, queries, requests, words
from moodle_mentorship.personal_data.enums import RequestKind, Shown
from moodle_mentorship.personal_data.models import DataRequest
from moodle_mentorship.personal_data.schemas import DataRequestListSchema, RequestAnswerSchema
from moodle_mentorship.web import current, forms
from moodle_mentorship.web.access import roles

bp = Blueprint("data_requests", __name__, template_folder="templates", url_prefix="/data-requests")

curator = roles(Role.CURATOR)


@bp.get("/")
@curator
def index() -> ResponseReturnValue:
    asked = forms.read_address(DataRequestListSchema(), request.args)
    return render_template(
        "personal_data/requests.html",
        page=queries.requests(current.session(), current.school().id, asked["shown"], asked["cursor"]),
        shown=asked["shown"],
        views=list(Shown),
        today=current.today(),
        words=words,
    )


@bp.get("/<int:request_id>")
@curator
def show(request_id: int) -> ResponseReturnValue:
    return _page(queries.request_of(current.session(), current.school().id, request_id), {}, {})


@bp.post("/<int:request_id>/answer")
@curator
def answer(request_id: int) -> ResponseReturnValue:
    row = queries.request_of(current.session(), current.school().id, request_id)
    try:
        asked = forms.read(RequestAnswerSchema(), request.form)
    except Invalid as error:
        return _page(row, request.form, error.errors), error.status
    requests.answer(current.session(), current.runtime().box, current.actor(), request_id, now=current.now(), **asked)
    return redirect(url_for("data_requests.index", done="request_answered"), 303)


@bp.post("/<int:request_id>/erase")
@curator
def erase(request_id: int) -> ResponseReturnValue:
    erase_now(request_id)
    return redirect(url_for("data_requests.show", request_id=request_id, done="person_erased"), 303)


@bp.post("/people/<int:person_id>")
@curator
def by_letter(person_id: int) -> ResponseReturnValue:
    made = ask_for(person_id, RequestKind.ERASURE, None)
    return redirect(url_for("data_requests.show", request_id=made.id, done="request_recorded"), 303)


def erase_now(request_id: int) -> DataRequest:
    runtime = current.runtime()
    return erasing.erase(
        current.session(), runtime.holdings, runtime.settings.data_dir, current.actor(), request_id, current.now()
    )


def ask_for(person_id: int, kind: RequestKind, text: str | None) -> DataRequest:
    """Put down the request of a person: the visitor, or somebody whose letter they hold."""
    return requests.ask(
        current.session(),
        current.runtime().box,
        current.actor(),
        person_id,
        kind,
        text,
        current.school().working_days,
        current.today(),
        current.now(),
    )


def _page(row: DataRequest, said: Mapping[str, str], errors: Mapping[str, Any]) -> str:
    session, box = current.session(), current.runtime().box
    waiting = row.answered_at is None and row.kind is RequestKind.ERASURE
    return render_template(
        "personal_data/request.html",
        row=row,
        text=box.open(row.sealed_text) if row.sealed_text is not None else None,
        remark=box.open(row.sealed_remark) if row.sealed_remark is not None else None,
        plan=erasing.plan(session, current.runtime().holdings, row.school_id, row.person_id) if waiting else None,
        own=row.person_id == current.actor().person_id,
        said=said,
        errors=forms.translated(errors),
        today=current.today(),
        words=words,
    )


def link_for_curator() -> Markup:
    """The way to the requests from the page «School», when none waits on «Сегодня»."""
    if not current.actor().has(Role.CURATOR):
        return Markup("")
    return Markup('<p><a href="{}">{}</a></p>').format(
        url_for("data_requests.index"), _("Requests about personal data")
    )


def letter_of_a_person() -> Markup:
    """On a person's card: somebody who can't come in any more asks by letter."""
    person_id = (request.view_args or {}).get("person_id")
    if person_id is None or not current.actor().has(Role.CURATOR):
        return Markup("")
    page = render_template("personal_data/_letter.html", person_id=person_id)
    return Markup(page)  # noqa: S704 — the template escapes
