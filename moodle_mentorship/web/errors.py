"""Errors rendered once: a page for people, an RFC 9457 problem for programs; each with its code and the log's id."""

from typing import Any

from flask import Flask, Response, g, jsonify, make_response, render_template, request
from flask_babel import gettext as _
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from moodle_mentorship.core import metrics
from moodle_mentorship.core.db import is_away
from moodle_mentorship.core.errors import DomainError, Invalid
from moodle_mentorship.core.i18n import N_
from moodle_mentorship.core.logging import get_logger
from moodle_mentorship.web.forms import translated
from moodle_mentorship.web.limits import TooManyRequests

log = get_logger("web")

# RFC 9457.
PROBLEM = "application/problem+json"

HTTP_TEXTS = {
    404: ("not_found", N_("There is no such page"), N_("The address may be old. Go back to the start page.")),
    405: ("method_not_allowed", N_("This address can't be opened like that"), N_("Go back to the start page.")),
    422: (Invalid.code, Invalid.title, Invalid.advice),
    413: ("too_large", N_("The input is too large"), N_("Nothing was saved. Send less at once.")),
}

#: Seconds after which it is worth another try.
RETRY_AFTER = 30


def wants_json() -> bool:
    return request.path.startswith("/api/")


def answer(status: int, code: str, title: str, advice: str, errors: object = None) -> Response:
    """The one form of every refusal; `title` and `advice` are already in the reader's language."""
    reference = g.get("request_id", "-")
    if wants_json():
        problem: dict[str, object] = {
            "type": "about:blank",
            "title": title,
            "status": status,
            "detail": advice,
            "code": code,
            "reference": reference,
        }
        if errors is not None:
            problem["errors"] = translated(errors)
        response = jsonify(problem)
        response.status_code = status
        response.content_type = PROBLEM
        return response
    page = render_template("web/error.html", title=title, advice=advice, code=code, reference=reference)
    return make_response(page, status)


def install(app: Flask) -> None:
    @app.errorhandler(DomainError)
    def domain_error(error: DomainError) -> Response:
        log.info("refused", code=error.code, status=error.status, reason=str(error))
        metrics.count_refusal(request.endpoint, error.code)
        errors = error.errors if isinstance(error, Invalid) else None
        title, advice = _(error.title, **error.params), _(error.advice, **error.params)
        response = answer(error.status, error.code, title, advice, errors)
        if isinstance(error, TooManyRequests):
            response.headers["Retry-After"] = str(error.seconds)
        return response

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> Response:
        status = error.code or 500
        original = getattr(error, "original_exception", None)
        if original is not None:
            # It broke behind the view, in the commit at the edge: Flask makes a bare 500 of that.
            return fault(original)
        if status < 400:
            return Response(error.get_response().get_data(), status, error.get_response().headers)
        code, title, advice = HTTP_TEXTS.get(
            status, (f"http_{status}", N_("This did not work"), N_("Go back to the start page."))
        )
        log.info("refused", code=code, status=status)
        errors = _by_field((getattr(error, "data", None) or {}).get("messages"))
        response = answer(status, code, _(title), _(advice), errors)
        if isinstance(error, MethodNotAllowed):
            response.headers["Allow"] = ", ".join(sorted(error.valid_methods or ()))
        return response

    @app.errorhandler(Exception)
    def fault(error: Exception) -> Response:
        away = is_away(error)
        log.error("database_away" if away else "fault", exc_info=error)
        if "db_session" in g:
            # A statement failed: the page that says so may read, but not in that transaction any more.
            g.db_session.rollback()
        if away:
            return unavailable()
        return answer(
            500,
            "fault",
            _("Something broke on our side"),
            _("What you typed last may not be saved. Tell the Moodle administrator the code below."),
        )


def _by_field(messages: Any) -> dict[str, object] | None:
    """What flask-smorest hands over: marshmallow's messages by where the input stood (body, query), then by field."""
    if not messages:
        return None
    found: dict[str, object] = {}
    for place, said in messages.items():
        found |= said if isinstance(said, dict) else {place: said}
    return found


def unavailable() -> Response:
    """The database is away for the moment, and nothing of this request was written. The page does without it."""
    visit = g.pop("visit", None)
    g.setdefault("frame_ancestors", visit.frame_origin if visit is not None else "*")
    response = answer(
        503,
        "database_away",
        _("The service can't reach its data at the moment"),
        _("Your last step was not saved. Wait a minute, then repeat it. What was saved before is safe."),
    )
    response.headers["Retry-After"] = str(RETRY_AFTER)
    return response
