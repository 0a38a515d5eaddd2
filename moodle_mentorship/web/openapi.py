"""The REST interface's own description (OpenAPI 3.1) at /api/v1/openapi.json.

What every route has in common follows from its access rule (`web.access`) and its address, so a new route is
described whole from its first day: who may call it, how a request proves itself, which refusals there are.
"""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from flask import Flask, Response, jsonify
from flask_smorest import Api
from marshmallow import fields
from werkzeug.routing import Rule

from moodle_mentorship import __version__
from moodle_mentorship.core.db import LARGEST_NUMBER
from moodle_mentorship.core.schemas import Line, Whole
from moodle_mentorship.web.access import Gate, access_of, public
from moodle_mentorship.web.errors import PROBLEM

PREFIX = "/api/v1"
ADDRESS = f"{PREFIX}/openapi.json"

_BINARY = {"type": "string", "format": "binary"}

READING = frozenset({"get"})

# RFC 9457, with our code, the log's reference, and for a refused input the messages by field.
PROBLEM_SCHEMA = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "code", "reference"],
    "properties": {
        "type": {"type": "string", "const": "about:blank"},
        "title": {"type": "string", "description": "What happened, in the school's language"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string", "description": "What to do now, in the school's language"},
        "code": {"type": "string", "pattern": "^[a-z0-9_]+$", "description": "The same in every language"},
        "reference": {"type": "string", "description": "Stands in the log beside the reason"},
        "errors": {"type": "object", "description": "Messages by field, where the input was refused"},
    },
    "additionalProperties": False,
    "example": {
        "type": "about:blank",
        "title": "There is no such page",
        "status": 404,
        "detail": "The address may be old. Go back to the start page.",
        "code": "not_found",
        "reference": "4f1d0c2ab93e",
    },
}

REFUSALS = {
    "400": "The request can't be read",
    "401": "Nobody is signed in, or the signature doesn't hold",
    "403": "Not for this role, or a write that doesn't come from our own page",
    "404": "There is no such thing in this school",
    "409": "The state has changed meanwhile, or a rule forbids it",
    "410": "The connection was disabled",
    "413": "The body is too large",
    "422": "The input doesn't hold",
    "429": "Too many requests; the answer says when to come again",
    "503": "The data can't be reached at the moment; the answer says when to come again",
}


def install(app: Flask) -> Api:
    """The REST kit, with the description open to everybody."""
    app.config.update(
        API_TITLE="Moodle Mentorship",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        API_SPEC_OPTIONS={
            "info": {"description": f"Moodle Mentorship {__version__}", "license": {"name": "GPL-3.0-or-later"}}
        },
    )
    api = Api(app)
    for describe in (_line, _whole):
        api.ma_plugin.converter.add_attribute_function(describe)

    @cache
    def document() -> dict[str, Any]:
        return _described(app, api.spec.to_dict())

    @app.get(ADDRESS)
    @public
    def openapi_json() -> Response:
        return jsonify(document())

    return api


def file_body(name: str) -> dict[str, Any]:
    """What `blp.doc(requestBody=…)` says of a route that takes one file, as the part `name` of a form."""
    form = {"type": "object", "required": [name], "properties": {name: _BINARY}}
    return {"required": True, "content": {"multipart/form-data": {"schema": form}}}


def form_body(required: Mapping[str, Any], files: Iterable[str]) -> dict[str, Any]:
    """What `blp.doc(requestBody=…)` says of a route that takes a form: what it must say, and files of which it may."""
    properties = {**required, **dict.fromkeys(files, _BINARY)}
    form = {"type": "object", "required": list(required), "properties": properties}
    return {"required": True, "content": {"multipart/form-data": {"schema": form}}}


def file_answer(media_types: Iterable[str]) -> dict[str, Any]:
    """What `blp.doc(responses=…)` says of a route that answers with a file of one of these kinds."""
    content = {media_type: {"schema": _BINARY} for media_type in media_types}
    return {"200": {"description": "The file, to save", "content": content}}


