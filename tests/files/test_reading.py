"""Paragraphs of documents that people send in; what is hostile or no document is refused."""

import io
import zipfile
import zlib

import pytest
from pypdf import PdfWriter

from moodle_mentorship.files import errors, reading
from moodle_mentorship.files.reading import LARGEST, paragraphs_of

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


def pdf(pages: list[str]) -> bytes:
    """A PDF as word processors write it: signs of its own numbering, and a table that tells which letters they are."""
    letters = sorted({letter for page in pages for letter in page if letter != "\n"})
    code = {letter: f"{number:04x}" for number, letter in enumerate(letters, start=1)}
    table = "\n".join(f"<{code[letter]}> <{ord(letter):04x}>" for letter in letters)
    cmap = (
        "/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <0000> <ffff> endcodespacerange\n"
        f"{len(letters)} beginbfchar\n{table}\nendbfchar endcmap end"
    )
    numbers = range(5, 5 + 2 * len(pages), 2)
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Count {len(pages)} /Kids [{' '.join(f'{number} 0 R' for number in numbers)}] >>",
        "<< /Type /Font /Subtype /Type0 /BaseFont /A /Encoding /Identity-H /ToUnicode 4 0 R /DescendantFonts "
        "[<< /Type /Font /Subtype /CIDFontType2 /BaseFont /A /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) "
        "/Supplement 0 >> >>] >>",
        f"<< /Length {len(cmap)} >>\nstream\n{cmap}\nendstream",
    ]
    for number, page in zip(numbers, pages, strict=True):
        shown = " T* ".join(f"<{''.join(map(code.__getitem__, line))}> Tj" for line in page.split("\n"))
        text = f"BT /F 12 Tf 14 TL 50 700 Td {shown} ET"
        objects += [
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F 3 0 R >> >> "
            f"/Contents {number + 1} 0 R >>",
            f"<< /Length {len(text)} >>\nstream\n{text}\nendstream",
        ]
    whole, places = "%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        places.append(len(whole))
        whole += f"{number} 0 obj\n{body}\nendobj\n"
    rows = "".join(f"{place:010d} 00000 n \n" for place in places)
    size = len(objects) + 1
    return (
        f"{whole}xref\n0 {size}\n0000000000 65535 f \n{rows}trailer << /Size {size} /Root 1 0 R >>\n"
        f"startxref\n{len(whole)}\n%%EOF\n"
    ).encode()


def locked(content: bytes) -> bytes:
    writer, target = PdfWriter(clone_from=io.BytesIO(content)), io.BytesIO()
    writer.encrypt("password", algorithm="RC4-128")
    writer.write(target)
    return target.getvalue()


def test_lines_of_a_pdf_are_joined_to_paragraphs() -> None:
    first = "Приказ\nна основании ст.\n351.8 ТК и письма № АЗ-\n1128/08 о настав-\nничестве.\nПриказываю:"
    assert paragraphs_of(pdf([first, "назначить наставников с 1 сентября"])) == [
        "Приказ на основании ст. 351.8 ТК и письма № АЗ-1128/08 о наставничестве.",
        "Приказываю:",
        "назначить наставников с 1 сентября",
    ]


def test_a_pdf_that_asks_for_all_the_time_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "SECONDS", 0.01)
    with pytest.raises(errors.DocumentRefused) as refused:
        paragraphs_of(pdf(["Приказ о наставничестве"]))
    assert type(refused.value) is errors.DocumentRefused


def test_a_pdf_that_unpacks_to_more_than_there_is_memory() -> None:
    """A hundred megabytes of spaces, packed three times."""
    packed_thrice = zlib.compress(zlib.compress(zlib.compress(b" " * 10**8, 9), 9), 9)
    body = pdf(["Приказ"])
    at = body.index(b"<< /Length", body.index(b"/Contents"))
    stream = b"<< /Filter [/FlateDecode /FlateDecode /FlateDecode] /Length %d >>\nstream\n%s\nendstream" % (
        len(packed_thrice),
        packed_thrice,
    )
    end = body.index(b"endstream", at) + len(b"endstream")
    with pytest.raises(errors.DocumentRefused):
        paragraphs_of(body[:at] + stream + body[end:])


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
        (b"%PDF-1.7 ...", errors.DocumentDamaged),
        (pdf(["Приказ о наставничестве"])[:-60], errors.DocumentDamaged),
        (pdf([""]), errors.DocumentWithoutText),
        (pdf(["Приказ о наставничестве", "", ""]), errors.DocumentWithoutText),
        (pdf(["Приказ о наставничестве"] * 301), errors.DocumentTooLong),
        (locked(pdf(["Приказ о наставничестве"])), errors.DocumentRefused),
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
