"""Drafts: begun, changed, thrown away. Nothing of them is frozen."""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from moodle_mentorship.core.actor import Actor
from moodle_mentorship.core.audit import record
from moodle_mentorship.core.clock import local_date
from moodle_mentorship.core.errors import Conflict, NotFound
from moodle_mentorship.documents.enums import DocumentState
from moodle_mentorship.documents.errors import DocumentMovedOn
from moodle_mentorship.documents.kinds import Kinds, Params
from moodle_mentorship.documents.models import Document
from moodle_mentorship.school.queries import school_of


def begin(session: Session, kinds: Kinds, actor: Actor, kind: str, params: Params, now: datetime) -> Document:
    """A draft with what was chosen for it. The same choice again gives the draft that there is.

    Raises `NotFound` for a kind that there is not, `NothingToSay`, and what the kind's listener refuses.
    """
    known = kinds.of(kind)
    composed = known.compose(session, actor.school_id, params, _today(session, actor, now))
    same = select(Document).where(
        Document.school_id == actor.school_id, Document.kind == kind, Document.state == DocumentState.DRAFT
    )
    for draft in session.scalars(same):
        if draft.params == params:
            return draft
    draft = Document(
        school_id=actor.school_id,
        kind=kind,
        heading=composed.heading,
        state=DocumentState.DRAFT,
        params=dict(params),
        begun_at=now,
        begun_by=actor.person_id,
        version=1,
        register=known.register,
    )
    session.add(draft)
    session.flush()
    known.drafted(session, draft)
    record(session, actor, "document.begin", "document", draft.id, now, kind=kind)
    return draft


def change(
    session: Session, kinds: Kinds, actor: Actor, document_id: int, version: int, params: Params, now: datetime
) -> Document:
    """Put another choice into a draft of which `version` was seen. Raises `Conflict` when somebody has changed it
    since, `DocumentMovedOn`, `NothingToSay`, and what the kind's listener refuses."""
    draft = locked(session, actor.school_id, document_id, DocumentState.DRAFT)
    if draft.version != version:
        raise Conflict(f"draft is at version {draft.version}")
    kind = kinds.of(draft.kind)
    composed = kind.compose(session, actor.school_id, params, _today(session, actor, now))
    draft.params, draft.heading, draft.version = dict(params), composed.heading, draft.version + 1
    kind.drafted(session, draft)
    record(session, actor, "document.change", "document", draft.id, now)
    session.flush()
    return draft


def discard(session: Session, kinds: Kinds, actor: Actor, document_id: int, now: datetime) -> None:
    """Throw a draft away. Raises `DocumentMovedOn` where it is none any more."""
    draft = locked(session, actor.school_id, document_id, DocumentState.DRAFT)
    kinds.of(draft.kind).discarded(session, draft)
    session.delete(draft)
    session.flush()
    record(session, actor, "document.discard", "document", document_id, now, kind=draft.kind)


def locked(session: Session, school_id: int, document_id: int, *states: DocumentState) -> Document:
    """The document for a change, if it is in one of these states. Raises `NotFound`, `DocumentMovedOn`."""
    document = session.scalars(
        select(Document)
        .where(Document.school_id == school_id, Document.id == document_id)
        .with_for_update(of=Document)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if document is None:
        raise NotFound(f"document {document_id}")
    if document.state not in states:
        raise DocumentMovedOn(f"document in state {document.state}")
    return document


def _today(session: Session, actor: Actor, now: datetime) -> date:
    return local_date(now, school_of(session, actor.school_id).timezone)
