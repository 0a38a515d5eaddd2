"""Pages of documents: the list, one document with what can be done about it, the director's, one's own to read."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import date, timedelta
from itertools import chain
from typing import Any

from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.errors import DomainError, Invalid
from moodle_mentorship.core.paging import COUNTED
from moodle_mentorship.documents import printing, queries, reminding, service, words
from moodle_mentorship.documents.comparing import changes
from moodle_mentorship.documents.enums import READERS, DocumentState, Order
from moodle_mentorship.documents.errors import NotDrawn, NothingToSay, NotReady
from moodle_mentorship.documents.kinds import DocumentKind, Doubt, Kinds, Moment
from moodle_mentorship.documents.models import Document
from moodle_mentorship.documents.rendering import check_address
from moodle_mentorship.documents.schemas import (
    AcquaintedSchema,
    ListSchema,
    NumberSchema,
    SendBackSchema,
    SignSchema,
)
from moodle_mentorship.documents.service.registering import file_of
from moodle_mentorship.documents.service.signing import Evidence
from moodle_mentorship.documents.signatures import LARGEST as LARGEST_SIGNATURE
from moodle_mentorship.files import docx, pdf
from moodle_mentorship.files.enums import EXTENSIONS
from moodle_mentorship.files.outline import outline, sheets
from moodle_mentorship.files.scans import LARGEST
from moodle_mentorship.files.service import open_scan
from moodle_mentorship.law.workdays import YearUnknown, after_working_days
from moodle_mentorship.people.queries import names_of
from moodle_mentorship.web import current, exports, forms
from moodle_mentorship.web.access import any_role, roles, uploads

bp = Blueprint("documents", __name__, template_folder="templates", url_prefix="/documents")

KINDS = "mentorship.document_kinds"
#: Bytes of a form with a scan and a signature.
LARGEST_REQUEST = LARGEST + LARGEST_SIGNATURE + 1024 * 1024
#: Working days that people have to sign an acquaintance sheet, unless the clerk says otherwise.
ACQUAINT_DAYS = 3

readers = roles(*READERS)
# The director, or the clerk who brings the signed paper back from the director's desk: what counts is the scan.
signers = roles(Role.DIRECTOR, Role.CLERK)
office = roles(Role.CURATOR, Role.CLERK)
curator = roles(Role.CURATOR)
director = roles(Role.DIRECTOR)


def kinds() -> Kinds:
    """The kinds of documents, as the rooms above have said."""
    registry: Kinds = current_app.extensions[KINDS]
    return registry


def moment() -> Moment:
    """What the verbs ask for, of this request."""
    return Moment(current.session(), current.runtime().jobs, current.actor(), current.today(), current.now())


def check_url(code: str) -> str:
    """The address that a document's QR code leads to, on this installation."""
    return check_address(current.runtime().settings.base_url, code)


# Lists


@bp.get("/")
@readers
def index() -> ResponseReturnValue:
    asked = forms.read_address(ListSchema(), request.args)
    session, school_id = current.session(), current.school().id
    chosen = narrowed(asked)
    page = queries.documents(session, school_id, chosen, asked["sort"], asked["cursor"])
    return render_template(
        "documents/index.html",
        page=page,
        total=queries.count_documents(session, school_id, chosen),
        counted=COUNTED,
        signed=queries.sheets_of(session, school_id, [document.id for document in page.rows]),
        asked=asked,
        address={name: getattr(asked[name], "value", asked[name]) for name in ("q", "type", "state", "year", "sort")},
        plain=chosen == queries.Narrowed(),
        kinds=list(kinds()),
        titles=_titles(),
        years=queries.years(session, school_id),
        words=words,
        states=list(DocumentState),
        orders=list(Order),
        today=current.today(),
        may_number=current.actor().has(Role.CURATOR, Role.CLERK),
        pack=queries.newest_pack(session, school_id, current.actor().person_id, current.now()),
        most=service.packing.MOST,
        begins=[kind for kind in kinds() if kind.begins_at] if current.actor().has(Role.CURATOR) else [],
    )


