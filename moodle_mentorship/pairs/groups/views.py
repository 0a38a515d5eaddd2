"""Pages of the groups: making one, one group; and the mentor's answer for all."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from marshmallow import Schema
from werkzeug.datastructures import MultiDict

from moodle_mentorship.banks import queries as banks
from moodle_mentorship.banks.models import Mentor
from moodle_mentorship.consents.words import KINDS
from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.errors import DomainError, Invalid, NotFound
from moodle_mentorship.core.schemas import row_id
from moodle_mentorship.pairs import cards, periods
from moodle_mentorship.pairs import queries as pairs
from moodle_mentorship.pairs import words as pair_words
from moodle_mentorship.pairs.enums import (
    FIXED_STATES,
    LEAST_MEMBERS,
    MOST_MEMBERS,
    USUAL_FORM,
    Answer,
    MentoringForm,
    MentoringKind,
    PairState,
)
from moodle_mentorship.pairs.errors import NoticeNeeded, NoticeRuns, PapersMissing, Refused
from moodle_mentorship.pairs.groups import choices, queries, schemas, service, words
from moodle_mentorship.pairs.models import MentoringGroup
from moodle_mentorship.pairs.papers import lacking_of
from moodle_mentorship.pairs.schemas import EndSchema, ExtendSchema, OrderSchema, ReplaceSchema, WarnSchema
from moodle_mentorship.surveys.queries import theme_titles
from moodle_mentorship.web import current, forms
from moodle_mentorship.web.access import roles
from moodle_mentorship.web.back import return_to

bp = Blueprint("groups", __name__, template_folder="templates", url_prefix="/pairs/groups")

curator = roles(Role.CURATOR)


@bp.get("/new")
@curator
def new() -> ResponseReturnValue:
    return _new_page(request.args, {})


@bp.post("/new")
@curator
def propose() -> ResponseReturnValue:
    ticked = {name: request.form.getlist(name) for name in ("kinds", "mentee_person_ids") if name in request.form}
    try:
        asked = forms.read(schemas.ProposeGroupSchema(), request.form.to_dict() | ticked)
        group = service.propose_group(current.session(), current.actor(), now=current.now(), **asked)
    except DomainError as error:
        # Nothing of the refused act may be read back into the page that reports it.
        current.session().rollback()
        return _new_page(request.form, _beside_fields(error)), error.status
    return redirect(url_for("groups.show", group_id=group.id, done="group_proposed"), 303)


@bp.get("/<int:group_id>")
@roles(Role.CURATOR, Role.DIRECTOR)
def show(group_id: int) -> ResponseReturnValue:
    return _group_page(group_id, {}, {})


@bp.post("/<int:group_id>/answer")
@roles(Role.MENTOR)
def answer(group_id: int) -> ResponseReturnValue:
    asked = forms.read(schemas.AnswerGroupSchema(), request.form)
    service.answer_group(current.session(), current.actor(), group_id, asked["answer"], current.now())
    agreed = asked["answer"] is Answer.YES
    return return_to(url_for("dashboard.home"), "group_accepted" if agreed else "group_declined")


@bp.post("/<int:group_id>/members")
@curator
def add(group_id: int) -> ResponseReturnValue:
    return _act(group_id, schemas.AddMemberSchema(), service.add_member, "group_member_proposed", now=current.now())


@bp.post("/<int:group_id>/order")
@curator
def order(group_id: int) -> ResponseReturnValue:
    def verb(*given: Any, **asked: Any) -> None:
        session, actor, id_ = given
        service.order_group(session, current.runtime().jobs, actor, id_, **asked)

    return _act(group_id, OrderSchema(), verb, "group_ordered", today=current.today(), now=current.now())


@bp.post("/<int:group_id>/extend")
@curator
def extend(group_id: int) -> ResponseReturnValue:
    dates = {"today": current.today(), "now": current.now()}
    return _act(group_id, ExtendSchema(), service.extend_group, "group_extended", **dates)


@bp.post("/<int:group_id>/notice")
@curator
def warn(group_id: int) -> ResponseReturnValue:
    dates = {"today": current.today(), "now": current.now()}
    return _act(group_id, WarnSchema(), service.warn_group, "group_warned", **dates)


@bp.post("/<int:group_id>/withdraw")
@curator
def withdraw(group_id: int) -> ResponseReturnValue:
    service.withdraw_group(current.session(), current.actor(), group_id, current.now())
    return redirect(url_for("groups.show", group_id=group_id, done="group_withdrawn"), 303)


@bp.post("/<int:group_id>/end")
@curator
def end(group_id: int) -> ResponseReturnValue:
    def verb(*given: Any, **asked: Any) -> None:
        session, actor, id_ = given
        service.end_group(session, current.runtime().jobs, actor, id_, **asked)

    return _act(group_id, EndSchema(), verb, "group_ended", now=current.now())


@bp.post("/<int:group_id>/refuse")
@roles(Role.MENTOR)
def refuse(group_id: int) -> ResponseReturnValue:
    service.refuse_group(current.session(), current.runtime().jobs, current.actor(), group_id, current.now())
    return redirect(url_for("pairs.my_mentees", done="group_refused"), 303)


@bp.get("/<int:group_id>/replace")
@curator
def replacing(group_id: int) -> ResponseReturnValue:
    return _replacing_page(group_id, {})


@bp.post("/<int:group_id>/replace")
@curator
def replace(group_id: int) -> ResponseReturnValue:
    try:
        asked = forms.read(ReplaceSchema(), request.form)
        group = service.replace_mentor(
            current.session(), current.runtime().jobs, current.actor(), group_id, now=current.now(), **asked
        )
    except NotFound:
        raise
    except DomainError as error:
        # The pairs' end may not be read back into the page that reports the refusal.
        current.session().rollback()
        return _replacing_page(group_id, _beside_fields(error)), error.status
    return redirect(url_for("groups.show", group_id=group.id, done="group_replaced"), 303)


def _act(group_id: int, schema: Schema, verb: Callable[..., object], done: str, **given: Any) -> ResponseReturnValue:
    """What a form of the group's page asks for; a refusal stands beside its field, with what was typed."""
    try:
        asked = forms.read(schema, request.form)
        verb(current.session(), current.actor(), group_id, **asked, **given)
    except (Invalid, Refused, NoticeNeeded, NoticeRuns) as error:
        return _group_page(group_id, request.form, _beside_fields(error)), error.status
    return redirect(url_for("groups.show", group_id=group_id, done=done), 303)


