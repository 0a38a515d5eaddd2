"""The web kit: everything a page or an API needs from Flask, installed once by `app.py`."""

from importlib.resources import files
from typing import Any, cast

from babel.support import NullTranslations
from flask import Blueprint, Flask, Response, g, request, send_from_directory
from flask_babel import Babel, get_locale, get_translations
from flask_babel import gettext as _
from flask_bootstrap import Bootstrap5
from flask_smorest import Api
from markupsafe import Markup
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import IntegerConverter

from moodle_mentorship.core.db import LARGEST_NUMBER
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.web import current, edge, errors, formats, limits, openapi
from moodle_mentorship.web.access import public
from moodle_mentorship.web.back import here
from moodle_mentorship.web.current import Visits
from moodle_mentorship.web.handles import PathHandles, address_for
from moodle_mentorship.web.marks import Marks
from moodle_mentorship.web.nav import ROLE_NAMES, Tabs
from moodle_mentorship.web.pages import Pages
from moodle_mentorship.web.sections import Sections
from moodle_mentorship.web.tasks import Tasks

#: Bytes of a request. A form of small fields costs us much more than its bytes, before we know whose it is; what takes
#: a file or a long message says so (`access.uploads`).
MAX_REQUEST_BYTES = 512 * 1024

vendor_folder = str(files("js_lib_htmx") / "static" / "htmx")
bp = Blueprint("web", __name__)


@bp.get("/static/vendor/<path:filename>")
@public
def vendor(filename: str) -> Response:
    """Scripts that come in packages (htmx)."""
    return send_from_directory(vendor_folder, filename)


class RowNumber(IntegerConverter):
    """The number of a row in an address; one that no column holds is no address of ours (404).

    By the pattern, not by `ValidationError`: after that werkzeug answers 405 where the address has another method too.
    """

    regex = rf"\d{{1,{len(str(LARGEST_NUMBER)) - 1}}}"


class Notices:
    """What a page says after an act: a code in the address, a text here (works without cookies, survives reload)."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}

    def add(self, **texts: str) -> None:
        self._texts.update(texts)

    def of_request(self) -> list[str]:
        text = self._texts.get(request.args.get("done", ""))
        return [_(text)] if text else []


class Kit:
    """What a room gets to wire itself into the application."""

    def __init__(self, app: Flask, api: Api, runtime: Runtime) -> None:
        self.app = app
        self.api = api
        self.runtime = runtime
        self.tabs = Tabs()
        self.notices = Notices()
        # Words of higher rooms beside people in the staff list.
        self.marks = Marks()
        # What waits for a person on «Сегодня».
        self.tasks = Tasks()
        # What can be placed in a course as an activity of its own.
        self.pages = Pages()
        # Parts of pages that higher rooms add.
        self.sections = Sections()


def choose_locale() -> str:
    """The school's language; before we know the school, the installation's."""
    visit = g.get("visit")
    if visit is not None:
        return str(visit.school.locale)
    return str(g.get("locale") or current.runtime().settings.default_locale)


def catalogue() -> NullTranslations:
    """The messages in the reader's language, found once in a request."""
    if "catalogue" not in g:
        g.catalogue = get_translations()
    return cast(NullTranslations, g.catalogue)


def csrf_field() -> Markup:
    """The hidden field of every form that writes."""
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(g.visit.csrf_token)


def install(app: Flask, runtime: Runtime, visits: Visits) -> Kit:
    """Install errors, edge, translations, Bootstrap and the REST kit."""
    app.extensions["mentorship"] = runtime
    app.config.update(
        MAX_CONTENT_LENGTH=MAX_REQUEST_BYTES,
        BABEL_DEFAULT_LOCALE=runtime.settings.default_locale,
        BABEL_TRANSLATION_DIRECTORIES=str(files("moodle_mentorship") / "translations"),
        BOOTSTRAP_SERVE_LOCAL=True,
    )
    app.wsgi_app = PathHandles(app.wsgi_app)  # type: ignore[method-assign]
    if runtime.settings.trusted_proxies:
        hops = runtime.settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    app.url_map.converters["int"] = RowNumber
    Babel(app, locale_selector=choose_locale)
    # In place of flask-babel's own, which look for the request's language anew at each word of a page.
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        gettext=lambda message: catalogue().ugettext(message),
        ngettext=lambda singular, plural, number: catalogue().ungettext(singular, plural, number),
        newstyle=True,
    )
    Bootstrap5(app)
    formats.install(app)
    app.jinja_env.globals.update(url_for=address_for, here=here)
    edge.install(app, visits)
    limits.install(app, runtime.settings)
    app.register_blueprint(bp)
    kit = Kit(app, openapi.install(app), runtime)
    # After the REST kit, which brings handlers of its own.
    errors.install(app)
    app.extensions["mentorship.marks"] = kit.marks

    @app.context_processor
    def for_templates() -> dict[str, Any]:
        return {
            "visit": g.get("visit"),
            "tabs": kit.tabs,
            "role_names": ROLE_NAMES,
            "get_locale": get_locale,
            "notices": kit.notices.of_request,
            "sections": kit.sections.of,
            "csrf_field": csrf_field,
        }

    return kit
