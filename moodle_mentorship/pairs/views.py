"""Pages of the pairs: the curator's list, making a pair, one pair; and what mentor and mentee see of each other."""

from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup
from marshmallow import Schema
from werkzeug.datastructures import MultiDict

from moodle_mentorship.banks import queries as banks
from moodle_mentorship.banks.enums import MenteeState
from moodle_mentorship.banks.models import Mentee, Mentor
from moodle_mentorship.banks.queries import FREE
from moodle_mentorship.consents.words import KINDS
from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.clock import local_date
from moodle_mentorship.core.errors import DomainError, Invalid, NotFound
from moodle_mentorship.core.schemas import row_id
from moodle_mentorship.matching.scoring import Rule
from moodle_mentorship.pairs import cards, periods, queries, schemas, service, words
from moodle_mentorship.pairs.board import queries as board
from moodle_mentorship.pairs.board.next_best import next_best
from moodle_mentorship.pairs.board.tasks import proposal
from moodle_mentorship.pairs.enums import (
    FIXED_STATES,
    OPEN_STATES,
    USUAL_FORM,
    USUAL_KINDS,
    Answer,
    MentoringForm,
    MentoringKind,
    PairState,
    Side,
)
from moodle_mentorship.pairs.errors import NoticeNeeded, NoticeRuns, Refused
from moodle_mentorship.pairs.models import Pair
from moodle_mentorship.pairs.orders.queries import order_of
from moodle_mentorship.pairs.papers import lacking
from moodle_mentorship.pairs.rematch import queries as rematch
from moodle_mentorship.school.words import week_line
from moodle_mentorship.surveys import words as told_words
from moodle_mentorship.surveys.queries import theme_titles
from moodle_mentorship.web import current, exports, forms
from moodle_mentorship.web.access import roles
from moodle_mentorship.web.back import return_to

bp = Blueprint("pairs", __name__, template_folder="templates", url_prefix="/pairs")

curator = roles(Role.CURATOR)
readers = roles(Role.CURATOR, Role.DIRECTOR)

# How many people a column of the page «New pair» shows; who is not among them is found by name.
CHOICES = 20


@bp.get("/")
@readers
def index() -> ResponseReturnValue:
    asked = forms.read_address(schemas.ListSchema(), request.args)
    session, school_id = current.session(), current.school().id
    page = queries.pairs(session, school_id, search=asked["q"] or "", **_narrowed(asked), cursor=asked["cursor"])
    return render_template(
        "pairs/index.html",
        page=page,
        asked=asked,
        counts=queries.counts(session, school_id),
        words=words,
        titles=theme_titles(session, school_id),
        may_edit=current.actor().has(Role.CURATOR),
    )


def over_the_years() -> Markup:
    """On a person's card in the banks, which is the curator's: with whom they were in a pair, and when."""
    person_id = (request.view_args or {})["person_id"]
    pairs = queries.over_the_years(current.session(), current.school().id, person_id)
    page = render_template("pairs/_over_the_years.html", pairs=pairs, person_id=person_id, words=words) if pairs else ""
    return Markup(page)  # noqa: S704 — the template has escaped it


def _narrowed(asked: Mapping[str, Any]) -> dict[str, Any]:
    return {name: asked[name] for name in ("state", "form", "of_kind", "theme", "sort")}


@bp.get(f"/{exports.FILE}")
@readers
def export(kind: str) -> ResponseReturnValue:
    asked = forms.read_address(schemas.ListSchema(), request.args)
    chunks = queries.all_pairs(current.session(), current.school().id, search=asked["q"] or "", **_narrowed(asked))
    heading = [
        *(_("Mentee"), _("Mentee's position"), _("Mentor"), _("Mentor's position"), _("State"), _("Begins on")),
        *(_("Ends on"), _("Form of mentoring"), _("Kinds of mentoring"), _("Theme of the group")),
        *(_("Date of the order"), _("Number of the order"), _("Proposed on")),
    ]
    titles = theme_titles(current.session(), current.school().id)
    rows = (_exported(pair, titles) for pair in chain.from_iterable(chunks))
    return exports.download(kind, _("Pairs"), heading, rows)


def _exported(pair: Pair, titles: Mapping[str, str]) -> Sequence[exports.Cell]:
    return (
        *(pair.mentee.full_name, pair.mentee.position, pair.mentor.full_name, pair.mentor.position),
        *(_(words.STATES[pair.state]), pair.starts_on, pair.ends_on),
        *(_(words.FORMS[pair.form]), words.kinds(pair.kinds), words.theme(pair, titles)),
        *(pair.order_date, pair.order_number),
        local_date(pair.proposed_at, current.school().timezone),
    )


