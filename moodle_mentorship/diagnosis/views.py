"""Health for machines, metrics for the monitoring, and the verdict on the administrator's page «Подключение»."""

from typing import cast

from flask import Blueprint, Response, current_app, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from markupsafe import Markup
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.db import finish
from moodle_mentorship.core.errors import NotFound
from moodle_mentorship.core.metrics import REGISTRY
from moodle_mentorship.core.secrets import same
from moodle_mentorship.diagnosis import installation, queries, service, words
from moodle_mentorship.diagnosis.checks import Check, by_weight, warn
from moodle_mentorship.diagnosis.enums import State
from moodle_mentorship.diagnosis.errors import MetricsRefused
from moodle_mentorship.diagnosis.gauges import Gauges
from moodle_mentorship.web import current
from moodle_mentorship.web.access import public, roles, signed

bp = Blueprint("diagnosis", __name__, template_folder="templates")

administrator = roles(Role.ADMINISTRATOR)

GAUGES = "mentorship.gauges"


@bp.get("/healthz")
@public
def healthz() -> Response:
    """This process answers; nothing else is asked, so that a slow database restarts nobody."""
    return jsonify({"status": "ok"})


@bp.get("/readyz")
@public
def readyz() -> tuple[Response, int]:
    """Whether requests can be served: 503 with the codes of what is missing."""
    missing = installation.unready(current.runtime())
    return jsonify({"status": "unready" if missing else "ready", "missing": missing}), 503 if missing else 200


@bp.get("/metrics")
@signed
def metrics() -> Response:
    """For Prometheus, with the bearer token of the settings; where none is set there is no such page."""
    token = current.runtime().settings.metrics_token
    if token is None:
        raise NotFound("metrics")
    if not same(request.headers.get("Authorization", ""), f"Bearer {token}"):
        raise MetricsRefused()
    gauges = cast(Gauges, current_app.extensions[GAUGES])
    return Response(generate_latest(REGISTRY) + gauges.text(), content_type=CONTENT_TYPE_LATEST)


@bp.post("/connection/check")
@administrator
def check() -> ResponseReturnValue:
    """«Проверить сейчас»: within the request, because a queue that stands still could not diagnose itself."""
    runtime, school_id = current.runtime(), current.actor().school_id
    asked = service.begin(current.session(), school_id, current.now())
    # No lock of ours waits for somebody else's server.
    finish(current.session())
    if asked:
        service.examine(runtime, school_id)
        current.session().expire_all()
    if request.headers.get("HX-Request"):
        return verdict()
    return redirect(url_for("lti.connection", done="connection_checked" if asked else "connection_being_checked"), 303)


def verdict() -> Markup:
    """The part of the page that says how the connection stands; drawn on «Подключение», and alone after a check."""
    session, school_id, now = current.session(), current.actor().school_id, current.now()
    report = service.report(session, school_id, now)
    locale = str(get_locale())
    site = queries.site(session, school_id)
    checks = by_weight([*report.checks, *_of_the_service()])
    return Markup(  # noqa: S704 — the template has escaped what Moodle said
        render_template(
            "diagnosis/_verdict.html",
            findings=[words.told(check, locale) for check in checks if check.state in {State.BAD, State.WARN}],
            unknown=[words.told(check, locale) for check in checks if check.state is State.UNKNOWN],
            fine=[words.told(check, locale) for check in checks if check.state is State.OK],
            report=report,
            site=site,
            installation=installation.CODES,
        )
    )


def _of_the_service() -> list[Check]:
    """Of the installation's checks those that the school feels; to put them right is its operator's."""
    runtime = current.runtime()
    found = [installation.queue(runtime)]
    base_url, seen = runtime.settings.base_url, f"{request.scheme}://{request.host}"
    scheme, _, host = base_url.partition("://")
    if request.host != host:
        found.append(warn("proxy", "host", seen=request.host[:100], host=host))
    elif seen != base_url and scheme == "https":
        found.append(warn("proxy", "scheme"))
    return found
