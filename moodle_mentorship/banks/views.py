"""The page «Banks»: who waits for a mentor, who mentors, and how many places are free."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema

from moodle_mentorship.banks import queries, schemas, service
from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.paging import Page
from moodle_mentorship.people.words import experience
from moodle_mentorship.web import current, forms
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


def _bank(template: str, schema: Schema, question: Callable[..., Page[Any]]) -> str:
    asked = forms.read_address(schema, request.args)
    session, school_id = current.session(), current.school().id
    return render_template(
        template,
        page=question(
            session,
            school_id,
            search=asked["q"] or "",
            state=asked["state"],
            sort=asked["sort"],
            cursor=asked["cursor"],
        ),
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
