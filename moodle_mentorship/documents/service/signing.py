"""From the draft to the signature: what is frozen, sent back, signed."""

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass
from datetime import date

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.audit import record
from moodle_mentorship.core.errors import NotFound
from moodle_mentorship.core.secrets import SecretBox
from moodle_mentorship.documents import errors, queries
from moodle_mentorship.documents.enums import DocumentState, Origin
from moodle_mentorship.documents.kinds import DocumentKind, Kinds, Moment
from moodle_mentorship.documents.models import Acquaintance, Document, Template
from moodle_mentorship.documents.rendering import Stamp, render, values_of
from moodle_mentorship.documents.service.drafts import locked
from moodle_mentorship.documents.signatures import holder_of
from moodle_mentorship.files import docx
from moodle_mentorship.files.service import destroy_scan, keep_scan
from moodle_mentorship.people.models import Person
from moodle_mentorship.people.queries import holders
from moodle_mentorship.school.queries import school_of


@dataclass(frozen=True)
class Evidence:
    """What shows that a document was signed: a scan of the paper, or a detached signature; each bytes and name."""

    scan: tuple[bytes, str] | None = None
    signature: bytes | None = None


def lay(kinds: Kinds, box: SecretBox, moment: Moment, document_id: int) -> Document:
    """Lay a draft before the director: its data, its template and who signs are frozen, date and number stay blank.

    Raises `NotReady` with what is missing (the gate), `NobodySigns`, `NothingToSay`, `DocumentMovedOn`, and
    `files.errors` where the template can't be filled.
    """
    session, school_id, now = moment.session, moment.actor.school_id, moment.now
    document = locked(session, school_id, document_id, DocumentState.DRAFT)
    kind = kinds.of(document.kind)
    if missing := kind.obstacles(session, document, moment.today):
        raise errors.NotReady(missing)
    directors = holders(session, school_id).get(Role.DIRECTOR)
    if not directors:
        raise errors.NobodySigns()
    composed = kind.compose(session, school_id, document.params, moment.today)
    template = _frozen_template(session, moment, kind)
    # That it can be filled is found out now, not when the number is given.
    render(base64.b64decode(template.content), composed.values, Stamp())
    document.heading, document.state = composed.heading, DocumentState.FOR_SIGNATURE
    document.template_id = template.id
    document.sealed_values = box.seal(json.dumps(composed.values, ensure_ascii=False))
    document.check_code = secrets.token_urlsafe(16)
    document.signer_person_id = directors[0].id
    document.laid_at, document.laid_by = now, moment.actor.person_id
    document.remark = document.returned_at = document.returned_by = None
    document.sealed_seen = document.seen_template_id = None
    people = {
        person.id: person
        for person in session.scalars(
            select(Person).where(Person.school_id == school_id, Person.id.in_(composed.people))
        )
    }
    session.add_all(
        Acquaintance(
            school_id=school_id,
            document_id=document.id,
            person_id=person_id,
            name=people[person_id].full_name,
            post=people[person_id].position,
        )
        for person_id in dict.fromkeys(composed.people)
    )
    session.flush()
    kind.laid(moment, document)
    record(session, moment.actor, "document.lay", "document", document.id, now)
    session.flush()
    return document


def send_back(kinds: Kinds, moment: Moment, document_id: int, remark: str) -> Document:
    """The director gives a document back with a remark: it is a draft again, composed anew from the data of its day."""
    document = _thaw(kinds, moment, document_id)
    document.remark = remark
    record(moment.session, moment.actor, "document.send_back", "document", document.id, moment.now)
    moment.session.flush()
    return document


def take_back(kinds: Kinds, moment: Moment, document_id: int) -> Document:
    """Who prepared a document takes it back from the director to change it."""
    document = _thaw(kinds, moment, document_id)
    record(moment.session, moment.actor, "document.take_back", "document", document.id, moment.now)
    moment.session.flush()
    return document


