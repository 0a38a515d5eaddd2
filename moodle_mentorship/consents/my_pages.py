"""The person's own pages: what I agreed to, reading and agreeing, withdrawing in two clicks."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from moodle_mentorship.consents import queries, service, words
from moodle_mentorship.consents.enums import PURPOSES, ConsentForm, ConsentKind, GroundKind
from moodle_mentorship.consents.models import ProcessingGround
from moodle_mentorship.consents.printing import download, papers
from moodle_mentorship.consents.schemas import KindSchema, MarkSchema, WithdrawSchema
from moodle_mentorship.consents.views import needs, own_consent, words_of
from moodle_mentorship.core.errors import NotFound
from moodle_mentorship.people.models import Person
from moodle_mentorship.people.queries import person_of
from moodle_mentorship.web import current, forms
from moodle_mentorship.web.access import any_role

bp = Blueprint("my_consents", __name__, template_folder="templates", url_prefix="/consents/mine")


def _me() -> Person | None:
    """The visitor; None is a site administrator outside of the directory, of whom nothing is held here."""
    person_id = current.actor().person_id
    return person_of(current.session(), current.school().id, person_id) if person_id is not None else None


def _elsewhere() -> ResponseReturnValue:
    """Where somebody without data of their own is sent: the page that says so."""
    return redirect(url_for("my_consents.index"), 303)


@bp.get("/")
@any_role
def index() -> ResponseReturnValue:
    me, session, school_id = _me(), current.session(), current.school().id
    given = queries.consents_of_person(session, school_id, me.id) if me is not None else []
    needed = queries.needed_of(session, needs(), school_id, me.id, current.today()) if me is not None else []
    held = {consent.kind for consent in given}
    return render_template(
        "consents/mine.html",
        kinds=[kind for kind in ConsentKind if kind in held or kind in needed],
        needed=needed,
        given=given,
        permits=queries.permits(session, school_id, [consent.id for consent in given]),
        grounds={kind: _other_ground(me.id, kind) for kind in PURPOSES} if me is not None else {},
        mark=queries.local_act(session, school_id) is not None,
        purposes=PURPOSES,
        words=words,
    )


@bp.get("/text")
@any_role
def text() -> ResponseReturnValue:
    me, session, school_id = _me(), current.session(), current.school().id
    if me is None:
        return _elsewhere()
    kind = forms.read_address(KindSchema(), request.args)["document"]
    present = queries.in_force(session, school_id, me.id, kind)
    marked = next((consent for consent in present if consent.form is ConsentForm.MARK), None)
    paper = papers(session, school_id, kind, [me], current.today())[0]
    agreed = words_of(marked) if marked is not None else None
    return render_template(
        "consents/my_text.html",
        kind=kind,
        paper=paper,
        act=queries.local_act(session, school_id) if kind in PURPOSES else None,
        marked=marked,
        agreed=agreed,
        changed=agreed is not None and (agreed.title, agreed.paragraphs) != (paper.title, paper.paragraphs),
        words=words,
    )


@bp.get("/<int:consent_id>/words")
@any_role
def read_words(consent_id: int) -> ResponseReturnValue:
    consent = own_consent(consent_id)
    return render_template("consents/words.html", consent=consent, agreed=words_of(consent), mine=True, words=words)


@bp.post("/mark")
@any_role
def mark() -> ResponseReturnValue:
    asked = forms.read(MarkSchema(), request.form)
    service.give_mark(
        current.session(),
        current.runtime().grounds,
        current.runtime().box,
        current.actor(),
        asked["document"],
        asked["version"],
        current.today(),
        current.now(),
    )
    # What the consent opened waits on the first page.
    return redirect(url_for("dashboard.home", done="consent_marked"), 303)


@bp.get("/paper.docx")
@any_role
def paper() -> ResponseReturnValue:
    me = _me()
    if me is None:
        return _elsewhere()
    kind = forms.read_address(KindSchema(), request.args)["document"]
    ready = papers(current.session(), current.school().id, kind, [me], current.today())
    return download(ready, f"consent-{kind.value}")


@bp.get("/withdraw")
@any_role
def ask_withdraw() -> ResponseReturnValue:
    me, session, school_id = _me(), current.session(), current.school().id
    if me is None:
        return _elsewhere()
    kind = forms.read_address(KindSchema(), request.args)["document"]
    present = queries.in_force(session, school_id, me.id, kind)
    shown = queries.permits(session, school_id, [consent.id for consent in present])
    return render_template(
        "consents/my_withdrawal.html",
        kind=kind,
        present=present,
        ground=_other_ground(me.id, kind),
        places=[url for places in shown.values() for url in places],
        purposes=PURPOSES,
        dissemination=ConsentKind.DISSEMINATION,
        words=words,
    )


@bp.post("/withdraw")
@any_role
def withdraw() -> ResponseReturnValue:
    me = _me()
    if me is None:
        raise NotFound("nobody of the directory")
    kind = forms.read(WithdrawSchema(), request.form)["document"]
    ended = service.withdraw(
        current.session(),
        current.runtime().grounds,
        current.actor(),
        me.id,
        kind,
        current.today(),
        current.now(),
    )
    done = "consent_withdrawn" if ended.remaining is None else "consent_withdrawn_goes_on"
    return redirect(url_for("my_consents.index", done=done), 303)


def _other_ground(person_id: int, kind: ConsentKind) -> ProcessingGround | None:
    """The ground on which processing goes on after a withdrawal: withdrawing takes the paper and the mark."""
    if kind not in PURPOSES:
        return None
    ground = queries.open_ground(current.session(), current.school().id, person_id, PURPOSES[kind])
    return ground if ground is not None and ground.kind is GroundKind.LABOUR_DUTY else None
