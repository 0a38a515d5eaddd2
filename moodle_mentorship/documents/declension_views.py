"""«Как склоняется»: the six forms of a person's name and post, for the curator to read and to put right."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup
from marshmallow import Schema

from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.errors import Conflict, Invalid
from moodle_mentorship.core.i18n import N_
from moodle_mentorship.core.schemas import Line
from moodle_mentorship.documents import queries
from moodle_mentorship.documents.service import declining
from moodle_mentorship.documents.wording import Namer, small
from moodle_mentorship.grammar.cases import Case
from moodle_mentorship.people.models import Person
from moodle_mentorship.people.queries import names_of, person_of
from moodle_mentorship.web import current, forms
from moodle_mentorship.web.access import roles

bp = Blueprint("declension", __name__, template_folder="templates", url_prefix="/documents/declension")

curator = roles(Role.CURATOR)

#: What follows the nominative, each with the question that schools teach.
CASES = {
    Case.GENITIVE: N_("Genitive (of whom?)"),
    Case.DATIVE: N_("Dative (to whom?)"),
    Case.ACCUSATIVE: N_("Accusative (whom?)"),
    Case.INSTRUMENTAL: N_("Instrumental (by whom?)"),
    Case.PREPOSITIONAL: N_("Prepositional (about whom?)"),
}

# As long as the columns that hold a name and a post.
FormsOfName = Schema.from_dict({case.value: Line(620, required=True) for case in CASES})
FormsOfPost = Schema.from_dict({case.value: Line(300, required=True) for case in CASES})


@bp.get("/<int:person_id>")
@curator
def show(person_id: int) -> ResponseReturnValue:
    return _page(_person(person_id), {}, {}, "")


@bp.post("/<int:person_id>/name")
@curator
def check_name(person_id: int) -> ResponseReturnValue:
    person = _person(person_id)

    def act(typed: Sequence[str]) -> None:
        declining.check_name(current.session(), current.actor(), person.id, typed, current.now())

    return _saved(person, "name", FormsOfName(), act)


@bp.post("/<int:person_id>/post")
@curator
def check_post(person_id: int) -> ResponseReturnValue:
    person = _person(person_id)
    if not person.position:
        raise Conflict(f"person {person_id} has no post any more")
    post = small(person.position)

    def act(typed: Sequence[str]) -> None:
        declining.check_post(current.session(), current.actor(), post, typed, current.now())

    return _saved(person, "post", FormsOfPost(), act)


def door() -> Markup:
    """On a person's card: how documents decline them."""
    person_id = (request.view_args or {}).get("person_id")
    if person_id is None or not current.actor().has(Role.CURATOR):
        return Markup("")
    return Markup(render_template("documents/_declension.html", person_id=person_id))  # noqa: S704 — the template escapes


def _person(person_id: int) -> Person:
    return person_of(current.session(), current.school().id, person_id)


def _saved(person: Person, what: str, schema: Schema, act: Callable[[Sequence[str]], None]) -> ResponseReturnValue:
    try:
        typed = forms.read(schema, request.form)
    except Invalid as error:
        return _page(person, request.form, forms.translated(error.errors), what), error.status
    act([typed[case.value] for case in CASES])
    return redirect(url_for("declension.show", person_id=person.id, done=f"{what}_forms_checked"), 303)


def _page(person: Person, typed: Mapping[str, str], errors: Mapping[str, Any], what: str) -> str:
    """`what` names the form of which something was `typed`: the name's or the post's."""
    session, school_id = current.session(), current.school().id
    namer, checked = Namer(session, school_id), queries.checked_forms(session, school_id)
    name = checked.names.get(person.id)
    rows = {
        "name": name if name is not None and name.name == person.full_name else None,
        "post": checked.posts.get(small(person.position)) if person.position else None,
    }
    declined = {"name": namer.name(person), "post": namer.post(person.position) if person.position else None}
    return render_template(
        "documents/declension.html",
        person=person,
        cases=CASES,
        labels={case.value: _(label) for case, label in CASES.items()},
        nominative=Case.NOMINATIVE,
        declined=declined,
        checked=rows,
        by=names_of(session, school_id, [row.checked_by for row in rows.values() if row and row.checked_by]),
        typed=typed,
        errors=errors,
        what=what,
    )