@bp.get("/new")
@curator
def new() -> ResponseReturnValue:
    return _new_page(request.args, {})


@bp.post("/new")
@curator
def propose() -> ResponseReturnValue:
    try:
        asked = forms.read(schemas.ProposeSchema(), _with_kinds(request.form))
        pair = service.propose(current.session(), current.actor(), now=current.now(), **asked)
    except DomainError as error:
        # Nothing of the refused act may be read back into the page that reports it.
        current.session().rollback()
        return _new_page(request.form, _beside_fields(error)), error.status
    return redirect(url_for("pairs.show", pair_id=pair.id, done="pair_proposed"), 303)


@bp.get("/<int:pair_id>")
@readers
def show(pair_id: int) -> ResponseReturnValue:
    return _pair_page(pair_id, {}, {})


@bp.post("/<int:pair_id>/form")
@curator
def describe(pair_id: int) -> ResponseReturnValue:
    try:
        asked = forms.read(schemas.DescribeSchema(), _with_kinds(request.form))
    except Invalid as error:
        return _pair_page(pair_id, request.form, _beside_fields(error)), error.status
    service.describe(current.session(), current.actor(), pair_id, now=current.now(), **asked)
    return redirect(url_for("pairs.show", pair_id=pair_id, done="pair_described"), 303)


@bp.post("/<int:pair_id>/answer")
@roles(Role.MENTOR, Role.MENTEE)
def answer(pair_id: int) -> ResponseReturnValue:
    asked = forms.read(schemas.AnswerSchema(), request.form)
    service.answer(current.session(), current.actor(), pair_id, asked["side"], asked["answer"], current.now())
    agreed = asked["answer"] is Answer.YES
    return return_to(url_for("dashboard.home"), "pair_accepted" if agreed else "pair_declined")


@bp.get("/<int:pair_id>/other-side")
@roles(Role.MENTOR, Role.MENTEE)
def other_side(pair_id: int) -> ResponseReturnValue:
    """Before a meeting: what the other side has told about themselves."""
    person, told = service.other_side(current.session(), current.actor(), pair_id)
    return render_template(
        "pairs/other_side.html",
        person=person,
        told=told,
        mentor=current.visit().active_role is Role.MENTOR,
        words=told_words,
        week=week_line,
    )


@bp.post("/<int:pair_id>/order")
@curator
def order(pair_id: int) -> ResponseReturnValue:
    try:
        asked = forms.read(schemas.OrderSchema(), request.form)
        service.order(
            current.session(),
            current.runtime().jobs,
            current.actor(),
            pair_id,
            today=current.today(),
            now=current.now(),
            **asked,
        )
    except (Invalid, Refused) as error:
        return _pair_page(pair_id, request.form, _beside_fields(error)), error.status
    return redirect(url_for("pairs.show", pair_id=pair_id, done="pair_ordered"), 303)


@bp.post("/<int:pair_id>/withdraw")
@curator
def withdraw(pair_id: int) -> ResponseReturnValue:
    service.withdraw(current.session(), current.actor(), pair_id, current.now())
    return redirect(url_for("pairs.show", pair_id=pair_id, done="pair_withdrawn"), 303)


@bp.post("/<int:pair_id>/extend")
@curator
def extend(pair_id: int) -> ResponseReturnValue:
    return _act(pair_id, schemas.ExtendSchema(), service.extend, "pair_extended")


@bp.post("/<int:pair_id>/suspend")
@curator
def suspend(pair_id: int) -> ResponseReturnValue:
    return _act(pair_id, schemas.SuspendSchema(), service.suspend, "pair_suspended")


@bp.post("/<int:pair_id>/resume")
@curator
def resume(pair_id: int) -> ResponseReturnValue:
    service.resume(current.session(), current.actor(), pair_id, today=current.today(), now=current.now())
    return redirect(url_for("pairs.show", pair_id=pair_id, done="pair_resumed"), 303)


@bp.post("/<int:pair_id>/notice")
@curator
def warn(pair_id: int) -> ResponseReturnValue:
    return _act(pair_id, schemas.WarnSchema(), service.warn, "pair_warned")


def _act(pair_id: int, schema: Schema, verb: Callable[..., Pair], done: str) -> ResponseReturnValue:
    """What a form of the pair's page asks for; a refusal stands beside its field, with what was typed."""
    try:
        asked = forms.read(schema, request.form)
        verb(current.session(), current.actor(), pair_id, today=current.today(), now=current.now(), **asked)
    except (Invalid, Refused) as error:
        return _pair_page(pair_id, request.form, _beside_fields(error)), error.status
    return redirect(url_for("pairs.show", pair_id=pair_id, done=done), 303)


