"""Pages of templates: which counts for each kind, the check of a file of the school's own, its versions."""

import base64
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.i18n import N_
from moodle_mentorship.documents import judging, queries, service
from moodle_mentorship.documents.errors import NothingToSay, TemplateRefused
from moodle_mentorship.documents.kinds import DocumentKind
from moodle_mentorship.documents.models import Template
from moodle_mentorship.documents.printing import is_exact
from moodle_mentorship.documents.rendering import Stamp, render
from moodle_mentorship.documents.views import as_pdf, kinds
from moodle_mentorship.files import docx
from moodle_mentorship.files.checking import LARGEST
from moodle_mentorship.files.outline import outline, sheets
from moodle_mentorship.files.words import FLAWS, PARTS
from moodle_mentorship.people.queries import names_of
from moodle_mentorship.web import current, exports
from moodle_mentorship.web.access import roles, uploads

bp = Blueprint("templates", __name__, template_folder="templates", url_prefix="/documents/templates")

HOW_TO = N_(
    "Copy a tag with its braces. A list is repeated between its two tags; with {%p … %} alone in a paragraph whole "
    "paragraphs are repeated, with {%tr … %} alone in a row of a table whole rows."
)

curator = roles(Role.CURATOR)


@bp.get("/")
@curator
def index() -> ResponseReturnValue:
    session, school_id = current.session(), current.school().id
    own = queries.templates_in_use(session, school_id)
    return render_template(
        "documents/templates.html",
        kinds=list(kinds()),
        own=own,
        names=names_of(session, school_id, [row.added_by for row in own.values() if row.added_by]),
    )


@bp.get("/<document_kind>")
@curator
def show(document_kind: str) -> ResponseReturnValue:
    return _kind_page(kinds().of(document_kind), None)


@bp.post("/<document_kind>")
@curator
@uploads(LARGEST + 1024 * 1024)
def add(document_kind: str) -> ResponseReturnValue:
    kind = kinds().of(document_kind)
    sent = request.files.get("template")
    if sent is None or not sent.filename:
        return _kind_page(kind, None, chosen=False), 422
    try:
        # One byte more than we take says that it is too large.
        content = sent.stream.read(LARGEST + 1)
        added = service.add_template(current.session(), current.actor(), kind, content, sent.filename, current.now())
    except TemplateRefused as error:
        return _kind_page(kind, error), error.status
    return redirect(url_for("templates.version", template_id=added.id, done="template_added"), 303)


@bp.get("/<document_kind>/template.docx")
@curator
def shipped(document_kind: str) -> ResponseReturnValue:
    """The template that comes with the product, to change it in Word."""
    kind = kinds().of(document_kind)
    return exports.sent_in(docx.layout(kind.layout), f"{kind.layout}.docx")


@bp.get("/<document_kind>/template.pdf")
@curator
def shipped_pdf(document_kind: str) -> ResponseReturnValue:
    kind = kinds().of(document_kind)
    return as_pdf(_filled(kind, docx.layout(kind.layout))[0], kind.layout, own=False)


@bp.post("/<document_kind>/use-shipped")
@curator
def use_shipped(document_kind: str) -> ResponseReturnValue:
    service.use_shipped(current.session(), current.actor(), kinds().of(document_kind), current.now())
    return redirect(url_for("templates.show", document_kind=document_kind, done="template_shipped"), 303)


@bp.get("/versions/<int:template_id>")
@curator
def version(template_id: int) -> ResponseReturnValue:
    """What was found in one of the school's versions, and what it looks like."""
    template, kind, content = _version(template_id)
    read = judging.look_again(kind, content)
    filled, real = (b"", False) if read.problems else _filled(kind, content)
    return render_template(
        "documents/template.html",
        template=template,
        kind=kind,
        checked=read,
        missing=judging.missing(kind, read),
        sheets=list(sheets(outline(filled))) if filled else [],
        real=real,
        exact=is_exact(own=True),
        names=names_of(current.session(), current.school().id, [template.added_by] if template.added_by else []),
        parts=PARTS,
        flaws=FLAWS,
    )


@bp.get("/versions/<int:template_id>/template.docx")
@curator
def download(template_id: int) -> ResponseReturnValue:
    template, _kind, content = _version(template_id)
    return exports.sent_in(content, template.name)


@bp.get("/versions/<int:template_id>/template.pdf")
@curator
def version_pdf(template_id: int) -> ResponseReturnValue:
    _template, kind, content = _version(template_id)
    return as_pdf(_filled(kind, content)[0], kind.layout, own=True)


@bp.post("/versions/<int:template_id>/use")
@curator
def use(template_id: int) -> ResponseReturnValue:
    template = service.use_template(current.session(), kinds(), current.actor(), template_id, current.now())
    return redirect(url_for("templates.show", document_kind=template.kind, done="template_used"), 303)


def _version(template_id: int) -> tuple[Template, DocumentKind, bytes]:
    template = queries.own_template(current.session(), current.school().id, template_id)
    return template, kinds().of(template.kind), base64.b64decode(template.content)


def _filled(kind: DocumentKind, content: bytes) -> tuple[bytes, bool]:
    """A template with the data of today, as the newest draft of its kind asks for them; False: with those of the
    sample, where there is no draft or nothing to say."""
    session, school_id = current.session(), current.school().id
    draft = queries.newest_draft(session, school_id, kind.code)
    values: Mapping[str, Any] = kind.sample()
    real = False
    if draft is not None:
        try:
            values, real = kind.compose(session, school_id, draft.params, current.today()).values, True
        except NothingToSay:
            real = False
    return render(content, values, Stamp() if real else judging.SAMPLE), real


def _kind_page(kind: DocumentKind, refused: TemplateRefused | None, chosen: bool = True) -> str:
    session, school_id = current.session(), current.school().id
    versions = queries.own_templates(session, school_id, kind.code)
    return render_template(
        "documents/template_kind.html",
        kind=kind,
        versions=versions,
        in_use=next((row for row in versions if row.in_use), None),
        names=names_of(session, school_id, [row.added_by for row in versions if row.added_by]),
        refused=refused,
        chosen=chosen,
        offered=judging.offered(kind),
        how_to=_(HOW_TO),
        megabytes=LARGEST // (1024 * 1024),
        largest=LARGEST,
        parts=PARTS,
        flaws=FLAWS,
    )
