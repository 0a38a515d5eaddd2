"""Pages of the register of local acts."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.errors import DomainError, Invalid, NotFound
from moodle_mentorship.files.errors import DocumentRefused
from moodle_mentorship.files.reading import LARGEST
from moodle_mentorship.law import words as law_words
from moodle_mentorship.law.enums import Verdict
from moodle_mentorship.roadmap import acts, schemas
from moodle_mentorship.roadmap.words import ACT_KINDS
from moodle_mentorship.web import current, exports, forms
from moodle_mentorship.web.access import roles, uploads

bp = Blueprint("acts", __name__, template_folder="templates", url_prefix="/local-acts")

READERS = (Role.CURATOR, Role.DIRECTOR, Role.CLERK)
readers = roles(*READERS)
curator = roles(Role.CURATOR)


@bp.get("/")
@readers
def index() -> ResponseReturnValue:
    return render_template(
        "roadmap/acts.html",
        rows=acts.acts(current.session(), current.school().id),
        kinds=ACT_KINDS,
        today=current.today(),
        may_edit=_may_edit(),
    )


@bp.get("/new")
@curator
def new() -> ResponseReturnValue:
    return _form(None, {"kind": "regulation", "in_force_from": current.today().isoformat()}, {})


@bp.post("/new")
@curator
@uploads(LARGEST + 1024 * 1024)
def add() -> ResponseReturnValue:
    try:
        said = forms.read(schemas.ActSchema(), request.form)
        content, name = _sent()
        act = acts.add(
            *(current.session(), current.runtime().box, current.actor(), said, content, name), now=current.now()
        )
    except DomainError as error:
        return _refused(None, error)
    return redirect(url_for("acts.show", act_id=act.id, done="act_added"), 303)


@bp.get("/<int:act_id>")
@readers
def show(act_id: int) -> ResponseReturnValue:
    session, school_id = current.session(), current.school().id
    act = acts.act_of(session, school_id, act_id)
    every = acts.editions(session, school_id, act_id)
    found = acts.remarks(session, current.runtime().box, every[0])
    return render_template(
        "roadmap/act.html",
        act=act,
        editions=every,
        wrong=acts.wrong(found),
        unchecked=[remark for remark in found if remark.verdict is Verdict.UNCHECKED],
        good=sum(remark.verdict is Verdict.GOOD for remark in found),
        kinds=ACT_KINDS,
        words=law_words,
        today=current.today(),
        may_edit=_may_edit(),
    )


@bp.get("/<int:act_id>/edition")
@curator
def new_edition(act_id: int) -> ResponseReturnValue:
    return _form(act_id, {"in_force_from": current.today().isoformat()}, {})


@bp.post("/<int:act_id>/edition")
@curator
@uploads(LARGEST + 1024 * 1024)
def renew(act_id: int) -> ResponseReturnValue:
    acts.act_of(current.session(), current.school().id, act_id)
    try:
        said = forms.read(schemas.EditionSchema(), request.form)
        content, name = _sent()
        acts.renew(
            *(current.session(), current.runtime().box, current.actor(), act_id, said, content, name),
            now=current.now(),
        )
    except DomainError as error:
        return _refused(act_id, error)
    return redirect(url_for("acts.show", act_id=act_id, done="act_renewed"), 303)


@bp.get("/editions/<int:edition_id>/file")
@readers
def file(edition_id: int) -> ResponseReturnValue:
    content, name = acts.file_of(current.session(), current.runtime().box, current.school().id, edition_id)
    return exports.sent_in(content, name)


def _may_edit() -> bool:
    return current.actor().has(Role.CURATOR)


def _sent() -> tuple[bytes, str]:
    """The file that came with the form; empty where none did."""
    sent = request.files.get("document")
    if sent is None or not sent.filename:
        return b"", ""
    return sent.stream.read(LARGEST + 1), sent.filename


def _refused(act_id: int | None, error: DomainError) -> ResponseReturnValue:
    if isinstance(error, NotFound):
        raise error
    current.session().rollback()
    field = "document" if isinstance(error, DocumentRefused) else "title"
    errors = dict(forms.beside_fields(error, field))
    if isinstance(error, Invalid) and request.files.get("document"):
        # A browser forgets the file with every answer.
        errors.setdefault("document", [_("Choose the file again")])
    return _form(act_id, request.form, errors), error.status


def _form(act_id: int | None, values: Mapping[str, Any], errors: Mapping[str, Any]) -> str:
    session, school_id = current.session(), current.school().id
    return render_template(
        "roadmap/act_edit.html",
        act=acts.act_of(session, school_id, act_id) if act_id is not None else None,
        values=values,
        errors=errors,
        kinds=[(kind.value, _(label)) for kind, label in ACT_KINDS.items()],
        megabytes=LARGEST // (1024 * 1024),
    )
