"""Pages of the staff list, of one person, and of who holds which role."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, Literal

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.errors import Invalid, NotFound
from moodle_mentorship.core.paging import COUNTED
from moodle_mentorship.core.schemas import row_id
from moodle_mentorship.people import lists, queries, words
from moodle_mentorship.people.enums import PersonField, StaffSort, StaffStatus
from moodle_mentorship.people.models import Person, PersonDifference
from moodle_mentorship.people.schemas import PersonEditSchema, StaffQuerySchema
from moodle_mentorship.people.service import directory
from moodle_mentorship.people.service import roles as appointments
from moodle_mentorship.people.service.colleagues import Colleagues
from moodle_mentorship.school import words as week_words
from moodle_mentorship.web import current, exports, forms
from moodle_mentorship.web.access import roles

bp = Blueprint("people", __name__, template_folder="templates", url_prefix="/staff")

readers = roles(Role.CURATOR, Role.DIRECTOR)
curator = roles(Role.CURATOR)

# Whose value is taken where sources say different things; anything else keeps what stands here.
TAKES: dict[str, Literal["moodle", "file", "answer"]] = {"moodle": "moodle", "file": "file", "answer": "answer"}


@bp.get("/")
@readers
def staff() -> ResponseReturnValue:
    session, school, marks = current.session(), current.school(), current.marks()
    query = forms.read_address(StaffQuerySchema(), request.args)
    narrowed = lists.narrow(query, marks, school.id, school.year_begins)
    page = queries.staff_page(session, school.id, narrowed, query["sort"], query["cursor"])
    closed = marks.closed(session, school.id, [person.id for person in page.rows])
    return render_template(
        "people/staff.html",
        page=page,
        total=queries.staff_count(session, school.id, narrowed),
        counted=COUNTED,
        query=query,
        address=lists.address(query),
        narrowed=lists.narrowed_by_hand(query),
        marks=_marks(page.rows),
        registers=marks.registers,
        closed_to=lambda person_id: [code for code, ids in closed.items() if person_id in ids],
        open=queries.open_counts(session, school.id),
        may_edit=current.actor().has(Role.CURATOR),
        today=current.today(),
        words=words,
        StaffStatus=StaffStatus,
    )


@bp.get(f"/{exports.FILE}")
@readers
def export(kind: str) -> ResponseReturnValue:
    session, school = current.session(), current.school()
    query = forms.read_address(StaffQuerySchema(), request.args)
    narrowed = lists.narrow(query, current.marks(), school.id, school.year_begins)
    chunks = queries.all_staff(session, school.id, narrowed, query["sort"])
    heading = [_("Member of staff"), _("Position"), _("Subjects"), _("Hired on"), _("At the school"), _("State")]
    return exports.download(kind, _("Staff"), heading, chain.from_iterable(map(_exported, chunks)))


@bp.get("/<int:person_id>")
@readers
def person(person_id: int) -> ResponseReturnValue:
    session, school_id = current.session(), current.school().id
    row = queries.person_of(session, school_id, person_id)
    changes = queries.changes_of(session, school_id, person_id)
    differences = queries.differences_of(session, school_id, person_id)
    return render_template(
        "people/person.html",
        person=row,
        marks=_marks([row])[row.id],
        roles=queries.granted_roles(session, school_id, person_id),
        differences=differences,
        problems=_problems(row, differences),
        consequences=_consequences(row),
        changes=changes,
        managers=_managers(row, changes),
        may_edit=current.actor().has(Role.CURATOR),
        today=current.today(),
        words=words,
        fields=PersonField,
        StaffStatus=StaffStatus,
    )


@bp.get("/<int:person_id>/edit")
@curator
def edit(person_id: int) -> ResponseReturnValue:
    row = queries.person_of(current.session(), current.school().id, person_id)
    manager = _managers(row).get(row.line_manager_id or 0)
    return _edit_form(row, PersonEditSchema().dump(row) | {"line_manager": manager}, {})


@bp.post("/<int:person_id>/edit")
@curator
def save(person_id: int) -> ResponseReturnValue:
    row = queries.person_of(current.session(), current.school().id, person_id)
    said: dict[str, Any] = dict(request.form.items())
    if "free_slots" in said:
        # The empty one says that the week was asked about, for a week of which nothing is marked.
        said["free_slots"] = [part for part in request.form.getlist("free_slots") if part]
    try:
        values = forms.read(PersonEditSchema(), said)
        directory.edit_person(current.session(), current.actor(), person_id, values, current.now())
    except Invalid as error:
        return _edit_form(row, said, error.errors), error.status
    return _to_card(person_id, "person_saved")


@bp.post("/<int:person_id>/differences/<field>")
@curator
def resolve(person_id: int, field: str) -> ResponseReturnValue:
    if field not in set(PersonField):
        raise NotFound(f"field {field}")
    directory.resolve_difference(
        current.session(),
        current.actor(),
        person_id,
        PersonField(field),
        TAKES.get(request.form.get("take", ""), "keep"),
        current.now(),
    )
    return _to_card(person_id, "difference_resolved")


@bp.post("/<int:person_id>/left")
@curator
def confirm_departure(person_id: int) -> ResponseReturnValue:
    departures = current.runtime().departures
    directory.confirm_departure(current.session(), current.actor(), person_id, current.now(), departures)
    return _to_card(person_id, "departure_confirmed")


@bp.post("/<int:person_id>/keep")
@curator
def keep(person_id: int) -> ResponseReturnValue:
    directory.keep_person(current.session(), current.actor(), person_id, current.now())
    return _to_card(person_id, "person_kept")


@bp.get("/roles/<role>")
@curator
def choose(role: str) -> ResponseReturnValue:
    """Look for somebody who takes the role."""
    session, school_id, wanted = current.session(), current.school().id, _appointable(role)
    search = " ".join(request.args.get("search", "").split())
    narrowed = queries.StaffFilter(search=search)
    page = queries.staff_page(session, school_id, narrowed, StaffSort.NAME, request.args.get("cursor"))
    return render_template(
        "people/appoint.html",
        role=wanted,
        heading=words.APPOINT_HEADINGS[wanted],
        page=page,
        search=search,
        holders=queries.holders(session, school_id).get(wanted, []),
        single=wanted is Role.DIRECTOR,
    )


@bp.post("/roles/<role>")
@curator
def appoint(role: str) -> ResponseReturnValue:
    appointments.appoint(current.session(), current.actor(), _person_id(), _appointable(role), current.now())
    return redirect(url_for("school.index", done="role_given"), 303)


@bp.post("/roles/<role>/dismiss")
@curator
def dismiss(role: str) -> ResponseReturnValue:
    appointments.dismiss(current.session(), current.actor(), _person_id(), _appointable(role), current.now())
    return redirect(url_for("school.index", done="role_ended"), 303)


def roles_section() -> Markup:
    """The part of the page «School» that says who holds which role."""
    session, school_id = current.session(), current.school().id
    return Markup(  # noqa: S704 — the template has escaped what people typed
        render_template(
            "people/_roles.html",
            holders=queries.holders(session, school_id),
            appointable=appointments.APPOINTABLE,
            headings=words.APPOINT_HEADINGS,
            may_edit=current.actor().has(Role.CURATOR),
            may_open=current.actor().has(Role.CURATOR, Role.DIRECTOR),
        )
    )


def _marks(people: Iterable[Person]) -> dict[int, list[str]]:
    """Chips of each of these people: the directory's own ones first."""
    people = list(people)
    others = current.marks().of(current.session(), current.school().id, [person.id for person in people])
    return {person.id: words.own_marks(person) + others[person.id] for person in people}


