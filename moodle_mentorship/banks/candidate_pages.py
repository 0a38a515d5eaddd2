"""The pages of candidates (whom the school's rules find, with each reason) and of the rules, tried out first."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from moodle_mentorship.banks import candidates, choosing, queries, schemas, words
from moodle_mentorship.banks.candidates import Candidate, Finding, Rules
from moodle_mentorship.banks.enums import Why
from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.errors import Invalid
from moodle_mentorship.core.paging import COUNTED
from moodle_mentorship.people.words import experience
from moodle_mentorship.web import current, exports, forms
from moodle_mentorship.web.access import roles
from moodle_mentorship.web.back import return_to

bp = Blueprint("candidates", __name__, template_folder="templates", url_prefix="/banks/candidates")

curator = roles(Role.CURATOR)


@bp.get("/")
@curator
def index() -> ResponseReturnValue:
    return _index({})


@bp.get(f"/{exports.FILE}")
@curator
def export(kind: str) -> ResponseReturnValue:
    asked = forms.read_address(schemas.CandidateListSchema(), request.args)
    found = looked_for()
    chunks = candidates.all_candidates(current.session(), found, **narrowed(asked))
    heading = [_("Surname, name, patronymic"), _("Position"), _("Subjects"), _("Hired on"), _("Teaching"), _("Why")]
    return exports.download(kind, _("Candidates"), heading, _exported(found, chunks))


@bp.post("/invite")
@curator
def invite() -> ResponseReturnValue:
    try:
        asked = forms.read(schemas.InviteSchema(), {"person_ids": request.form.getlist("person_ids")})
    except Invalid as error:
        return _index(error.errors), error.status
    choosing.invite(
        current.session(), current.runtime().jobs, current.actor(), looked_for(), asked["person_ids"], current.now()
    )
    return return_to(url_for("candidates.index"), "candidates_invited")


@bp.post("/<int:person_id>/put-off")
@curator
def put_off(person_id: int) -> ResponseReturnValue:
    year = current.school().year_begins.year
    choosing.put_off(current.session(), current.actor(), person_id, year, current.now())
    return return_to(url_for("candidates.index"), "candidate_put_off")


@bp.post("/<int:person_id>/bring-back")
@curator
def bring_back(person_id: int) -> ResponseReturnValue:
    year = current.school().year_begins.year
    choosing.bring_back(current.session(), current.actor(), person_id, year, current.now())
    return return_to(url_for("candidates.index", state=schemas.PUT_OFF), "candidate_back")


@bp.get("/rules")
@curator
def rules() -> ResponseReturnValue:
    stored = candidates.rules_of(current.session(), current.school().id)
    return _rules(schemas.RulesSchema().dump(stored), stored, {})


@bp.post("/rules/preview")
@curator
def preview() -> ResponseReturnValue:
    """Whom these rules would catch; nothing is saved."""
    try:
        said = forms.read(schemas.PreviewSchema(), request.form)
    except Invalid as error:
        # The page that stands already takes over only what came without a fault.
        status = 200 if request.headers.get("HX-Request") else error.status
        return _rules(request.form, None, error.errors), status
    return _rules(request.form, schemas.as_rules(said), {}, said["cursor"])


@bp.post("/rules")
@curator
def save_rules() -> ResponseReturnValue:
    try:
        said = schemas.as_rules(forms.read(schemas.RulesSchema(), request.form))
    except Invalid as error:
        return _rules(request.form, None, error.errors), error.status
    choosing.save_rules(current.session(), current.actor(), said, current.now())
    return redirect(url_for("candidates.index", done="candidate_rules_saved"), 303)


def looked_for(rules: Rules | None = None, *, profiles: bool = True) -> Finding:
    """What is looked for now in the visitor's school."""
    school = current.school()
    return candidates.finding(
        current.session(),
        school.id,
        year_begins=school.year_begins,
        timezone=school.timezone,
        today=current.today(),
        rules=rules,
        profiles=profiles,
    )


def narrowed(asked: dict[str, Any]) -> dict[str, Any]:
    """The address's words as `candidates.candidates` takes them."""
    state = asked["state"]
    why = Why(state) if state in candidates.DEFAULTS else None
    return {"search": asked["q"] or "", "why": why, "dismissed": state == schemas.PUT_OFF, "sort": asked["sort"]}


def _index(errors: Any) -> str:
    asked = forms.read_address(schemas.CandidateListSchema(), request.args)
    session, found = current.session(), looked_for()
    page = candidates.candidates(session, found, cursor=asked["cursor"], **narrowed(asked))
    wanted = {name: value for name, value in narrowed(asked).items() if name != "sort"}
    return render_template(
        "banks/candidates.html",
        page=page,
        since=candidates.known_since(session, found, [person.id for person in page.rows]),
        total=candidates.count(session, found, **wanted),
        counted=COUNTED,
        asked=asked,
        active=found.active,
        counts=queries.counts(session, found.school_id),
        errors=forms.translated(errors),
        today=current.today(),
        experience=experience,
        words=words,
    )


def _exported(found: Finding, chunks: Iterable[Sequence[Candidate]]) -> Iterator[Sequence[exports.Cell]]:
    today = current.today()
    for people in chunks:
        since = candidates.known_since(current.session(), found, [person.id for person in people])
        for person in people:
            yield (
                person.full_name,
                person.position,
                person.subjects,
                person.hire_date,
                experience(person.teaching_since, today) if person.teaching_since else None,
                "; ".join([words.reason(why, person, since) for why in person.reasons]),
            )


def _rules(values: Any, rules: Rules | None, errors: Any, cursor: str | None = None) -> str:
    caught = candidates.caught(current.session(), looked_for(rules), cursor) if rules is not None else None
    return render_template(
        "banks/candidate_rules.html",
        values=values,
        errors=forms.translated(errors),
        caught=caught,
        bounds=candidates.BOUNDS,
        words=words,
    )
