"""The first curator, named by the set-up command before the directory was here."""

from sqlalchemy import update
from sqlalchemy.orm import Session

from moodle_mentorship.moodle.models import MoodleSite


def take_pending_curator(session: Session, school_id: int, moodle_user_id: int) -> bool:
    """Whether the set-up command named this Moodle user the first curator; says yes once.

    Asked by the pass that brings a person into the directory, in the transaction that stores them: who gets a yes
    grants the role.
    """
    taken = session.execute(
        update(MoodleSite)
        .where(MoodleSite.school_id == school_id, MoodleSite.first_curator_moodle_id == moodle_user_id)
        .values(first_curator_moodle_id=None)
        .returning(MoodleSite.id)
    )
    return taken.first() is not None
