"""Papers come out as Word files in which values are text, whatever stands in them."""

import io
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import defusedxml.ElementTree
import pytest
from docx import Document
from docx.shared import Cm
from jinja2.exceptions import SecurityError, UndefinedError
from openpyxl.xml import functions

from moodle_mentorship.files import docx as engine
from moodle_mentorship.files.outline import Paragraph, outline, sheets
from moodle_mentorship.files.sandbox import Forbidden, TooLong

PAPER = {"title": "Согласие", "paragraphs": ["Я, Ёлкина"], "signer": "Ёлкина Ю.", "note": "редакция 1"}


def lines(content: bytes) -> list[str]:
    return [paragraph.text for paragraph in Document(io.BytesIO(content)).paragraphs]


def test_each_paper_has_pages_of_its_own() -> None:
    content = engine.fill(
        engine.layout("consent"), {"papers": [PAPER, PAPER | {"title": "Другое", "paragraphs": ["раз", "два"]}]}
    )
    date, signature = "«____» ______________ 20____ г.", "____________________ / Ёлкина Ю. /"
    assert lines(content) == [
        *("Согласие", "Я, Ёлкина", date, signature, "редакция 1"),
        *("Другое", "раз", "два", date, signature, "редакция 1"),
    ]
    begun = [sheet[0] for sheet in sheets(outline(content))]
    assert [block.text for block in begun if isinstance(block, Paragraph)] == ["Согласие", "Другое"]


# How many sheets each layout begins anew.
SHEETS = {
    "agreement": 0,
    "my_data": 0,
    "road_map": 0,
    "consent": 1,
    "letter": 1,
    "programme": 1,
    "order": 2,
    "pairs_order": 2,
    "road_map_order": 2,
}


def test_a_layout_begins_sheets_by_a_style_alone() -> None:
    """LibreOffice turns a break that a paragraph has itself into a character of the one before: that may be a tag."""
    layouts = Path(engine.__file__).parent / "layouts"
    found = {}
    for path in layouts.glob("*.docx"):
        document = Document(io.BytesIO(engine.layout(path.stem)))
        broken = [p.text for p in document.paragraphs if "w:pageBreakBefore" in p._p.xml or 'w:type="page"' in p._p.xml]
        assert broken == [], path.stem
        begun = [p for p in document.paragraphs if p.style is not None and p.style.name == "Новый лист"]
        found[path.stem] = len(begun)
    assert found == SHEETS


def test_values_are_text_and_no_markup_or_template() -> None:
    odd = "Я & <w:t>«О'Нил»</w:t> {{ papers }} {% for x in y %} ]]> \""
    assert odd in lines(engine.fill(engine.layout("consent"), {"papers": [PAPER | {"paragraphs": [odd]}]}))


def written(*paragraphs: str) -> bytes:
    """A template of these paragraphs."""
    document = Document()
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    target = io.BytesIO()
    document.save(target)
    return engine.timeless(target.getvalue())


def test_what_a_reader_would_not_see_does_not_reach_the_paper() -> None:
    turned = "Иванов\u202e топор\u2066\u2069\u200f\u200b\x00\x07\x0c\ufeff\ud800 Пётр"
    assert lines(engine.fill(written("{{ name }}"), {"name": turned})) == ["Иванов топор Пётр"]
    assert lines(engine.fill(written("{{ name }}"), {"name": "раз\r\nдва\tтри"})) == ["раз\nдва\tтри"]
    long = "Я" * 300
    assert lines(engine.fill(written("{{ name }}"), {"name": long})) == [long]