def _new_page(values: MultiDict[str, str], errors: Mapping[str, Any]) -> str:
    """One question after another: the theme, a mentor who is strong in it, mentees who need it. Links carry the choice,
    so no script is needed."""
    session, school = current.session(), current.school()
    titles = theme_titles(session, school.id)
    theme = values.get("theme") if values.get("theme") in titles else None
    mentor = _chosen_mentor(values) if theme is not None else None
    entries = choices.waiting(session, school.id)
    said = choices.needs(session, school.id, entries)
    search = values.get("find_mentor", "")
    starts_on, ends_on = periods.usual(current.today(), school, mentor)
    return render_template(
        "pairs/groups/new.html",
        titles=titles,
        theme=theme,
        in_need={code: choices.in_need(said, code) for code in titles},
        waiting=len(entries),
        mentors=choices.mentors(session, school.id, theme, search) if theme is not None and mentor is None else (),
        mentor=mentor,
        mentees=choices.mentees(entries, said, theme, _barred(mentor.person_id))
        if theme is not None and mentor is not None
        else (),
        chosen={row_id(text) for text in values.getlist("mentee_person_ids")},
        search=search,
        starts_on=values.get("starts_on", starts_on.isoformat()),
        ends_on=values.get("ends_on", ends_on.isoformat()),
        form=next((form for form in MentoringForm if form == values.get("form")), USUAL_FORM),
        kinds=[kind for kind in MentoringKind if kind in values.getlist("kinds")] or [MentoringKind.GROUP],
        year=school,
        errors=errors,
        words=pair_words,
        group_words=words,
        most=MOST_MEMBERS,
    )


