"""REST: the table of legal references, and the check of a local act."""

from dataclasses import asdict
from typing import Any

from flask_smorest import Blueprint

from moodle_mentorship.core.errors import Invalid
from moodle_mentorship.core.schemas import REQUIRED
from moodle_mentorship.law import queries, schemas, service
from moodle_mentorship.law.checker import Remark, check
from moodle_mentorship.law.views import administrator, readers
from moodle_mentorship.web import current

blp = Blueprint("law_api", __name__, url_prefix="/api/v1/law", description="Legal references")


@blp.route("/references", methods=["GET"])
@readers
@blp.response(200, schemas.EntrySchema(many=True))
def list_references() -> list[dict[str, Any]]:
    """All rows that hold for the school: the product's, and the school's own beside and over them."""
    return [_told(entry) for entry in queries.entries(current.session(), current.school().id)]


@blp.route("/references", methods=["POST"])
@administrator
@blp.arguments(schemas.ReferenceSchema)
@blp.response(201, schemas.EntrySchema)
def add_reference(values: dict[str, Any]) -> dict[str, Any]:
    """Write a row of the school's own."""
    return _write(None, values)


@blp.route("/references/<key>", methods=["PUT"])
@administrator
@blp.arguments(schemas.ReferenceSchema)
@blp.response(200, schemas.EntrySchema)
def write_reference(values: dict[str, Any], key: str) -> dict[str, Any]:
    """Write a row; one of the product's stays beneath."""
    return _write(key, values)


@blp.route("/references/<key>/take-back", methods=["POST"])
@administrator
@blp.response(204)
def take_back(key: str) -> None:
    """Let the product's row count again, or a row of the school's own go."""
    service.take_back(current.session(), current.actor(), key, current.now())


@blp.route("/check", methods=["POST"])
@readers
@blp.arguments(schemas.CheckSchema)
@blp.response(200, schemas.RemarkSchema(many=True))
def check_text(asked: dict[str, Any]) -> list[Remark]:
    """Every citation of the text, judged for that day. Nothing is kept."""
    if not asked["text"].strip():
        raise Invalid({"text": [REQUIRED]})
    references = queries.references(current.session(), current.school().id)
    return check(asked["text"].splitlines(), references, asked["on"])


def _write(key: str | None, values: dict[str, Any]) -> dict[str, Any]:
    written = service.write(current.session(), current.actor(), key, values, current.now())
    return _told(queries.entry_of(current.session(), current.school().id, written.key))


def _told(entry: queries.Entry) -> dict[str, Any]:
    return asdict(entry.reference) | {"own": entry.own, "outdated": entry.outdated}
