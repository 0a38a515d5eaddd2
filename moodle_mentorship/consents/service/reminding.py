"""Reminding: Moodle writes to those who have not signed a paper, one message each, never twice a day."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from moodle_mentorship.consents import queries, words
from moodle_mentorship.consents.errors import NobodyToRemind
from moodle_mentorship.consents.models import Reminder
from moodle_mentorship.consents.needs import Needs
from moodle_mentorship.core.actor import Actor
from moodle_mentorship.core.audit import record
from moodle_mentorship.core.db import among
from moodle_mentorship.core.i18n import N_, translate
from moodle_mentorship.core.jobs import Jobs
from moodle_mentorship.moodle.errors import MoodleCannotWrite
from moodle_mentorship.moodle.sites import site_of
from moodle_mentorship.moodle.to_people import queue_messages, reaches_people
from moodle_mentorship.people.models import Person
from moodle_mentorship.people.queries import person_of
from moodle_mentorship.school.queries import school_of

SUBJECT = N_("Mentoring: your signature is needed")
TEXT = N_(
    "For mentoring the school needs your signature on paper:\n\n%(papers)s\n\n"
    "Open the course and click the mentoring link there: you find each text to read and to print. "
    "Sign it and bring it to: %(who)s."
)
#: So many people are looked up and written to at once; a school of thousands takes several rounds.
PORTION = 500
CURATOR = N_("the curator of mentoring")


def remind(
    session: Session,
    jobs: Jobs,
    needs: Needs,
    actor: Actor,
    person_ids: Sequence[int],
    today: date,
    now: datetime,
) -> int:
    """Have Moodle write to those of these people who work here, lack a paper and were not written to today; how many
    these are. A message names all the papers that its reader lacks: a mark in Moodle is no paper.

    Raises `MoodleCannotWrite`, and `NobodyToRemind` when these are none.
    """
    site = site_of(session, actor.school_id)
    if site is None or not reaches_people(session, actor.school_id):
        raise MoodleCannotWrite()
    # Always in one order: of two who click at once, the second waits for the first.
    ids = sorted(set(person_ids))
    portions = (ids[first : first + PORTION] for first in range(0, len(ids), PORTION))
    written = [
        person_id
        for portion in portions
        for person_id in _remind(session, jobs, needs, actor, portion, site.course_url, today, now)
    ]
    if not written:
        raise NobodyToRemind()
    one = written[0] if len(written) == 1 else None
    record(session, actor, "consent.remind", "person", one, now, written=len(written))
    session.flush()
    return len(written)


def _remind(
    session: Session,
    jobs: Jobs,
    needs: Needs,
    actor: Actor,
    person_ids: Sequence[int],
    course_url: str,
    today: date,
    now: datetime,
) -> list[int]:
    """Whom of these people Moodle writes to."""
    # Whoever clicks at the same moment comes after this, and finds everybody written to.
    people = session.execute(
        select(Person.id, Person.moodle_user_id)
        .where(Person.school_id == actor.school_id, among(Person.id, person_ids))
        .order_by(Person.id)
        .with_for_update(key_share=True)
    ).all()
    asked = [row.id for row in people]
    lacking = queries.lacking_by_person(session, needs, actor.school_id, asked, today)
    before = {
        row.person_id: row
        for row in session.scalars(
            select(Reminder)
            .where(Reminder.school_id == actor.school_id, among(Reminder.person_id, asked))
            .execution_options(populate_existing=True)
        )
    }
    waiting = [row for row in people if row.id in lacking and not _written(before.get(row.id), today)]
    if not waiting:
        return []
    locale = school_of(session, actor.school_id).locale
    who = _signature(session, actor, locale)
    queue_messages(
        session,
        jobs,
        actor.school_id,
        [
            (
                row.moodle_user_id,
                translate(
                    locale,
                    TEXT,
                    papers="\n".join(f"— {translate(locale, words.KINDS[kind])}" for kind in lacking[row.id]),
                    who=who,
                ),
            )
            for row in waiting
        ],
        f"consents:remind:{today.isoformat()}",
        translate(locale, SUBJECT),
        course_url,
        now,
    )
    for row in waiting:
        if row.id in before:
            before[row.id].written_on = today
        else:
            session.add(Reminder(school_id=actor.school_id, person_id=row.id, written_on=today))
    session.flush()
    return [row.id for row in waiting]


def _written(reminder: Reminder | None, today: date) -> bool:
    return reminder is not None and reminder.written_on >= today


def _signature(session: Session, actor: Actor, locale: str) -> str:
    """To whom the paper is brought: the one who has it reminded of."""
    if actor.person_id is None:
        return translate(locale, CURATOR)
    person = person_of(session, actor.school_id, actor.person_id)
    return ", ".join(filter(None, (person.full_name, person.position)))
