"""Reminding: Moodle writes to those who have not signed an acquaintance sheet, one message each, never twice a day."""

from datetime import date, datetime

from sqlalchemy import or_, update
from sqlalchemy.orm import Session

from moodle_mentorship.core.actor import Actor
from moodle_mentorship.core.audit import record
from moodle_mentorship.core.db import among
from moodle_mentorship.core.i18n import N_, translate
from moodle_mentorship.core.jobs import Jobs
from moodle_mentorship.documents import queries
from moodle_mentorship.documents.enums import DocumentState
from moodle_mentorship.documents.models import Acquaintance
from moodle_mentorship.documents.service.drafts import locked
from moodle_mentorship.moodle.errors import MoodleCannotWrite
from moodle_mentorship.moodle.sites import site_of
from moodle_mentorship.moodle.to_people import LONGEST_SUBJECT, queue_messages, reaches_people
from moodle_mentorship.people.models import Person
from moodle_mentorship.school.queries import school_of

SUBJECT = N_("Please read: %(heading)s")
TEXT = N_(
    "A document of the school names you: No. %(number)s, “%(heading)s”. Please read it and sign the acquaintance sheet "
    "on paper.\n\n"
    "Open the course and click the mentoring link there."
)


def remind(session: Session, jobs: Jobs, actor: Actor, document_id: int, today: date, now: datetime) -> int:
    """Have Moodle write to everybody who works here, has not signed the sheet and was not written to today; how many
    these are. Raises `DocumentMovedOn`, `MoodleCannotWrite`."""
    # Whoever clicks at the same moment comes after this, and finds everybody written to.
    document = locked(session, actor.school_id, document_id, DocumentState.REGISTERED)
    site = site_of(session, actor.school_id)
    if site is None or not reaches_people(session, actor.school_id):
        raise MoodleCannotWrite()
    waiting = session.execute(
        queries.unsigned(actor.school_id, document_id)
        .where(or_(Acquaintance.written_on.is_(None), Acquaintance.written_on < today))
        .with_only_columns(Acquaintance.id, Person.moodle_user_id)
        .order_by(Acquaintance.id)
    ).all()
    locale = school_of(session, actor.school_id).locale
    words = {"number": document.number or "", "heading": document.heading}
    queue_messages(
        session,
        jobs,
        actor.school_id,
        [(row.moodle_user_id, translate(locale, TEXT, **words)) for row in waiting],
        f"document:{document_id}:read:{today.isoformat()}",
        translate(locale, SUBJECT, **words)[:LONGEST_SUBJECT],
        site.course_url,
        now,
    )
    session.execute(
        update(Acquaintance)
        .where(Acquaintance.school_id == actor.school_id, among(Acquaintance.id, [row.id for row in waiting]))
        .values(written_on=today)
        .execution_options(synchronize_session=False)
    )
    if waiting:
        record(session, actor, "document.remind", "document", document_id, now, written=len(waiting))
    session.flush()
    return len(waiting)
