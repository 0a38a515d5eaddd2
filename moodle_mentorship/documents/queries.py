"""Questions about documents, templates and registers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from moodle_mentorship.core.errors import NotFound
from moodle_mentorship.documents.enums import DocumentState, Origin, RegisterCode
from moodle_mentorship.documents.models import Acquaintance, Document, NameForms, PostForms, Register, Template
from moodle_mentorship.documents.registers import DEFAULTS, Rule


def document_of(session: Session, school_id: int, document_id: int) -> Document:
    """Raises `NotFound`, also for another school's."""
    found = session.scalars(
        select(Document).where(Document.school_id == school_id, Document.id == document_id)
    ).one_or_none()
    if found is None:
        raise NotFound(f"document {document_id}")
    return found


def standing(session: Session, school_id: int, *kinds: str) -> Sequence[Document]:
    """Documents of these kinds that are neither cancelled nor gone, newest first."""
    return session.scalars(
        select(Document)
        .where(
            Document.school_id == school_id,
            Document.kind.in_(kinds),
            Document.state != DocumentState.CANCELLED,
        )
        .order_by(Document.id.desc())
    ).all()


def acquaintances(session: Session, school_id: int, document_id: int) -> Sequence[Acquaintance]:
    """Who has to be acquainted with a document, in the order of its sheet."""
    return session.scalars(
        select(Acquaintance)
        .where(Acquaintance.school_id == school_id, Acquaintance.document_id == document_id)
        .order_by(Acquaintance.id)
    ).all()


def template_in_use(session: Session, school_id: int, kind: str) -> Template | None:
    """The school's own template of a kind; None: the shipped one counts."""
    return session.scalars(
        select(Template).where(Template.school_id == school_id, Template.kind == kind, Template.in_use)
    ).one_or_none()


def templates_in_use(session: Session, school_id: int) -> dict[str, Template]:
    """The school's own templates that count, by kind."""
    rows = session.scalars(select(Template).where(Template.school_id == school_id, Template.in_use))
    return {row.kind: row for row in rows}


def own_templates(session: Session, school_id: int, kind: str) -> Sequence[Template]:
    """The school's own templates of a kind, newest first."""
    return session.scalars(
        select(Template)
        .where(Template.school_id == school_id, Template.kind == kind, Template.origin == Origin.SCHOOL)
        .order_by(Template.version.desc())
    ).all()


def own_template(session: Session, school_id: int, template_id: int) -> Template:
    """One of the school's own templates. Raises `NotFound`, also for another school's."""
    found = session.scalars(
        select(Template).where(
            Template.school_id == school_id, Template.id == template_id, Template.origin == Origin.SCHOOL
        )
    ).one_or_none()
    if found is None:
        raise NotFound(f"template {template_id}")
    return found


def newest_draft(session: Session, school_id: int, kind: str) -> Document | None:
    return session.scalars(
        select(Document)
        .where(Document.school_id == school_id, Document.kind == kind, Document.state == DocumentState.DRAFT)
        .order_by(Document.id.desc())
        .limit(1)
    ).one_or_none()


def rule_of(session: Session, school_id: int, register: RegisterCode) -> Rule:
    """How a register of the school counts."""
    row = session.scalars(
        select(Register).where(Register.school_id == school_id, Register.code == register)
    ).one_or_none()
    return DEFAULTS[register] if row is None else Rule(row.numbering, row.pattern)


def waiting_for_signature(session: Session, school_id: int) -> int:
    return (
        session.scalar(
            select(func.count(Document.id)).where(
                Document.school_id == school_id, Document.state == DocumentState.FOR_SIGNATURE
            )
        )
        or 0
    )


@dataclass(frozen=True)
class Checked:
    """Forms of names and posts that the curator has checked: by the person's id, by the post as it is in a sentence."""

    names: Mapping[int, NameForms]
    posts: Mapping[str, PostForms]


def checked_forms(session: Session, school_id: int) -> Checked:
    """All of a school's: they are few, only what the grammar could not be sure of."""
    names = session.scalars(select(NameForms).where(NameForms.school_id == school_id))
    posts = session.scalars(select(PostForms).where(PostForms.school_id == school_id))
    return Checked({row.person_id: row for row in names}, {row.post: row for row in posts})
