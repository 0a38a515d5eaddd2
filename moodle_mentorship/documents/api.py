"""REST: documents from the laying to the end, and how registers count. Files are sent by the pages' own routes."""

from collections.abc import Sequence
from typing import Any

from flask import request, url_for
from flask_babel import gettext as _
from flask_smorest import Blueprint

from moodle_mentorship.core.paging import Page
from moodle_mentorship.documents import queries, reminding, schemas, service
from moodle_mentorship.documents.enums import DocumentState
from moodle_mentorship.documents.models import Acquaintance, Document
from moodle_mentorship.documents.register_views import register_of
from moodle_mentorship.documents.registers import Rule
from moodle_mentorship.documents.views import (
    LARGEST_REQUEST,
    check_url,
    curator,
    director,
    kinds,
    moment,
    narrowed,
    office,
    readers,
    sent_evidence,
    signers,
)
from moodle_mentorship.web import current, forms
from moodle_mentorship.web.access import uploads
from moodle_mentorship.web.openapi import form_body

blp = Blueprint("documents_api", __name__, url_prefix="/api/v1/documents", description="Documents and registers")


@blp.route("", methods=["GET"])
@readers
@blp.arguments(schemas.ListSchema, location="query")
@blp.response(200, schemas.DocumentPageSchema)
def list_documents(asked: dict[str, Any]) -> Page[Document]:
    """A page of the list; `q` looks into heading, number and the names of those whom a document names."""
    return queries.documents(current.session(), current.school().id, narrowed(asked), asked["sort"], asked["cursor"])


@blp.route("/<int:document_id>", methods=["GET"])
@readers
@blp.response(200, schemas.WholeDocumentSchema)
def read_document(document_id: int) -> dict[str, Any]:
    """One document: what keeps a draft from the director, the acquaintance sheet, where the files are."""
    session, school_id = current.session(), current.school().id
    document = queries.document_of(session, school_id, document_id)
    missing = (
        kinds().of(document.kind).obstacles(session, document, current.today())
        if document.state is DocumentState.DRAFT
        else ()
    )
    files = {"docx": "documents.download", "pdf": "documents.download_pdf"}
    if document.scan_id is not None:
        files["scan"] = "documents.scan"
    if document.signature_holder is not None:
        files["signature"] = "documents.signature"
    return {name: getattr(document, name) for name in schemas.DocumentSchema().fields} | {
        "obstacles": [{"who": one.who, "what": _(one.what)} for one in missing],
        "sheet": queries.acquaintances(session, school_id, document_id),
        "cancels": [one.id for one in queries.cancelled_by(session, school_id, document_id)],
        "files": {name: url_for(endpoint, document_id=document_id) for name, endpoint in files.items()},
    }


@blp.route("/<int:document_id>", methods=["DELETE"])
@curator
@blp.response(204)
def discard(document_id: int) -> None:
    """Throw a draft away."""
    service.discard(current.session(), kinds(), current.actor(), document_id, current.now())


@blp.route("/<int:document_id>/lay", methods=["POST"])
@curator
@blp.response(200, schemas.DocumentSchema)
def lay(document_id: int) -> Document:
    """Lay a draft before the director; refused while it has `obstacles` (409)."""
    return service.lay(kinds(), current.runtime().box, moment(), document_id)


@blp.route("/<int:document_id>/take-back", methods=["POST"])
@curator
@blp.response(200, schemas.DocumentSchema)
def take_back(document_id: int) -> Document:
    """Take a document back from the director to change it."""
    return service.take_back(kinds(), moment(), document_id)


@blp.route("/<int:document_id>/send-back", methods=["POST"])
@director
@blp.arguments(schemas.SendBackSchema)
@blp.response(200, schemas.DocumentSchema)
def send_back(asked: dict[str, Any], document_id: int) -> Document:
    """Give a document back to the curator with a remark."""
    return service.send_back(kinds(), moment(), document_id, asked["remark"])


