"""The page «Мои данные», and its file to take along."""

import json

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue

from moodle_mentorship.personal_data import queries, words
from moodle_mentorship.personal_data.schemas import DataSchema
from moodle_mentorship.personal_data.service import Everything, everything
from moodle_mentorship.web import current, limits
from moodle_mentorship.web.access import any_role

bp = Blueprint("my_data", __name__, template_folder="templates", url_prefix="/my-data")

#: Records of a section that the page shows; the file holds all.
SHOWN = 20
#: Files of one person in a minute: each reads all that there is of them.
TAKEN = limits.Ladder("my_data", (12,))


@bp.get("/")
@any_role
def index() -> ResponseReturnValue:
    known = current.actor().person_id is not None
    return render_template("personal_data/index.html", known=known, found=mine(SHOWN), shown=SHOWN, words=words)


@bp.get("/data.json")
@any_role
def download() -> ResponseReturnValue:
    text = json.dumps(DataSchema().dump(taken()), ensure_ascii=False, indent=1)
    return _file(text, "application/json", "my-data.json")


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


def _file(content: str | bytes, kind: str, name: str) -> Response:
    return Response(
        content,
        mimetype=kind,
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )
