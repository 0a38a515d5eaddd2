"""Inviting and reminding: Moodle writes to those who have not answered, one message each, never twice a day."""

from datetime import date, datetime

from babel.dates import format_date
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from moodle_mentorship.core.actor import Actor
from moodle_mentorship.core.audit import record
from moodle_mentorship.core.db import among
from moodle_mentorship.core.i18n import N_, translate
from moodle_mentorship.core.jobs import Jobs
from moodle_mentorship.moodle.errors import MoodleCannotWrite
from moodle_mentorship.moodle.sites import site_of
from moodle_mentorship.moodle.to_people import LONGEST_SUBJECT, queue_messages, reaches_people
from moodle_mentorship.people.models import Person
from moodle_mentorship.school.queries import school_of
from moodle_mentorship.surveys import errors, queries
from moodle_mentorship.surveys.models import Participant, Round

SUBJECT = N_("Questionnaire: %(title)s")
INVITATION = N_(
    "You are asked to answer the questionnaire “%(title)s” until %(day)s. It takes a few minutes, and answers are "
    "saved as you type: you can stop and go on later, on a phone too.\n\n"
    "Open the course and click the mentoring link there."
)
REMINDER = N_(
    "The questionnaire “%(title)s” still waits for your answers, until %(day)s. What you have begun is kept."
    "\n\nOpen the course and click the mentoring link there."
)


def write_to_waiting(session: Session, jobs: Jobs, actor: Actor, round_id: int, today: date, now: datetime) -> int:
    """Have Moodle write to everybody who has sent no answers and was not written to today; how many these are.

    The first message to a person invites, later ones remind. Raises `NotFound`, `RoundClosed`, `MoodleCannotWrite`.
    """
    asked = queries.round_of(session, actor.school_id, round_id)
    if not asked.takes_answers(today):
        raise errors.RoundClosed()
    site = site_of(session, actor.school_id)
    if site is None or not reaches_people(session, actor.school_id):
        raise MoodleCannotWrite()
    # Whoever clicks at the same moment comes after this, and finds everybody written to.
    session.execute(select(Round.id).where(Round.school_id == actor.school_id, Round.id == round_id).with_for_update())
    locale, title = school_of(session, actor.school_id).locale, asked.questionnaire.title
    words = {"title": title, "day": format_date(asked.closes_on, "long", locale=locale)}
    subject = translate(locale, SUBJECT, **words)[:LONGEST_SUBJECT]
    waiting = session.execute(
        queries.unwritten(actor.school_id, round_id, today)
        .with_only_columns(Participant.id, Participant.written_on, Person.moodle_user_id)
        .order_by(Participant.id)
    ).all()
    invitation, reminder = (translate(locale, text, **words) for text in (INVITATION, REMINDER))
    texts = [(row.moodle_user_id, invitation if row.written_on is None else reminder) for row in waiting]
    key = f"survey:{round_id}:{today.isoformat()}"
    queue_messages(session, jobs, actor.school_id, texts, key, subject, site.course_url, now)
    session.execute(
        update(Participant)
        .where(Participant.school_id == actor.school_id, among(Participant.id, [row.id for row in waiting]))
        .values(written_on=today)
        .execution_options(synchronize_session=False)
    )
    if waiting:
        record(session, actor, "survey.write", "survey_round", round_id, now, written=len(waiting))
    session.flush()
    return len(waiting)