def _chosen_mentor(values: Mapping[str, str]) -> Mentor | None:
    person_id = row_id(values.get("mentor_person_id") or values.get("mentor", ""))
    if person_id is None:
        return None
    mentor = banks.mentor_of(current.session(), current.school().id, person_id)
    return mentor if mentor is not None and mentor.takes_mentees else None


def _barred(mentor_person_id: int) -> dict[int, Any]:
    actor = current.actor()
    return choices.barred(current.session(), current.runtime().box, actor.school_id, mentor_person_id, actor.person_id)


def _group_page(group_id: int, values: Mapping[str, str], errors: Mapping[str, Any]) -> str:
    session, school_id = current.session(), current.school().id
    group = queries.group_of(session, school_id, group_id)
    members = queries.members(session, school_id, group.id)
    agreed = [pair for pair in members if pair.state is PairState.AGREED]
    fixed = [pair for pair in members if pair.state in FIXED_STATES]
    may_edit = current.actor().has(Role.CURATOR)
    may_add = may_edit and 0 < group.members_open < MOST_MEMBERS and group.ends_on >= current.today()
    return render_template(
        "pairs/groups/show.html",
        group=group,
        theme=pair_words.theme_of(group, theme_titles(session, school_id)),
        members=words.opened(members),
        left=[pair for pair in members if pair not in words.opened(members)],
        agreed=agreed,
        proposed=[pair for pair in members if pair.state is PairState.PROPOSED],
        fixed=fixed,
        warned=next((pair for pair in fixed if pair.warned_on is not None), None),
        few=0 < group.members_open < LEAST_MEMBERS,
        lacks=lacking_of(session, school_id, agreed) if may_edit else [],
        joining=_joining(group) if may_add else (),
        may_add=may_add,
        acts=pairs.history(session, school_id, group.id, "group"),
        **(cards.by_hand(session, fixed[0]) if fixed else {}),
        course_url=pairs.course_url(session, school_id),
        words=pair_words,
        group_words=words,
        documents=KINDS,
        values=values,
        errors=errors,
        today=current.today(),
        year_ends=current.school().year_ends,
        may_edit=may_edit,
    )


def _joining(group: MentoringGroup) -> list[tuple[int, str]]:
    """Who waits and could join, with what they have said of the theme."""
    session = current.session()
    entries = choices.waiting(session, group.school_id)
    said = choices.needs(session, group.school_id, entries)
    found = choices.mentees(entries, said, group.theme, _barred(group.mentor_person_id))
    return [
        (choice.entry.person_id, f"{choice.entry.person.short_name}: {_(words.NEEDS[choice.level])}")
        for choice in found
        if choice.barred is None and choice.entry.person_id != group.mentor_person_id
    ]


def _replacing_page(group_id: int, errors: Mapping[str, Any]) -> str:
    session, school_id, search = current.session(), current.school().id, request.args.get("find_mentor", "")
    group = queries.group_of(session, school_id, group_id)
    return render_template(
        "pairs/groups/replace.html",
        group=group,
        theme=pair_words.theme_of(group, theme_titles(session, school_id)),
        mentors=[
            choice
            for choice in choices.mentors(session, school_id, group.theme, search)
            if choice.entry.person_id != group.mentor_person_id
        ],
        search=search,
        group_words=words,
        errors=errors,
    )


def _beside_fields(error: DomainError) -> Mapping[str, Any]:
    """What a form shows: a schema's messages or whom a group is refused for, or a verb's refusal beside its field."""
    if isinstance(error, PapersMissing):
        # The page itself says whose.
        return {}
    return forms.beside_fields(error, "mentor_person_id")
