"""Browser sessions begin with a launch and end with the person's access; `visits.py` finds them again."""

import enum
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from moodle_mentorship.core.secrets import handle_hash, new_handle
from moodle_mentorship.lti.models import BrowserSession, Launch

LIFETIME = timedelta(hours=10)

_OPENED = insert(BrowserSession)


class Carrier(enum.StrEnum):
    """How the browser shows its handle with each request."""

    COOKIE = "cookie"
    PATH = "path"


def stored_hash(handle: str, carrier: Carrier) -> str:
    """What is stored of a handle. It differs by carrier: a cookie's value is worth nothing in a path, nor the other
    way round.
    """
    return handle_hash(f"{carrier}:{handle}")


def open_session(
    session: Session, launch: Launch, frame_origin: str, now: datetime, carrier: Carrier = Carrier.COOKIE
) -> str:
    """Open a browser session for an accepted launch; returns the handle, which is stored only as its hash."""
    handle = new_handle()
    session.connection().execute(
        _OPENED,
        {
            "school_id": launch.school_id,
            "handle_hash": stored_hash(handle, carrier),
            "csrf_token": new_handle(),
            "person_id": launch.person_id,
            "launch_id": launch.id,
            "site_administrator": launch.site_administrator,
            "active_role": None,
            "frame_origin": frame_origin,
            "created_at": now,
            "last_seen_at": now,
            "expires_at": now + LIFETIME,
        },
    )
    return handle


def end_sessions_through(session: Session, school_id: int, platform_id: int) -> None:
    """End every session that a launch of this registration opened: it works no more."""
    launches = select(Launch.id).where(Launch.school_id == school_id, Launch.platform_id == platform_id)
    session.execute(
        delete(BrowserSession).where(BrowserSession.school_id == school_id, BrowserSession.launch_id.in_(launches))
    )


def end_sessions_of(session: Session, school_id: int, person_id: int) -> None:
    """End every session of a person, e.g. when they left."""
    session.execute(
        delete(BrowserSession).where(BrowserSession.school_id == school_id, BrowserSession.person_id == person_id)
    )
