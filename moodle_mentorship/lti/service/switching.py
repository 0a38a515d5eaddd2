"""An operator's switch: a hostile or closed Moodle is stopped at once, and brought back as it was."""

from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from moodle_mentorship.core import audit
from moodle_mentorship.core.actor import Actor
from moodle_mentorship.core.errors import NotFound
from moodle_mentorship.core.jobs import Jobs
from moodle_mentorship.lti.models import BrowserSession, Invitation
from moodle_mentorship.moodle.models import MoodleSite, Platform
from moodle_mentorship.sync import service as sync
from moodle_mentorship.sync.enums import PassKind
from moodle_mentorship.sync.queries import at_work


def switch_off(session: Session, jobs: Jobs, actor: Actor, now: datetime) -> None:
    """Stop everything between the actor's school and its Moodle: logins and the sessions that they opened, messages,
    passes (a running one at its next page), deliveries. Invitations that nobody has used end, because one of them would
    connect a Moodle again.

    Rows stay; what was to reach Moodle waits. Doing it twice changes nothing. Raises `NotFound` for a school without a
    Moodle.
    """
    site = _site(session, actor.school_id)
    platforms = update(Platform).where(Platform.school_id == actor.school_id, Platform.disabled_at.is_(None))
    stopped = session.scalars(platforms.values(disabled_at=now).returning(Platform.id)).all()
    working = site is not None and site.disabled_at is None
    if site is not None and working:
        site.disabled_at = now
    session.execute(delete(BrowserSession).where(BrowserSession.school_id == actor.school_id))
    session.execute(
        update(Invitation)
        .where(Invitation.school_id == actor.school_id, Invitation.used_at.is_(None), Invitation.expires_at > now)
        .values(expires_at=now)
    )
    running = at_work(session, actor.school_id)
    if running is not None:
        sync.cancel_pass(session, jobs, actor, running.id, now)
    if working or stopped:
        audit.record(session, actor, "site.disable", "school", actor.school_id, now, platforms=list(stopped))
    session.flush()


def switch_on(session: Session, jobs: Jobs, actor: Actor, now: datetime) -> None:
    """Undo `switch_off`: the connection, and the registrations that went with it (not those that were disabled one by
    one before). What was missed meanwhile is read at once. Raises `NotFound`.
    """
    site = _site(session, actor.school_id)
    newest = select(func.max(Platform.disabled_at)).where(Platform.school_id == actor.school_id)
    since = site.disabled_at if site is not None else session.scalar(newest)
    if since is None:
        return
    platforms = update(Platform).where(Platform.school_id == actor.school_id, Platform.disabled_at == since)
    back = session.scalars(platforms.values(disabled_at=None).returning(Platform.id)).all()
    audit.record(session, actor, "site.enable", "school", actor.school_id, now, platforms=list(back))
    if site is not None:
        site.disabled_at = None
        session.flush()
        sync.request_pass(session, jobs, school_id=actor.school_id, kind=PassKind.FULL, now=now, again=True)
    session.flush()


def _site(session: Session, school_id: int) -> MoodleSite | None:
    """The school's connection; None where people only log in. Raises `NotFound` where there is neither."""
    site = session.scalars(select(MoodleSite).where(MoodleSite.school_id == school_id).with_for_update()).one_or_none()
    if site is None and session.scalars(select(Platform.id).where(Platform.school_id == school_id)).first() is None:
        raise NotFound("no Moodle")
    return site
