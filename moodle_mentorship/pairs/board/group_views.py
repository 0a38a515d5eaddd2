"""The curator's page «Группы» beside the pairs: which groups to form out of who waits, and what came out."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.errors import Conflict, DomainError, Invalid
from moodle_mentorship.pairs import periods
from moodle_mentorship.pairs.board import queries, schemas, service, words
from moodle_mentorship.pairs.board.enums import Because, DraftKind, MarkKind
from moodle_mentorship.pairs.board.grouping import Asked, demand
from moodle_mentorship.pairs.board.groups_shown import GroupsShown
from moodle_mentorship.pairs.enums import LEAST_MEMBERS, MOST_MEMBERS
from moodle_mentorship.surveys.queries import theme_titles
from moodle_mentorship.web import current, forms
from moodle_mentorship.web.access import roles

bp = Blueprint("board_groups", __name__, template_folder="templates", url_prefix="/pairs/board/groups")

# As of the board of pairs, nothing of it is for anybody else's eyes: who is in no group may tell of a veto.
curator = roles(Role.CURATOR)


@bp.get("/")
@curator
def index() -> ResponseReturnValue:
    return _page()


@bp.get("/progress")
@curator
def progress() -> ResponseReturnValue:
    """The fragment that htmx asks for each second; when the draft is ready the whole page is read anew."""
    at_work = queries.at_work(current.session(), current.school().id, DraftKind.GROUPS)
    response = make_response(render_template("pairs/board/_progress.html", at_work=at_work, words=words))
    if at_work is None:
        response.headers["HX-Refresh"] = "true"
    return response


@bp.post("/form")
@curator
def form() -> ResponseReturnValue:
    """Form groups; the buttons beside people take one out, bring one back, or forbid a mentee with the mentor, and form
    them anew."""
    session, jobs, box, actor = current.session(), current.runtime().jobs, current.runtime().box, current.actor()
    try:
        asked = forms.read(schemas.GroupsFormSchema(), _lists(request.form))
        service.form(session, jobs, box, actor, asked["asked"], after=asked["after"], now=current.now())
        if asked["couple"] is not None:
            mentee, mentor = asked["couple"]
            service.mark(
                session,
                jobs,
                box,
                actor,
                revision=asked["revision"],
                mentee_person_id=mentee,
                mentor_person_id=mentor,
                kind=MarkKind.FORBID,
                because=Because.JUDGEMENT,
                now=current.now(),
            )
    except (Conflict, Invalid) as error:
        # Nothing of the refused act may be read back into the page that reports it.
        session.rollback()
        return _page(error, request.form), error.status
    return redirect(url_for("board_groups.index"), 303)


@bp.post("/<int:draft_id>/stop")
@curator
def stop(draft_id: int) -> ResponseReturnValue:
    service.stop(current.session(), current.actor(), draft_id, current.now(), DraftKind.GROUPS)
    return redirect(url_for("board_groups.index", done="board_stopped"), 303)


@bp.post("/<int:draft_id>/send")
@curator
def send(draft_id: int) -> ResponseReturnValue:
    session, school_id = current.session(), current.school().id
    _begins, ends_on = periods.usual(current.today(), current.school())
    try:
        chosen = forms.read(schemas.SendGroupsSchema(), {"groups": request.form.getlist("groups")})["groups"]
        sent = service.send_groups(
            session,
            current.runtime().box,
            current.actor(),
            draft_id,
            chosen,
            ends_on=ends_on,
            today=current.today(),
            now=current.now(),
        )
    except (Conflict, Invalid) as error:
        session.rollback()
        return _page(error), error.status
    if not sent.refused:
        return redirect(url_for("pairs.index", state="proposed", done="board_groups_sent"), 303)
    people = queries.people(session, school_id, [one.group.mentor for one in sent.refused])
    return render_template(
        "pairs/board/groups_sent.html", sent=sent, people=people, titles=theme_titles(session, school_id)
    )


def _lists(form: MultiDict[str, str]) -> dict[str, Any]:
    return {**form, "themes": form.getlist("themes"), "without": form.getlist("without")}


def _page(refused: DomainError | None = None, typed: MultiDict[str, str] | None = None) -> str:
    session, school_id, box = current.session(), current.school().id, current.runtime().box
    newest = queries.newest(session, school_id, DraftKind.GROUPS)
    opened = next(
        (
            one
            for draft in queries.recent(session, school_id, DraftKind.GROUPS)
            if (one := queries.opened_groups(draft, box)) is not None
        ),
        None,
    )
    titles = theme_titles(session, school_id)
    snapshot = queries.snapshot(session, box, school_id, current.today())
    wanted = demand(snapshot)
    last = queries.asked_of(newest, box) if newest is not None else None
    usual = Asked(tuple(code for code in titles if wanted.get(code, (0, 0))[0]), LEAST_MEMBERS, MOST_MEMBERS)
    shown, people = None, queries.people(session, school_id, snapshot.mentees)
    if opened is not None:
        people |= queries.people(session, school_id, {*opened.snapshot.mentees, *opened.snapshot.mentors})
        shown = GroupsShown(opened, people, titles)
    errors: Mapping[str, Any] = refused.errors if isinstance(refused, Invalid) else {}
    return render_template(
        "pairs/board/groups.html",
        shown=shown,
        changed=shown.changed(snapshot) if shown is not None and not shown.draft.sent_at else [],
        waiting=len(snapshot.mentees),
        places=sum(snapshot.places.values()),
        revision=queries.board_of(session, school_id).revision,
        themes=[(code, title, *wanted.get(code, (0, 0))) for code, title in titles.items()],
        asked=_typed(typed) if errors and typed is not None else last or usual,
        after=newest.id if newest is not None else None,
        at_work=newest if newest is not None and newest.finished_at is None else None,
        failed=words.FAILURES.get(newest.error_code or "") if newest is not None else None,
        least_members=LEAST_MEMBERS,
        most_members=MOST_MEMBERS,
        people=people,
        refused=refused if isinstance(refused, Conflict) else None,
        errors=forms.translated(errors),
        words=words,
        today=current.today(),
    )


def _typed(form: MultiDict[str, str]) -> Mapping[str, Any]:
    """What stood in the form, right or wrong."""
    without = [int(id_) for id_ in form.getlist("without") if id_.isdecimal()]
    return {
        "themes": form.getlist("themes"),
        "least": form.get("least", ""),
        "most": form.get("most", ""),
        "without": without,
    }
