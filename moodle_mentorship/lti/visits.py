"""Browser sessions: opened by a launch, found again by the handle in the address or in the browser's cookie."""

from datetime import datetime, timedelta

from flask import Request, Response, g
from sqlalchemy import bindparam, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from moodle_mentorship.core.actor import Actor, Role
from moodle_mentorship.core.logging import get_logger
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.core.settings import Settings
from moodle_mentorship.lti.models import BrowserSession
from moodle_mentorship.lti.sessions import LIFETIME, Carrier, end_sessions_of, open_session, stored_hash
from moodle_mentorship.people.models import Person
from moodle_mentorship.school.models import School
from moodle_mentorship.web.current import Visit
from moodle_mentorship.web.handles import handle_of
from moodle_mentorship.web.nav import ROLE_ORDER

# What opens and ends sessions needs no Flask, and has its own file; here it can be had as well.
__all__ = ["LIFETIME", "LaunchVisits", "cookie_name", "end_sessions_of", "open_session", "set_cookie"]

# An address is seen over a shoulder, copied, kept in a history: a handle in it ends sooner.
IDLE = {Carrier.COOKIE: timedelta(minutes=60), Carrier.PATH: timedelta(minutes=30)}
# `last_seen_at` is moved at most that often, so that reading pages stays reading.
TOUCH = timedelta(minutes=1)

# Asked with every request, so it is put together once.
_SHOWN = (
    select(BrowserSession, School, Person)
    .join(School, School.id == BrowserSession.school_id)
    .outerjoin(Person, (Person.school_id == BrowserSession.school_id) & (Person.id == BrowserSession.person_id))
    .where(BrowserSession.handle_hash == bindparam("handle_hash"))
)

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
        row = session.execute(_SHOWN, {"handle_hash": stored_hash(handle, carrier)}).one_or_none()
        if row is None:
            return None
        browser_session, school, person = row
        ended = now >= browser_session.expires_at or now - browser_session.last_seen_at > IDLE[carrier]
        if ended or (person is not None and not person.employed):
            # The page that says so is shown inside the same Moodle; a blank frame would say nothing.
            g.frame_ancestors = browser_session.frame_origin
            return None
        if now - browser_session.last_seen_at > TOUCH:
            self._touch(session, browser_session.id, now)
        roles = self._roles(session, browser_session)
        return Visit(
            session_id=browser_session.id,
            actor=Actor(
                school_id=school.id,
                person_id=browser_session.person_id,
                roles=roles,
                launch_id=browser_session.launch_id,
            ),
            school=school,
            person_name=person.short_name if person is not None else "",
            csrf_token=browser_session.csrf_token,
            frame_origin=browser_session.frame_origin,
            active_role=_active_role(browser_session.active_role, roles),
        )

    def _roles(self, session: Session, browser_session: BrowserSession) -> frozenset[Role]:
        roles: frozenset[Role] = frozenset()
        if browser_session.person_id is not None:
            roles = self._runtime.roles.roles_of(session, browser_session.school_id, browser_session.person_id)
        if browser_session.site_administrator:
            roles |= {Role.ADMINISTRATOR}
        return roles

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
