"""The page «Banks»: who waits for a mentor, who mentors, and how many places are free."""

from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from marshmallow import Schema

from moodle_mentorship.banks import queries, schemas, service, words
from moodle_mentorship.banks.models import Mentee, Mentor
from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.clock import local_date
from moodle_mentorship.core.paging import Page
from moodle_mentorship.people.words import experience
from moodle_mentorship.web import current, exports, forms
from moodle_mentorship.web.access import roles
from moodle_mentorship.web.back import return_to

bp = Blueprint("banks", __name__, template_folder="templates", url_prefix="/banks")

curator = roles(Role.CURATOR)


@bp.get("/mentees")
@curator
def mentees() -> ResponseReturnValue:
    return _bank("banks/mentees.html", schemas.MenteeListSchema(), queries.mentees)


@bp.get("/mentors")
@curator
def mentors() -> ResponseReturnValue:
    return _bank("banks/mentors.html", schemas.MentorListSchema(), queries.mentors)


@bp.get(f"/mentees/{exports.FILE}")
@curator
def export_mentees(kind: str) -> ResponseReturnValue:
    asked = forms.read_address(schemas.MenteeListSchema(), request.args)
    rows = queries.all_mentees(current.session(), current.school().id, **_narrowed(asked))
    heading = [*_person_heading(), _("State"), _("Since")]
    return exports.download(kind, _("Bank of mentees"), heading, map(_mentee_row, chain.from_iterable(rows)))


@bp.get(f"/mentors/{exports.FILE}")
@curator
def export_mentors(kind: str) -> ResponseReturnValue:
    asked = forms.read_address(schemas.MentorListSchema(), request.args)
    rows = queries.all_mentors(current.session(), current.school().id, **_narrowed(asked))
    heading = [*_person_heading(), _("Places"), _("Places taken"), _("State"), _("Since")]
    return exports.download(kind, _("Bank of mentors"), heading, map(_mentor_row, chain.from_iterable(rows)))


def _narrowed(asked: dict[str, Any]) -> dict[str, str]:
    return {"search": asked["q"] or "", "state": asked["state"], "sort": asked["sort"]}


def _person_heading() -> list[str]:
    return [_("Surname, name, patronymic"), _("Position"), _("Subjects"), _("Hired on"), _("At the school")]


def _person_cells(entry: Mentee | Mentor) -> Iterator[exports.Cell]:
    person = entry.person
    yield person.full_name
    yield person.position
    yield person.subjects
    yield person.hire_date
    yield experience(person.hire_date, current.today()) if person.hire_date else None


def _mentee_row(mentee: Mentee) -> Sequence[exports.Cell]:
    since = local_date(mentee.state_since, current.school().timezone)
    return [*_person_cells(mentee), _(words.MENTEE_STATES[mentee.state]), since]


def _mentor_row(mentor: Mentor) -> Sequence[exports.Cell]:
    since = local_date(mentor.state_since, current.school().timezone)
    places = (mentor.capacity, mentor.places_held)
    return [*_person_cells(mentor), *places, _(words.MENTOR_STATES[mentor.state]), since]


def _bank(template: str, schema: Schema, question: Callable[..., Page[Any]]) -> str:
    asked = forms.read_address(schema, request.args)
    session, school_id = current.session(), current.school().id
    return render_template(
        template,
        page=question(session, school_id, cursor=asked["cursor"], **_narrowed(asked)),
        asked=asked,
        counts=queries.counts(session, school_id),
        today=current.today(),
        experience=experience,
    )


@bp.post("/mentees")
@curator
def add_mentee() -> ResponseReturnValue:
    asked = forms.read(schemas.MenteeAddSchema(), request.form)
    service.add_mentee(current.session(), current.actor(), asked["person_id"], current.now())
    return return_to(url_for("banks.mentees"), "mentee_added")


@bp.post("/mentors")
@curator
def add_mentor() -> ResponseReturnValue:
    asked = forms.read(schemas.MentorAddSchema(), request.form)
    service.add_mentor(current.session(), current.actor(), asked["person_id"], asked["capacity"], current.now())
    return return_to(url_for("banks.mentors"), "mentor_added")


@bp.post("/mentors/<int:person_id>/capacity")
@curator
def change_capacity(person_id: int) -> ResponseReturnValue:
    asked = forms.read(schemas.CapacitySchema(), request.form)
    service.change_capacity(current.session(), current.actor(), person_id, asked["capacity"], current.now())
    return return_to(url_for("banks.mentors"), "capacity_changed")


@bp.post("/mentees/<int:person_id>/withdraw")
@curator
def withdraw_mentee(person_id: int) -> ResponseReturnValue:
    service.withdraw_mentee(current.session(), current.actor(), person_id, current.now())
    return return_to(url_for("banks.mentees"), "mentee_withdrawn")


@bp.post("/mentors/<int:person_id>/withdraw")
@curator
def withdraw_mentor(person_id: int) -> ResponseReturnValue:
    service.withdraw_mentor(current.session(), current.actor(), person_id, current.now())
    return return_to(url_for("banks.mentors"), "mentor_withdrawn")
