"""The pages «Banks» (who waits for a mentor, who mentors, a person's way through both) and «My participation»."""

from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from marshmallow import Schema

from moodle_mentorship.banks import queries, schemas, service, words
from moodle_mentorship.banks.acts import (
    invite_mentors,
    invite_one_mentee,
    mentee_step,
    mentor_step,
    oneself,
    own_entries,
)
from moodle_mentorship.banks.enums import By, MenteeAct, MenteeState, MentorAct, Why
from moodle_mentorship.banks.models import Mentee, Mentor
from moodle_mentorship.banks.queries import ListedMentee, ListedMentor
from moodle_mentorship.banks.steps import MENTEE_STEPS, MENTOR_STEPS, open_to
from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.clock import local_date
from moodle_mentorship.core.i18n import N_
from moodle_mentorship.core.looks import CARD
from moodle_mentorship.core.paging import Page
from moodle_mentorship.people import words as people_words
from moodle_mentorship.people.enums import PersonField
from moodle_mentorship.people.queries import person_of
from moodle_mentorship.surveys import words as survey_words
from moodle_mentorship.surveys.queries import handed_in
from moodle_mentorship.surveys.ready import NEED, OFFER
from moodle_mentorship.surveys.service import last_sent
from moodle_mentorship.web import current, exports, forms, looks
from moodle_mentorship.web.access import any_role, roles
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
    heading = [*_person_heading(), _("Places"), _("Places taken"), _("Ground"), _("Trained"), _("State"), _("Since")]
    return exports.download(kind, _("Bank of mentors"), heading, map(_mentor_row, chain.from_iterable(rows)))


def _narrowed(asked: dict[str, Any]) -> dict[str, str]:
    return {"search": asked["q"] or "", "state": asked["state"], "sort": asked["sort"]}


def _person_heading() -> list[str]:
    return [_("Surname, name, patronymic"), _("Position"), _("Subjects"), _("Hired on"), _("At the school")]


def _person_cells(entry: ListedMentee | ListedMentor) -> Iterator[exports.Cell]:
    person = entry.person
    yield person.full_name
    yield person.position
    yield person.subjects
    yield person.hire_date
    yield people_words.experience(person.hire_date, current.today()) if person.hire_date else None


def _mentee_row(mentee: ListedMentee) -> Sequence[exports.Cell]:
    since = local_date(mentee.state_since, current.school().timezone)
    return [*_person_cells(mentee), _(words.MENTEE_STATES[mentee.state]), since]


def _mentor_row(mentor: ListedMentor) -> Sequence[exports.Cell]:
    since = local_date(mentor.state_since, current.school().timezone)
    basis = _(words.BASES[mentor.basis]) if mentor.basis is not None else None
    cells = (mentor.capacity, mentor.places_held, basis, mentor.trained_on)
    return [*_person_cells(mentor), *cells, _(words.mentor_state(mentor)), since]


def _bank(template: str, schema: Schema, question: Callable[..., Page[Any]]) -> str:
    asked = forms.read_address(schema, request.args)
    session, school_id = current.session(), current.school().id
    return render_template(
        template,
        page=question(session, school_id, cursor=asked["cursor"], **_narrowed(asked)),
        asked=asked,
        counts=queries.counts(session, school_id),
        today=current.today(),
        experience=people_words.experience,
        words=words,
        state_options=_state_options,
        declined=declined,
    )


def _state_options(several: list[tuple[str, str]], states: dict[str, str]) -> list[tuple[str, str]]:
    """The state filter: words for several states at once, then each state."""
    return [*several, *((state, _(text)) for state, text in states.items())]


@bp.post("/mentees")
@curator
def add_mentee() -> ResponseReturnValue:
    asked = forms.read(schemas.MenteeAddSchema(), request.form)
    service.add_mentee(current.session(), current.actor(), asked["person_id"], current.now(), Why(asked["why"]))
    return return_to(url_for("banks.mentees"), "mentee_added")


@bp.post("/mentees/invite")
@curator
def invite_mentee() -> ResponseReturnValue:
    asked = forms.read(schemas.MenteeAddSchema(), request.form)
    invite_one_mentee(asked["person_id"], Why(asked["why"]))
    return return_to(url_for("banks.mentees"), "mentee_invited")


@bp.post("/mentees/<int:person_id>/step")
@curator
def step_mentee(person_id: int) -> ResponseReturnValue:
    act = MenteeAct(forms.read(schemas.MenteeStepSchema(), request.form)["act"])
    mentee_step(person_id, act)
    return return_to(url_for("banks.mentees"), f"mentee_{act}")


@bp.post("/mentors")
@curator
def add_mentor() -> ResponseReturnValue:
    asked = forms.read(schemas.MentorAddSchema(), request.form)
    service.add_mentor(current.session(), current.actor(), asked["person_id"], asked["capacity"], current.now())
    return return_to(url_for("banks.mentors"), "mentor_added")


