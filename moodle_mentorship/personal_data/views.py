"""The page «Мои данные», and its file to take along."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from moodle_mentorship.core.errors import Invalid, NotFound
from moodle_mentorship.files import docx
from moodle_mentorship.people.queries import person_of
from moodle_mentorship.personal_data import erasing, queries, words
from moodle_mentorship.personal_data.enums import RequestKind
from moodle_mentorship.personal_data.models import DataRequest
from moodle_mentorship.personal_data.printing import paper
from moodle_mentorship.personal_data.request_pages import ask_for
from moodle_mentorship.personal_data.schemas import CorrectionSchema, DataSchema
from moodle_mentorship.personal_data.service import Everything, everything
from moodle_mentorship.web import current, forms, limits
from moodle_mentorship.web.access import any_role

bp = Blueprint("my_data", __name__, template_folder="templates", url_prefix="/my-data")

#: Records of a section that the page shows; the file holds all.
SHOWN = 20
#: Files of one person in a minute: each reads all that there is of them.
TAKEN = limits.Ladder("my_data", (12,))


@bp.get("/")
@any_role
def index() -> ResponseReturnValue:
    return _page({}, {})


@bp.get("/data.docx")
@any_role
def document() -> ResponseReturnValue:
    found, school = taken(), current.school()
    name = person_of(current.session(), school.id, oneself()).full_name
    return _file(paper(found, school.short_name, name, current.today()), docx.MEDIA_TYPE, "my-data.docx")


@bp.post("/correction")
@any_role
def ask_correction() -> ResponseReturnValue:
    try:
        text = forms.read(CorrectionSchema(), request.form)["text"]
    except Invalid as error:
        return _page(request.form, error.errors), error.status
    ask_for(oneself(), RequestKind.CORRECTION, text)
    return redirect(url_for("my_data.index", done="data_asked"), 303)


@bp.get("/erasure")
@any_role
def erasure() -> ResponseReturnValue:
    person_id = current.actor().person_id
    if person_id is None:
        return redirect(url_for("my_data.index"), 303)
    holdings, school_id = current.runtime().holdings, current.school().id
    plan = erasing.plan(current.session(), holdings, school_id, person_id, for_oneself=True)
    return render_template("personal_data/my_erasure.html", plan=plan, words=words)


@bp.post("/erasure")
@any_role
def ask_erasure() -> ResponseReturnValue:
    ask_for(oneself(), RequestKind.ERASURE, None)
    return redirect(url_for("my_data.index", done="data_asked"), 303)


@bp.get("/data.json")
@any_role
def download() -> ResponseReturnValue:
    text = json.dumps(DataSchema().dump(taken()), ensure_ascii=False, indent=1)
    return _file(text, "application/json", "my-data.json")


def oneself() -> int:
    """The visitor's number. Raises `NotFound` for an administrator outside of the directory."""
    person_id = current.actor().person_id
    if person_id is None:
        raise NotFound("nobody of the directory")
    return person_id


def own_requests() -> Sequence[DataRequest]:
    """What the visitor asked for, newest first."""
    person_id = current.actor().person_id
    return queries.requests_of(current.session(), current.school().id, person_id) if person_id is not None else []


def mine(most: int | None = None) -> Everything:
    """What is held of the visitor; of an administrator outside of the directory that is nothing."""
    actor = current.actor()
    if actor.person_id is None:
        return Everything([], [], False)
    runtime, session = current.runtime(), current.session()
    subject = queries.subject_of(session, actor.school_id, actor.person_id)
    return everything(session, runtime.box, runtime.holdings, subject, current.school().timezone, most)


def taken() -> Everything:
    """All of it, not too often. Raises `TooManyRequests`."""
    actor = current.actor()
    limits.count_proven(TAKEN, f"{actor.school_id}:{actor.person_id}")
    return mine()


def _page(said: Mapping[str, str], errors: Mapping[str, Any]) -> str:
    asked, box = own_requests(), current.runtime().box
    return render_template(
        "personal_data/index.html",
        known=current.actor().person_id is not None,
        found=mine(SHOWN),
        shown=SHOWN,
        asked=[(row, box.open(row.sealed_remark) if row.sealed_remark is not None else None) for row in asked],
        waiting={row.kind for row in asked if row.answered_at is None},
        kinds=RequestKind,
        said=said,
        errors=forms.translated(errors),
        today=current.today(),
        words=words,
    )


def _file(content: str | bytes, kind: str, name: str) -> Response:
    return Response(
        content,
        mimetype=kind,
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )
