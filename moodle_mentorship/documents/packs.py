"""A made pack as files: an archive, or all of it in one PDF. Written document by document, whatever their number."""

import base64
import re
import zipfile
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import IO, Any

from sqlalchemy import and_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from moodle_mentorship.core.secrets import SecretBox
from moodle_mentorship.documents.enums import DocumentState, Outcome
from moodle_mentorship.documents.errors import PackNotReady
from moodle_mentorship.documents.models import Document, Pack, PackItem
from moodle_mentorship.files import binding
from moodle_mentorship.files.docx import visible
from moodle_mentorship.files.enums import EXTENSIONS
from moodle_mentorship.files.models import Scan

#: The list of what an archive holds.
LIST_NAME = "Опись.xlsx"
# With the folder that people unpack into, less than the 260 characters of a Windows path.
_LONGEST_NAME = 120
# What no file's name may hold on Windows.
_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f]+')
# Documents are Russian whatever language their reader has, and so are their names.
_UNNUMBERED = {
    DocumentState.DRAFT: "черновик",
    DocumentState.FOR_SIGNATURE: "на подписи",
    DocumentState.SIGNED: "подписан, без номера",
}
_SCAN, _SIGNATURE = "скан", "подпись"
_UNSIGNED = (DocumentState.DRAFT, DocumentState.FOR_SIGNATURE)


def name_of(item: PackItem, total: int) -> str:
    """«007 № 143-ОД от 28.09.2026 О закреплении пар», without an ending: it sorts as the list does, and every system
    takes it."""
    told = [f"№ {item.number}" if item.number else _UNNUMBERED.get(item.state or DocumentState.DRAFT, "")]
    if item.signed_on:
        told.append(f"от {item.signed_on:%d.%m.%Y}")
    said = _FORBIDDEN.sub("-", visible(" ".join([f"{item.place:0{len(str(total))}}", *told, item.heading])))
    # Windows drops blanks and points at the end.
    return " ".join(said.split())[:_LONGEST_NAME].rstrip(" .")


def write_archive(
    file: IO[bytes],
    session: Session,
    box: SecretBox,
    pack: Pack,
    items: Sequence[PackItem],
    listed: bytes,
    at: datetime,
) -> None:
    """The ZIP: each document as DOCX (a registered one byte for byte as it is kept), its scan and its signature, and
    `listed`, the list of them. `at`: the time on the school's wall that its files bear."""
    with zipfile.ZipFile(file, "w") as archive:

        def add(name: str, content: bytes) -> None:
            entry = zipfile.ZipInfo(name, at.timetuple()[:6])
            entry.external_attr = 0o600 << 16
            archive.writestr(entry, content)

        add(LIST_NAME, listed)
        for item in items:
            if item.outcome is Outcome.PACKED:
                for ending, content in _files_of(session, box, item):
                    add(name_of(item, pack.total) + ending, content)


def write_print(
    file: IO[bytes], session: Session, box: SecretBox, items: Sequence[PackItem], *, both_sides: bool
) -> None:
    """All documents one after the other as PDF; see `binding.bind`."""
    drawn = (item for item in items if item.printed)
    binding.bind(file, (_piece_of(session, box, item) for item in drawn), both_sides=both_sides)


def _files_of(session: Session, box: SecretBox, item: PackItem) -> Iterator[tuple[str, bytes]]:
    its_document = Document.school_id == item.school_id, Document.id == item.document_id
    document = session.execute(
        select(Document.sealed_signature, Document.sealed_content).where(*its_document)
    ).one_or_none()
    (sealed,) = _made_of(session, item, PackItem.sealed_content)
    if sealed is None and document is not None:
        sealed = document.sealed_content
    if sealed is not None:
        yield ".docx", _opened(box, sealed)
    # Of a document that was signed after its turn, the archive holds what it was.
    if document is None or item.state in _UNSIGNED:
        return
    of_document = and_(Scan.school_id == Document.school_id, Scan.id == Document.scan_id)
    scan = session.execute(
        select(Scan.sealed_content, Scan.kind).join(Document, of_document).where(*its_document)
    ).one_or_none()
    if scan is not None:
        yield f" ({_SCAN}){EXTENSIONS[scan.kind][0]}", _opened(box, scan.sealed_content)
    if document.sealed_signature is not None:
        yield f" ({_SIGNATURE}).sig", _opened(box, document.sealed_signature)


def _piece_of(session: Session, box: SecretBox, item: PackItem) -> binding.Piece:
    body, where = _made_of(session, item, PackItem.sealed_print, PackItem.print_map)
    return binding.Piece(
        where["first"],
        _opened(box, body),
        tuple(where["offsets"]),
        tuple(where["pages"]),
        tuple(where["size"]),
    )


def _made_of(session: Session, item: PackItem, *columns: InstrumentedAttribute[Any]) -> Sequence[Any]:
    """Of what was made for a pack. Raises `PackNotReady` when that was destroyed meanwhile."""
    found = session.execute(
        select(*columns).where(PackItem.school_id == item.school_id, PackItem.id == item.id)
    ).one_or_none()
    if found is None:
        raise PackNotReady("destroyed while it was taken")
    return found


def _opened(box: SecretBox, sealed: str) -> bytes:
    return base64.b64decode(box.open(sealed))
