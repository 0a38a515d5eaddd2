"""The additional agreements with mentors: who has one, and of which date."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from moodle_mentorship.core.actor import Role
from moodle_mentorship.documents import words
from moodle_mentorship.documents.views import kinds
from moodle_mentorship.pairs.office import queries, service
from moodle_mentorship.web import current
from moodle_mentorship.web.access import roles

bp = Blueprint("office", __name__, template_folder="templates", url_prefix="/pairs/agreements")

readers = roles(Role.CURATOR, Role.DIRECTOR, Role.CLERK)
curator = roles(Role.CURATOR)


@bp.get("/")
@readers
def agreements() -> ResponseReturnValue:
    rows = queries.agreements(current.session(), current.school().id, *queries.CONCERNED)
    return render_template(
        "pairs/office/agreements.html",
        rows=rows,
        missing=sum(bool(row.uncovered) for row in rows),
        states=words.STATES,
        looks=words.LOOKS,
        may_edit=current.actor().has(Role.CURATOR),
        code=queries.AGREEMENT,
    )


def door() -> Markup:
    """On the page of documents: the way to the agreements."""
    return Markup(render_template("pairs/office/_door.html"))  # noqa: S704 — the template escapes


@bp.post("/")
@curator
def prepare() -> ResponseReturnValue:
    service.prepare_agreements(current.session(), kinds(), current.actor(), current.now())
    return redirect(url_for("office.agreements", done="agreements_prepared"), 303)
