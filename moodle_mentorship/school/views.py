"""The page «School»: details of the organisation and its sites. The curator writes, others read."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import get_timezone_location
from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale

from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.errors import Invalid
from moodle_mentorship.school import service
from moodle_mentorship.school.queries import school_of, site_of, sites_of
from moodle_mentorship.school.schemas import SchoolDetailsSchema, SiteSchema
from moodle_mentorship.web import current, forms
from moodle_mentorship.web.access import roles

bp = Blueprint("school", __name__, template_folder="templates", url_prefix="/school")

# The zones of Russia from west to east, then of the neighbours where Russian-speaking schools stand.
TIMEZONES = (
    "Europe/Kaliningrad",
    "Europe/Moscow",
    "Europe/Samara",
    "Asia/Yekaterinburg",
    "Asia/Omsk",
    "Asia/Novosibirsk",
    "Asia/Krasnoyarsk",
    "Asia/Irkutsk",
    "Asia/Yakutsk",
    "Asia/Vladivostok",
    "Asia/Magadan",
    "Asia/Kamchatka",
    "Europe/Minsk",
    "Asia/Almaty",
    "Asia/Bishkek",
    "Asia/Tashkent",
    "Asia/Yerevan",
)

readers = roles(Role.CURATOR, Role.DIRECTOR, Role.CLERK, Role.ADMINISTRATOR)
curator = roles(Role.CURATOR)


@bp.get("/")
@readers
def index() -> ResponseReturnValue:
    return _index()


@bp.get("/edit")
@curator
def edit() -> ResponseReturnValue:
    school = school_of(current.session(), current.school().id)
    return _form(SchoolDetailsSchema().dump(school), {})


@bp.post("/edit")
@curator
def save() -> ResponseReturnValue:
    try:
        details = forms.read(SchoolDetailsSchema(), request.form)
        service.update_school(current.session(), current.actor(), details, current.now())
    except Invalid as error:
        return _form(request.form, error.errors), error.status
    return redirect(url_for("school.index", done="school_saved"), 303)


@bp.get("/sites/new")
@curator
def new_site() -> ResponseReturnValue:
    return _site_form(None, {}, {})


@bp.post("/sites/new")
@curator
def add_site() -> ResponseReturnValue:
    try:
        values = forms.read(SiteSchema(), request.form)
        service.add_site(current.session(), current.actor(), now=current.now(), **values)
    except Invalid as error:
        return _site_form(None, request.form, error.errors), error.status
    return redirect(url_for("school.index", done="site_added"), 303)


@bp.get("/sites/<int:site_id>")
@curator
def site(site_id: int) -> ResponseReturnValue:
    row = site_of(current.session(), current.school().id, site_id)
    return _site_form(site_id, {"name": row.name, "address": row.address}, {})


@bp.post("/sites/<int:site_id>")
@curator
def save_site(site_id: int) -> ResponseReturnValue:
    site_of(current.session(), current.school().id, site_id)
    try:
        values = forms.read(SiteSchema(), request.form)
        service.rename_site(current.session(), current.actor(), site_id, now=current.now(), **values)
    except Invalid as error:
        return _site_form(site_id, request.form, error.errors), error.status
    return redirect(url_for("school.index", done="site_saved"), 303)


@bp.post("/sites/<int:site_id>/remove")
@curator
def remove_site(site_id: int) -> ResponseReturnValue:
    service.remove_site(current.session(), current.actor(), site_id, current.now())
    return redirect(url_for("school.index", done="site_removed"), 303)


def timezone_choices(chosen: str, now: datetime, locale: Any) -> list[tuple[str, str]]:
    """Zones with their place and present offset, such as «Москва (UTC+3)»; the chosen one always stands among them."""
    names = TIMEZONES if chosen in TIMEZONES else (chosen, *TIMEZONES)
    return [
        (name, f"{get_timezone_location(name, locale, return_city=True)} (UTC{_offset(name, now)})") for name in names
    ]


def _offset(name: str, now: datetime) -> str:
    offset = now.astimezone(ZoneInfo(name)).strftime("%z")
    hours, minutes = int(offset[:3]), offset[3:]
    return f"{hours:+d}" + (f":{minutes}" if minutes != "00" else "")


def _index() -> str:
    session, school_id = current.session(), current.school().id
    school = school_of(session, school_id)
    zone = timezone_choices(school.timezone, current.now(), get_locale())
    return render_template(
        "school/index.html",
        school=school,
        sites=sites_of(session, school_id),
        zone=dict(zone)[school.timezone],
        may_edit=current.actor().has(Role.CURATOR),
    )


def _form(values: Any, errors: Any) -> str:
    zones = timezone_choices(current.school().timezone, current.now(), get_locale())
    return render_template("school/edit.html", values=values, errors=forms.translated(errors), zones=zones)


def _site_form(site_id: int | None, values: Any, errors: Any) -> str:
    return render_template("school/site.html", site_id=site_id, values=values, errors=forms.translated(errors))
