"""A document's file: a template filled with frozen values, date and number; blanks for the pen until it has them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from babel.dates import format_date
from jinja2.exceptions import TemplateError

from moodle_mentorship.documents.errors import TemplateUnfit
from moodle_mentorship.files import docx
from moodle_mentorship.people.models import NBSP

#: For the pen (ГОСТ Р 7.0.97-2025, 5.10 and 5.11: date and registration number of a document).
BLANK_DATE = "«____» ______________ 20____ г."
BLANK_NUMBER = "______________"


@dataclass(frozen=True)
class Stamp:
    """What a document gets after its data are frozen. `check_url`: what its QR code leads to."""

    day: date | None = None
    number: str | None = None
    check_url: str | None = None


def check_address(base_url: str, code: str) -> str:
    """The address that a document's QR code leads to; it stands in registered files for ever."""
    return f"{base_url}/documents/check/{code}"


def in_words(day: date) -> str:
    """«28 сентября 2026 г.», as documents write a date (with non-breaking spaces)."""
    # Babel's narrow blank before «г.» is missing in many fonts.
    return format_date(day, "long", locale="ru").replace(" ", NBSP).replace("\N{NARROW NO-BREAK SPACE}", NBSP)


def render(template: bytes, values: Mapping[str, Any], stamp: Stamp) -> bytes:
    """The DOCX; the same of the same, byte for byte. Layouts know `doc.date`, `doc.number`, `doc.check_url` and its QR
    code `doc.qr` (nothing where there is no address) besides the kind's own values. Raises `TemplateUnfit`."""
    try:
        return docx.fill(template, stamped(values, stamp))
    except TemplateError as error:
        raise TemplateUnfit(str(error)) from error


def stamped(values: Mapping[str, Any], stamp: Stamp) -> dict[str, Any]:
    """The kind's own values with those that each document has besides."""
    doc = {
        "date": in_words(stamp.day) if stamp.day else BLANK_DATE,
        "number": stamp.number or BLANK_NUMBER,
        "check_url": stamp.check_url or "",
        "qr": docx.QrCode(stamp.check_url) if stamp.check_url else "",
    }
    return {**values, "doc": doc}


def values_of(opened: str) -> dict[str, Any]:
    """What stands in `Document.sealed_values`, once opened."""
    values: dict[str, Any] = json.loads(opened)
    return values
