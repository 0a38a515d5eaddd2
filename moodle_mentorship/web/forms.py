"""Reads a posted form with the schema that the REST API uses, and puts its messages into the reader's language."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from marshmallow import Schema, ValidationError

from moodle_mentorship.core.errors import DomainError, Invalid


def read(schema: Schema, form: Mapping[str, Any]) -> dict[str, Any]:
    """The values of `form` as `schema` loads them. Raises `Invalid` with messages by field (msgids).

    Fields that the schema doesn't know (the CSRF token, the button) are left aside.
    """
    known = {name: form[name] for name in schema.load_fields if name in form}
    try:
        values: dict[str, Any] = schema.load(known)
    except ValidationError as error:
        raise Invalid(dict(error.messages_dict)) from error
    return values


def read_address(schema: Schema, arguments: Mapping[str, str]) -> dict[str, Any]:
    """What a list's address asks for. A value that makes no sense is left aside: an old link still opens the list."""
    known = {name: arguments[name] for name in schema.load_fields if name in arguments}
    try:
        values: dict[str, Any] = schema.load(known)
    except ValidationError as error:
        wrong = error.messages_dict.keys()
        values = schema.load({name: value for name, value in known.items() if name not in wrong})
    return values


def beside_fields(error: DomainError, otherwise: str) -> dict[str, Any]:
    """What a form shows: a schema's messages, or a verb's refusal beside the field that it is about, or `otherwise`."""
    if isinstance(error, Invalid):
        return dict(translated(error.errors))
    sentence = f"{_(error.title, **error.params)}. {_(error.advice, **error.params)}"
    return {getattr(error, "field", "") or otherwise: [sentence]}


def translated(errors: Any) -> Any:
    """Messages of any depth, msgids replaced by the reader's words; of a refusal its title, with the names in it."""
    if isinstance(errors, Mapping):
        return {key: translated(value) for key, value in errors.items()}
    if isinstance(errors, list | tuple):
        return [translated(value) for value in errors]
    if isinstance(errors, DomainError):
        return _(errors.title, **errors.params)
    return _(errors) if isinstance(errors, str) and errors else errors