@blp.route("/<int:document_id>/sign", methods=["POST"])
@signers
@uploads(LARGEST_REQUEST)
@blp.doc(requestBody=form_body({"signed_on": {"type": "string", "format": "date"}}, ("scan", "signature")))
@blp.response(200, schemas.DocumentSchema)
def sign(document_id: int) -> Document:
    """Mark a document as signed: the day, and a scan (PDF, JPEG or PNG of 5 MB at most) or a detached signature."""
    queries.document_of(current.session(), current.school().id, document_id)
    asked = forms.read(schemas.SignSchema(), request.form)
    return service.sign(current.runtime().box, moment(), document_id, asked["signed_on"], sent_evidence())


@blp.route("/<int:document_id>/unsign", methods=["POST"])
@signers
@blp.response(200, schemas.DocumentSchema)
def unsign(document_id: int) -> Document:
    """Take a wrong mark of the signature off before the number is given; its scan or signature is destroyed."""
    return service.unsign(moment(), document_id)


@blp.route("/<int:document_id>/register", methods=["POST"])
@office
@blp.arguments(schemas.NumberApiSchema, required=False)
@blp.response(200, schemas.DocumentSchema)
def register(asked: dict[str, Any], document_id: int) -> Document:
    """Give a signed document its number: typed from the journal, or null where the register issues its own."""
    return service.register(kinds(), current.runtime().box, moment(), document_id, check_url=check_url, **asked)


@blp.route("/<int:document_id>/acquaint", methods=["POST"])
@office
@blp.arguments(schemas.AcquaintedApiSchema)
@blp.response(200, schemas.SheetLineSchema(many=True))
def acquaint(asked: dict[str, Any], document_id: int) -> Sequence[Acquaintance]:
    """Mark who has signed the acquaintance sheet; null as the day takes a wrong mark back. The answer is the sheet."""
    service.acquaint(moment(), document_id, **asked)
    return queries.acquaintances(current.session(), current.school().id, document_id)


@blp.route("/<int:document_id>/remind", methods=["POST"])
@office
@blp.response(200, schemas.PeopleWrittenToSchema)
def remind(document_id: int) -> dict[str, int]:
    """Have Moodle write to those who have not signed the sheet; to nobody twice a day."""
    actor, jobs = current.actor(), current.runtime().jobs
    written = reminding.remind(current.session(), jobs, actor, document_id, current.today(), current.now())
    return {"written": written}


@blp.route("/<int:document_id>/cancel", methods=["POST"])
@office
@blp.arguments(schemas.CancelSchema)
@blp.response(200, schemas.DocumentSchema)
def cancel(asked: dict[str, Any], document_id: int) -> Document:
    """A registered document ends by another registered one of the same register, signed on its day or later."""
    return service.cancel(kinds(), moment(), document_id, asked["by_id"])


@blp.route("/registers", methods=["GET"])
@office
@blp.response(200, schemas.RegisterCountSchema(many=True))
def list_registers() -> list[dict[str, Any]]:
    """How each register counts, and the numbers that it gave last in this calendar year."""
    counted = queries.counted(current.session(), current.school().id, current.today().year)
    return [_told(one) for one in counted]


@blp.route("/registers/<register_code>", methods=["PUT"])
@office
@blp.arguments(schemas.RuleSchema)
@blp.response(200, schemas.RegisterCountSchema)
def set_rule(asked: dict[str, Any], register_code: str) -> dict[str, Any]:
    """Say how a register counts; `next_number` greater than all that it has given, or absent."""
    code = register_of(register_code)
    service.set_rule(moment(), code, Rule(asked["numbering"], asked["pattern"]), asked["next_number"])
    return _told(queries.counted_in(current.session(), current.school().id, current.today().year, code))


def _told(one: queries.Counted) -> dict[str, Any]:
    return {
        "code": one.code,
        "numbering": one.rule.numbering,
        "pattern": one.rule.pattern,
        "next": one.rule.written(one.next) if one.next else None,
        "last": one.last,
    }
