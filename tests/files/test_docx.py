"""Papers come out as Word files in which values are text, whatever stands in them."""

import io

import defusedxml.ElementTree
import pytest
from docx import Document
from jinja2.exceptions import SecurityError, UndefinedError
from openpyxl.xml import functions

from moodle_mentorship.files import docx as engine

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
    titles = [p for p in Document(io.BytesIO(content)).paragraphs if p.paragraph_format.page_break_before]
    assert [paragraph.text for paragraph in titles] == ["Согласие", "Другое"]


def test_values_are_text_and_no_markup_or_template() -> None:
    odd = "Я & <w:t>«О'Нил»</w:t> {{ papers }} {% for x in y %} ]]> \""
    assert odd in lines(engine.fill(engine.layout("consent"), {"papers": [PAPER | {"paragraphs": [odd]}]}))


def test_a_layout_can_only_read_what_it_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UndefinedError):
        engine.fill(engine.layout("consent"), {})
    document = Document()
    document.add_paragraph("{{ paper.__class__.__mro__ }}")
    target = io.BytesIO()
    document.save(target)

    with pytest.raises(SecurityError):
        engine.fill(target.getvalue(), {"paper": {}})


def test_workbooks_are_still_read_by_defusedxml() -> None:
    """python-docx brings lxml, and openpyxl leaves defusedxml out where it finds that."""
    assert functions.fromstring is defusedxml.ElementTree.fromstring
    assert functions.iterparse is defusedxml.ElementTree.iterparse
