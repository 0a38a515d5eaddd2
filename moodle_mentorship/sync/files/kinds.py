"""What a file is, by its content: names and media types say what a browser was told."""

import datetime as dt
import enum
import io
import zipfile

from moodle_mentorship.core.i18n import N_
from moodle_mentorship.sync.files.errors import FileDamaged, FileEmpty, FileOfAnotherKind, FileTooLarge, OldWorkbook

#: Bytes of a file as it comes.
LARGEST = 5 * 1024 * 1024

#: Bytes that a workbook may hold unpacked: in all, and in each part that is read into memory at once (texts, styles).
LARGEST_UNPACKED = 128 * 1024 * 1024
LARGEST_PART = 24 * 1024 * 1024
LARGEST_SHEET = 96 * 1024 * 1024
MOST_PARTS = 500


#: What stands in a cell, of either kind.
Cell = str | dt.date


class Kind(enum.Enum):
    """The two kinds of tables that we read."""

    TEXT = enum.auto()
    WORKBOOK = enum.auto()


_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_OTHERS = (
    (b"\xff\xd8\xff", N_("a picture")),
    (b"\x89PNG", N_("a picture")),
    (b"GIF8", N_("a picture")),
    (b"%PDF", N_("a PDF document")),
    (b"{\\rtf", N_("a text document")),
    (b"MOXCEL", N_("a 1C table (.mxl)")),
    (b"Rar!", N_("an archive")),
    (b"7z\xbc\xaf", N_("an archive")),
    (b"\x1f\x8b", N_("an archive")),
    (b"<!doctype", N_("a web page")),
    (b"<html", N_("a web page")),
    (b"<table", N_("a web page")),
    (b"<?xml", N_("an XML document")),
)
_ARCHIVE, _DOCUMENT, _OPENDOCUMENT = N_("an archive"), N_("a text document"), N_("a document of LibreOffice")


def kind_of(content: bytes) -> Kind:
    """The kind of table that `content` is. Raises `FileRefused`."""
    if len(content) > LARGEST:
        raise FileTooLarge(megabytes=LARGEST // (1024 * 1024))
    if not content.strip(b"\0\t\r\n \xef\xbb\xbf\xff\xfe"):
        raise FileEmpty()
    if content.startswith(_OLE):
        raise OldWorkbook()
    if content.startswith(_ZIP):
        _look_into(content)
        return Kind.WORKBOOK
    start = content[:64].lstrip(b"\xef\xbb\xbf\t\r\n ")
    for signature, kind in _OTHERS:
        if start[: len(signature)].lower() == signature.lower():
            raise FileOfAnotherKind(kind=kind)
    return Kind.TEXT


def _look_into(content: bytes) -> None:
    """Refuse what is no workbook, and a workbook that unpacks to more than a staff list needs.

    The sizes are those that the archive names; `zipfile` reads no byte beyond them.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise FileDamaged(type(error).__name__) from error
    names = {part.filename for part in parts}
    if "xl/workbook.xml" not in names:
        kind = _DOCUMENT if "word/document.xml" in names else _OPENDOCUMENT if "content.xml" in names else _ARCHIVE
        raise FileOfAnotherKind(kind=kind)
    if any(part.flag_bits & 1 for part in parts):
        raise OldWorkbook("encrypted parts")
    sheets = [part.file_size for part in parts if part.filename.startswith("xl/worksheets/")]
    others = [part.file_size for part in parts if not part.filename.startswith("xl/worksheets/")]
    if (
        len(parts) > MOST_PARTS
        or sum(sheets) + sum(others) > LARGEST_UNPACKED
        or max(sheets, default=0) > LARGEST_SHEET
        or max(others) > LARGEST_PART
    ):
        raise FileTooLarge("unpacked", megabytes=LARGEST_UNPACKED // (1024 * 1024))
