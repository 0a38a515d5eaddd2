"""The page behind a document's QR code, for whoever holds the paper: number, date and hash, no names of people.

Its address holds a code of 128 random bits, which tells nothing; an unknown one gets the same calm page.
"""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from moodle_mentorship.documents import queries, words
from moodle_mentorship.documents.views import kinds
from moodle_mentorship.web import current, limits
from moodle_mentorship.web.access import public

bp = Blueprint("check", __name__, template_folder="templates", url_prefix="/documents/check")


@bp.get("/<code>")
@public
def show(code: str) -> ResponseReturnValue:
    limits.count(limits.CHECK)
    session = current.session()
    document = queries.document_by_code(session, code)
    cancelled_by = (
        queries.document_of(session, document.school_id, document.cancelled_by_id)
        if document is not None and document.cancelled_by_id is not None
        else None
    )
    page = render_template(
        "documents/check.html",
        document=document,
        kind=next((kind for kind in kinds() if document is not None and kind.code == document.kind), None),
        cancelled_by=cancelled_by,
        words=words,
    )
    return page, 200 if document is not None else 404, {"Cache-Control": "no-store"}
