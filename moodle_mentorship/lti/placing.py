"""Pages of deep linking: which page of ours to place in the course, and the way back to Moodle with the answer."""

from collections.abc import Sequence
from typing import cast

from flask import Blueprint, current_app, g, make_response, render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.i18n import N_
from moodle_mentorship.lti.service import placing
from moodle_mentorship.moodle.platforms import origin_of
from moodle_mentorship.web import current
from moodle_mentorship.web.access import access_of, any_role, roles
from moodle_mentorship.web.nav import ROLE_NAMES, ROLE_ORDER
from moodle_mentorship.web.pages import Page, Pages

bp = Blueprint("placing", __name__)

# Where `wiring` leaves the registry.
PAGES = "mentorship.pages"


@bp.get("/placing")
@any_role
def choose() -> Response | str:
    """The pages to choose from; to whom it isn't given, why not, and the way back."""
    asked = placing.waiting_request(current.session(), current.runtime().box, current.actor())
    if not current.actor().has(*placing.PLACERS):
        return make_response(_page("lti/may_not_place.html"), 403)
    return _choice(asked.several)


@bp.post("/placing")
@roles(*placing.PLACERS)
def place() -> Response | str:
    """Answer Moodle with what was chosen. Of pages that aren't offered nothing is said: our own form has none."""
    session, runtime, actor = current.session(), current.runtime(), current.actor()
    asked = placing.waiting_request(session, runtime.box, actor)
    wanted = set(request.form.getlist("page"))
    chosen = [page for page in _offered() if page.endpoint in wanted]
    if not chosen or (len(chosen) > 1 and not asked.several):
        return make_response(_choice(asked.several, N_("Choose a page.")), 422)
    pages = [placing.PlacedPage(runtime.settings.base_url + _path(page), _(page.title)) for page in chosen]
    return _back(placing.answer_with(session, runtime.box, actor, pages, current.now()))


@bp.post("/placing/cancel")
@any_role
def cancel() -> str:
    """Answer Moodle that nothing is to be placed."""
    said = _("No page was placed.")
    answer = placing.answer_with(
        current.session(), current.runtime().box, current.actor(), [], current.now(), message=said
    )
    return _back(answer)


def _choice(several: bool, error: str | None = None) -> str:
    choices = [(page, _for_whom(page)) for page in _offered()]
    return _page("lti/placing.html", choices=choices, several=several, error=error)


def _back(answer: placing.PlacingAnswer) -> str:
    """The page that posts itself to Moodle, and may post nowhere else."""
    g.form_action = origin_of(answer.return_url)
    return _page("lti/placed.html", answer=answer)


def _page(template: str, **values: object) -> str:
    # Without our header and tabs: it stands in a small window of Moodle's, and there is one thing to do in it.
    return render_template(template, visit=None, **values)


def _offered() -> list[Page]:
    return cast(Pages, current_app.extensions[PAGES]).all()


def _path(page: Page) -> str:
    """The page's address as it may stand in a course: never with the handle of this session."""
    return current_app.url_map.bind("").build(page.endpoint)


def _for_whom(page: Page) -> Sequence[str]:
    """The roles that its view lets in; empty: everybody."""
    rule = access_of(current_app, page.endpoint)
    allowed: frozenset[Role] = rule.roles if rule is not None else frozenset()
    return [_(ROLE_NAMES[role]) for role in ROLE_ORDER if role in allowed]
