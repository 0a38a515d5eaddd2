"""What a document says now, whatever its state: its file, and whether a template of the school's own made it."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy.orm import Session

from moodle_mentorship.core.secrets import SecretBox
from moodle_mentorship.documents import queries
from moodle_mentorship.documents.enums import DocumentState, Origin
from moodle_mentorship.documents.kinds import DocumentKind, Doubt
from moodle_mentorship.documents.models import Document
from moodle_mentorship.documents.rendering import Stamp, render
from moodle_mentorship.documents.service.registering import CheckUrl, file_of
from moodle_mentorship.documents.service.signing import template_of


def content_of(
    session: Session, box: SecretBox, kind: DocumentKind, document: Document, check_url: CheckUrl, today: date
) -> tuple[bytes, Sequence[Doubt]]:
    """The DOCX, of a draft as it would be laid today, and the grammatical forms in a draft that somebody should read
    first. Raises `NothingToSay`, `TemplateUnfit`."""
    if document.state is not DocumentState.DRAFT:
        return file_of(session, box, document, check_url), ()
    composed = kind.compose(session, document.school_id, document.params, today)
    return render(template_of(session, document.school_id, kind), composed.values, Stamp()), composed.doubtful


def is_own(session: Session, document: Document) -> bool:
    """Whether its template is the school's own."""
    if document.template is not None:
        return document.template.origin is Origin.SCHOOL
    return queries.template_in_use(session, document.school_id, document.kind) is not None
