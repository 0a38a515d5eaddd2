"""Pages: the table of legal references with its rows, and the check of a local act."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.errors import Invalid
from moodle_mentorship.core.i18n import N_
from moodle_mentorship.files.errors import DocumentRefused
from moodle_mentorship.files.reading import LARGEST, paragraphs_of
from moodle_mentorship.law import queries, service, words
from moodle_mentorship.law.checker import Remark, check
from moodle_mentorship.law.enums import Standing, Verdict
from moodle_mentorship.law.schemas import CheckSchema, ReferenceSchema
from moodle_mentorship.web import current, forms
from moodle_mentorship.web.access import roles, uploads

bp = Blueprint("law", __name__, template_folder="templates", url_prefix="/law")

READERS = (Role.CURATOR, Role.DIRECTOR, Role.CLERK, Role.ADMINISTRATOR)
readers = roles(*READERS)
administrator = roles(Role.ADMINISTRATOR)


@bp.get("/")
@readers
def index() -> ResponseReturnValue:
    return render_template(
        "law/index.html",
        entries=queries.entries(current.session(), current.school().id),
        today=current.today(),
        may_edit=_may_edit(),
        words=words,
    )


@bp.get("/new")
@administrator
def new() -> ResponseReturnValue:
    return _form(None, {}, {})


@bp.post("/new")
@administrator
def add() -> ResponseReturnValue:
    return _save(None)


@bp.get("/rows/<key>")
@administrator
def edit(key: str) -> ResponseReturnValue:
    entry = queries.entry_of(current.session(), current.school().id, key)
    return _form(key, ReferenceSchema().dump(entry.reference), {})


@bp.post("/rows/<key>")
@administrator
def save(key: str) -> ResponseReturnValue:
    queries.entry_of(current.session(), current.school().id, key)
    return _save(key)


@bp.post("/rows/<key>/take-back")
@administrator
def take_back(key: str) -> ResponseReturnValue:
    service.take_back(current.session(), current.actor(), key, current.now())
    return redirect(url_for("law.index", done="reference_taken_back"), 303)


@bp.get("/check")
@readers
def ask() -> ResponseReturnValue:
    return _check_page({"on": current.today().isoformat()}, {}, None)


@bp.post("/check")
@readers
@uploads(LARGEST + 1024 * 1024)
def judge() -> ResponseReturnValue:
    """Nothing is kept: the answer is the page."""
    try:
        asked = forms.read(CheckSchema(), request.form)
        sent = request.files.get("document")
        if sent is not None and sent.filename:
            paragraphs = paragraphs_of(sent.stream.read(LARGEST + 1))
        elif asked["text"].strip():
            paragraphs = asked["text"].splitlines()
        else:
            raise Invalid({"text": [N_("Paste the text of the act, or choose its file")]})
    except Invalid as error:
        return _check_page(request.form, error.errors, None), error.status
    except DocumentRefused as error:
        return _check_page(request.form, {}, None, error), error.status
    remarks = check(paragraphs, queries.references(current.session(), current.school().id), asked["on"])
    return _check_page(request.form, {}, remarks)


def door() -> Markup:
    """Of the page «School»: where the legal base is read and acts are checked."""
    if not any(current.actor().has(role) for role in READERS):
        return Markup()
    return Markup(render_template("law/door.html"))  # noqa: S704  # a template of ours, escaped by Jinja


def _may_edit() -> bool:
    return current.actor().has(Role.ADMINISTRATOR)


def _save(key: str | None) -> ResponseReturnValue:
    try:
        values = forms.read(ReferenceSchema(), request.form)
        service.write(current.session(), current.actor(), key, values, current.now())
    except Invalid as error:
        return _form(key, request.form, error.errors), error.status
    return redirect(url_for("law.index", done="reference_saved"), 303)


def _form(key: str | None, values: Mapping[str, Any], errors: Mapping[str, Any]) -> str:
    session, school_id = current.session(), current.school().id
    return render_template(
        "law/edit.html",
        key=key,
        entry=queries.entry_of(session, school_id, key) if key is not None else None,
        history=queries.history(session, school_id, key) if key is not None else [],
        values=values,
        errors=forms.translated(errors),
        choices=[(standing.value, _(words.STANDINGS[standing])) for standing in Standing],
        may_edit=True,
        words=words,
    )


def _check_page(
    values: Mapping[str, Any],
    errors: Mapping[str, Any],
    remarks: list[Remark] | None,
    refusal: DocumentRefused | None = None,
) -> str:
    found = remarks or []
    return render_template(
        "law/check.html",
        values=values,
        errors=forms.translated(errors),
        refusal=refusal,
        asked=remarks is not None,
        wrong=[remark for remark in found if remark.verdict not in (Verdict.GOOD, Verdict.UNCHECKED)],
        unchecked=[remark for remark in found if remark.verdict is Verdict.UNCHECKED],
        good=[remark for remark in found if remark.verdict is Verdict.GOOD],
        megabytes=LARGEST // (1024 * 1024),
        may_edit=_may_edit(),
        words=words,
    )