@bp.get(f"/{exports.FILE}")
@readers
def export(kind: str) -> ResponseReturnValue:
    asked = forms.read_address(ListSchema(), request.args)
    rows = queries.all_documents(current.session(), current.school().id, narrowed(asked), asked["sort"])
    heading = [_("Number"), _("Date"), _("Kind"), _("Heading"), _("State"), _("Acquainted until")]
    titles = _titles()
    cells = (
        [
            document.number,
            document.signed_on,
            titles.get(document.kind, document.kind),
            document.heading,
            _(words.STATES[document.state]),
            document.acquaint_until,
        ]
        for document in chain.from_iterable(rows)
    )
    return exports.download(kind, _("Register of documents"), heading, cells)


@bp.get("/to-sign")
@director
def to_sign() -> ResponseReturnValue:
    waiting = queries.in_state(current.session(), current.school().id, DocumentState.FOR_SIGNATURE)
    by = names_of(current.session(), current.school().id, [row.laid_by for row in waiting if row.laid_by])
    return render_template("documents/to_sign.html", waiting=waiting, by=by, titles=_titles(), words=words)


def waiting() -> int:
    """The number beside the tab «На подпись»."""
    return current.once(
        "documents.waiting", lambda: queries.waiting_for_signature(current.session(), current.school().id)
    )


# One document


@bp.get("/<int:document_id>")
@readers
def show(document_id: int) -> ResponseReturnValue:
    return _page(document_id, {}, {})


@bp.get("/<int:document_id>/document.docx")
@readers
def download(document_id: int) -> ResponseReturnValue:
    document = queries.document_of(current.session(), current.school().id, document_id)
    return as_docx(_content(kinds().of(document.kind), document)[0], f"document-{document.id}")


@bp.get("/<int:document_id>/document.pdf")
@readers
def download_pdf(document_id: int) -> ResponseReturnValue:
    """What it looks like on paper; of a draft as it would be laid now."""
    document = queries.document_of(current.session(), current.school().id, document_id)
    content = _content(kinds().of(document.kind), document)[0]
    return as_pdf(content, f"document-{document.id}", own=_is_own(document))


@bp.get("/<int:document_id>/scan")
@readers
def scan(document_id: int) -> ResponseReturnValue:
    """The scan as it was sent in."""
    document = queries.document_of(current.session(), current.school().id, document_id)
    content, kind = open_scan(current.session(), current.runtime().box, current.school().id, document.scan_id or 0)
    return exports.sent_in(content, f"document-{document.id}{EXTENSIONS[kind][0]}")


@bp.get("/<int:document_id>/signature")
@readers
def signature(document_id: int) -> ResponseReturnValue:
    """The detached signature as it was sent in."""
    document = queries.document_of(current.session(), current.school().id, document_id)
    return exports.sent_in(service.signature_of(current.runtime().box, document), f"document-{document.id}.sig")


@bp.get("/mine/<int:document_id>")
@any_role
def mine(document_id: int) -> ResponseReturnValue:
    """A registered document for somebody whom it names."""
    session, school_id = current.session(), current.school().id
    own = queries.acquaintance_of(session, school_id, document_id, current.actor().person_id)
    document = queries.document_of(session, school_id, document_id)
    return render_template(
        "documents/mine.html",
        document=document,
        own=own,
        sheets=list(sheets(outline(file_of(session, current.runtime().box, document, check_url)))),
        title=_titles().get(document.kind, document.kind),
    )


@bp.get("/mine/<int:document_id>/document.docx")
@any_role
def download_mine(document_id: int) -> ResponseReturnValue:
    session, school_id = current.session(), current.school().id
    queries.acquaintance_of(session, school_id, document_id, current.actor().person_id)
    document = queries.document_of(session, school_id, document_id)
    return as_docx(file_of(session, current.runtime().box, document, check_url), f"document-{document.id}")


@bp.get("/mine/<int:document_id>/document.pdf")
@any_role
def download_mine_pdf(document_id: int) -> ResponseReturnValue:
    session, school_id = current.session(), current.school().id
    queries.acquaintance_of(session, school_id, document_id, current.actor().person_id)
    document = queries.document_of(session, school_id, document_id)
    content = file_of(session, current.runtime().box, document, check_url)
    return as_pdf(content, f"document-{document.id}", own=_is_own(document))