@bp.post("/mentors/invite")
@curator
def invite_mentor() -> ResponseReturnValue:
    """One person or several: the staff list has a button for each and one for those marked."""
    asked = forms.read(schemas.InviteSchema(), {"person_ids": request.form.getlist("person_ids")})
    invite_mentors(asked["person_ids"])
    return return_to(url_for("banks.mentors"), "mentor_invited")


@bp.post("/mentors/<int:person_id>/capacity")
@curator
def change_capacity(person_id: int) -> ResponseReturnValue:
    asked = forms.read(schemas.CapacitySchema(), request.form)
    service.change_capacity(current.session(), current.actor(), person_id, asked["capacity"], current.now())
    return return_to(url_for("banks.mentors"), "capacity_changed")


@bp.post("/mentors/<int:person_id>/basis")
@curator
def set_basis(person_id: int) -> ResponseReturnValue:
    asked = forms.read(schemas.BasisSchema(), request.form)
    service.set_basis(current.session(), current.actor(), person_id, asked["basis"], current.now())
    return return_to(url_for("banks.card", person_id=person_id), "basis_set")


@bp.post("/mentors/<int:person_id>/step")
@curator
def step_mentor(person_id: int) -> ResponseReturnValue:
    act = MentorAct(forms.read(schemas.MentorStepSchema(), request.form)["act"])
    mentor_step(person_id, act)
    return return_to(url_for("banks.mentors"), f"mentor_{act}")


@bp.get("/<int:person_id>")
@curator
def card(person_id: int) -> ResponseReturnValue:
    """One person in both banks: where they stand, what can be done, how they came there, and what was over the years:
    earlier questionnaires here, what higher rooms know in sections of theirs."""
    session, school_id = current.session(), current.school().id
    person = person_of(session, school_id, person_id)
    mentee, mentor = queries.mentee_of(session, school_id, person_id), queries.mentor_of(session, school_id, person_id)
    answered = [
        (title, sheet)
        for title, code in ((N_("What they need"), NEED), (N_("What they offer"), OFFER))
        if (sheet := last_sent(session, current.runtime().box, school_id, person_id, code)) is not None
    ]
    if answered:
        looks.noted(CARD, person_id)
    shown = {sheet.round.id for _title, sheet in answered}
    return render_template(
        "banks/card.html",
        person=person,
        mentee=mentee,
        mentor=mentor,
        mentee_acts=open_to(MENTEE_STEPS, mentee.state if mentee else None, By.CURATOR),
        mentor_acts=open_to(MENTOR_STEPS, mentor.state if mentor else None, By.CURATOR),
        declined=declined(mentee),
        declined_mentoring=declined(mentor),
        answered=answered,
        earlier=[handed for handed in handed_in(session, school_id, person_id) if handed.round_id not in shown],
        history=queries.history(session, school_id, person_id),
        free=people_words.value(person, PersonField.FREE_SLOTS),
        free_source=people_words.source(person, PersonField.FREE_SLOTS, current.school().timezone),
        today=current.today(),
        experience=people_words.experience,
        words=words,
        survey_words=survey_words,
    )


def declined(entry: Mentee | Mentor | ListedMentee | ListedMentor | None) -> bool:
    """Whether the person has said no in this school year."""
    return entry is not None and entry.refused_year == current.school().year_begins.year


own = Blueprint("participation", __name__, template_folder="templates", url_prefix="/participation")


@own.get("/")
@any_role
def index() -> ResponseReturnValue:
    """What a person says for themselves: that they need a mentor, that they can be one, or neither."""
    entries = own_entries()
    mentee, mentor = entries["mentee"], entries["mentor"]
    invited = mentee is not None and mentee.state is MenteeState.INVITED
    return render_template(
        "banks/participation.html",
        known=current.actor().person_id is not None,
        asked=invited and queries.asked_oneself(current.session(), mentee.school_id, mentee.person_id),
        mentee=mentee,
        mentor=mentor,
        mentee_acts=open_to(MENTEE_STEPS, mentee.state if mentee else None, By.ONESELF),
        mentor_acts=open_to(MENTOR_STEPS, mentor.state if mentor else None, By.ONESELF),
        declined=declined(mentee),
        declined_mentoring=declined(mentor),
        words=words,
    )


@own.post("/mentee")
@any_role
def mentee() -> ResponseReturnValue:
    act = MenteeAct(forms.read(schemas.OwnMenteeStepSchema(), request.form)["act"])
    mentee_step(oneself(), act)
    return return_to(url_for("participation.index"), f"own_mentee_{act}")


@own.post("/mentor")
@any_role
def mentor() -> ResponseReturnValue:
    asked = forms.read(schemas.OwnMentorStepSchema(), request.form)
    act = MentorAct(asked["act"])
    mentor_step(oneself(), act)
    return return_to(url_for("participation.index"), f"own_mentor_{act}")
