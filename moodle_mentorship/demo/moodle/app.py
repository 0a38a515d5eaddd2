"""`create_demo_moodle`: the demonstration Moodle as a Flask application of its own."""

import secrets
from dataclasses import replace
from http import HTTPStatus
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, render_template
from werkzeug.exceptions import HTTPException
from werkzeug.http import http_date

from moodle_mentorship.demo.moodle import seed
from moodle_mentorship.demo.moodle.config import DemoMoodleConfig
from moodle_mentorship.demo.moodle.pages import pages
from moodle_mentorship.demo.moodle.platform import ACTIVITY_TITLE, PlatformKey, platform
from moodle_mentorship.demo.moodle.state import DemoMoodle
from moodle_mentorship.demo.moodle.transport import LostAnswers
from moodle_mentorship.demo.moodle.webservice import webservice


def create_demo_moodle(config: DemoMoodleConfig) -> Flask:
    """A new site in memory. Mount it under the path of `config.base_url`, or serve it on a host of its own.

    Mounting is by `werkzeug.middleware.dispatcher.DispatcherMiddleware(app, {"/moodle": demo.wsgi_app})`. The state
    is at hand through `demo_state(app)`; it is gone with the process.
    """
    app = Flask(__name__, static_folder="static", template_folder="templates")
    app.config.update(
        SECRET_KEY=secrets.token_hex(32),
        SESSION_COOKIE_NAME=config.session_cookie,
        SESSION_COOKIE_PATH=urlsplit(config.base_url).path or "/",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=config.base_url.startswith("https://"),
        MAX_FORM_MEMORY_SIZE=None,  # a web-service form of thousands of ids is larger than Flask's 500 kB
    )
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.json.sort_keys = False  # type: ignore[attr-defined]
    if config.school and not config.visitors:
        config = replace(config, visitors=seed.VISITORS)
    moodle = DemoMoodle(config)
    if config.school:
        seed.fill(moodle)
    app.extensions["demo_moodle"] = moodle
    app.extensions["demo_moodle_key"] = PlatformKey()
    app.register_blueprint(webservice)
    app.register_blueprint(platform)
    app.register_blueprint(pages)
    app.register_error_handler(HTTPException, _error_page)
    app.context_processor(lambda: {"config": config, "activity": ACTIVITY_TITLE})
    app.after_request(_guard)
    app.wsgi_app = LostAnswers(app.wsgi_app)  # type: ignore[method-assign]
    return app


def demo_state(app: Flask) -> DemoMoodle:
    """The memory of a demonstration Moodle, for tests and the demo."""
    moodle: DemoMoodle = app.extensions["demo_moodle"]
    return moodle


def _error_page(error: HTTPException) -> Response | HTTPException:
    status = HTTPStatus(error.code or 500)
    if status is HTTPStatus.MOVED_PERMANENTLY or status is HTTPStatus.PERMANENT_REDIRECT:
        return error
    page = render_template("demo_moodle/error.html", status=status, said=error.description)
    return Response(page, status, content_type="text/html; charset=utf-8")


def _guard(response: Response) -> Response:
    """Pages run no script but their own files; frames and forms lead to the registered tools alone."""
    moodle = demo_state(current_app)
    with moodle.lock:
        origins = " ".join(sorted({tool.origin for tool in moodle.tools.values()}))
    response.headers.setdefault(
        "Content-Security-Policy",
        "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'self'; "
        f"frame-src 'self' {origins}; form-action 'self' {origins}",
    )
    response.headers.setdefault("X-Frame-Options", "sameorigin")
    response.headers["Date"] = http_date(moodle.now())
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    return response
