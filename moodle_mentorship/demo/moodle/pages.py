"""The pages a visitor of the demonstration sees: whom to be, the course with the tool in its frame, the groups."""

from pathlib import Path

import flask_bootstrap
from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    redirect,
    render_template,
    request,
    send_from_directory,
    url_for,
)
from werkzeug.wrappers import Response as BaseResponse

from moodle_mentorship.demo.moodle import people
from moodle_mentorship.demo.moodle.state import DemoMoodle

pages = Blueprint("pages", __name__)

VENDOR = Path(flask_bootstrap.__file__).parent / "static" / "bootstrap5"


def _moodle() -> DemoMoodle:
    moodle: DemoMoodle = current_app.extensions["demo_moodle"]
    return moodle


@pages.get("/vendor/<path:name>")
def vendor(name: str) -> Response:
    """Bootstrap and its icons, as Bootstrap-Flask ships them."""
    return send_from_directory(VENDOR, name, max_age=3600)


@pages.get("/")
def front() -> str:
    """Whom would you like to be?"""
    moodle = _moodle()
    with moodle.lock:
        visitors = [(visitor, moodle.by_username(visitor.username)) for visitor in moodle.config.visitors]
    return render_template("demo_moodle/front.html", visitors=visitors)


@pages.post("/demo/enter")
def enter() -> BaseResponse:
    """Become one of the persons of the first page (nobody else's name opens anything)."""
    username = request.form.get("username", "")
    if username not in {visitor.username for visitor in _moodle().config.visitors}:
        abort(404)
    people.enter(_moodle().by_username(username))
    return redirect(url_for("pages.course", id=_moodle().config.course_id))


@pages.post("/login/logout.php")
def logout() -> BaseResponse:
    """Back to the first page."""
    people.leave()
    return redirect(url_for("pages.front"))


@pages.get("/course/view.php")
@pages.get("/mod/lti/view.php", endpoint="activity")
def course() -> str:
    """The course «Наставничество» with the tool in an iframe, as an activity in Moodle shows it."""
    moodle = _moodle()
    user = people.require_login()
    return render_template("demo_moodle/course.html", user=user, tool=moodle.current_tool(), page="course")


@pages.get("/group/index.php")
def groups() -> str:
    """Groups with their members: all of them for the administrator and the curator, one's own for everybody else."""
    moodle = _moodle()
    user = people.require_login()
    with moodle.lock:
        sees_all = moodle.sees_all_groups(user)
        shown = sorted(moodle.groups.values(), key=lambda group: group.id) if sees_all else moodle.groups_of(user.id)
        rows = [(group, [moodle.users[id_] for id_ in sorted(group.members)]) for group in shown]
        messages = [message for message in moodle.messages if message.user_id == user.id]
    return render_template(
        "demo_moodle/groups.html", user=user, rows=rows, sees_all=sees_all, messages=messages, page="groups"
    )


@pages.get("/mod/lti/toolconfigure.php")
def tools() -> Response:
    """The administrator's page of external tools: registration and activation."""
    user = people.require_admin()
    with _moodle().lock:
        rows = list(_moodle().tools.values())
    page = render_template(
        "demo_moodle/tools.html", user=user, rows=rows, current=_moodle().activity_tool, page="tools"
    )
    # Browsers hold a form's redirect to form-action too, and this form leads to a tool that nobody knows yet.
    policy = "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'self'"
    return Response(page, headers={"Content-Security-Policy": policy}, content_type="text/html; charset=utf-8")


@pages.post("/mod/lti/toolactivate.php")
def activate() -> BaseResponse:
    """«Активировать»: the tool may launch, and the course's activity shows it."""
    people.require_admin()
    deployment_id = request.form.get("deployment_id", "")
    if deployment_id not in _moodle().tools:
        abort(404)
    _moodle().activate(deployment_id)
    return redirect(url_for("pages.tools"))
