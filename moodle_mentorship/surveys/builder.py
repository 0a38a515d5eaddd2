"""Pages of the builder: a new questionnaire, its draft question by question, the draft as people will see it."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.errors import DomainError, Invalid
from moodle_mentorship.people.enums import ANSWERABLE, FREE
from moodle_mentorship.people.words import FIELDS
from moodle_mentorship.surveys import arranging, building, item_forms, queries, ready, schemas, words
from moodle_mentorship.surveys.building import READY, Draft
from moodle_mentorship.surveys.content import Content, Option
from moodle_mentorship.surveys.enums import ItemType
from moodle_mentorship.surveys.errors import DraftChanged, NothingToAsk
from moodle_mentorship.surveys.item_forms import ItemForm
from moodle_mentorship.surveys.views import form_words, most_minutes, time_left
from moodle_mentorship.web import current, forms
from moodle_mentorship.web.access import roles

bp = Blueprint("builder", __name__, template_folder="templates", url_prefix="/surveys/questionnaires")

curator = roles(Role.CURATOR)

ACTS: dict[str, Callable[[Content, dict[str, Any]], Content]] = {
    "up": lambda asks, said: arranging.moved_item(asks, said["item"], -1),
    "down": lambda asks, said: arranging.moved_item(asks, said["item"], 1),
    "remove": lambda asks, said: arranging.without_item(asks, said["item"]),
    "section_add": lambda asks, said: arranging.with_section(asks, said["title"]),
    "section_rename": lambda asks, said: arranging.renamed_section(asks, said["section"], said["title"]),
    "section_up": lambda asks, said: arranging.moved_section(asks, said["section"], -1),
    "section_down": lambda asks, said: arranging.moved_section(asks, said["section"], 1),
    "section_remove": lambda asks, said: arranging.without_section(asks, said["section"]),
}


@bp.get("/new")
@curator
def new() -> ResponseReturnValue:
    return _new_form(request.args, {})


@bp.post("/new")
@curator
def create() -> ResponseReturnValue:
    session = current.session()
    try:
        asked = forms.read(schemas.QuestionnaireStartSchema(), request.form)
        made = building.create(session, current.actor(), now=current.now(), **asked)
    except Invalid as error:
        session.rollback()
        return _new_form(request.form, forms.translated(error.errors)), error.status
    return redirect(url_for("builder.edit", questionnaire_id=made.id), 303)


def _new_form(said: Mapping[str, str], errors: Mapping[str, Any]) -> str:
    session, school_id = current.session(), current.school().id
    own = [(row.questionnaire.id, row.questionnaire.title) for row in queries.questionnaires(session, school_id)]
    made = [(READY + one.code, one.title) for one in ready.sets(_themes())]
    return render_template("surveys/new_questionnaire.html", own=own, ready=made, said=said, errors=errors)


@bp.get("/<int:questionnaire_id>/edit")
@curator
def edit(questionnaire_id: int) -> ResponseReturnValue:
    return _draft_page(_draft(questionnaire_id))


@bp.post("/<int:questionnaire_id>/edit")
@curator
def act(questionnaire_id: int) -> ResponseReturnValue:
    """Move or remove a question; add, name, move or remove a section."""
    seen = _draft(questionnaire_id)
    try:
        asked = forms.read(schemas.ArrangeSchema(), request.form)
        edit = ACTS[asked["act"]]
        changed = _change(questionnaire_id, asked, lambda asks: edit(asks, asked))
    except (Invalid, DraftChanged) as error:
        return _refused(questionnaire_id, seen, error)
    done = "question_removed" if asked["act"] in ("remove", "section_remove") else None
    anchor = _anchor(changed.content, asked)
    return redirect(url_for("builder.edit", questionnaire_id=questionnaire_id, done=done, _anchor=anchor), 303)


def _anchor(content: Content, asked: Mapping[str, Any]) -> str | None:
    """Where the curator was: after moving something, beside it."""
    if asked["act"] in ("up", "down"):
        return f"q-{asked['item']}"
    step = {"section_up": -1, "section_down": 1}.get(asked["act"], 0)
    number = len(content.sections) - 1 if asked["act"] == "section_add" else (asked["section"] or 0) + step
    return f"s-{min(max(number, 0), len(content.sections) - 1)}" if asked["act"].startswith("section") else None


@bp.post("/<int:questionnaire_id>/undo")
@curator
def undo(questionnaire_id: int) -> ResponseReturnValue:
    back = url_for("builder.edit", questionnaire_id=questionnaire_id, done="draft_undone")
    return _verb(questionnaire_id, building.undo, back)


@bp.post("/<int:questionnaire_id>/discard")
@curator
def discard(questionnaire_id: int) -> ResponseReturnValue:
    return _verb(questionnaire_id, building.discard, url_for("surveys.index", done="draft_discarded"))


@bp.post("/<int:questionnaire_id>/publish")
@curator
def publish(questionnaire_id: int) -> ResponseReturnValue:
    published = url_for("surveys.preview", questionnaire_id=questionnaire_id, done="draft_published")
    return _verb(questionnaire_id, building.publish, published)


def _verb(questionnaire_id: int, verb: Callable[..., Any], leads_to: str) -> ResponseReturnValue:
    """One of the acts on the whole draft, and the address to which it leads."""
    seen = _draft(questionnaire_id)
    try:
        asked = forms.read(schemas.DraftStateSchema(), request.form)
        verb(
            current.session(),
            current.actor(),
            questionnaire_id,
            number=asked["version"],
            revision=asked["revision"],
            now=current.now(),
        )
    except (Invalid, DraftChanged, NothingToAsk) as error:
        return _refused(questionnaire_id, seen, error)
    return redirect(leads_to, 303)


def _refused(questionnaire_id: int, seen: Draft, error: DomainError) -> ResponseReturnValue:
    current.session().rollback()
    shown = _draft(questionnaire_id) if isinstance(error, DraftChanged) else seen
    return _draft_page(shown, error), error.status


def _draft_page(shown: Draft, error: DomainError | None = None) -> str:
    return render_template(
        "surveys/builder.html",
        draft=shown,
        error=error,
        errors=_flat(error.errors) if isinstance(error, Invalid) else {},
        said=request.form,
        kinds=words.KINDS,
        types=words.TYPES,
        **form_words(shown.content),
    )


@bp.get("/<int:questionnaire_id>/about")
@curator
def about(questionnaire_id: int) -> ResponseReturnValue:
    shown = _draft(questionnaire_id)
    return _about_form(shown, {"title": shown.questionnaire.title, "intro": shown.content.intro}, None)


@bp.post("/<int:questionnaire_id>/about")
@curator
def save_about(questionnaire_id: int) -> ResponseReturnValue:
    seen = _draft(questionnaire_id)
    try:
        asked = forms.read(schemas.AboutSchema(), request.form)
        building.rename(current.session(), current.actor(), questionnaire_id, asked["title"], current.now())
        _change(questionnaire_id, asked, lambda asks: arranging.with_intro(asks, asked["intro"]))
    except (Invalid, DraftChanged) as error:
        current.session().rollback()
        shown = _draft(questionnaire_id) if isinstance(error, DraftChanged) else seen
        return _about_form(shown, request.form, error), error.status
    return redirect(url_for("builder.edit", questionnaire_id=questionnaire_id, done="draft_saved"), 303)


def _about_form(shown: Draft, said: Mapping[str, str], error: DomainError | None) -> str:
    errors = _flat(error.errors) if isinstance(error, Invalid) else {}
    return render_template("surveys/about.html", draft=shown, said=said, error=error, errors=errors)


@bp.get("/<int:questionnaire_id>/question")
@curator
def question(questionnaire_id: int) -> ResponseReturnValue:
    shown = _draft(questionnaire_id)
    asked = forms.read_address(schemas.QuestionSchema(), request.args)
    if asked["item"]:
        return _question_form(shown, asked, item_forms.of_item(arranging.item_of(shown.content, asked["item"])))
    kind = ItemType(asked["type"] or ItemType.TEXT)
    return _question_form(shown, asked, item_forms.blank(kind, _themes(), ready.NEED_LEVELS))


@bp.post("/<int:questionnaire_id>/question")
@curator
def save_question(questionnaire_id: int) -> ResponseReturnValue:
    """Put a question into the draft; the form's other buttons change the form alone."""
    seen = _draft(questionnaire_id)
    where = forms.read_address(schemas.QuestionSchema(), request.form)
    known = next((item for item in seen.content.items if item.code == where["item"]), None)
    kind = known.type if known is not None else ItemType(where["type"] or ItemType.TEXT)
    typed = item_forms.read(kind, where["item"] or "", request.form, _themes(where["item"], seen.content))
    if "step" in request.form:
        return _question_form(seen, where, item_forms.step(request.form["step"], typed))
    try:
        asked = forms.read(schemas.DraftStateSchema(), request.form)
        made = item_forms.item(typed)
        _change(questionnaire_id, asked, lambda asks: arranging.with_item(asks, made, where["section"]))
    except (Invalid, DraftChanged) as error:
        current.session().rollback()
        shown = _draft(questionnaire_id) if isinstance(error, DraftChanged) else seen
        return _question_form(shown, where, typed, error), error.status
    return redirect(
        url_for("builder.edit", questionnaire_id=questionnaire_id, done="draft_saved", _anchor=f"q-{made.code}"), 303
    )


