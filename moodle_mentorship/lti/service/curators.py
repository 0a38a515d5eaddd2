"""The first curator: named by the plugin's set-up command, or confirmed by a site administrator."""

from datetime import datetime

from sqlalchemy.orm import Session

from moodle_mentorship.core.actor import Actor, Role
from moodle_mentorship.lti.errors import CuratorExists
from moodle_mentorship.lti.queries import curators
from moodle_mentorship.moodle.models import MoodleSite
from moodle_mentorship.people.service.roles import appoint, appoint_first_curator, lock


def confirm_first_curator(session: Session, actor: Actor, person_id: int, now: datetime) -> None:
    """Make a working person of the directory the school's first curator.

    Raises `CuratorExists` (from then on curators appoint), and `NotFound`, `NotEmployed` of `appoint`.
    """
    lock(session, actor.school_id)
    if curators(session, actor.school_id):
        raise CuratorExists()
    appoint(session, actor, person_id, Role.CURATOR, now)


def name_first_curator(session: Session, actor: Actor, site: MoodleSite, moodle_user_id: int, now: datetime) -> None:
    """What the set-up command says. A school that ever had a curator has no first one any more; a person who isn't in
    the directory yet is remembered until a pass brings them.
    """
    site.first_curator_moodle_id = moodle_user_id
    session.flush()
    appoint_first_curator(session, actor, moodle_user_id, now)
