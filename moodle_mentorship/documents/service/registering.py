"""The number, the final file, who was made acquainted, and what ends a document."""

import base64
import hashlib
from collections.abc import Callable
from datetime import date

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from moodle_mentorship.core.audit import record
from moodle_mentorship.core.errors import NotFound
from moodle_mentorship.core.secrets import SecretBox
from moodle_mentorship.documents import errors, queries
from moodle_mentorship.documents.enums import DocumentState, Numbering
from moodle_mentorship.documents.kinds import Kinds, Moment
from moodle_mentorship.documents.models import Acquaintance, Document, Template
from moodle_mentorship.documents.registers import key_of
from moodle_mentorship.documents.rendering import Stamp, render, values_of
from moodle_mentorship.documents.service.drafts import locked
from moodle_mentorship.documents.service.numbering import issue

CheckUrl = Callable[[str], str]


def register(
    kinds: Kinds,
    box: SecretBox,
    moment: Moment,
    document_id: int,
    number: str | None,
    check_url: CheckUrl,
    *,
    acquaint_until: date | None = None,
) -> Document:
    """Give a signed document its number and make its file, both or neither.

    `number` is typed from the school's journal, or None where the register issues its own. `check_url` makes the
    address of the check page of a code; `acquaint_until` is the day until which those whom it names have to sign the
    acquaintance sheet. The same number again changes nothing. Raises `NumberTaken`, `NumberMissing`,
    `NumberIssuedHere`, `TermUnlikely`, `DocumentMovedOn`, and what the kind's listener refuses.
    """
    session, actor, now = moment.session, moment.actor, moment.now
    document = locked(session, actor.school_id, document_id, DocumentState.SIGNED, DocumentState.REGISTERED)
    if document.state is DocumentState.REGISTERED:
        if number is None or key_of(number) == document.number_key:
            return document
        raise errors.DocumentMovedOn("registered under another number")
    assert document.signed_on is not None
    assert document.check_code is not None
    assert document.sealed_values is not None
    if acquaint_until is not None and acquaint_until < document.signed_on:
        raise errors.TermUnlikely()
    year = document.signed_on.year
    rule = queries.rule_of(session, actor.school_id, document.register)
    if rule.numbering is Numbering.ISSUED:
        if number is not None:
            raise errors.NumberIssuedHere()
        number = issue(session, actor.school_id, document.register, rule, year)
    elif number is None:
        raise errors.NumberMissing()
    content = render(
        _template(session, document),
        values_of(box.open(document.sealed_values)),
        Stamp(document.signed_on, number, check_url(document.check_code)),
    )
    key = key_of(number)
    try:
        with session.begin_nested():
            document.state, document.number, document.register_year = DocumentState.REGISTERED, number, year
            document.number_key = key
            document.registered_at, document.registered_by = now, actor.person_id
            document.sealed_content = box.seal(base64.b64encode(content).decode())
            document.sha256 = hashlib.sha256(content).hexdigest()
            document.acquaint_until = acquaint_until
    except IntegrityError as error:
        holder = queries.numbered(session, actor.school_id, document.register, year, key)
        if holder is None or holder.signed_on is None:
            raise
        told = {"number": holder.number, "heading": holder.heading, "day": f"{holder.signed_on:%d.%m.%Y}"}
        raise errors.NumberTaken(f"document {holder.id} has it", **told) from error
    kinds.of(document.kind).registered(moment, document)
    record(session, actor, "document.register", "document", document.id, now)
    session.flush()
    return document


def file_of(session: Session, box: SecretBox, document: Document, check_url: CheckUrl) -> bytes:
    """A frozen document as DOCX: the registered file byte for byte as it was made, before that one with blanks."""
    if document.sealed_content is not None:
        return base64.b64decode(box.open(document.sealed_content))
    if document.sealed_values is None or document.check_code is None:
        raise NotFound(f"document {document.id} is a draft")
    stamp = Stamp(document.signed_on, None, check_url(document.check_code))
    return render(_template(session, document), values_of(box.open(document.sealed_values)), stamp)


def acquaint(moment: Moment, document_id: int, person_ids: list[int], acquainted_on: date | None) -> int:
    """Put down when people signed the acquaintance sheet (None: take a wrong mark back). How many rows changed.

    Raises `AcquaintedUnlikely` before the document's date or in the future, `DocumentMovedOn`.
    """
    session, actor = moment.session, moment.actor
    document = locked(session, actor.school_id, document_id, DocumentState.REGISTERED)
    assert document.signed_on is not None
    if acquainted_on is not None and not document.signed_on <= acquainted_on <= moment.today:
        raise errors.AcquaintedUnlikely()
    rows = session.scalars(
        select(Acquaintance).where(
            Acquaintance.school_id == actor.school_id,
            Acquaintance.document_id == document.id,
            Acquaintance.person_id.in_(person_ids),
            Acquaintance.acquainted_on.is_distinct_from(acquainted_on),
        )
    ).all()
    for row in rows:
        row.acquainted_on, row.noted_at, row.noted_by = acquainted_on, moment.now, actor.person_id
    if rows:
        record(session, actor, "document.acquaint", "document", document.id, moment.now, people=len(rows))
    session.flush()
    return len(rows)


def cancel(kinds: Kinds, moment: Moment, document_id: int, by_id: int) -> Document:
    """A registered document ends by another registered one of the same register (утратил силу), signed on its day or
    later: an order by an order, an agreement only by an agreement of both sides (ТК РФ, ст. 72).

    The same two again change nothing. Raises `NotFound`, `DocumentMovedOn`, `CancellerUnfit`.
    """
    session, actor = moment.session, moment.actor
    # Both are locked, in one order: of two that are to cancel each other at the same moment, one comes second.
    rows = session.scalars(
        select(Document)
        .where(Document.school_id == actor.school_id, Document.id.in_({document_id, by_id}))
        .order_by(Document.id)
        .with_for_update(of=Document)
        .execution_options(populate_existing=True)
    )
    found = {row.id: row for row in rows}
    if len(found) < len({document_id, by_id}):
        raise NotFound(f"document {document_id} or {by_id}")
    document, by = found[document_id], found[by_id]
    if document.state is DocumentState.CANCELLED and document.cancelled_by_id == by.id:
        return document
    if document.state is not DocumentState.REGISTERED:
        raise errors.DocumentMovedOn(f"document in state {document.state}")
    assert document.signed_on is not None
    if by is document or by.state is not DocumentState.REGISTERED or by.signed_on is None:
        raise errors.CancellerUnfit("only another registered document cancels")
    if by.register is not document.register:
        raise errors.CancellerUnfit("of another register")
    if by.signed_on < document.signed_on:
        raise errors.CancellerUnfit("signed before what it is to cancel")
    document.state, document.cancelled_at, document.cancelled_by_id = DocumentState.CANCELLED, moment.now, by.id
    kinds.of(document.kind).cancelled(moment, document)
    record(session, actor, "document.cancel", "document", document.id, moment.now, by=by.id)
    session.flush()
    return document


def _template(session: Session, document: Document) -> bytes:
    content = select(Template.content).where(
        Template.school_id == document.school_id, Template.id == document.template_id
    )
    return base64.b64decode(session.scalars(content).one())