def test_the_same_again_is_the_same_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    values = {"papers": [PAPER], "doc": {"qr": engine.QrCode("https://school.example/d/1")}}
    for template in (engine.layout("consent"), written("{{ doc.qr }}")):
        first = engine.fill(template, values)
        monkeypatch.setattr(time, "time", lambda: 2_000_000_000.0)
        monkeypatch.setattr(time, "localtime", lambda *_: time.gmtime(2_000_000_000))
        assert engine.fill(template, values) == first
        monkeypatch.undo()
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert {part.date_time for part in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert archive.testzip() is None


def test_a_template_without_properties_gets_none_of_today() -> None:
    source = zipfile.ZipFile(io.BytesIO(written("текст")))
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as bare:
        for part in source.infolist():
            content = source.read(part)
            if part.filename == "_rels/.rels":
                content = b"".join(content.partition(b"<Relationship ")[:1]) + b"".join(
                    b"<Relationship " + piece
                    for piece in content.split(b"<Relationship ")[1:]
                    if b"officeDocument/2006/relationships/officeDocument" in piece
                )
                content = content if content.endswith(b"</Relationships>") else content + b"</Relationships>"
            bare.writestr(part.filename, content)
    filled = Document(io.BytesIO(engine.fill(target.getvalue(), {})))
    assert filled.core_properties.modified is not None
    assert filled.core_properties.modified.year == 1980


def test_a_qr_code_is_a_picture_of_two_centimetres_and_nothing_is_nothing() -> None:
    template = written("{{ doc.qr }}")
    drawn = Document(io.BytesIO(engine.fill(template, {"doc": {"qr": engine.QrCode("https://school.example/d/1")}})))
    (shape,) = drawn.inline_shapes
    assert (shape.width, shape.height) == (Cm(2), Cm(2))
    assert not Document(io.BytesIO(engine.fill(template, {"doc": {"qr": ""}}))).inline_shapes


@pytest.mark.parametrize(
    "tag",
    [
        "{{ paper.__class__.__mro__ }}",
        "{{ paper['__class__'] }}",
        "{{ paper.update({}) }}",
        "{{ range(1000000000) }}",
        "{% for a in range(9) %}{% endfor %}",
        "{{ 'a' * 1000000000 }}",
        "{{ 'a' ~ 'b' }}",
        "{{ '%999999999s' % 'a' }}",
        "{{ rows|join('x')|join('x') }}",
        "{{ paper|attr('title') }}",
        "{{ 'a'|center(1000000000) }}",
        "{% set a = 'b' %}",
        "{% set a %}b{% endset %}",
        "{% macro a() %}{% endmacro %}",
        "{% include 'a' %}",
        "{% import 'a' as b %}",
        "{% with a = 1 %}{% endwith %}",
        "{{ cycler }}",
        "{{ self }}",
        "{% for a in rows recursive %}{{ loop(rows) }}{% endfor %}",
        "{% for a in rows %}{% for b in rows %}{% for c in rows %}{% for d in rows %}"
        "{% endfor %}{% endfor %}{% endfor %}{% endfor %}",
        "{{ 9 ** 9 ** 9 }}",
        "{{ paper.title.format(paper) }}",
    ],
)
def test_a_layout_can_only_read_what_it_is_given(tag: str) -> None:
    with pytest.raises((SecurityError, Forbidden, UndefinedError)):
        engine.fill(written(tag), {"paper": {"title": "a"}, "rows": ["a", "b"]})


def test_a_layout_can_not_write_without_end() -> None:
    loops = "{% for a in rows %}{% for b in rows %}{% for c in rows %}Договор{% endfor %}{% endfor %}{% endfor %}"
    with pytest.raises(TooLong):
        engine.fill(written(loops), {"rows": ["a"] * 200})


def test_a_layout_chooses_and_repeats() -> None:
    said = "{% for row in rows %}{{ loop.index }}. {{ row.items }}{% if not loop.last %}; {% endif %}{% endfor %}"
    assert lines(engine.fill(written(said), {"rows": [{"items": "а"}, {"items": "б"}]})) == ["1. а; 2. б"]
    with pytest.raises(UndefinedError):
        engine.fill(engine.layout("consent"), {})


def test_the_layouts_are_what_the_script_makes(tmp_path: Path) -> None:
    script = Path(__file__).parents[2] / "scripts" / "make_layouts.py"
    subprocess.run([sys.executable, str(script), str(tmp_path)], check=True)
    made = {path.stem: path.read_bytes() for path in tmp_path.iterdir()}
    assert made
    assert made == {name: engine.layout(name) for name in made}


def test_workbooks_are_still_read_by_defusedxml() -> None:
    """python-docx brings lxml, and openpyxl leaves defusedxml out where it finds that."""
    assert functions.fromstring is defusedxml.ElementTree.fromstring
    assert functions.iterparse is defusedxml.ElementTree.iterparse
