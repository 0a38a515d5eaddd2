"""The school's own templates: kept by versions, one of a kind in use."""

import base64
import hashlib
from collections.abc import Sequence
from datetime import datetime
from pathlib import PureWindowsPath

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from moodle_mentorship.core.actor import Actor
from moodle_mentorship.core.audit import record
from moodle_mentorship.core.errors import Conflict
from moodle_mentorship.documents import queries
from moodle_mentorship.documents.enums import Origin
from moodle_mentorship.documents.errors import TemplateRefused
from moodle_mentorship.documents.judging import judge, look_again
from moodle_mentorship.documents.kinds import DocumentKind, Kinds
from moodle_mentorship.documents.models import Template
from moodle_mentorship.files.docx import visible

_LONGEST_NAME = 200


def add_template(
    session: Session, actor: Actor, kind: DocumentKind, content: bytes, name: str, now: datetime
) -> Template:
    """Keep a file as the next version of the school's template of a kind; it is not in use yet. The same file again
    gives the version that there is.

    Raises `TemplateRefused` with what is wrong, `Conflict` when somebody adds another one at the same moment.
    """
    sha256 = hashlib.sha256(content).hexdigest()
    own = Template.school_id == actor.school_id, Template.kind == kind.code, Template.origin == Origin.SCHOOL
    kept = session.scalars(select(Template).where(*own, Template.sha256 == sha256)).one_or_none()
    if kept is not None:
        return kept
    checked = judge(kind, content)
    if checked.problems:
        raise TemplateRefused(checked)
    template = Template(
        school_id=actor.school_id,
        kind=kind.code,
        origin=Origin.SCHOOL,
        version=(session.scalar(select(func.max(Template.version)).where(*own)) or 0) + 1,
        # A browser may send the whole path.
        name=visible(PureWindowsPath(name).name)[:_LONGEST_NAME] or "template.docx",
        size=len(content),
        sha256=sha256,
        content=base64.b64encode(content).decode(),
        in_use=False,
        added_at=now,
        added_by=actor.person_id,
    )
    try:
        with session.begin_nested():
            session.add(template)
    except IntegrityError as error:
        raise Conflict("another version at the same moment") from error
    record(session, actor, "template.add", "template", template.id, now, kind=kind.code)
    return template


def use_template(session: Session, kinds: Kinds, actor: Actor, template_id: int, now: datetime) -> Template:
    """Let documents that are laid from now on be made from this version.

    Raises `NotFound`, `TemplateRefused` where its kind has other names now than when the version was added.
    """
    template = queries.own_template(session, actor.school_id, template_id)
    checked = look_again(kinds.of(template.kind), base64.b64decode(template.content))
    if checked.problems:
        raise TemplateRefused(checked)
    if not template.in_use:
        _put_away(session, actor, template.kind)
        template.in_use = True
        record(session, actor, "template.use", "template", template.id, now, kind=template.kind)
        session.flush()
    return template


def use_shipped(session: Session, actor: Actor, kind: DocumentKind, now: datetime) -> None:
    """Let documents be made from the shipped template again; the school's versions stay."""
    for template_id in _put_away(session, actor, kind.code):
        record(session, actor, "template.use_shipped", "template", template_id, now, kind=kind.code)
    session.flush()


def _put_away(session: Session, actor: Actor, kind: str) -> Sequence[int]:
    """No version of the kind is in use any more; which was, if one was."""
    return session.scalars(
        update(Template)
        .where(Template.school_id == actor.school_id, Template.kind == kind, Template.in_use)
        .values(in_use=False)
        .returning(Template.id)
    ).all()
