"""The curator's page «Подбор»: drafts side by side, one of them on the board, changes with their price."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from moodle_mentorship.banks import queries as banks
from moodle_mentorship.banks.service import require_training as require
from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.errors import Conflict, DomainError, Invalid, NotFound
from moodle_mentorship.matching.scoring import WEIGHTS
from moodle_mentorship.pairs import periods
from moodle_mentorship.pairs.board import queries, schemas, service, words
from moodle_mentorship.pairs.board.enums import Cause, Keep, MarkKind
from moodle_mentorship.pairs.board.models import Draft, Mark
from moodle_mentorship.pairs.board.shown import Shown
from moodle_mentorship.people.models import Person
from moodle_mentorship.school.queries import school_of
from moodle_mentorship.surveys.queries import theme_titles
from moodle_mentorship.web import current, forms
from moodle_mentorship.web.access import roles

bp = Blueprint("board", __name__, template_folder="templates", url_prefix="/pairs/board")

# Vetoes show in scores, rules and totals: nothing of the board is for anybody else's eyes.
curator = roles(Role.CURATOR)


@bp.get("/")
@curator
def index() -> ResponseReturnValue:
    return _page()


@bp.get("/pair")
@curator
def pair() -> ResponseReturnValue:
    """The inside of one pair, asked for by htmx when it is opened."""
    asked = forms.read_address(schemas.BoardViewSchema(), request.args)
    found = _look(asked)
    details = found["shown"].details(asked["mentee"]) if found["shown"] is not None and asked["mentee"] else None
    if details is None:
        raise NotFound("no such mentee in the draft")
    return render_template("pairs/board/_details.html", **found, details=details, mentee_id=asked["mentee"], to=None)


@bp.get("/progress")
@curator
def progress() -> ResponseReturnValue:
    """The fragment that htmx asks for each second; when the draft is ready the whole page is read anew."""
    at_work = queries.at_work(current.session(), current.school().id)
    response = make_response(render_template("pairs/board/_progress.html", at_work=at_work, words=words))
    if at_work is None:
        response.headers["HX-Refresh"] = "true"
    return response


@bp.post("/calculate")
@curator
def calculate() -> ResponseReturnValue:
    service.calculate(current.session(), current.runtime().jobs, current.actor(), current.now())
    return redirect(url_for("board.index"), 303)


@bp.post("/drafts/<int:draft_id>/stop")
@curator
def stop(draft_id: int) -> ResponseReturnValue:
    service.stop(current.session(), current.actor(), draft_id, current.now())
    return redirect(url_for("board.index", done="board_stopped"), 303)


@bp.post("/marks")
@curator
def mark() -> ResponseReturnValue:
    try:
        asked = forms.read(schemas.BoardMarkSchema(), request.form)
        made = service.mark(
            current.session(),
            current.runtime().jobs,
            current.runtime().box,
            current.actor(),
            kind=asked.pop("mark"),
            now=current.now(),
            **asked,
        )
    except (Conflict, Invalid) as error:
        return _refused(error)
    return redirect(url_for("board.index", mark=made.id), 303)


@bp.post("/marks/<int:mark_id>/undo")
@curator
def undo(mark_id: int) -> ResponseReturnValue:
    try:
        asked = forms.read(schemas.BoardChangeSchema(), request.form)
        service.undo(
            current.session(),
            current.runtime().jobs,
            current.actor(),
            mark_id,
            revision=asked["revision"],
            now=current.now(),
        )
    except (Conflict, Invalid) as error:
        return _refused(error)
    return redirect(url_for("board.index", done="board_undone"), 303)


@bp.post("/drafts/<int:draft_id>/send")
@curator
def send(draft_id: int) -> ResponseReturnValue:
    _begins, ends_on = periods.usual(current.today(), current.school())
    sent = service.send(
        current.session(),
        current.runtime().box,
        current.actor(),
        draft_id,
        ends_on=ends_on,
        today=current.today(),
        now=current.now(),
    )
    if not sent.refused:
        return redirect(url_for("pairs.index", state="proposed", done="board_sent"), 303)
    people = queries.people(
        current.session(), current.school().id, [id_ for one in sent.refused for id_ in (one.mentee, one.mentor)]
    )
    return render_template("pairs/board/sent.html", sent=sent, people=people)


@bp.get("/rules")
@curator
def rules() -> ResponseReturnValue:
    return _rules_page({}, {})


@bp.post("/rules")
@curator
def weigh() -> ResponseReturnValue:
    try:
        asked = forms.read(schemas.WeighSchema(), request.form)
        revision, keep = asked.pop("revision"), asked.pop("keep")
        service.weigh(
            current.session(),
            current.runtime().jobs,
            current.actor(),
            revision=revision,
            weights=asked,
            keep=keep,
            now=current.now(),
        )
    except (Conflict, Invalid) as error:
        # Nothing of the refused act may be read back into the page that reports it.
        current.session().rollback()
        found = error.errors if isinstance(error, Invalid) else {}
        return _rules_page(request.form, forms.translated(found), error), error.status
    return redirect(url_for("board.index", done="board_weighed"), 303)


@bp.post("/rules/training")
@curator
def require_training() -> ResponseReturnValue:
    asked = forms.read(schemas.TrainingFormSchema(), request.form)
    require(current.session(), current.actor(), asked["required"], current.now())
    return redirect(url_for("board.rules", done="training_rule_saved"), 303)


def _rules_page(typed: Mapping[str, str], errors: Mapping[str, Any], refused: DomainError | None = None) -> str:
    board = queries.board_of(current.session(), current.school().id)
    return render_template(
        "pairs/board/rules.html",
        board=board,
        training_required=school_of(current.session(), current.school().id).training_required,
        weights={factor: typed.get(factor.value, board.weights[factor.value]) for factor in WEIGHTS},
        usual=WEIGHTS,
        keep=typed.get("keep", board.keep.value),
        words=words,
        errors=errors,
        refused=refused if isinstance(refused, Conflict) else None,
    )


def _refused(error: DomainError) -> ResponseReturnValue:
    """The board as it is now, with what was refused above it."""
    current.session().rollback()
    return _page(error), error.status


def _page(refused: DomainError | None = None) -> str:
    asked = forms.read_address(schemas.BoardViewSchema(), request.args)
    found = _look(asked)
    shown: Shown | None = found["shown"]
    mentee = asked["mentee"]
    details = shown.details(mentee) if shown is not None and mentee is not None else None
    return render_template(
        "pairs/board/index.html",
        **found,
        counts=banks.counts(current.session(), current.school().id),
        details=details,
        mentee_id=mentee if details is not None else None,
        to=asked["to"],
        refused=refused,
        made=next((mark for mark in found["marks"] if str(mark.id) == request.args.get("mark")), None),
        today=current.today(),
    )


def _look(asked: Mapping[str, Any]) -> dict[str, Any]:
    """What the board's templates need: the draft shown, the others, marks, and everybody's names."""
    session, school_id, box = current.session(), current.school().id, current.runtime().box
    board = queries.board_of(session, school_id)
    drafts = queries.recent(session, school_id)
    opened = [one for draft in drafts if (one := queries.opened(draft, box)) is not None]
    chosen = next((one for one in opened if one.draft.id == asked["draft"]), opened[0] if opened else None)
    held = queries.marks(session, school_id)
    caused = queries.marks_by_id(session, school_id, [draft.mark_id for draft in drafts if draft.mark_id is not None])
    ids = {id_ for mark in (*held, *caused.values()) for id_ in (mark.mentee_person_id, mark.mentor_person_id)}
    if chosen is not None:
        ids |= {*chosen.snapshot.mentees, *chosen.snapshot.mentors}
    people = queries.people(session, school_id, ids)
    shown = None
    if chosen is not None:
        titles = theme_titles(session, school_id)
        shown = Shown(chosen, people, queries.entries(session, school_id), held, titles, board.keep)
    newest = queries.newest(session, school_id)
    return {
        "board": board,
        "shown": shown,
        "changed": shown.changed(queries.waiting_ids(session, school_id)) if shown and not shown.draft.sent_at else [],
        "drafts": [
            (one.draft, title(one.draft, caused, people), shown.unlike(one) if shown is not None else 0)
            for one in reversed(opened)
        ],
        "marks": held,
        "people": people,
        "because": {mark.id: words.BECAUSE[queries.because_of(mark, box)] for mark in held},
        "own_words": {mark.id: queries.words_of(mark, box) for mark in held},
        "at_work": newest if newest is not None and newest.finished_at is None else None,
        "failed": words.FAILURES.get(newest.error_code or "") if newest is not None else None,
        "words": words,
    }


def title(draft: Draft, marks: Mapping[int, Mark], people: Mapping[int, Person]) -> str:
    """What is special about a draft: «закреплена пара Лебедева А. И. — Тихомирова Е. С.»."""
    if draft.cause is Cause.WEIGHTS:
        return str(_("other weights"))
    if draft.mark_id is None:
        return str(_("as known on %(moment)s", moment=words.moment(draft.created_at)))
    mark = marks[draft.mark_id]
    couple = f"{people[mark.mentee_person_id].short_name} — {people[mark.mentor_person_id].short_name}"
    if draft.cause is Cause.UNDONE:
        return str(_("taken back: %(couple)s", couple=couple))
    if draft.keep is Keep.FEW and mark.kind is MarkKind.PIN:
        return str(_("pinned, few moves: %(couple)s", couple=couple))
    if mark.kind is MarkKind.PIN:
        return str(_("pinned: %(couple)s", couple=couple))
    return str(_("forbidden: %(couple)s", couple=couple))
