"""A step that a form or a REST request names, done by the verb that it means; the same for both."""

from collections.abc import Sequence
from typing import Any

from moodle_mentorship.banks import errors, inviting, queries, service
from moodle_mentorship.banks.enums import MenteeAct, MentorAct, Why
from moodle_mentorship.banks.models import Mentee, Mentor
from moodle_mentorship.web import current


def oneself() -> int:
    """Id of the visitor's own entry in the directory. Raises `NotInDirectory` for who has none."""
    person_id = current.actor().person_id
    if person_id is None:
        raise errors.NotInDirectory()
    return person_id


def own_entries() -> dict[str, Any]:
    """The visitor's entries in both banks."""
    session, actor = current.session(), current.actor()
    if actor.person_id is None:
        return {"mentee": None, "mentor": None}
    return {
        "mentee": queries.mentee_of(session, actor.school_id, actor.person_id),
        "mentor": queries.mentor_of(session, actor.school_id, actor.person_id),
    }


def invite_one_mentee(person_id: int, why: Why) -> Mentee:
    """Offer a mentor to one person of the staff."""
    session, jobs = current.session(), current.runtime().jobs
    return inviting.invite_mentees(session, jobs, current.actor(), {person_id: why}, current.now())[0]


def invite_mentors(person_ids: Sequence[int]) -> list[Mentor]:
    """Offer each of these people to be a mentor."""
    session, jobs = current.session(), current.runtime().jobs
    return inviting.invite_mentors(session, jobs, current.actor(), person_ids, current.now())


def mentee_step(person_id: int, act: MenteeAct) -> Mentee:
    """Any step with a mentee's entry that needs no more than its name."""
    session, actor, now = current.session(), current.actor(), current.now()
    if act is MenteeAct.ASK:
        return service.ask_for_mentor(session, actor, now)
    verbs = {
        MenteeAct.ASSESS: service.assess_mentee,
        MenteeAct.COMPLETE: service.complete_mentee,
        MenteeAct.WITHDRAW: service.withdraw_mentee,
    }
    return verbs[act](session, actor, person_id, now)


def mentor_step(person_id: int, act: MentorAct) -> Mentor:
    """Any step with a mentor's entry that needs no more than its name."""
    session, actor, now = current.session(), current.actor(), current.now()
    if act is MentorAct.APPLY:
        return service.apply_as_mentor(session, actor, now)
    if act is MentorAct.TRAIN:
        return service.train_mentor(session, actor, person_id, current.today(), now)
    verbs = {
        MentorAct.CHECK: service.check_mentor,
        MentorAct.OPEN: service.open_mentor,
        MentorAct.PAUSE: service.pause_mentor,
        MentorAct.RESUME: service.resume_mentor,
        MentorAct.WITHDRAW: service.withdraw_mentor,
    }
    return verbs[act](session, actor, person_id, now)
