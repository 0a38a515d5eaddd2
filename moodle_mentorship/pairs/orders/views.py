"""The page of the order that fixes pairs: what it would hold, its draft in Word, its date and number."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from moodle_mentorship.consents.words import KINDS
from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.errors import Invalid
from moodle_mentorship.documents.rendering import Stamp, render
from moodle_mentorship.files import docx
from moodle_mentorship.pairs import words
from moodle_mentorship.pairs.errors import PapersMissing, Refused
from moodle_mentorship.pairs.orders import queries, schemas, service, wording
from moodle_mentorship.pairs.orders.errors import NothingToOrder
from moodle_mentorship.surveys.queries import theme_titles
from moodle_mentorship.web import current, forms
from moodle_mentorship.web.access import roles

bp = Blueprint("orders", __name__, url_prefix="/pairs")

curator = roles(Role.CURATOR)
readers = roles(Role.CURATOR, Role.DIRECTOR)


@bp.get("/order")
@readers
def show() -> ResponseReturnValue:
    return _page({}, {})


@bp.get("/order.docx")
@readers
def draft() -> ResponseReturnValue:
    session, school_id = current.session(), current.school().id
    ready = queries.agreed(session, school_id).ready
    if not ready:
        raise NothingToOrder()
    composed = wording.order_on(session, school_id, ready, theme_titles(session, school_id))
    return Response(
        render(docx.layout("pairs_order"), composed.values, Stamp()),
        mimetype=docx.MEDIA_TYPE,
        headers={"Content-Disposition": 'attachment; filename="order.docx"'},
    )


@bp.post("/order")
@curator
def order() -> ResponseReturnValue:
    try:
        asked = forms.read(schemas.OrderPairsSchema(), _with_pairs())
        service.order_pairs(
            *(current.session(), current.runtime().jobs, current.actor()),
            today=current.today(),
            now=current.now(),
            **asked,
        )
    except PapersMissing:
        # They all lay there when the page was shown: what has changed is told on a page of its own.
        raise
    except (Invalid, Refused) as error:
        current.session().rollback()
        return _page(request.form, forms.beside_fields(error, "order_date")), error.status
    return redirect(url_for("pairs.index", done="pairs_ordered"), 303)


def _with_pairs() -> dict[str, Any]:
    return request.form.to_dict() | {"pair_ids": request.form.getlist("pair_ids")}


def _page(values: Mapping[str, str], errors: Mapping[str, Any]) -> str:
    session, school_id = current.session(), current.school().id
    agreed, titles = queries.agreed(session, school_id), theme_titles(session, school_id)
    return render_template(
        "pairs/order.html",
        agreed=agreed,
        doubtful=wording.order_on(session, school_id, agreed.ready, titles).doubtful,
        titles=titles,
        documents=KINDS,
        words=words,
        values=values,
        errors=errors,
        today=current.today(),
        may_edit=current.actor().has(Role.CURATOR),
    )
