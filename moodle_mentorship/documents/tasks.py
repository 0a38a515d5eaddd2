"""What documents ask of each role on «Сегодня»."""

from collections.abc import Iterable, Sequence
from datetime import date

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.clock import local_date
from moodle_mentorship.documents import queries
from moodle_mentorship.documents.enums import DocumentState
from moodle_mentorship.documents.models import Document
from moodle_mentorship.web import current
from moodle_mentorship.web.formats import long_date
from moodle_mentorship.web.tasks import UNWORDED, Asked, Step, Task

# So many documents are named in a task's detail; the rest stands on the list behind its button.
NAMED = 3


def director_tasks(session: Session, asked: Asked) -> Iterable[Task]:
    """Documents that wait for the signature, together."""
    waiting = queries.in_state(session, asked.actor.school_id, DocumentState.FOR_SIGNATURE)
    if not waiting:
        return
    if asked.briefly:
        yield UNWORDED
        return
    yield Task(
        title=ngettext(
            "%(num)d document waits for your signature", "%(num)d documents wait for your signature", len(waiting)
        ),
        detail=_named(waiting),
        steps=(Step(_("Read and sign"), _address(waiting, url_for("documents.to_sign"))),),
        due=asked.today,
        since=_laid_on(waiting[0]),
    )


def tasks(session: Session, asked: Asked) -> Iterable[Task]:
    """Of the curator: drafts that came back with a remark, each by itself. Of the curator and the clerk: what is signed
    and has no number, and acquaintance sheets whose term is over. Of everybody: documents that name them, to be read
    and signed for on paper."""
    prepares = asked.role is Role.CURATOR
    found = queries.waiting(
        *(session, asked.actor.school_id, asked.today, asked.actor.person_id),
        prepares=prepares,
        registers=prepares or asked.role is Role.CLERK,
    )
    for draft in found.returned:
        yield Task(
            title=_("Sent back: %(heading)s", heading=draft.heading),
            detail=draft.remark or "",
            steps=(Step(_("Change it"), url_for("documents.show", document_id=draft.id)),),
            due=asked.today,
            since=local_date(draft.returned_at, current.school().timezone) if draft.returned_at else None,
        )
    if found.signed:
        yield Task(
            title=ngettext(
                "%(num)d signed document has no number yet",
                "%(num)d signed documents have no number yet",
                len(found.signed),
            ),
            detail=_named(found.signed),
            steps=(
                Step(
                    _("Register it"),
                    _address(found.signed, url_for("documents.index", state=DocumentState.SIGNED.value)),
                ),
            ),
            due=asked.today,
            since=found.signed[0].signed_on,
        )
    if found.late:
        late = [document for document, _people in found.late]
        people = sum(people for _document, people in found.late)
        yield Task(
            title=ngettext(
                "%(num)d person has not signed an acquaintance sheet in time",
                "%(num)d people have not signed an acquaintance sheet in time",
                people,
            ),
            detail=_named(late),
            steps=(Step(_("See who"), url_for("documents.show", document_id=late[0].id)),),
            due=min(document.acquaint_until for document in late if document.acquaint_until),
        )
    for document in found.to_read:
        yield Task(
            title=_(
                "Please read: No. %(number)s of %(day)s",
                number=document.number,
                day=long_date(document.signed_on),
            ),
            detail=_("%(heading)s. You sign the acquaintance sheet on paper.", heading=document.heading),
            steps=(Step(_("Read it"), url_for("documents.mine", document_id=document.id)),),
            due=document.acquaint_until,
        )


def _named(documents: Sequence[Document]) -> str:
    names = "; ".join(document.heading for document in documents[:NAMED])
    if len(documents) > NAMED:
        names += " " + ngettext("and %(num)d more", "and %(num)d more", len(documents) - NAMED)
    return names


def _address(documents: Sequence[Document], otherwise: str) -> str:
    if len(documents) == 1:
        return url_for("documents.show", document_id=documents[0].id)
    return otherwise


def _laid_on(document: Document) -> date | None:
    return local_date(document.laid_at, current.school().timezone) if document.laid_at else None
