"""The first curator: named by the plugin's set-up command, or confirmed by a site administrator."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from moodle_mentorship.core.actor import Actor, Role
from moodle_mentorship.lti.errors import CuratorExists
from moodle_mentorship.lti.queries import curators
from moodle_mentorship.moodle.models import MoodleSite
from moodle_mentorship.people.models import Person
from moodle_mentorship.people.service.roles import appoint


def confirm_first_curator(session: Session, actor: Actor, person_id: int, now: datetime) -> None:
    """Make a working person of the directory the school's first curator.

    Raises `CuratorExists` (from then on curators appoint), and `NotFound`, `NotEmployed` of `appoint`.
    """
    if curators(session, actor.school_id):
        raise CuratorExists()
    appoint(session, actor, person_id, Role.CURATOR, now)


def name_first_curator(session: Session, actor: Actor, site: MoodleSite, moodle_user_id: int, now: datetime) -> None:
    """What the set-up command says. A school that has a curator keeps it; a person who isn't in the directory yet is
    remembered until the first pass brings them (`moodle.sites.take_pending_curator`).
    """
    if curators(session, actor.school_id):
        return
    person = session.scalars(
        select(Person).where(Person.school_id == actor.school_id, Person.moodle_user_id == moodle_user_id)
    ).one_or_none()
    if person is None:
        site.first_curator_moodle_id = moodle_user_id
    elif person.employed:
        site.first_curator_moodle_id = None
        appoint(session, actor, person.id, Role.CURATOR, now)
