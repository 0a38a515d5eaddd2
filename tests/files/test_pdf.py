"""A document as PDF: by our own walk, and by LibreOffice where it is installed."""

import io
from collections.abc import Iterator
from typing import Any

import pytest
from docx import Document
from pypdf import PdfReader

from moodle_mentorship.files import docx, office, pdf
from tests.files.test_docx import written


def pages(content: bytes) -> list[str]:
    return [" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(content)).pages]


def packed(document: Any) -> bytes:
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


def fonts(content: bytes) -> Iterator[tuple[str, bool]]:
    """Name of each font, and whether it is in the file."""
    for page in PdfReader(io.BytesIO(content)).pages:
        for font in page["/Resources"]["/Font"].values():  # type: ignore[index]
            shown = font.get_object()
            yield shown["/BaseFont"], "/FontFile2" in shown.get("/FontDescriptor", {})


def test_text_tables_marks_and_pages() -> None:
    document = Document()
    document.add_paragraph("ПРИКАЗ «О ёлке» № 143-ОД – съёмка").runs[0].bold = True
    document.add_paragraph("Дата\tномер").paragraph_format.tab_stops.add_tab_stop(4_000_000)
    table = document.add_table(100, 2, "Table Grid")
    for number, row in enumerate(table.rows):
        row.cells[0].text, row.cells[1].text = str(number), "Тихонов <b>Илья</b> & Ко"
    table.rows[0].cells[0].text = "Голова"
    header = table.rows[0]._tr.get_or_add_trPr()
    header.append(header.makeelement(f"{header.tag.removesuffix('trPr')}tblHeader"))
    document.add_paragraph("Новый лист").paragraph_format.page_break_before = True
    made = pdf.drawn(packed(document))
    first, *_, last = said = pages(made)
    assert first.startswith("ПРИКАЗ «О ёлке» № 143-ОД – съёмка Дата номер Голова")
    assert "Тихонов <b>Илья</b> & Ко" in first
    assert all("Голова" in page for page in said[:-1])
    assert last == "Новый лист"
    assert {embedded for name, embedded in fonts(made) if "PT" in name} == {True}
    assert pdf.drawn(packed(document)) == made


def test_a_row_higher_than_a_page_and_a_name_without_an_end() -> None:
    document = Document()
    cell = document.add_table(1, 1, "Table Grid").cell(0, 0)
    cell.text = "Слово " * 3000
    document.add_paragraph("Щ" * 300)
    assert len(pages(pdf.drawn(packed(document)))) > 2
    assert pages(pdf.drawn(packed(Document()))) == [""]


def test_the_qr_code_stands_on_the_first_page_alone() -> None:
    document = Document(io.BytesIO(written("Первая")))
    section = document.sections[0]
    section.different_first_page_header_footer = True
    section.first_page_footer.paragraphs[0].text = "{{ doc.qr }}"
    document.add_paragraph("Вторая").paragraph_format.page_break_before = True
    for code, pictures in (docx.QrCode("https://school.example/1"), [1, 0]), ("", [0, 0]):
        filled = docx.fill(packed(document), {"doc": {"qr": code}})
        assert [len(page.images) for page in PdfReader(io.BytesIO(pdf.drawn(filled))).pages] == pictures


@pytest.mark.skipif(not office.installed(), reason="LibreOffice is not installed: its PDF is not looked at")
def test_libreoffice_draws_what_a_school_has_made() -> None:
    made = office.converted(written("Приказ по школе"))
    assert made is not None
    assert pages(made) == ["Приказ по школе"]


def test_without_libreoffice_nothing_is_converted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert not office.installed()
    assert office.converted(written("Приказ")) is None


@pytest.mark.skipif(not office.installed(), reason="LibreOffice is not installed: its end is not looked at")
def test_libreoffice_ends_when_it_takes_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(office, "PATIENCE", 0.1)
    assert office.converted(written("Приказ")) is None
