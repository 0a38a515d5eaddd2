"""The paragraphs of a document that people send in: Word's .docx, a PDF with text, or plain text. Nothing in it is run
or fetched."""

import io
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from moodle_mentorship.files.errors import (
    DocumentDamaged,
    DocumentOfAnotherKind,
    DocumentRefused,
    DocumentTooLarge,
    DocumentTooLong,
    DocumentWithMacros,
    DocumentWithoutText,
)
from moodle_mentorship.files.pdf_reader import LOCKED, LONG, MOST_PAGES, SECONDS

#: Bytes of a document as it comes, and of each part that is unpacked: a local act has some hundred thousand.
LARGEST = 5 * 1024 * 1024
LARGEST_PART = 20 * 1024 * 1024
MOST_PARTS = 2000

_PARTS = ("word/document.xml", "word/footnotes.xml")
_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_SPACES = {f"{_WORD}tab", f"{_WORD}br", f"{_WORD}cr"}
#: Letters of a page that is more than a picture with a number beneath.
_FEW_LETTERS = 20
# A paragraph ends where a sentence does, not behind «ст.» or «п.».
_END = re.compile(r"[:;!?]$|(?<!\bст)(?<!\bпп)(?<!\b[пчг])\.$", re.IGNORECASE)
# A word that is cut at the end of a line: not «152-», whose hyphen stays.
_CUT = re.compile(r"(?<=[а-яё])[-\u00ad]$")
_CYRILLIC = {*"абвгдеёжзийклмнопрстуфхцчшщъыьэюя"}


def paragraphs_of(content: bytes) -> list[str]:
    """Every paragraph with its empty ones, so that their numbers are those of the document; what its name ends in
    means nothing. A PDF knows lines only: those of a page are joined up to where a sentence ends. Raises
    `DocumentRefused`."""
    if len(content) > LARGEST:
        raise DocumentTooLarge(megabytes=LARGEST // (1024 * 1024))
    if content.startswith(b"PK\x03\x04"):
        return list(_of_word(content))
    if content.startswith(b"%PDF"):
        return list(_of_pdf(content))
    if b"\0" in content or content.startswith((b"{\\rtf", b"\xd0\xcf\x11\xe0", b"Rar!", b"7z\xbc\xaf")):
        raise DocumentOfAnotherKind()
    return _decoded(content).splitlines()


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1251", errors="replace")
    letters = [letter for letter in text.lower() if letter.isalpha()]
    # Almost any bytes are letters of Windows-1251; Russian is made of Russian ones.
    if sum(letter in _CYRILLIC for letter in letters) < len(letters) / 2:
        raise DocumentOfAnotherKind("no Russian in Windows-1251")
    return text


def _of_pdf(content: bytes) -> Iterator[str]:
    reader = [sys.executable, "-I", "-m", "moodle_mentorship.files.pdf_reader"]
    try:
        done = subprocess.run(  # noqa: S603  # ours, with nothing of the file's in it
            reader, input=content, capture_output=True, timeout=SECONDS, env={}, check=True
        )
    except subprocess.TimeoutExpired as error:
        raise DocumentRefused("reading takes too long") from error
    except subprocess.CalledProcessError as error:
        raise DocumentDamaged(f"the reader ended with {error.returncode}") from error
    pages: list[str] | str = json.loads(done.stdout)
    if pages == LOCKED:
        raise DocumentRefused("needs a password")
    if pages == LONG:
        raise DocumentTooLong(pages=MOST_PAGES)
    if isinstance(pages, str):
        raise DocumentDamaged(pages)
    pictures = [page for page in pages if sum(map(str.isalpha, page)) < _FEW_LETTERS]
    if len(pictures) * 2 > len(pages) or not pages:
        raise DocumentWithoutText(f"{len(pictures)} of {len(pages)} pages")
    for page in pages:
        yield from _joined(page.splitlines())


def _joined(lines: list[str]) -> Iterator[str]:
    paragraph = ""
    for line in map(str.strip, lines):
        if line[:1].islower() and _CUT.search(paragraph):
            paragraph = paragraph[:-1] + line
        elif line:
            paragraph += line if not paragraph or paragraph.endswith("-") else f" {line}"
        if paragraph and (not line or _END.search(line)):
            yield paragraph
            paragraph = ""
    if paragraph:
        yield paragraph


def _of_word(content: bytes) -> Iterator[str]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = {part.filename: part for part in archive.infolist()}
            if any(part.flag_bits & 1 for part in names.values()):
                raise DocumentRefused("encrypted parts")
            if _PARTS[0] not in names:
                raise DocumentOfAnotherKind("no word/document.xml")
            if any(name.lower().endswith("vbaproject.bin") for name in names):
                raise DocumentWithMacros()
            if len(names) > MOST_PARTS or any(names[name].file_size > LARGEST_PART for name in _PARTS if name in names):
                raise DocumentTooLarge(megabytes=LARGEST // (1024 * 1024))
            # The size that an archive names may be a lie: not more is unpacked than it may be.
            texts = [archive.open(name).read(LARGEST_PART + 1) for name in _PARTS if name in names]
            for text in texts:
                if len(text) > LARGEST_PART:
                    raise DocumentTooLarge(megabytes=LARGEST // (1024 * 1024))
                yield from _of_part(text)
    except (zipfile.BadZipFile, ParseError, DefusedXmlException, ValueError, OSError, EOFError) as error:
        raise DocumentDamaged(type(error).__name__) from error
    except NotImplementedError as error:
        raise DocumentRefused("a way of packing that Word doesn't use") from error


def _of_part(xml: bytes) -> Iterator[str]:
    paragraph: list[str] | None = None
    for element in fromstring(xml, forbid_dtd=True).iter():
        if element.tag == f"{_WORD}p":
            if paragraph is not None:
                yield "".join(paragraph)
            paragraph = []
        elif paragraph is not None and element.tag == f"{_WORD}t":
            paragraph.append(element.text or "")
        elif paragraph is not None and element.tag in _SPACES:
            paragraph.append(" ")
    if paragraph is not None:
        yield "".join(paragraph)
