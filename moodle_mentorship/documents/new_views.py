"""«Новый документ»: the kinds of documents by the stage of the year, and one form for all that is typed for a kind."""

from collections.abc import Mapping
from itertools import groupby
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from moodle_mentorship.core.errors import DomainError, NotFound
from moodle_mentorship.core.i18n import N_
from moodle_mentorship.core.schemas import row_id
from moodle_mentorship.documents import fields, queries, service
from moodle_mentorship.documents.enums import DocumentState
from moodle_mentorship.documents.fields import Field, FieldType
from moodle_mentorship.documents.kinds import DocumentKind
from moodle_mentorship.documents.models import Document
from moodle_mentorship.documents.views import curator, kinds
from moodle_mentorship.web import current, forms

bp = Blueprint("new_documents", __name__, template_folder="templates", url_prefix="/documents")

#: The stages of the mentoring year, as the school's road map counts them.
STAGES = {
    1: N_("Conditions of the year"),
    2: N_("Who needs a mentor"),
    3: N_("Who becomes a mentor"),
    4: N_("Choice and training of mentors"),
    5: N_("Work of pairs and groups"),
    6: N_("End of the year"),
    7: N_("Experience is told"),
}
#: What the names of a form's searches begin with.
FIND = "find-"


@bp.get("/new")
@curator
def index() -> ResponseReturnValue:
    offered = sorted((kind for kind in kinds() if kind.begins_at or kind.fields), key=lambda kind: kind.stage)
    return render_template(
        "documents/new.html",
        stages=[(STAGES[stage], list(of_it)) for stage, of_it in groupby(offered, lambda kind: kind.stage)],
    )


@bp.get("/new/<document_kind>")
@curator
def form(document_kind: str) -> ResponseReturnValue:
    """A form in which what the address names is filled in already."""
    kind = _typed(document_kind)
    return _form(kind, None, _sent(kind, request.args), {})


@bp.post("/new/<document_kind>")
@curator
def begin(document_kind: str) -> ResponseReturnValue:
    kind = _typed(document_kind)

    def act(params: Mapping[str, Any]) -> Document:
        return service.begin(current.session(), kinds(), current.actor(), document_kind, params, current.now())

    return _saved(kind, None, act)


@bp.get("/<int:document_id>/edit")
@curator
def edit(document_id: int) -> ResponseReturnValue:
    draft = queries.document_of(current.session(), current.school().id, document_id)
    kind = kinds().of(draft.kind)
    if draft.state is not DocumentState.DRAFT or not kind.fields:
        return redirect(url_for("documents.show", document_id=draft.id), 303)
    usual = kind.usual(current.session(), current.school().id, current.today())
    return _form(kind, draft, fields.shown(kind.fields, {**usual, **draft.params}), {})


@bp.post("/<int:document_id>/edit")
@curator
def change(document_id: int) -> ResponseReturnValue:
    draft = queries.document_of(current.session(), current.school().id, document_id)
    kind = kinds().of(draft.kind)

    def act(params: Mapping[str, Any]) -> Document:
        version = row_id(request.form.get("version", "")) or 0
        return service.change(current.session(), kinds(), current.actor(), document_id, version, params, current.now())

    return _saved(kind, draft, act)


def _saved(kind: DocumentKind, draft: Document | None, act: Any) -> ResponseReturnValue:
    sent = _sent(kind, request.form)
    if request.form.get("step") == "find":
        return _form(kind, draft, sent, {})
    session = current.session()
    try:
        typed = fields.load(session, current.school().id, kind.fields, sent)
        kind.check(session, current.school().id, current.today(), typed)
        document = act({**(draft.params if draft else {}), **typed})
    except DomainError as error:
        if isinstance(error, NotFound) or not kind.fields:
            raise
        session.rollback()
        return _form(kind, draft, sent, forms.beside_fields(error, kind.fields[0].name)), error.status
    return redirect(url_for("documents.show", document_id=document.id), 303)


def _typed(document_kind: str) -> DocumentKind:
    kind = kinds().of(document_kind)
    if not kind.fields or kind.begins_at:
        raise NotFound(f"{document_kind} is not begun by the form")
    return kind


def _sent(kind: DocumentKind, said: MultiDict[str, str]) -> dict[str, Any]:
    """What a form or an address says of the kind's fields."""

    def of(field: Field) -> Any:
        if field.type is FieldType.PEOPLE:
            return said.getlist(field.name)
        if field.type is FieldType.SUMS:
            before = f"{field.name}-"
            return {name.removeprefix(before): text for name, text in said.items() if name.startswith(before)}
        return said.get(field.name, "")

    return {field.name: of(field) for field in kind.fields}


def _form(kind: DocumentKind, draft: Document | None, sent: Mapping[str, Any], errors: Mapping[str, Any]) -> str:
    session, school_id = current.session(), current.school().id
    searched = {field.name: request.form.get(FIND + field.name, "").strip()[:200] for field in kind.fields}
    people: dict[str, list[tuple[Any, bool]]] = {}
    for field in kind.fields:
        if field.type in (FieldType.PERSON, FieldType.PEOPLE):
            ids = sent[field.name] if field.type is FieldType.PEOPLE else [sent[field.name]]
            chosen = fields.people_of(session, school_id, [row_id(str(each)) for each in ids])
            looked = fields.found(session, school_id, searched[field.name]) if searched[field.name] else []
            people[field.name] = [(person, True) for person in chosen] + [
                (person, False) for person in looked if person not in chosen
            ]
    return render_template(
        "documents/typed.html",
        kind=kind,
        draft=draft,
        sent=sent,
        errors=errors,
        labels={field.name: _(field.label) for field in kind.fields},
        offers={field.name: field.offered(session, school_id) for field in kind.fields if field.offered},
        people=people,
        searched=searched,
        find=FIND,
    )
