"""Inviting into a bank, with a message in Moodle: of a mentor who is offered, or of an offer to be one.

The invitation stands on the person's own pages; the message only tells of it. A Moodle that can't send one keeps nobody
from being invited.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from moodle_mentorship.banks import queries, service
from moodle_mentorship.banks.enums import Bank, Why
from moodle_mentorship.banks.models import Mentee, Mentor
from moodle_mentorship.core.actor import Actor
from moodle_mentorship.core.clock import local_date
from moodle_mentorship.core.i18n import N_, translate
from moodle_mentorship.core.jobs import Jobs
from moodle_mentorship.moodle.sites import site_of
from moodle_mentorship.moodle.to_people import queue_messages
from moodle_mentorship.school.queries import school_of

_WAY = N_(
    "Open the course and click the mentoring link there: on the page “My participation” you can agree or decline."
)
#: Subject and text for each bank.
MESSAGES = {
    Bank.MENTEES: (
        N_("Mentoring: a mentor is offered to you"),
        N_(
            "The school offers you a mentor: a colleague who helps with what is hard now. Taking part is voluntary: a "
            "refusal needs no reason and has no consequences."
        ),
    ),
    Bank.MENTORS: (
        N_("Mentoring: you are invited to be a mentor"),
        N_(
            "The school invites you to be a mentor of a colleague. What you do, for how long and on what terms is "
            "agreed with you in writing first. Taking part is voluntary: a refusal needs no reason and has no "
            "consequences."
        ),
    ),
}


def invite_mentees(
    session: Session, jobs: Jobs, actor: Actor, reasons: Mapping[int, Why], now: datetime
) -> list[Mentee]:
    """Offer each of these people a mentor, for their reason. Raises `SaidNo`, and nobody is invited then."""
    standing = _standing(session, Mentee, actor.school_id, list(reasons))
    invited = [service.invite_mentee(session, actor, person_id, now, why) for person_id, why in reasons.items()]
    _write(session, jobs, actor.school_id, Bank.MENTEES, _new(invited, standing), now)
    return invited


def invite_mentors(
    session: Session, jobs: Jobs, actor: Actor, person_ids: Sequence[int], now: datetime
) -> list[Mentor]:
    """Offer each of these people to be a mentor. Raises `SaidNo`, and nobody is invited then."""
    # In one order, whoever invites the same people at the same moment.
    asked = sorted(set(person_ids))
    standing = _standing(session, Mentor, actor.school_id, asked)
    invited = [service.invite_mentor(session, actor, person_id, now) for person_id in asked]
    _write(session, jobs, actor.school_id, Bank.MENTORS, _new(invited, standing), now)
    return invited


def _standing(session: Session, entry: type[queries.Entry], school_id: int, person_ids: Sequence[int]) -> set[int]:
    """Who of these is on the way into the bank or in it, so that there is nothing to write about."""
    ids = queries.not_to_invite(entry)(school_id).where(entry.person_id.in_(person_ids))
    return set(session.scalars(ids))


def _new(invited: Sequence[Mentee | Mentor], standing: set[int]) -> list[int]:
    """Numbers in Moodle of whom there is something to write to."""
    return [entry.person.moodle_user_id for entry in invited if entry.person_id not in standing]


def _write(session: Session, jobs: Jobs, school_id: int, bank: Bank, people: Sequence[int], now: datetime) -> None:
    site, school = site_of(session, school_id), school_of(session, school_id)
    if site is None or not people:
        return
    subject, text = (translate(school.locale, message) for message in MESSAGES[bank])
    told = f"{text}\n\n{translate(school.locale, _WAY)}"
    # Who is invited, taken out and invited again gets one message a day.
    key = f"banks:{bank}:invite:{local_date(now, school.timezone).isoformat()}"
    texts = [(person, told) for person in people]
    queue_messages(session, jobs, school_id, texts, key, subject, site.course_url, now)
