"""«Журналы регистрации»: where the numbers of each register come from, what they look like, which is the next."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from moodle_mentorship.core.errors import DomainError, Invalid, NotFound
from moodle_mentorship.documents import queries, service, words
from moodle_mentorship.documents.enums import Numbering, RegisterCode
from moodle_mentorship.documents.errors import NumberPassed
from moodle_mentorship.documents.registers import Rule
from moodle_mentorship.documents.schemas import RuleSchema
from moodle_mentorship.documents.views import moment, office
from moodle_mentorship.web import current, forms

bp = Blueprint("registers", __name__, template_folder="templates", url_prefix="/documents/registers")


@bp.get("/")
@office
def index() -> ResponseReturnValue:
    year = current.today().year
    return render_template(
        "documents/registers.html",
        registers=queries.counted(current.session(), current.school().id, year),
        year=year,
        issued=Numbering.ISSUED,
        words=words,
    )


@bp.get("/<register_code>")
@office
def form(register_code: str) -> ResponseReturnValue:
    return _form(register_of(register_code), {}, {})


@bp.post("/<register_code>")
@office
def save(register_code: str) -> ResponseReturnValue:
    code = register_of(register_code)
    try:
        asked = forms.read(RuleSchema(), {name: text for name, text in request.form.items() if text.strip()})
        # A number that nobody has touched leaves a count alone that goes on: another one may have been given meanwhile.
        untouched = request.form.get("next_number") == request.form.get("next_seen")
        service.set_rule(
            moment(),
            code,
            Rule(asked["numbering"], asked["pattern"]),
            None if untouched else asked["next_number"],
        )
    except (Invalid, NumberPassed) as error:
        current.session().rollback()
        return _form(code, request.form, _beside(error)), error.status
    return redirect(url_for("registers.index", done="register_saved"), 303)


def _beside(error: DomainError) -> dict[str, Any]:
    return forms.beside_fields(error, "next_number")


def register_of(register_code: str) -> RegisterCode:
    """The register that an address names. Raises `NotFound`."""
    try:
        return RegisterCode(register_code)
    except ValueError:
        raise NotFound(f"register {register_code}") from None


def _form(code: RegisterCode, values: Mapping[str, Any], errors: Mapping[str, Any]) -> str:
    year = current.today().year
    return render_template(
        "documents/register.html",
        one=queries.counted_in(current.session(), current.school().id, year, code),
        year=year,
        issued=Numbering.ISSUED,
        numberings=list(Numbering),
        values=values,
        errors=errors,
        words=words,
    )
