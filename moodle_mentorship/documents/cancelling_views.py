"""«Признать утратившим силу»: the document that cancels another one is chosen, and what follows is named before."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.errors import Invalid
from moodle_mentorship.documents import queries, service, words
from moodle_mentorship.documents.enums import DocumentState
from moodle_mentorship.documents.errors import CancellerUnfit
from moodle_mentorship.documents.models import Document
from moodle_mentorship.documents.schemas import CancellersSchema, CancelSchema
from moodle_mentorship.documents.views import kinds, moment, office
from moodle_mentorship.web import current, forms

bp = Blueprint("cancelling", __name__, template_folder="templates", url_prefix="/documents")


@bp.get("/<int:document_id>/cancel")
@office
def form(document_id: int) -> ResponseReturnValue:
    document = queries.document_of(current.session(), current.school().id, document_id)
    if document.state is not DocumentState.REGISTERED:
        return redirect(url_for("documents.show", document_id=document_id), 303)
    return _form(document, {})


@bp.post("/<int:document_id>/cancel")
@office
def cancel(document_id: int) -> ResponseReturnValue:
    queries.document_of(current.session(), current.school().id, document_id)
    try:
        by_id = forms.read(CancelSchema(), request.form)["by_id"]
        service.cancel(kinds(), moment(), document_id, by_id)
    except (Invalid, CancellerUnfit) as error:
        current.session().rollback()
        document = queries.document_of(current.session(), current.school().id, document_id)
        return _form(document, forms.beside_fields(error, "by_id")), error.status
    return redirect(url_for("documents.show", document_id=document_id, done="document_cancelled"), 303)


def _form(document: Document, errors: Mapping[str, Any]) -> str:
    session, school_id = current.session(), current.school().id
    asked = forms.read_address(CancellersSchema(), request.args)
    kind = kinds().of(document.kind)
    return render_template(
        "documents/cancel.html",
        document=document,
        kind=kind,
        titles={one.code: one.title for one in kinds()},
        page=queries.cancellers(session, school_id, document, asked["q"] or "", asked["cursor"]),
        asked=asked,
        chosen=request.form.get("by_id", ""),
        ends=kind.ends(session, document),
        unsigned=queries.count_unsigned(session, school_id, document.id),
        cancels=queries.cancelled_by(session, school_id, document.id),
        may_prepare=current.actor().has(Role.CURATOR),
        errors=errors,
        words=words,
    )
