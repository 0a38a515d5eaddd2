"""Verbs of the additional agreements."""

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from moodle_mentorship.core.actor import Actor
from moodle_mentorship.documents import service as documents
from moodle_mentorship.documents.kinds import Kinds, Moment, Params
from moodle_mentorship.documents.models import Document
from moodle_mentorship.pairs.office import queries
from moodle_mentorship.pairs.office.models import AgreementPair


def prepare_agreements(session: Session, kinds: Kinds, actor: Actor, now: datetime) -> list[Document]:
    """Begin an additional agreement of each mentor by assignment of whom a pair is not covered. What was typed for the
    one before is kept; what nobody typed is for the pen."""
    blank: Params = {"contract_day": None, "contract_number": None, "content": "", "payment": None}
    return [
        documents.begin(
            session,
            kinds,
            actor,
            queries.AGREEMENT,
            {**(row.documents[0].params if row.documents else blank), "mentor": str(row.mentor.id)},
            now,
        )
        for row in queries.agreements(session, actor.school_id, *queries.CONCERNED)
        if row.uncovered
    ]


def cover(moment: Moment, document: Document) -> None:
    """For `DocumentKind.laid`: the pairs that the frozen text names, with their terms."""
    moment.session.add_all(
        AgreementPair(school_id=pair.school_id, document_id=document.id, pair_id=pair.id, ends_on=pair.ends_on)
        for pair in queries.pairs_of_mentor(moment.session, document.school_id, int(document.params["mentor"]))
    )
    moment.session.flush()


def uncover(moment: Moment, document: Document) -> None:
    """For `DocumentKind.taken_back`: a draft names whoever is there when it is laid again."""
    moment.session.execute(
        delete(AgreementPair).where(
            AgreementPair.school_id == document.school_id, AgreementPair.document_id == document.id
        )
    )
