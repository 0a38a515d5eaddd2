"""The same home pages without us: a view that sends the SQL by hand and renders the same template."""

import json
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, before_render_template, g, render_template, request, template_rendered
from sqlalchemy import Engine, event

from moodle_mentorship.app import create_app
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.lti.visits import cookie_name
from moodle_mentorship.web import current
from moodle_mentorship.web.current import Visit

# What Flask and our web kit put into every template by themselves.
_GIVEN = {"config", "request", "session", "g", "visit", "tabs", "role_names", "get_locale", "notices", "sections"}
_GIVEN |= {"csrf_field"}


@dataclass
class Recorded:
    """What our application did for one visitor: the SQL, the template, what it was rendered from."""

    statements: list[tuple[str, Any]] = field(default_factory=list)
    template: str = ""
    context: dict[str, Any] = field(default_factory=dict)
    visit: Visit | None = None
    tasks: Any = None


def make_bare(runtime: Runtime) -> Flask:
    """Our application, whose home pages are recorded once for each handle in ``handles.json``; then everything between
    Flask and the view is taken off, and the view only repeats what was recorded."""
    app = create_app(runtime)
    handles: list[str] = json.loads((runtime.settings.data_dir / "handles.json").read_text())
    cookie = cookie_name(runtime.settings, "session")
    recorded = {handle: _record(app, cookie, handle) for handle in handles}
    for hooks in (app.before_request_funcs, app.after_request_funcs, app.teardown_request_funcs):
        hooks.clear()
    engine = runtime.db.engine

    def home() -> str:
        mine = recorded[request.cookies[cookie]]
        with engine.connect() as connection:
            for statement, parameters in mine.statements:
                connection.exec_driver_sql(statement, parameters).fetchall()
        g.visit, g.tasks = mine.visit, mine.tasks
        return render_template(mine.template, **mine.context)

    app.view_functions["dashboard.home"] = home
    return app


def _record(app: Flask, cookie: str, handle: str) -> Recorded:
    kept = Recorded()

    def sent(connection: object, cursor: object, statement: str, parameters: Any, *_: object) -> None:
        if statement.startswith(("SELECT", "WITH")):
            kept.statements.append((statement, parameters))

    def begun(sender: Flask, template: Any, context: dict[str, Any], **_: Any) -> None:
        if not kept.template:
            kept.template = template.name
            kept.context = {name: value for name, value in context.items() if name not in _GIVEN}

    def done(sender: Flask, **_: Any) -> None:
        kept.visit, kept.tasks = g.visit, g.get("tasks")
        # As they are: the end of the request would make them forget what they hold.
        current.session().expunge_all()

    event.listen(Engine, "before_cursor_execute", sent)
    client = app.test_client()
    client.set_cookie(cookie, handle, secure=True)
    try:
        with before_render_template.connected_to(begun, app), template_rendered.connected_to(done, app):
            answer = client.get("/", base_url="https://localhost")
    finally:
        event.remove(Engine, "before_cursor_execute", sent)
    if answer.status_code != 200:
        raise RuntimeError(f"home: {answer.status_code}")
    return kept