def _question_form(shown: Draft, where: Mapping[str, Any], form: ItemForm, error: DomainError | None = None) -> str:
    now = next((item for item in shown.content.items if item.code == form.code), None)
    return render_template(
        "surveys/question.html",
        draft=shown,
        section=where["section"],
        form=form,
        error=error,
        errors=_flat(error.errors) if isinstance(error, Invalid) else {},
        # What another curator has made of it meanwhile.
        now=now if isinstance(error, DraftChanged) else None,
        earlier=item_forms.earlier(shown.content, form.code),
        themes=_themes(form.code, shown.content),
        types=words.TYPES,
        choices=words.choices,
        fillable=[
            (field.value, _(FIELDS[field])) for field in ((FREE,) if form.type is ItemType.SLOTS else ANSWERABLE)
        ],
        **form_words(shown.content),
    )


@bp.get("/<int:questionnaire_id>/draft")
@curator
def preview(questionnaire_id: int) -> ResponseReturnValue:
    shown = _draft(questionnaire_id)
    if not shown.begun:
        return redirect(url_for("surveys.preview", questionnaire_id=questionnaire_id))
    return render_template(
        "surveys/preview.html",
        questionnaire=shown.questionnaire,
        draft=shown,
        content=shown.content,
        minutes=most_minutes(shown.content),
        time_left=time_left,
        kinds=words.KINDS,
        **form_words(shown.content),
    )


def _draft(questionnaire_id: int) -> Draft:
    return building.draft(current.session(), current.school().id, questionnaire_id)


def _change(questionnaire_id: int, asked: Mapping[str, Any], edit: building.Edit) -> Draft:
    return building.change(
        current.session(),
        current.actor(),
        questionnaire_id,
        edit,
        number=asked["version"],
        revision=asked["revision"],
        now=current.now(),
    )


def _themes(code: str | None = None, content: Content | None = None) -> list[Option]:
    """What a matrix may be about: the school's themes, and those that the question has beside them."""
    found = [Option(theme.code, theme.title) for theme in queries.themes(current.session(), current.school().id)]
    item = next((item for item in content.items if item.code == code), None) if content is not None else None
    known = {theme.code for theme in found}
    return found + [theme for theme in getattr(item, "themes", ()) if theme.code not in known]


def _flat(errors: Mapping[str, Any]) -> dict[str, list[str]]:
    """Messages by field, or by the code of the question that would not hold, in the reader's words."""
    translated: dict[str, list[str]] = forms.translated({name: item_forms.flat(said) for name, said in errors.items()})
    return translated
