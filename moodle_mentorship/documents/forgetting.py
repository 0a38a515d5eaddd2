"""What the director had before a draft came back is kept to show what differs, and no longer: it names people."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, update
from sqlalchemy.orm import Session

from moodle_mentorship.core.actor import Actor
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.documents.models import Document

#: Whoever changes a draft that came back does so within this time.
KEPT = timedelta(days=30)


def forget_old(runtime: Runtime) -> None:
    """The night's work, for all schools: what came back more than `KEPT` ago."""
    # Of drafts that were taken back before that moment was noted the beginning counts.
    came_back = func.coalesce(Document.returned_at, Document.begun_at)
    with runtime.db.unit_of_work() as session:
        _forget(session, came_back < runtime.clock.now() - KEPT)


def erased(session: Session, actor: Actor, _person_id: int, _now: datetime, _employed: bool) -> None:
    """Before somebody is erased. Whom it names is sealed, so all of the school goes; the drafts themselves stay, and
    are composed anew."""
    _forget(session, Document.school_id == actor.school_id)


def _forget(session: Session, *which: Any) -> None:
    session.execute(
        update(Document)
        .where(Document.sealed_seen.is_not(None), *which)
        .values(sealed_seen=None, seen_template_id=None)
        .execution_options(synchronize_session=False)
    )
