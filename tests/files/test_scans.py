"""Scans are known by their content; what lies about its kind, is cut or carries a tail is refused."""

import struct
import zlib

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from moodle_mentorship.core.errors import NotFound
from moodle_mentorship.files import errors, service
from moodle_mentorship.files.enums import ScanKind
from moodle_mentorship.files.models import Scan
from moodle_mentorship.files.scans import LARGEST, kind_of
from tests.conftest import NOW
from tests.factories import BOX, PDF, TestSchool


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


HEAD = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
PNG = b"\x89PNG\r\n\x1a\n" + HEAD + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")
# SOI, APP0, SOF0 (one pixel), SOS with a byte of data, EOI.
JPEG = (
    b"\xff\xd8"
    + b"\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
    + b"\xff\xc0\x00\x0b\x08\x00\x01\x00\x01\x01\x01\x11\x00"
    + b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00\x7f"
    + b"\xff\xd9"
)


@pytest.mark.parametrize(
    ("content", "name", "kind"),
    [
        (PDF, "Согласие.pdf", ScanKind.PDF),
        (PDF, "SCAN.PDF", ScanKind.PDF),
        (JPEG, "скан.jpg", ScanKind.JPEG),
        (JPEG, "скан.jpeg", ScanKind.JPEG),
        (PNG, "скан.png", ScanKind.PNG),
    ],
)
def test_a_scan_is_known_by_its_content(content: bytes, name: str, kind: ScanKind) -> None:
    assert kind_of(content, name) is kind


@pytest.mark.parametrize(
    ("content", "name", "refusal"),
    [
        # A kind that we don't take, whatever it is called.
        (b"<html><script>alert(1)</script></html>", "scan.pdf", errors.ScanRefused),
        (b"MZ\x90\x00", "scan.png", errors.ScanRefused),
        (b"GIF89a", "scan.png", errors.ScanRefused),
        (b"", "scan.pdf", errors.ScanRefused),
        (b" " + PDF, "scan.pdf", errors.ScanRefused),
        # The name lies.
        (PNG, "scan.pdf", errors.ScanMisnamed),
        (PDF, "scan.jpg", errors.ScanMisnamed),
        (JPEG, "scan.jpg.html", errors.ScanMisnamed),
        (PDF, "scan", errors.ScanMisnamed),
        # Cut, changed on the way, or with something behind the end.
        (PDF[:-6], "scan.pdf", errors.ScanDamaged),
        (PDF + b"<script>", "scan.pdf", errors.ScanDamaged),
        (PNG[:-4], "scan.png", errors.ScanDamaged),
        (PNG[:40] + b"\0" + PNG[41:], "scan.png", errors.ScanDamaged),
        (PNG + b"PK\x03\x04", "scan.png", errors.ScanDamaged),
        (PNG[:8] + chunk(b"IDAT", b"") + chunk(b"IEND", b""), "scan.png", errors.ScanDamaged),
        (JPEG[:-2], "scan.jpg", errors.ScanDamaged),
        (JPEG[:6], "scan.jpg", errors.ScanDamaged),
        (JPEG + b"PK\x03\x04", "scan.jpg", errors.ScanDamaged),
        (JPEG[:2] + JPEG[-13:], "scan.jpg", errors.ScanDamaged),
        (b"\xff\xd8\xff\xe0\x00\x00\xff\xd9", "scan.jpg", errors.ScanDamaged),
        (PDF + b"\0" * LARGEST, "scan.pdf", errors.ScanTooLarge),
    ],
)
def test_what_is_no_whole_scan_is_refused(content: bytes, name: str, refusal: type[Exception]) -> None:
    with pytest.raises(errors.ScanRefused) as refused:
        kind_of(content, name)
    assert type(refused.value) is refusal


def test_a_scan_is_kept_sealed_and_opened_in_its_own_school(
    session: Session, school: TestSchool, other_school: TestSchool
) -> None:
    scan = service.keep_scan(session, BOX, school.actor(), PNG, "скан.png", NOW)
    session.commit()
    row = session.execute(select(Scan.sealed_content, Scan.size, Scan.kept_by)).one()
    assert (row.size, row.kept_by) == (len(PNG), school.curator.id)
    assert "PNG" not in row.sealed_content
    assert service.open_scan(session, BOX, school.id, scan.id) == (PNG, ScanKind.PNG)
    with pytest.raises(NotFound):
        service.open_scan(session, BOX, other_school.id, scan.id)
    with pytest.raises(NotFound):
        service.destroy_scan(session, other_school.actor(), scan.id, NOW)
    service.destroy_scan(session, school.actor(), scan.id, NOW)
    with pytest.raises(NotFound):
        service.open_scan(session, BOX, school.id, scan.id)
