"""DOCX from a layout and values. Layouts are Word files with tags of docxtpl (made by scripts/make_layouts.py)."""

import datetime as dt
import io
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from docx.opc.constants import RELATIONSHIP_TYPE
from docx.shared import Cm
from docxtpl import DocxTemplate, InlineImage

from moodle_mentorship.files.markup import judge_filled
from moodle_mentorship.files.sandbox import Sandbox

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

#: Side of a QR code on paper: small, and still read by a telephone (ISO/IEC 18004 asks for modules of 0.25 mm or so).
QR_SIDE = Cm(2)

# Control characters (but tab and new line, which Word has marks for), marks that turn the direction of what follows,
# zero width, halves of surrogate pairs, what is no character in XML.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\uffff]"
)
# The first moment that a ZIP archive can name, 1 January 1980, as it stands in its headers (APPNOTE.TXT, 4.4.6).
_NO_TIME = b"\x00\x00\x21\x00"
_FIRST_DAY = dt.datetime(1980, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True)
class QrCode:
    """A value that is drawn: the QR code of a text, 2 cm wide."""

    text: str


def layout(name: str) -> bytes:
    """A shipped layout, `files/layouts/<name>.docx`."""
    return (files(__package__) / "layouts" / f"{name}.docx").read_bytes()


def fill(template: bytes, values: Mapping[str, Any]) -> bytes:
    """The document that a template becomes with these values; the same of the same, byte for byte.

    Values are texts, numbers, lists and maps of them, and `QrCode`. A text comes to the paper as visible text,
    whatever stands in it: markup is escaped, control characters and marks of direction are left out. A template can
    only read values (a school brings templates of its own): see `files.sandbox` and `files.markup` for what is refused.
    """
    document: Any = _Template(io.BytesIO(template))
    document.init_docx()
    properties = document.docx.part.package.rels.values()
    if not any(relation.reltype == RELATIONSHIP_TYPE.CORE_PROPERTIES for relation in properties):
        # python-docx would add them with the time of now.
        document.docx.core_properties.modified = document.docx.core_properties.created = _FIRST_DAY
    document.render({name: _shown(value, document) for name, value in values.items()}, Sandbox())
    target = io.BytesIO()
    document.save(target)
    let_go(document.docx)
    vars(document).clear()
    return timeless(target.getvalue())


class _Template(DocxTemplate):  # type: ignore[misc]
    """Looks at each part when docxtpl has brought its tags together, before Jinja gets it."""

    def patch_xml(self, src_xml: str) -> str:
        patched: str = super().patch_xml(src_xml)
        judge_filled(patched)
        return patched


def let_go(document: Any) -> None:
    """Cut the ties of a document of python-docx that nobody needs any more. Its parts know each other and the whole: a
    pack of hundreds would fill the memory until the interpreter next looks for circles."""
    package = document.part.package
    for part in [*package.iter_parts(), package]:
        vars(part).clear()


def visible(text: str) -> str:
    """A text without what a reader doesn't see: it must say the same on paper as in the database."""
    return _HIDDEN.sub("", text)


def timeless(archive: bytes) -> bytes:
    """The same archive, without the time at which each of its parts was packed."""
    content = bytearray(archive)
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        place = opened.start_dir
        for part in opened.infolist():
            content[part.header_offset + 10 : part.header_offset + 14] = _NO_TIME
    while content[place : place + 4] == b"PK\x01\x02":
        content[place + 12 : place + 16] = _NO_TIME
        place += 46 + sum(int.from_bytes(content[place + at : place + at + 2], "little") for at in (28, 30, 32))
    return bytes(content)


def _shown(value: Any, document: DocxTemplate) -> Any:
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, Mapping):
        return {name: _shown(each, document) for name, each in value.items()}
    if isinstance(value, QrCode):
        return InlineImage(document, _png_of(value.text), width=QR_SIDE)
    if isinstance(value, list | tuple):
        return [_shown(each, document) for each in value]
    return value


def _png_of(text: str) -> io.BytesIO:
    # Here alone: few documents have one.
    import segno

    picture = io.BytesIO()
    # A margin of four modules belongs to the code; level M survives a fold or a stain.
    segno.make_qr(text, error="m").save(picture, kind="png", scale=8, border=4)
    return picture
