"""Verbs of the additional agreements."""

from datetime import datetime

from sqlalchemy.orm import Session

from moodle_mentorship.core.actor import Actor
from moodle_mentorship.documents import service as documents
from moodle_mentorship.documents.kinds import Kinds
from moodle_mentorship.documents.models import Document
from moodle_mentorship.pairs.office import queries


def prepare_agreements(session: Session, kinds: Kinds, actor: Actor, now: datetime) -> list[Document]:
    """Begin the additional agreement of each mentor by assignment who has none; what nobody typed is for the pen."""
    blank = {"contract_day": None, "contract_number": None, "content": "", "payment": None}
    return [
        documents.begin(session, kinds, actor, queries.AGREEMENT, {"mentor": str(row.mentor.id), **blank}, now)
        for row in queries.agreements(session, actor.school_id, *queries.CONCERNED)
        if row.document is None
    ]