def _exported(people: Sequence[Person]) -> Iterator[Sequence[exports.Cell]]:
    marks, today = _marks(people), current.today()
    for row in people:
        yield (
            row.full_name,
            row.position,
            row.subjects,
            row.hire_date,
            words.experience(row.hire_date, today) if row.hire_date else None,
            ", ".join(_(mark) for mark in marks[row.id]),
        )


def _managers(row: Person, changes: Sequence[queries.Changed] = ()) -> dict[int, str]:
    """Full names of the person's line manager and of the earlier ones, by id."""
    told = (changed.change for changed in changes if changed.change.field is PersonField.LINE_MANAGER)
    ids = {int(text) for change in told for text in (change.before, change.after) if text is not None}
    return queries.full_names_of(current.session(), row.school_id, ids | {row.line_manager_id or 0})


def _problems(row: Person, differences: Sequence[PersonDifference]) -> dict[int, str]:
    """Why a line manager whom another source names can't be taken (a msgid with `name`), by the difference's id."""
    colleagues = Colleagues(current.session(), row.school_id)
    meant = {
        difference.id: colleagues.meant(difference.moodle_value or "", row.id)
        for difference in differences
        if difference.field is PersonField.LINE_MANAGER
    }
    return {number: each.problem for number, each in meant.items() if each.problem is not None}


def _consequences(row: Person) -> list[str]:
    if row.status is not StaffStatus.LEAVING:
        return []
    session, school_id = current.session(), current.school().id
    own = words.roles_that_end(len(queries.granted_roles(session, school_id, row.id)))
    return own + current.marks().consequences(session, school_id, row.id)


def _edit_form(row: Person, values: Any, errors: Any) -> str:
    return render_template(
        "people/edit.html",
        person=row,
        values=values,
        errors=forms.translated(errors),
        categories=[("", _("category not known")), *((code, _(text)) for code, text in words.CATEGORIES.items())],
        days=week_words.days(current.school().working_days),
        parts=week_words.parts(),
        words=words,
    )


def _to_card(person_id: int, done: str) -> ResponseReturnValue:
    return redirect(url_for("people.person", person_id=person_id, done=done), 303)


def _appointable(role: str) -> Role:
    if role not in set(appointments.APPOINTABLE):
        raise NotFound(f"role {role}")
    return Role(role)


def _person_id() -> int:
    person_id = row_id(request.form.get("person_id", ""))
    if person_id is None:
        raise NotFound("no person id")
    return person_id
