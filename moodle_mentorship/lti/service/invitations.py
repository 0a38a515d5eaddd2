"""Single-use codes that let one Moodle be connected to one school."""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from moodle_mentorship.core import audit
from moodle_mentorship.core.actor import Actor, system_actor
from moodle_mentorship.core.errors import NotFound
from moodle_mentorship.core.secrets import handle_hash
from moodle_mentorship.lti.errors import InvitationInvalid, InvitationUsed
from moodle_mentorship.lti.models import Invitation
from moodle_mentorship.school.models import School


def invite(session: Session, school_id: int, now: datetime, days: int = 7, actor: Actor | None = None) -> str:
    """A new invitation's code. It is shown once: only its hash is kept. Earlier invitations stay valid.

    Without an actor it is the command line's act. Raises `NotFound` for an unknown school.
    """
    if session.get(School, school_id) is None:
        raise NotFound("school")
    # Hexadecimal: it is copied into a shell, where a leading dash would be an option.
    code = secrets.token_hex(20)
    invitation = Invitation(
        school_id=school_id, code_hash=handle_hash(code), created_at=now, expires_at=now + timedelta(days=days)
    )
    session.add(invitation)
    session.flush()
    audit.record(session, actor or system_actor(school_id, "cli"), "invitation.make", "invitation", invitation.id, now)
    return code


def invited_school(session: Session, code: str, now: datetime) -> School:
    """The school whose unused invitation this is. Raises `InvitationInvalid`, `InvitationUsed`."""
    row = session.execute(
        select(Invitation, School)
        .join(School, School.id == Invitation.school_id)
        .where(Invitation.code_hash == handle_hash(code.strip()))
    ).one_or_none()
    if row is None:
        raise InvitationInvalid("unknown")
    invitation, school = row
    if invitation.used_at is not None:
        raise InvitationUsed()
    if now >= invitation.expires_at:
        raise InvitationInvalid("expired")
    return school


def use_invitation(session: Session, code: str, now: datetime) -> int:
    """Use the invitation up, in the transaction of what it allows; the school's id. Of two at once, one succeeds.

    Raises `InvitationInvalid`, `InvitationUsed`.
    """
    used = session.execute(
        update(Invitation)
        .where(
            Invitation.code_hash == handle_hash(code.strip()),
            Invitation.used_at.is_(None),
            Invitation.expires_at > now,
        )
        .values(used_at=now)
        .returning(Invitation.school_id)
    ).first()
    if used is None:
        invited_school(session, code, now)
        raise InvitationUsed()
    return int(used[0])
