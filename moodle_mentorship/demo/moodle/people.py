"""Who sits before the demonstration Moodle: its own session cookie, and the guards of its pages."""

import secrets

from flask import abort, current_app, session

from moodle_mentorship.demo.moodle.state import DemoMoodle, DemoUser


def enter(user: DemoUser) -> None:
    """Begin a session as this person."""
    session.clear()
    session["user"] = user.id
    session["id"] = secrets.token_hex(8)


def leave() -> None:
    """End the session."""
    session.clear()


def session_id() -> str:
    """What binds a launch to this session."""
    return str(session.get("id", ""))


def current_user() -> DemoUser | None:
    """The person of this session; None when nobody was picked, or the account is gone or suspended."""
    moodle: DemoMoodle = current_app.extensions["demo_moodle"]
    user = moodle.users.get(session.get("user", 0))
    return None if user is None or user.deleted or user.suspended else user


def require_login() -> DemoUser:
    """The person of this session; otherwise 403 with a page that leads to the first one."""
    user = current_user()
    if user is None:
        abort(403)
    return user


def require_admin() -> DemoUser:
    """The site's administrator; otherwise 403."""
    user = require_login()
    if not user.is_admin:
        abort(403)
    return user
