"""The mentee's page «Другой наставник», and the same request as curators see it."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.errors import Invalid, NotFound
from moodle_mentorship.core.looks import CARD
from moodle_mentorship.pairs.board.next_best import next_best
from moodle_mentorship.pairs.enums import FIXED_STATES
from moodle_mentorship.pairs.rematch import queries, schemas, service
from moodle_mentorship.pairs.rematch.models import Rematch
from moodle_mentorship.people.queries import holders
from moodle_mentorship.web import current, forms, looks
from moodle_mentorship.web.access import roles

bp = Blueprint("rematch", __name__, template_folder="templates", url_prefix="/pairs/<int:pair_id>")

mentee = roles(Role.MENTEE)
curator = roles(Role.CURATOR)


@bp.get("/another-mentor")
@mentee
def own(pair_id: int) -> ResponseReturnValue:
    return _own_page(pair_id, {})


@bp.post("/another-mentor")
@mentee
def ask(pair_id: int) -> ResponseReturnValue:
    try:
        asked = forms.read(schemas.AskSchema(), request.form)
    except Invalid as error:
        return _own_page(pair_id, forms.translated(error.errors)), error.status
    reason = asked["reason"].strip() or None
    service.ask(current.session(), current.runtime().box, current.actor(), pair_id, reason, current.now())
    return redirect(url_for("rematch.own", pair_id=pair_id, done="rematch_asked"), 303)


@bp.post("/another-mentor/take-back")
@mentee
def take_back(pair_id: int) -> ResponseReturnValue:
    service.take_back(current.session(), current.actor(), pair_id, current.now())
    return redirect(url_for("rematch.own", pair_id=pair_id, done="rematch_taken_back"), 303)


@bp.post("/another-mentor/read")
@mentee
def read(pair_id: int) -> ResponseReturnValue:
    service.read(current.session(), current.actor(), pair_id, current.now())
    return redirect(url_for("rematch.own", pair_id=pair_id), 303)


def _own_page(pair_id: int, errors: Mapping[str, Any]) -> str:
    session = current.session()
    pair = service.own_pair(session, current.actor(), pair_id)
    return render_template(
        "pairs/rematch/own.html",
        pair=pair,
        **_opened(queries.of_pair(session, pair.school_id, pair_id)),
        may_ask=pair.state in FIXED_STATES,
        read_by_curators=service.anybody_reads(session, pair),
        directors=holders(session, pair.school_id).get(Role.DIRECTOR, []),
        typed=request.form.get("reason"),
        errors=errors,
    )


@bp.get("/request")
@curator
def show(pair_id: int) -> ResponseReturnValue:
    return _page(pair_id, {})


@bp.post("/request")
@curator
def reply(pair_id: int) -> ResponseReturnValue:
    try:
        asked = forms.read(schemas.ReplySchema(), request.form)
    except Invalid as error:
        return _page(pair_id, forms.translated(error.errors)), error.status
    service.answer(current.session(), current.runtime().box, current.actor(), pair_id, asked["reply"], current.now())
    return redirect(url_for("rematch.show", pair_id=pair_id, done="rematch_answered"), 303)


def _page(pair_id: int, errors: Mapping[str, Any]) -> str:
    session, box = current.session(), current.runtime().box
    pair = service.readable_pair(session, current.actor(), pair_id)
    found = queries.of_pair(session, pair.school_id, pair_id)
    if found is None:
        raise NotFound(f"request of pair {pair_id}")
    looks.noted(CARD, pair.mentee_person_id)
    open_now = found.closed_at is None and pair.state in FIXED_STATES
    couple = pair.mentee_person_id, pair.mentor_person_id
    nearest = (
        next_best(session, box, pair.school_id, current.today(), [couple[0]], without=[couple]) if open_now else {}
    )
    return render_template(
        "pairs/rematch/show.html",
        pair=pair,
        **_opened(found),
        open_now=open_now,
        # Who has a mentor is proposed nobody: their pair is replaced.
        nearest=None if nearest is None else [(one, None) for one in nearest.get(couple[0], ())],
        replaced=pair,
        typed=request.form.get("reply"),
        errors=errors,
    )


def _opened(found: Rematch | None) -> dict[str, Any]:
    box = current.runtime().box
    return {
        "asked": found,
        "reason": box.open(found.sealed_reason) if found is not None and found.sealed_reason else None,
        "answer": box.open(found.sealed_answer) if found is not None and found.sealed_answer else None,
    }