@bp.post("/<int:pair_id>/space/restore")
@curator
def restore_space(pair_id: int) -> ResponseReturnValue:
    service.restore_space(current.session(), current.runtime().jobs, current.actor(), pair_id, current.now())
    return return_to(url_for("pairs.show", pair_id=pair_id), "space_restored")


@bp.post("/<int:pair_id>/space/leave")
@curator
def leave_space(pair_id: int) -> ResponseReturnValue:
    service.leave_space(current.session(), current.actor(), pair_id, current.now())
    return return_to(url_for("pairs.show", pair_id=pair_id), "space_left")


@bp.post("/<int:pair_id>/refuse")
@roles(Role.MENTOR)
def refuse(pair_id: int) -> ResponseReturnValue:
    service.refuse(current.session(), current.runtime().jobs, current.actor(), pair_id, current.now())
    return redirect(url_for("pairs.my_mentees", done="pair_refused"), 303)


@bp.get("/<int:pair_id>/replace")
@curator
def replacing(pair_id: int) -> ResponseReturnValue:
    return _replacing_page(pair_id, {})


@bp.post("/<int:pair_id>/replace")
@curator
def replace(pair_id: int) -> ResponseReturnValue:
    try:
        asked = forms.read(schemas.ReplaceSchema(), request.form)
        pair = service.replace(
            current.session(), current.runtime().jobs, current.actor(), pair_id, now=current.now(), **asked
        )
    except NotFound:
        raise
    except DomainError as error:
        # The old pair's end may not be read back into the page that reports the refusal.
        current.session().rollback()
        return _replacing_page(pair_id, _beside_fields(error)), error.status
    return redirect(url_for("pairs.show", pair_id=pair.id, done="pair_replaced"), 303)


def _replacing_page(pair_id: int, errors: Mapping[str, Any]) -> str:
    session, school_id, search = current.session(), current.school().id, request.args.get("q", "")
    pair = queries.pair_of(session, school_id, pair_id)
    mentor = _chosen_mentor(request.values)
    if mentor is not None and mentor.person_id in (pair.mentor_person_id, pair.mentee_person_id):
        mentor = None
    return render_template(
        "pairs/replace.html",
        pair=pair,
        mentor=mentor,
        barred=_barred(pair.mentee_person_id, mentor.person_id) if mentor is not None else None,
        mentors=banks.mentors(session, school_id, search=search, state=FREE, sort="places", cursor=None, limit=CHOICES),
        search=search,
        errors=errors,
    )


@bp.post("/<int:pair_id>/end")
@curator
def end(pair_id: int) -> ResponseReturnValue:
    asked = forms.read(schemas.EndSchema(), request.form)
    try:
        service.end(current.session(), current.runtime().jobs, current.actor(), pair_id, asked["reason"], current.now())
    except (NoticeNeeded, NoticeRuns) as error:
        return _pair_page(pair_id, request.form, _beside_fields(error)), error.status
    return redirect(url_for("pairs.show", pair_id=pair_id, done="pair_ended"), 303)


@bp.get("/my-mentees")
@roles(Role.MENTOR)
def my_mentees() -> ResponseReturnValue:
    return _mine(Side.MENTOR, "pairs/my_mentees.html")


@bp.get("/my-mentor")
@roles(Role.MENTEE)
def my_mentor() -> ResponseReturnValue:
    return _mine(Side.MENTEE, "pairs/my_mentor.html")


def _with_kinds(form: MultiDict[str, str]) -> dict[str, Any]:
    """A form's boxes are a list; without a tick there is none."""
    ticked = {"kinds": form.getlist("kinds")} if "kinds" in form else {}
    return form.to_dict() | ticked


def _mine(side: Side, template: str) -> str:
    session, actor = current.session(), current.actor()
    pairs = (
        queries.pairs_of_person(session, actor.school_id, actor.person_id, side, (*OPEN_STATES, PairState.ENDED))
        if actor.person_id is not None
        else []
    )
    now = [pair for pair in pairs if pair.state is not PairState.ENDED]
    return render_template(
        template,
        ended=[pair for pair in pairs if pair.state is PairState.ENDED],
        **cards.context(session, actor, side, now),
    )


