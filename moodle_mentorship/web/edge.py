"""The edge of a request: load → authorise before the view, one commit after it, headers on the way out."""

import time
import uuid
from typing import cast

import structlog
from flask import Flask, Request, Response, g, request
from werkzeug.exceptions import BadRequest

from moodle_mentorship.core import metrics
from moodle_mentorship.core.db import finish
from moodle_mentorship.core.errors import DomainError, Forbidden
from moodle_mentorship.core.i18n import N_
from moodle_mentorship.core.logging import get_logger
from moodle_mentorship.core.secrets import same
from moodle_mentorship.web import current, looks
from moodle_mentorship.web.access import Access, Gate, access_of, largest_request
from moodle_mentorship.web.current import Visits
from moodle_mentorship.web.errors import wants_json
from moodle_mentorship.web.handles import is_file

log = get_logger("web")

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action {form_action}; base-uri 'none'; frame-ancestors {ancestors}"
)


class NoVisit(DomainError):
    """No session: the page was opened by its address, the session ended, or the browser kept no cookie."""

    code = "no_session"
    status = 401
    title = N_("Please open this page from Moodle")
    advice = N_("Go to your Moodle course and click the mentoring link there. Your work is saved.")


class CsrfRefused(DomainError):
    """The form did not come from one of our pages, or from one that is older than the session."""

    code = "csrf_refused"
    status = 403
    title = N_("The page was open for too long")
    advice = N_("Open the page again from Moodle and repeat the last step. Nothing was changed.")


def install(app: Flask, visits: Visits) -> None:
    """Put the edge around every request of `app`; `visits` knows browser sessions."""

    @app.before_request
    def enter() -> None:
        g.request_id, g.started = uuid.uuid4().hex[:12], time.perf_counter()
        g.read_only = request.method in SAFE_METHODS
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request=g.request_id, endpoint=request.endpoint)
        request.max_content_length = largest_request(app, request.endpoint) or request.max_content_length
        refuse_nul(request)
        if request.endpoint is None:
            # Whoever came in by a launch sees "there is no such page" inside Moodle's frame, with the way back.
            g.visit = load(visits)
            return
        rule = access_of(app, request.endpoint)
        if rule is None:
            raise Forbidden(f"route {request.endpoint} has no access rule")
        if rule.gate is Gate.SESSION:
            authorise(rule, visits)

    @app.after_request
    def leave(response: Response) -> Response:
        if "db_session" in g:
            session = g.db_session
            # What only read ends with its session (`close`); a rollback would forget each object one by one.
            if not g.read_only:
                session.rollback() if response.status_code >= 400 else finish(session)
        if "looks" in g and response.status_code < 400:
            g.db_session.close()
            looks.keep()
        secure(response)
        note(response)
        return response

    @app.teardown_request
    def close(error: BaseException | None) -> None:
        session = g.pop("db_session", None)
        if session is not None:
            session.close()
        # The disk that a large upload took is free now, not when Python's collector comes by.
        request.close()


def refuse_nul(incoming: Request) -> None:
    """No browser types a NUL, and PostgreSQL keeps none: a query with it would be a fault of ours."""
    sent = incoming.args if incoming.method in SAFE_METHODS else incoming.values
    if any("\0" in value for value in sent.values()):
        raise BadRequest()


def authorise(rule: Access, visits: Visits) -> None:
    """Load the visit, then check the role, then that a write comes from our own page."""
    visit = load(visits)
    if visit is None:
        raise NoVisit()
    g.visit = visit
    structlog.contextvars.bind_contextvars(school=visit.actor.school_id, launch=visit.actor.launch_id)
    if rule.roles and not visit.actor.has(*rule.roles):
        raise Forbidden()
    if request.method not in SAFE_METHODS:
        check_origin(request, visit.csrf_token)


def load(visits: Visits) -> current.Visit | None:
    """The visit; without one, a refusal that may be seen in any frame: in which Moodle it is shown can't be known, a
    blank frame would help nobody, and there is nothing on it to read or to click (docs/decisions/0007).
    """
    visit = visits.load(current.session(), request, current.now())
    if visit is None and not wants_json():
        g.setdefault("frame_ancestors", "*")
    return visit


def check_origin(incoming: Request, csrf_token: str) -> None:
    """CSRF: a token of the session, and the browser's own word where the write comes from.

    `SameSite=None` protects nothing, so both are asked for (lti.md, negative tests).
    """
    sent = incoming.headers.get("X-CSRF-Token") or incoming.form.get("csrf_token", "")
    if not same(sent, csrf_token):
        raise CsrfRefused("token")
    origin = incoming.headers.get("Origin")
    if origin is not None and origin != current.runtime().settings.origin:
        raise CsrfRefused("origin")


def without_launch() -> None:
    """From here on the log's lines of this request name no launch, and so nobody: for what is done without a name."""
    structlog.contextvars.unbind_contextvars("launch")


def note(response: Response) -> None:
    """One line a request. The endpoint and not the address: addresses may hold what belongs in no log."""
    seconds = time.perf_counter() - g.started
    metrics.count_request(request.endpoint, request.method, response.status_code, seconds)
    if request.endpoint is not None and not is_file(request.endpoint):
        log.info("request", method=request.method, status=response.status_code, ms=round(seconds * 1000, 1))


def secure(response: Response) -> None:
    """Headers of every answer. A page is framed by its own school's Moodle or not at all."""
    visit = g.get("visit")
    ancestors = visit.frame_origin if visit is not None else cast(str, g.get("frame_ancestors", "'none'"))
    # Moodle's pages show our icon; nothing else of ours is a part of somebody else's page.
    shared = is_file(request.endpoint)
    wanted = {
        "Content-Security-Policy": CONTENT_POLICY.format(
            ancestors=ancestors, form_action=g.get("form_action", "'self'")
        ),
        "X-Content-Type-Options": "nosniff",
        # Not "no-referrer": with it a browser sends `Origin: null` with our own forms (Fetch standard, § 3.1).
        "Referrer-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
        "Cross-Origin-Resource-Policy": "cross-origin" if shared else "same-origin",
    }
    if current.runtime().settings.base_url.startswith("https://"):
        wanted["Strict-Transport-Security"] = "max-age=31536000"
    if visit is not None:
        # In a window of its own; a frame is left alone, and so are the login and the registration, whose window Moodle
        # may have opened and waits for.
        wanted["Cross-Origin-Opener-Policy"] = "same-origin"
    if not shared:
        wanted["Cache-Control"] = "no-store"
    # What a view said itself stands.
    said = {name.lower() for name, _ in response.headers}
    response.headers.extend({name: value for name, value in wanted.items() if name.lower() not in said})
