"""Fields of marshmallow schemas whose messages are msgids of ours, so that pages and REST say the same, translated."""

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields

from moodle_mentorship.core.db import LARGEST_NUMBER
from moodle_mentorship.core.i18n import N_

REQUIRED = N_("Fill this in")
TOO_LONG = N_("This is too long. Please shorten it")
NOT_TEXT = N_("Write text here")
NOT_A_NUMBER = N_("Write a whole number")
NOT_A_DATE = N_("Write a date, such as 2026-09-01")
NOT_OFFERED = N_("Choose one of the values offered")

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")

_MISSING: dict[str, Any] = {"required": REQUIRED, "null": REQUIRED}


def row_id(text: str) -> int | None:
    """The id that a form's field or an address names; None for what can't be one."""
    number = int(text) if text.isdecimal() and len(text) <= len(str(LARGEST_NUMBER)) else None
    return number if number is not None and number <= LARGEST_NUMBER else None


def storable(text: str) -> bool:
    """Whether both databases keep it: JSON can spell a NUL and half of a surrogate pair, PostgreSQL and UTF-8 can't."""
    return _UNSTORABLE.search(text) is None


def without_unstorable(text: str) -> str:
    """`text` without what makes it not `storable`: for what comes in great numbers and may not stop the rest."""
    return _UNSTORABLE.sub("", text)


class Line(fields.String):
    """A text that people type: outer and doubled spaces go, and an empty optional text is None.

    Control characters and halves of surrogate pairs are refused, the database can't keep them all.
    `longest` is the number of characters that the column holds.
    """

    #: Whether what can't be kept is refused, and not taken out.
    strict = True

    default_error_messages = _MISSING | {"invalid": NOT_TEXT, "invalid_utf8": NOT_TEXT}

    def __init__(self, longest: int, **options: Any) -> None:
        super().__init__(**options)
        self.longest = longest

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any) -> Any:
        raw = super()._deserialize(value, attr, data, **options)
        if len(raw) > self.longest:
            raise ValidationError(TOO_LONG)
        text = " ".join(raw.split())
        if not text:
            if self.required or not self.allow_none:
                raise ValidationError(REQUIRED)
            return None
        if any(unicodedata.category(character) in {"Cc", "Cs"} for character in text):
            raise ValidationError(NOT_TEXT)
        return text


class Prose(fields.String):
    """A text of several lines, which may be empty; what the database can't keep is refused."""

    default_error_messages = _MISSING | {"invalid": NOT_TEXT, "invalid_utf8": NOT_TEXT}

    def __init__(self, longest: int, **options: Any) -> None:
        super().__init__(**options)
        self.longest = longest

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any) -> Any:
        text = super()._deserialize(value, attr, data, **options).replace("\r\n", "\n").strip()
        if len(text) > self.longest:
            raise ValidationError(TOO_LONG)
        if not storable(text):
            raise ValidationError(NOT_TEXT)
        return text


class Whole(fields.Integer):
    """A whole number, as text from a form or as a JSON number."""

    default_error_messages = _MISSING | {"invalid": NOT_A_NUMBER, "too_large": NOT_A_NUMBER}

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any) -> Any:
        if isinstance(value, float) and not value.is_integer():
            raise ValidationError(NOT_A_NUMBER)
        number: int = super()._deserialize(value, attr, data, **options)
        if abs(number) > LARGEST_NUMBER:
            raise ValidationError(NOT_A_NUMBER)
        return number


class Day(fields.Date):
    """A calendar day in ISO 8601, which is what a browser's date field sends; empty is None."""

    default_error_messages = _MISSING | {"invalid": NOT_A_DATE, "format": NOT_A_DATE}

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any) -> Any:
        if value == "" and self.allow_none:
            return None
        day: dt.date = super()._deserialize(value, attr, data, **options)
        return day


class Switch(fields.Boolean):
    """On or off; "1" is what a form's box says. A number is neither, though Python takes 1 for True."""

    def _deserialize(self, value: Any, *named: Any, **options: Any) -> bool:
        if value != "1" and not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return bool(value)
