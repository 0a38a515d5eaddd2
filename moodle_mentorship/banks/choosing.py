"""Verbs about candidates: the school's rules, asking somebody, not in this year."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from moodle_mentorship.banks import inviting
from moodle_mentorship.banks.candidates import Finding, Rules, reasons
from moodle_mentorship.banks.models import CandidateRule, Dismissal, Mentee
from moodle_mentorship.core.actor import Actor
from moodle_mentorship.core.audit import record
from moodle_mentorship.core.jobs import Jobs
from moodle_mentorship.people.queries import person_of


def save_rules(session: Session, actor: Actor, rules: Rules, now: datetime) -> None:
    """Look by these rules from now on. The same again changes nothing."""
    stored = {
        row.why: row
        for row in session.scalars(
            select(CandidateRule).where(CandidateRule.school_id == actor.school_id).with_for_update()
        )
    }
    changed = {}
    for why, rule in rules.items():
        row = stored.get(why)
        if row is None:
            session.add(CandidateRule(school_id=actor.school_id, why=why, active=rule.active, number=rule.number))
        elif (row.active, row.number) == (rule.active, rule.number):
            continue
        else:
            row.active, row.number = rule.active, rule.number
        changed[why.value] = rule.number if rule.active else None
    if changed:
        record(session, actor, "candidates.set_rules", "school", actor.school_id, now, rules=changed)
    session.flush()


def invite(
    session: Session, jobs: Jobs, actor: Actor, found: Finding, person_ids: Sequence[int], now: datetime
) -> list[Mentee]:
    """Offer each of these candidates a mentor, for the first of their reasons.

    Who is no candidate any more (asked meanwhile, has declined, left) is passed over: nobody is asked twice.
    """
    why = reasons(session, found, person_ids)
    first = {person_id: why[person_id][0] for person_id in person_ids if person_id in why}
    return inviting.invite_mentees(session, jobs, actor, first, now)


def put_off(session: Session, actor: Actor, person_id: int, year: int, now: datetime) -> None:
    """«Не в этом году»: the person is no candidate until the next school year. Twice is once. Raises `NotFound`."""
    person_of(session, actor.school_id, person_id)
    row = Dismissal(school_id=actor.school_id, person_id=person_id, year=year, at=now, by_person_id=actor.person_id)
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        return
    record(session, actor, "candidate.put_off", "person", person_id, now, year=year)
    session.flush()


def bring_back(session: Session, actor: Actor, person_id: int, year: int, now: datetime) -> None:
    """The person is a candidate again. Who was not put off stays what they are. Raises `NotFound`."""
    person_of(session, actor.school_id, person_id)
    gone = session.scalars(
        delete(Dismissal)
        .where(Dismissal.school_id == actor.school_id, Dismissal.person_id == person_id, Dismissal.year == year)
        .returning(Dismissal.id)
    ).all()
    if gone:
        record(session, actor, "candidate.bring_back", "person", person_id, now, year=year)
    session.flush()
