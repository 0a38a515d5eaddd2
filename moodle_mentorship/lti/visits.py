"""Browser sessions: opened by a launch, found again by the handle in the address or in the browser's cookie."""

from dataclasses import fields
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from flask import Request, Response, g
from sqlalchemy import Select, bindparam, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from moodle_mentorship.core.actor import Actor, Role, roles_in
from moodle_mentorship.core.logging import get_logger
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.core.settings import Settings
from moodle_mentorship.lti.models import BrowserSession
from moodle_mentorship.lti.sessions import LIFETIME, Carrier, end_sessions_of, open_session, stored_hash
from moodle_mentorship.people.models import Person, short_name_of
from moodle_mentorship.school.models import School, ShownSchool
from moodle_mentorship.web.current import Visit
from moodle_mentorship.web.handles import handle_of
from moodle_mentorship.web.nav import ROLE_ORDER

# What opens and ends sessions needs no Flask, and has its own file; here it can be had as well.
__all__ = ["LIFETIME", "LaunchVisits", "cookie_name", "end_sessions_of", "open_session", "set_cookie"]

# An address is seen over a shoulder, copied, kept in a history: a handle in it ends sooner.
IDLE = {Carrier.COOKIE: timedelta(minutes=60), Carrier.PATH: timedelta(minutes=30)}
# `last_seen_at` is moved at most that often, so that reading pages stays reading.
TOUCH = timedelta(minutes=1)

_SCHOOL = tuple(field.name for field in fields(ShownSchool))

log = get_logger("lti")


def cookie_name(settings: Settings, purpose: str) -> str:
    """`__Host-` binds the cookie to exactly our host over a secure channel; the plain-http demonstration can't."""
    return f"__Host-mentorship-{purpose}" if settings.embedded_cookies else f"mentorship-{purpose}"


def set_cookie(response: Response, settings: Settings, purpose: str, value: str, max_age: int | None = None) -> None:
    """Set a cookie that works inside Moodle's frame (lti.md, transport A)."""
    embedded = settings.embedded_cookies
    response.set_cookie(
        cookie_name(settings, purpose),
        value,
        max_age=max_age,
        path="/",
        secure=embedded,
        httponly=True,
        samesite="None" if embedded else "Lax",
        partitioned=embedded,
    )


def shown_handle(request: Request, settings: Settings) -> tuple[str, Carrier] | None:
    """The handle that a request shows. One in the path always wins: the cookie may be somebody else's session."""
    in_path = handle_of(request)
    if in_path is not None:
        return (in_path, Carrier.PATH) if _from_our_pages(request) else None
    in_cookie = request.cookies.get(cookie_name(settings, "session"))
    return (in_cookie, Carrier.COOKIE) if in_cookie else None


def _from_our_pages(request: Request) -> bool:
    """Whether the browser came from a page of ours, by its own word (Fetch Metadata § 2.4; older browsers say nothing).

    So an address with a handle works where a launch opened it: neither typed in elsewhere nor behind a stranger's link.
    """
    return request.headers.get("Sec-Fetch-Site", "same-origin") == "same-origin"


class LaunchVisits:
    """Turns the handle of a request into a visit; roles are read anew with each request, never kept in it."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    def load(self, session: Session, request: Request, now: datetime) -> Visit | None:
        shown = shown_handle(request, self._runtime.settings)
        if shown is None:
            return None
        handle, carrier = shown
        asked = {"handle_hash": stored_hash(handle, carrier)}
        row = session.connection().execute(self._shown, asked).one_or_none()
        if row is None:
            return None
        ended = now >= row.expires_at or now - row.last_seen_at > IDLE[carrier]
        if ended or (row.person_id is not None and not row.employed):
            # The page that says so is shown inside the same Moodle; a blank frame would say nothing.
            g.frame_ancestors = row.frame_origin
            return None
        if now - row.last_seen_at > TOUCH:
            self._touch(session, row.session_id, now)
        roles = roles_in(row.roles)
        if row.site_administrator:
            roles |= {Role.ADMINISTRATOR}
        return Visit(
            session_id=row.session_id,
            actor=Actor(school_id=row.id, person_id=row.person_id, roles=roles, launch_id=row.launch_id),
            school=ShownSchool(*row[: len(_SCHOOL)]),
            person_name=short_name_of(row.last_name, row.first_name, row.middle_name)
            if row.last_name is not None
            else "",
            csrf_token=row.csrf_token,
            frame_origin=row.frame_origin,
            active_role=_active_role(row.active_role, roles),
        )

    @cached_property
    def _shown(self) -> Select[Any]:
        """Session, school, person and roles: asked with every request, so put together once, and in plain rows."""
        return (
            select(
                *(getattr(School, name) for name in _SCHOOL),
                BrowserSession.id.label("session_id"),
                BrowserSession.person_id,
                BrowserSession.launch_id,
                BrowserSession.site_administrator,
                BrowserSession.csrf_token,
                BrowserSession.frame_origin,
                BrowserSession.active_role,
                BrowserSession.expires_at,
                BrowserSession.last_seen_at,
                Person.last_name,
                Person.first_name,
                Person.middle_name,
                Person.employed.label("employed"),
                self._runtime.roles.column(
                    BrowserSession.school_id.expression, BrowserSession.person_id.expression
                ).label("roles"),
            )
            .join(School, School.id == BrowserSession.school_id)
            .outerjoin(Person, (Person.school_id == BrowserSession.school_id) & (Person.id == BrowserSession.person_id))
            .where(BrowserSession.handle_hash == bindparam("handle_hash"))
        )

    def _touch(self, session: Session, session_id: int, now: datetime) -> None:
        seen = update(BrowserSession).where(BrowserSession.id == session_id).values(last_seen_at=now)
        if not g.read_only:
            # On SQLite the request's own transaction already holds the write lock: a second writer would wait for it.
            session.execute(seen)
            return
        try:
            with self._runtime.db.unit_of_work() as own:
                own.execute(seen)
        except OperationalError:
            # Locked, or the disk is full: whoever only reads must not suffer from it.
            log.warning("visit_not_noted", exc_info=True)


def _active_role(chosen: str | None, roles: frozenset[Role]) -> Role | None:
    if chosen in roles:
        return Role(chosen)
    return next((role for role in ROLE_ORDER if role in roles), None)
