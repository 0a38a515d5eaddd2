"""Paragraphs of documents that people send in; what is hostile or no document is refused."""

import io
import zipfile

import pytest

from moodle_mentorship.documents import errors
from moodle_mentorship.documents.reading import LARGEST, paragraphs_of

NAMESPACE = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def packed(**parts: str) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml").replace("_bin", ".bin"), text)
    return target.getvalue()


def document(*paragraphs: str) -> str:
    body = "".join(f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>" for text in paragraphs)
    return f'<w:document xmlns:w="{NAMESPACE}"><w:body>{body}</w:body></w:document>'


def word(*paragraphs: str) -> bytes:
    return packed(word__document_xml=document(*paragraphs))


def test_paragraphs_of_word_keep_their_numbers() -> None:
    split = "<w:p><w:r><w:t>ст. 351</w:t></w:r><w:r><w:t>.8</w:t><w:tab/><w:t>ТК</w:t></w:r></w:p>"
    xml = document("Приказ", "").replace("</w:body>", f"{split}</w:body>")
    assert paragraphs_of(packed(word__document_xml=xml)) == ["Приказ", "", "ст. 351.8 ТК"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251"])
def test_a_text_file_is_read_in_either_encoding(encoding: str) -> None:
    assert paragraphs_of("Положение\nо наставничестве".encode(encoding)) == ["Положение", "о наставничестве"]


ENTITY = f'<!DOCTYPE w [<!ENTITY x SYSTEM "file:///etc/hostname">]><w:document xmlns:w="{NAMESPACE}">&x;</w:document>'
LAUGHS = '<!DOCTYPE w [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><w>&b;</w>'


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (b"x" * (LARGEST + 1), errors.DocumentTooLarge),
        (packed(word__document_xml=" " * (21 * 1024 * 1024)), errors.DocumentTooLarge),
        (packed(word__document_xml=ENTITY), errors.DocumentDamaged),
        (packed(word__document_xml=LAUGHS), errors.DocumentDamaged),
        (packed(word__document_xml="<w:document>"), errors.DocumentDamaged),
        (packed(word__document_xml=document("текст"), word__vbaProject_bin="x"), errors.DocumentWithMacros),
        (packed(xl__workbook_xml="<x/>"), errors.DocumentOfAnotherKind),
        (word("текст")[:-30], errors.DocumentDamaged),
        (b"%PDF-1.7 ...", errors.DocumentOfAnotherKind),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", errors.DocumentOfAnotherKind),
        (b"GIF89a\0\1", errors.DocumentOfAnotherKind),
        (bytes(range(128, 256)) * 4 + b"abcdefgh" * 100, errors.DocumentOfAnotherKind),
    ],
)
def test_what_is_hostile_or_no_document_is_refused(content: bytes, refusal: type[errors.DocumentRefused]) -> None:
    with pytest.raises(refusal):
        paragraphs_of(content)


def test_a_size_that_an_archive_lies_about_is_not_believed() -> None:
    """The directory names ten bytes, twenty-one million are packed."""
    content = bytearray(packed(word__document_xml=" " * (21 * 1024 * 1024)))
    size = (21 * 1024 * 1024).to_bytes(4, "little")
    lie = (10).to_bytes(4, "little")
    with pytest.raises(errors.DocumentRefused):
        paragraphs_of(bytes(content).replace(size, lie))
