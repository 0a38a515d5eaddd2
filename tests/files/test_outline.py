"""What a document says, read back from the file itself."""

import io

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK, WD_COLOR_INDEX
from docx.shared import Cm, Pt

from moodle_mentorship.files.outline import CENTER, RIGHT, Block, Paragraph, Table, outline, sheets


def read(document: object) -> list[Block]:
    target = io.BytesIO()
    document.save(target)  # type: ignore[attr-defined]
    return outline(target.getvalue())


def paragraph(block: Block) -> Paragraph:
    assert isinstance(block, Paragraph)
    return block


def test_paragraphs_come_with_what_a_sheet_shows_of_them() -> None:
    document = Document()
    document.styles["Normal"].font.size = Pt(12)
    title = document.add_paragraph("ПРИКАЗ")
    title.alignment, title.runs[0].bold = WD_ALIGN_PARAGRAPH.CENTER, True
    text = document.add_paragraph("1. ")
    text.paragraph_format.first_line_indent = Cm(1.25)
    text.paragraph_format.tab_stops.add_tab_stop(Cm(10))
    text.add_run("Заяца").font.highlight_color = WD_COLOR_INDEX.YELLOW
    text.add_run("\tитог\nниже")
    first, second = map(paragraph, read(document))
    assert (first.text, first.align, first.runs[0].bold, first.runs[0].size) == ("ПРИКАЗ", CENTER, True, 12)
    assert (second.text, second.first_indent, second.tabs) == ("1. Заяца\tитог\nниже", 35.45, [283.45])
    assert [run.marked for run in second.runs] == [False, True, False]


def test_a_style_says_what_the_paragraph_does_not() -> None:
    document = Document()
    document.styles["Normal"].font.size = Pt(14)
    document.styles["Normal"].paragraph_format.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    document.add_heading("О закреплении", 2)
    heading = paragraph(read(document)[0])
    assert (heading.align, heading.level, heading.runs[0].bold) == (RIGHT, 2, True)


def test_tables_keep_their_cells_and_the_row_that_heads_each_page() -> None:
    document = Document()
    ruled = document.add_table(rows=2, cols=2, style="Table Grid")
    ruled.cell(0, 0).merge(ruled.cell(0, 1)).text = "Пары"
    ruled.cell(1, 1).text = "Ким Вера"
    document.add_table(rows=1, cols=3)
    found, bare = read(document)
    assert isinstance(found, Table)
    assert isinstance(bare, Table)
    texts = [[[p.text for p in cell.paragraphs] for cell in row.cells] for row in found.rows]
    assert texts == [[["Пары"]], [[""], ["Ким Вера"]]]
    assert [cell.span for cell in found.rows[0].cells] == [2]
    assert (found.ruled, bare.ruled, len(found.widths)) == (True, False, 2)


def test_a_cell_that_goes_on_below_is_told_from_an_empty_one() -> None:
    document = Document()
    made = document.add_table(rows=3, cols=2, style="Table Grid")
    made.cell(0, 0).merge(made.cell(1, 0)).text = "1."
    (found,) = read(document)
    assert isinstance(found, Table)
    assert [[cell.goes_on for cell in row.cells] for row in found.rows] == [[False, False], [True, False], [False] * 2]


def test_sheets_begin_where_the_document_says() -> None:
    document = Document()
    document.add_paragraph("приказ")
    document.add_paragraph("приложение").paragraph_format.page_break_before = True
    document.add_paragraph().add_run().add_break(WD_BREAK.PAGE)
    document.add_paragraph("лист")
    found = [[paragraph(block).text for block in sheet] for sheet in sheets(read(document))]
    assert found == [["приказ"], ["приложение"], ["", "лист"]]