def sign(box: SecretBox, moment: Moment, document_id: int, signed_on: date, evidence: Evidence) -> Document:
    """Mark a document as signed, with what shows it. Its date is the day of the signature.

    Raises `NotSigned`, `SignatureUnreadable`, `DateUnlikely`, `files.errors.ScanRefused`, `DocumentMovedOn`.
    """
    session, actor, now = moment.session, moment.actor, moment.now
    document = locked(session, actor.school_id, document_id, DocumentState.FOR_SIGNATURE)
    # Orders on the coming school year are signed in August.
    if not date(school_of(session, actor.school_id).year_start, 1, 1) <= signed_on <= moment.today:
        raise errors.DateUnlikely()
    if evidence.scan is None and evidence.signature is None:
        raise errors.NotSigned()
    if evidence.signature is not None:
        document.signature_holder = holder_of(evidence.signature)
        document.sealed_signature = box.seal(base64.b64encode(evidence.signature).decode())
    if evidence.scan is not None:
        document.scan_id = keep_scan(session, box, actor, *evidence.scan, now).id
    document.state, document.signed_on = DocumentState.SIGNED, signed_on
    document.signed_at, document.signed_by = now, actor.person_id
    record(session, actor, "document.sign", "document", document.id, now, signed_on=signed_on.isoformat())
    session.flush()
    return document


def unsign(moment: Moment, document_id: int) -> Document:
    """A wrong mark is taken off before the document has its number: it waits for the signature again, and the scan or
    the .sig that showed it is destroyed. What the director had before them stays frozen as it was.

    Raises `DocumentMovedOn`.
    """
    session, actor, now = moment.session, moment.actor, moment.now
    document = locked(session, actor.school_id, document_id, DocumentState.SIGNED)
    assert document.signed_on is not None
    former, scan_id = document.signed_on, document.scan_id
    document.state = DocumentState.FOR_SIGNATURE
    document.signed_on = document.signed_at = document.signed_by = None
    document.scan_id = document.sealed_signature = document.signature_holder = None
    session.flush()
    if scan_id is not None:
        destroy_scan(session, actor, scan_id, now)
    record(session, actor, "document.unsign", "document", document.id, now, signed_on=former.isoformat())
    session.flush()
    return document


def template_of(session: Session, school_id: int, kind: DocumentKind) -> bytes:
    """The template that a document of this kind would be frozen with now."""
    own = queries.template_in_use(session, school_id, kind.code)
    return docx.layout(kind.layout) if own is None else base64.b64decode(own.content)


def seen_of(session: Session, box: SecretBox, draft: Document) -> bytes | None:
    """What the director had before the draft came back, with blanks; None for one that was never laid."""
    if draft.sealed_seen is None:
        return None
    content = select(Template.content).where(
        Template.school_id == draft.school_id, Template.id == draft.seen_template_id
    )
    template = base64.b64decode(session.scalars(content).one())
    return render(template, values_of(box.open(draft.sealed_seen)), Stamp())


def signature_of(box: SecretBox, document: Document) -> bytes:
    """The detached signature as it was sent in. Raises `NotFound`."""
    if document.sealed_signature is None:
        raise NotFound(f"document {document.id} has no detached signature")
    return base64.b64decode(box.open(document.sealed_signature))


def _thaw(kinds: Kinds, moment: Moment, document_id: int) -> Document:
    session, school_id = moment.session, moment.actor.school_id
    document = locked(session, school_id, document_id, DocumentState.FOR_SIGNATURE)
    kinds.of(document.kind).taken_back(moment, document)
    session.execute(
        delete(Acquaintance).where(Acquaintance.school_id == school_id, Acquaintance.document_id == document.id)
    )
    document.sealed_seen, document.seen_template_id = document.sealed_values, document.template_id
    document.state, document.version = DocumentState.DRAFT, document.version + 1
    document.template_id = document.sealed_values = document.check_code = document.signer_person_id = None
    document.laid_at = document.laid_by = None
    document.returned_at, document.returned_by = moment.now, moment.actor.person_id
    return document


def _frozen_template(session: Session, moment: Moment, kind: DocumentKind) -> Template:
    """The school's own template, or the shipped one as it stands today, kept so that an update changes no document."""
    school_id = moment.actor.school_id
    own = queries.template_in_use(session, school_id, kind.code)
    if own is not None:
        return own
    content = docx.layout(kind.layout)
    sha256 = hashlib.sha256(content).hexdigest()
    kept = session.scalars(
        select(Template).where(
            Template.school_id == school_id,
            Template.kind == kind.code,
            Template.origin == Origin.SHIPPED,
            Template.sha256 == sha256,
        )
    ).one_or_none()
    if kept is None:
        kept = Template(
            school_id=school_id,
            kind=kind.code,
            origin=Origin.SHIPPED,
            version=None,
            name=f"{kind.layout}.docx",
            size=len(content),
            sha256=sha256,
            content=base64.b64encode(content).decode(),
            in_use=False,
            added_at=moment.now,
            added_by=None,
        )
        session.add(kept)
        session.flush()
    return kept