def _described(app: Flask, document: dict[str, Any]) -> dict[str, Any]:
    """`document` as flask-smorest made it, completed with what the access rules say."""
    components = document["components"]
    # flask-smorest's own error and paging, which we don't use.
    components["schemas"] = {
        name: schema for name, schema in components["schemas"].items() if name not in {"Error", "PaginationMetadata"}
    } | {"Problem": PROBLEM_SCHEMA}
    components["responses"] = {
        f"Refused{status}": {
            "description": description,
            "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status, description in REFUSALS.items()
    }
    components["securitySchemes"] = {
        "session": {
            "type": "apiKey",
            "in": "cookie",
            "name": "__Host-mentorship-session",
            "description": "Opened by a launch from Moodle; without `__Host-` on plain http",
        },
        "csrf": {"type": "apiKey", "in": "header", "name": "X-CSRF-Token", "description": "Of the session's pages"},
        "signature": {
            "type": "apiKey",
            "in": "header",
            "name": "X-Mentorship-Signature",
            "description": "docs/plugin-protocol.md, section 1",
        },
    }
    for rule in app.url_map.iter_rules():
        path = document["paths"].get(_openapi_path(rule), {})
        for method in (rule.methods or set()) & {name.upper() for name in path}:
            _complete(app, rule, method.lower(), path[method.lower()])
    return document


def _openapi_path(rule: Rule) -> str:
    return re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)


def _complete(app: Flask, rule: Rule, method: str, operation: dict[str, Any]) -> None:
    access = access_of(app, rule.endpoint)
    gate = access.gate if access is not None else Gate.SESSION
    refusals = {"400", "503"} | ({"404"} if rule.arguments else set())
    if method not in READING:
        # What a body names may be missing as well.
        refusals |= {"404", "409", "413", "422"}
    elif any(parameter.get("in") == "query" for parameter in operation.get("parameters", [])):
        refusals |= {"422"}
    if gate is Gate.SESSION:
        refusals |= {"401", "403"}
        operation["security"] = [{"session": []} if method in READING else {"session": [], "csrf": []}]
    elif gate is Gate.SIGNED:
        refusals |= {"401", "410", "429"}
        operation["security"] = [{"signature": []}]
        operation.setdefault("parameters", []).extend(_SIGNED_HEADERS)
    else:
        operation["security"] = []
    kept = {status: answer for status, answer in operation["responses"].items() if status < "400"}
    operation["responses"] = kept | {
        status: {"$ref": f"#/components/responses/Refused{status}"} for status in sorted(refusals)
    }


_SIGNED_HEADERS = (
    {
        "name": "X-Mentorship-Timestamp",
        "in": "header",
        "required": True,
        "schema": {"type": "string", "pattern": "^[0-9]{1,12}$"},
    },
    {
        "name": "X-Mentorship-Delivery",
        "in": "header",
        "required": True,
        "schema": {"type": "string", "format": "uuid"},
    },
)

# A choice among more words than these is described as text.
MOST_WORDS = 100

# Control characters that are no white space (`Line` folds that).
_CONTROL = r"\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f"


def _line(converter: object, field: fields.Field[Any], ret: dict[str, Any], **_: Any) -> dict[str, Any]:
    if not isinstance(field, Line):
        return {}
    if len(ret.get("enum", ())) > MOST_WORDS:
        # The world's time zones would be most of the document.
        del ret["enum"]
    described: dict[str, Any] = {"maxLength": field.longest}
    if field.strict and "enum" not in ret:
        filled = "" if field.allow_none else rf"[^\s{_CONTROL}][^{_CONTROL}]*"
        described["pattern"] = rf"^[^{_CONTROL}]*{filled}$"
    return described


def _whole(converter: object, field: fields.Field[Any], ret: dict[str, Any], **_: Any) -> dict[str, Any]:
    if not isinstance(field, Whole) or "enum" in ret:
        return {}
    return {"minimum": ret.get("minimum", -LARGEST_NUMBER), "maximum": ret.get("maximum", LARGEST_NUMBER)}
