"""The page where an order on pairs is begun, and its part of the document's page: who stands in it."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from moodle_mentorship.core.actor import Role
from moodle_mentorship.documents.enums import DocumentState
from moodle_mentorship.documents.models import Document
from moodle_mentorship.documents.queries import document_of
from moodle_mentorship.documents.views import kinds
from moodle_mentorship.documents.words import LOOKS, STATES
from moodle_mentorship.pairs import papers, words
from moodle_mentorship.pairs.orders import queries, schemas, service
from moodle_mentorship.surveys.queries import theme_titles
from moodle_mentorship.web import current, forms
from moodle_mentorship.web.access import roles

bp = Blueprint("orders", __name__, template_folder="templates", url_prefix="/pairs/order")

curator = roles(Role.CURATOR)
readers = roles(Role.CURATOR, Role.DIRECTOR)


@bp.get("/")
@readers
def show() -> ResponseReturnValue:
    session, school_id = current.session(), current.school().id
    free = queries.free(session, school_id)
    return render_template(
        "pairs/orders/index.html",
        free=free,
        lacks=papers.lacking_by_pair(session, school_id, free),
        under_way=queries.under_way(session, school_id),
        states=STATES,
        looks=LOOKS,
        titles=theme_titles(session, school_id),
        words=words,
        may_edit=current.actor().has(Role.CURATOR),
    )


@bp.post("/prepare")
@curator
def prepare() -> ResponseReturnValue:
    draft = service.prepare(current.session(), kinds(), current.actor(), current.now())
    return redirect(url_for("documents.show", document_id=draft.id, done="order_begun"), 303)


@bp.post("/<int:document_id>/take-out/<int:pair_id>")
@curator
def take_out(document_id: int, pair_id: int) -> ResponseReturnValue:
    document_of(current.session(), current.school().id, document_id)
    version = forms.read(schemas.SeenSchema(), request.form)["version"]
    service.take_out(current.session(), kinds(), current.actor(), document_id, version, pair_id, current.now())
    return redirect(url_for("documents.show", document_id=document_id, done="pair_taken_out"), 303)


@bp.post("/<int:document_id>/put-in")
@curator
def put_in(document_id: int) -> ResponseReturnValue:
    document_of(current.session(), current.school().id, document_id)
    version = forms.read(schemas.SeenSchema(), request.form)["version"]
    service.put_in(current.session(), kinds(), current.actor(), document_id, version, current.now())
    return redirect(url_for("documents.show", document_id=document_id, done="pairs_put_in"), 303)


@bp.post("/<int:document_id>/settle/<int:pair_id>")
@curator
def settle(document_id: int, pair_id: int) -> ResponseReturnValue:
    service.settle(current.session(), current.actor(), document_id, pair_id, current.now())
    return redirect(url_for("documents.show", document_id=document_id, done="pair_settled"), 303)


def drawn(document: Document) -> str:
    """Who stands in an order, and what is to be done about it, for the document's page."""
    session, school_id = current.session(), current.school().id
    draft = document.state is DocumentState.DRAFT
    pairs = queries.of_order(session, school_id, document.id)
    if draft:
        # Who is not agreed any more has fallen out of the draft by itself.
        named = {pair.id for pair in queries.chosen(session, school_id, document.params)}
        pairs = [pair for pair in pairs if pair.id in named]
    return render_template(
        "pairs/orders/_pairs.html",
        document=document,
        draft=draft,
        pairs=pairs,
        lacks=papers.lacking_by_pair(session, school_id, pairs) if draft else {},
        more=queries.count_free(session, school_id) if draft else 0,
        unfixed=[pair.id for pair in pairs if queries.is_unfixed(pair, document)],
        words=words,
        may_edit=current.actor().has(Role.CURATOR),
    )