# Acts


@bp.post("/<int:document_id>/lay")
@curator
def lay(document_id: int) -> ResponseReturnValue:
    try:
        service.lay(kinds(), current.runtime().box, moment(), document_id)
    except NotReady as error:
        # The page lists what is missing.
        current.session().rollback()
        return _page(document_id, {}, {}), error.status
    return _on(document_id, "document_laid")


@bp.post("/<int:document_id>/take-back")
@curator
def take_back(document_id: int) -> ResponseReturnValue:
    service.take_back(kinds(), moment(), document_id)
    return _on(document_id, "document_taken_back")


@bp.post("/<int:document_id>/discard")
@curator
def discard(document_id: int) -> ResponseReturnValue:
    service.discard(current.session(), kinds(), current.actor(), document_id, current.now())
    return redirect(url_for("documents.index", done="document_discarded"), 303)


@bp.post("/<int:document_id>/send-back")
@director
def send_back(document_id: int) -> ResponseReturnValue:
    def act() -> None:
        asked = forms.read(SendBackSchema(), request.form)
        service.send_back(kinds(), moment(), document_id, asked["remark"])

    refused = _refused(document_id, act)
    return refused or redirect(url_for("documents.to_sign", done="document_sent_back"), 303)


@bp.post("/<int:document_id>/sign")
@signers
@uploads(LARGEST_REQUEST)
def sign(document_id: int) -> ResponseReturnValue:
    def act() -> None:
        asked = forms.read(SignSchema(), request.form)
        service.sign(current.runtime().box, moment(), document_id, asked["signed_on"], sent_evidence())

    return _refused(document_id, act) or _on(document_id, "document_signed")


@bp.post("/<int:document_id>/unsign")
@signers
def unsign(document_id: int) -> ResponseReturnValue:
    service.unsign(moment(), document_id)
    return _on(document_id, "document_unsigned")


@bp.post("/<int:document_id>/register")
@office
def register(document_id: int) -> ResponseReturnValue:
    def act() -> None:
        asked = forms.read(NumberSchema(), request.form)
        service.register(kinds(), current.runtime().box, moment(), document_id, check_url=check_url, **asked)

    return _refused(document_id, act) or _on(document_id, "document_registered")


@bp.post("/<int:document_id>/acquaint")
@office
def acquaint(document_id: int) -> ResponseReturnValue:
    def act() -> None:
        listed = {"person_ids": request.form.getlist("person_ids")}
        asked = forms.read(AcquaintedSchema(), request.form.to_dict() | listed)
        service.acquaint(moment(), document_id, **asked)

    return _refused(document_id, act) or _on(document_id, "document_acquainted")


@bp.post("/<int:document_id>/remind")
@office
def remind(document_id: int) -> ResponseReturnValue:
    reminding.remind(
        current.session(),
        current.runtime().jobs,
        current.actor(),
        document_id,
        current.today(),
        current.now(),
    )
    return _on(document_id, "document_reminded")


def sent_evidence() -> Evidence:
    """The scan and the signature that the request brought; of each one byte more than we take says that it is too
    large."""
    paper, detached = request.files.get("scan"), request.files.get("signature")
    return Evidence(
        scan=(paper.stream.read(LARGEST + 1), paper.filename) if paper is not None and paper.filename else None,
        signature=detached.stream.read(LARGEST_SIGNATURE + 1) if detached is not None and detached.filename else None,
    )


def _on(document_id: int, done: str) -> ResponseReturnValue:
    return redirect(url_for("documents.show", document_id=document_id, done=done), 303)


def _refused(document_id: int, act: Callable[[], None]) -> ResponseReturnValue | None:
    """Do the act of a form; what it refuses about a field stands beside that, on the document's page."""
    queries.document_of(current.session(), current.school().id, document_id)
    try:
        act()
    except DomainError as error:
        if not isinstance(error, Invalid) and not getattr(error, "field", ""):
            raise
        current.session().rollback()
        return _page(document_id, request.form, forms.beside_fields(error, "")), error.status
    return None


def narrowed(asked: Mapping[str, Any]) -> queries.Narrowed:
    """Which documents an address asks for."""
    return queries.Narrowed(asked["q"] or "", asked["type"], asked["state"], asked["year"])