def _new_page(values: MultiDict[str, str], errors: Mapping[str, Any]) -> str:
    """Both columns: a chosen person, or people to choose from. Links carry the choice, so no script is needed."""
    session, school_id = current.session(), current.school().id
    mentee = _chosen_mentee(values)
    mentor = _chosen_mentor(values)
    find_mentee, find_mentor = values.get("find_mentee", ""), values.get("find_mentor", "")
    starts_on, ends_on = periods.usual(current.today(), current.school(), mentee, mentor)
    form = next((form for form in MentoringForm if form == values.get("form")), USUAL_FORM)
    kinds = [kind for kind in MentoringKind if kind in values.getlist("kinds")] or USUAL_KINDS
    return render_template(
        "pairs/new.html",
        mentee=mentee,
        mentor=mentor,
        mentees=banks.mentees(
            session, school_id, search=find_mentee, state=MenteeState.WAITING, sort="since", cursor=None, limit=CHOICES
        )
        if mentee is None
        else None,
        mentors=banks.mentors(
            session, school_id, search=find_mentor, state=FREE, sort="places", cursor=None, limit=CHOICES
        )
        if mentor is None
        else None,
        barred=_barred(mentee.person_id, mentor.person_id) if mentee is not None and mentor is not None else None,
        find_mentee=find_mentee,
        find_mentor=find_mentor,
        starts_on=values.get("starts_on", starts_on.isoformat()),
        ends_on=values.get("ends_on", ends_on.isoformat()),
        form=form,
        kinds=kinds,
        words=words,
        year=current.school(),
        errors=errors,
    )


def _chosen_mentee(values: Mapping[str, str]) -> Mentee | None:
    person_id = row_id(values.get("mentee_person_id") or values.get("mentee", ""))
    if person_id is None:
        return None
    mentee = banks.mentee_of(current.session(), current.school().id, person_id)
    return mentee if mentee is not None and mentee.state is MenteeState.WAITING else None


def _chosen_mentor(values: Mapping[str, str]) -> Mentor | None:
    person_id = row_id(values.get("mentor_person_id") or values.get("mentor", ""))
    if person_id is None:
        return None
    mentor = banks.mentor_of(current.session(), current.school().id, person_id)
    return mentor if mentor is not None and mentor.takes_mentees else None


def _barred(mentee_id: int, mentor_id: int) -> Rule | None:
    """Why the board keeps the two apart; not for a curator who is one of them, whom the other may have named."""
    if current.actor().person_id in (mentee_id, mentor_id):
        return None
    found = board.forbidden(current.session(), current.runtime().box, current.school().id)
    return found.get((mentee_id, mentor_id))


def _pair_page(pair_id: int, values: Mapping[str, str], errors: Mapping[str, Any]) -> str:
    session, school_id = current.session(), current.school().id
    pair = queries.pair_of(session, school_id, pair_id)
    chain = queries.chain(session, pair)
    stream = service.stream_of(pair.space_id)
    space = queries.space_items(session, school_id, [stream]).get(stream)
    return render_template(
        "pairs/show.html",
        pair=pair,
        stages=words.stages(pair, queries.history(session, school_id, pair.id), space),
        space=space,
        **cards.by_hand(session, pair),
        extensions=queries.extensions(session, school_id, pair.id),
        pauses=queries.pauses(session, school_id, pair.id),
        chain=chain,
        may_replace=pair.ends_on >= current.today()
        and not any(other.id != pair.id and other.state in OPEN_STATES for other in chain),
        year_ends=current.school().year_ends,
        pause_reasons=[(reason.value, _(text)) for reason, text in words.PAUSES.items()],
        standing=order_of(session, school_id, pair.id) if pair.state is PairState.AGREED else None,
        lacks=lacking(session, pair) if pair.state in (PairState.AGREED, PairState.ORDERED) else [],
        titles=theme_titles(session, school_id) if pair.group is not None else {},
        course_url=queries.course_url(session, school_id),
        words=words,
        documents=KINDS,
        values=values,
        errors=errors,
        today=current.today(),
        may_edit=current.actor().has(Role.CURATOR),
        asked=_asked_for_another(pair),
        **_next(pair),
    )


def _asked_for_another(pair: Pair) -> bool:
    """Whether an open request for another mentor is to be told: to curators alone, and not to the mentor."""
    actor = current.actor()
    if pair.state not in FIXED_STATES or not actor.has(Role.CURATOR) or actor.person_id == pair.mentor_person_id:
        return False
    found = rematch.of_pair(current.session(), pair.school_id, pair.id)
    return found is not None and found.closed_at is None


def _next(pair: Pair) -> Mapping[str, Any]:
    """For the curator of a declined pair whose mentee waits: whom to propose instead."""
    if pair.state is not PairState.DECLINED or not current.actor().has(Role.CURATOR):
        return {}
    session, mentee_id = current.session(), pair.mentee_person_id
    mentee = banks.mentee_of(session, pair.school_id, mentee_id)
    if mentee is None or mentee.state is not MenteeState.WAITING:
        return {}
    found = next_best(session, current.runtime().box, pair.school_id, current.today(), [mentee_id])
    return {"nearest": None if found is None else [(one, proposal(pair, one)) for one in found[mentee_id]]}


def _beside_fields(error: DomainError) -> Mapping[str, Any]:
    return forms.beside_fields(error, "mentor_person_id")
