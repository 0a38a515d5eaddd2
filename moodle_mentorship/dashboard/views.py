"""The start page: «Сегодня» of each role, the director's overview, and a kind word to who has no role."""

from flask import Blueprint, current_app, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from moodle_mentorship.core.actor import Role
from moodle_mentorship.pairs import cards, words
from moodle_mentorship.pairs.enums import OPEN_STATES, PairState, Side
from moodle_mentorship.pairs.tasks import bank_counts, open_counts, open_pairs
from moodle_mentorship.people.queries import holders
from moodle_mentorship.web import current
from moodle_mentorship.web.access import any_role
from moodle_mentorship.web.formats import day, weekday
from moodle_mentorship.web.tasks import Asked, Task, Tasks

bp = Blueprint("dashboard", __name__, template_folder="templates")

SIDES = {Role.MENTOR: Side.MENTOR, Role.MENTEE: Side.MENTEE}
# The page that an administrator comes for.
CONNECTION = "lti.connection"


@bp.get("/")
@any_role
def home() -> ResponseReturnValue:
    role = current.visit().active_role
    if role is None:
        return _welcome()
    if role is Role.ADMINISTRATOR and CONNECTION in current_app.view_functions:
        return redirect(url_for(CONNECTION), 303)
    if role is Role.DIRECTOR:
        return render_template("dashboard/overview.html", tasks=_tasks(), when=when, weekday=weekday, **_figures())
    if role is Role.CURATOR:
        return render_template("dashboard/curator.html", tasks=_tasks(), when=when, weekday=weekday, **_figures())
    if role in SIDES:
        return _side(SIDES[role])
    return render_template("dashboard/today.html", tasks=_tasks(), when=when, weekday=weekday, today=current.today())


def waiting() -> int:
    """The number beside the tab «Сегодня»."""
    return len(g.tasks if "tasks" in g else _ask(briefly=True))


def _tasks() -> list[Task]:
    """What waits for the visitor in the role they look at; kept for the tab, which is drawn with the page."""
    found = g.tasks = _ask(briefly=False)
    return found


def _ask(*, briefly: bool) -> list[Task]:
    role = current.visit().active_role
    return [] if role is None else _of(role, briefly=briefly)


def _of(role: Role, *, briefly: bool) -> list[Task]:
    registry: Tasks = current_app.extensions["mentorship_tasks"]
    return registry.of(current.session(), Asked(current.actor(), role, current.today(), briefly))


def waiting_for_the_administrator() -> Markup:
    """On the page «Подключение», which is an administrator's first one: whichever role they look at."""
    found = _of(Role.ADMINISTRATOR, briefly=False)
    page = render_template("dashboard/_waiting.html", tasks=found, when=when) if found else ""
    return Markup(page)  # noqa: S704 — the template has escaped it


def _welcome() -> str:
    """Who has no role is at most on the way into a bank: asked for a consent, or for answers."""
    curators = holders(current.session(), current.school().id).get(Role.CURATOR, [])
    tasks = _of(Role.MENTEE, briefly=False)
    tasks += [task for task in _of(Role.MENTOR, briefly=False) if task not in tasks]
    return render_template(
        "dashboard/welcome.html", curators=[person.full_name for person in curators], tasks=tasks, when=when
    )


def _figures() -> dict[str, object]:
    session, school_id = current.session(), current.school().id
    return {
        "today": current.today(),
        "banks": bank_counts(session, school_id),
        "pairs": open_counts(session, school_id),
        "words": words,
        "shown": OPEN_STATES,
    }


def _side(side: Side) -> str:
    session, actor = current.session(), current.actor()
    mine = [pair for pair in open_pairs(session, actor, side) if pair.state is not PairState.PROPOSED]
    return render_template(
        "dashboard/side.html",
        tasks=_tasks(),
        when=when,
        weekday=weekday,
        today=current.today(),
        **cards.context(session, actor, side, mine),
    )


def when(task: Task) -> tuple[str, str, str, str]:
    """Kind, icon, word and date of a task's first column."""
    today = current.today()
    if task.due is not None and task.due < today:
        return "bad", "exclamation-circle", _("overdue"), day(task.due)
    if task.due == today:
        return "warn", "clock", _("today"), _("since %(day)s", day=day(task.since)) if task.since else ""
    if task.due is not None:
        return "", "calendar3", _("by the date"), day(task.due)
    if task.since is not None:
        return "", "hourglass-split", _("waiting"), _("since %(day)s", day=day(task.since))
    return "", "circle", _("no date"), ""