def _titles() -> dict[str, str]:
    return {kind.code: _(kind.title) for kind in kinds()}


def _content(kind: DocumentKind, document: Document) -> tuple[bytes, Sequence[Doubt]]:
    """The file (of a draft as it would be laid now), and the forms in a draft that somebody should read first."""
    return service.content_of(current.session(), current.runtime().box, kind, document, check_url, current.today())


def _is_own(document: Document) -> bool:
    return service.is_own(current.session(), document)


def as_docx(content: bytes, name: str) -> Response:
    """A document's file, to save."""
    return Response(
        content, mimetype=docx.MEDIA_TYPE, headers={"Content-Disposition": f'attachment; filename="{name}.docx"'}
    )


def as_pdf(content: bytes, name: str, *, own: bool) -> Response:
    """A document's file as PDF, shown in place: it is drawn here, from what was checked. Raises `NotDrawn` where less
    would be shown than the page has promised."""
    drawn, exact = printing.drawn(content, own=own)
    if not exact and printing.is_exact(own=own):
        raise NotDrawn()
    return Response(
        drawn,
        mimetype=pdf.MEDIA_TYPE,
        headers={"Content-Disposition": f'inline; filename="{name}.pdf"', "Cache-Control": "no-store"},
    )


def _page(document_id: int, values: Mapping[str, Any], errors: Mapping[str, Any]) -> str:
    session, school_id, actor = current.session(), current.school().id, current.actor()
    document = queries.document_of(session, school_id, document_id)
    kind = kinds().of(document.kind)
    draft = document.state is DocumentState.DRAFT
    content: bytes | None = None
    doubtful: Sequence[Doubt] = ()
    # A draft about nothing is shown too: its page says so, and how to get rid of it.
    with suppress(NothingToSay):
        content, doubtful = _content(kind, document)
    seen = service.seen_of(session, current.runtime().box, document) if draft and content is not None else None
    people = [
        number
        for number in (
            *(document.begun_by, document.laid_by, document.returned_by),
            *(document.signed_by, document.registered_by, document.signer_person_id),
        )
        if number is not None
    ]
    readers_of = queries.acquaintances(session, school_id, document_id)
    return render_template(
        "documents/show.html",
        document=document,
        kind=kind,
        sheets=[] if content is None else list(sheets(outline(content))),
        doubtful=doubtful,
        changes=None if seen is None or content is None else changes(seen, content),
        nothing=content is None,
        exact=printing.is_exact(own=_is_own(document)),
        obstacles=kind.obstacles(session, document, current.today()) if draft else [],
        drawn=Markup(kind.drawn(document)),  # noqa: S704 — the kind's own template has escaped it
        people=readers_of,
        signed=sum(row.acquainted_on is not None for row in readers_of),
        names=names_of(session, school_id, people),
        register=_register_of(document),
        term=_usual_term(),
        cancelled_by=queries.document_of(session, school_id, document.cancelled_by_id)
        if document.cancelled_by_id
        else None,
        cancels=queries.cancelled_by(session, school_id, document_id) if document.number else (),
        may={role: actor.has(*who) for role, who in MAY.items()},
        values=values,
        errors=errors,
        words=words,
        today=current.today(),
        largest=LARGEST,
        megabytes=LARGEST // (1024 * 1024),
    )


def _register_of(document: Document) -> queries.Counted | None:
    """Where a signed document gets its number."""
    if document.state is not DocumentState.SIGNED or document.signed_on is None:
        return None
    return queries.counted_in(current.session(), document.school_id, document.signed_on.year, document.register)


#: What the page offers to whom; the views' own rules say the same.
MAY: dict[str, tuple[Role, ...]] = {
    "prepare": (Role.CURATOR,),
    "send_back": (Role.DIRECTOR,),
    "sign": (Role.DIRECTOR, Role.CLERK),
    "office": (Role.CURATOR, Role.CLERK),
}


def _usual_term() -> date:
    today = current.today()
    try:
        return after_working_days(today, ACQUAINT_DAYS, current.school().working_days) - timedelta(days=1)
    except YearUnknown:
        return today + timedelta(days=ACQUAINT_DAYS)
