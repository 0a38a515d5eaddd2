"""What a scan is, by its content from the first byte to the last: names and media types say what a browser was told."""

import re
import zlib
from pathlib import PurePath

from moodle_mentorship.files.enums import EXTENSIONS, ScanKind
from moodle_mentorship.files.errors import ScanDamaged, ScanMisnamed, ScanRefused, ScanTooLarge

#: Bytes of a scan: a page at 300 dots per inch in colour has about one million.
LARGEST = 5 * 1024 * 1024

_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8\xff"
_PDF = re.compile(rb"%PDF-[12]\.[0-9]")
# The tail of every PDF, where reading one begins (ISO 32000-1, 7.5.5).
_PDF_END = re.compile(rb"startxref\s+\d+\s+%%EOF\s*\Z")


def kind_of(content: bytes, name: str) -> ScanKind:
    """The kind of `content`. Raises `ScanRefused`, also where the ending of `name` says another kind."""
    if len(content) > LARGEST:
        raise ScanTooLarge(megabytes=LARGEST // (1024 * 1024))
    if content.startswith(_PNG):
        kind, whole = ScanKind.PNG, _is_png(content)
    elif content.startswith(_JPEG):
        kind, whole = ScanKind.JPEG, _is_jpeg(content)
    elif _PDF.match(content):
        kind, whole = ScanKind.PDF, _PDF_END.search(content[-2048:]) is not None
    else:
        raise ScanRefused()
    ending = PurePath(name).suffix.lower()
    if ending not in EXTENSIONS[kind]:
        raise ScanMisnamed(named=ending or "?", kind=kind.value.upper())
    if not whole:
        raise ScanDamaged(kind)
    return kind


def _is_png(content: bytes) -> bool:
    """Chunk after chunk with its checksum, from IHDR to IEND, and nothing behind (PNG specification, 5.3)."""
    place, first = len(_PNG), True
    while place + 12 <= len(content):
        length = int.from_bytes(content[place : place + 4])
        end = place + 12 + length
        if end > len(content):
            return False
        name = content[place + 4 : place + 8]
        if first and name != b"IHDR":
            return False
        first = False
        if zlib.crc32(content[place + 4 : end - 4]) != int.from_bytes(content[end - 4 : end]):
            return False
        if name == b"IEND":
            return end == len(content)
        place = end
    return False


def _is_jpeg(content: bytes) -> bool:
    """Segment after segment up to the picture's data, its size among them, and the mark of the end (ITU T.81, B.1)."""
    place, sized = 2, False
    while place + 4 <= len(content) and content[place] == 0xFF:
        marker = content[place + 1]
        if marker == 0xFF:
            place += 1
            continue
        length = int.from_bytes(content[place + 2 : place + 4])
        # SOF0 … SOF15, without the tables that share their row.
        sized = sized or (0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC))
        if marker == 0xDA:
            return sized and length >= 2 and content.rstrip(b"\0").endswith(b"\xff\xd9")
        if length < 2:
            return False
        place += 2 + length
    return False
