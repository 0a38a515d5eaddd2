"""What a DOCX says, as a page can show it: paragraphs and tables in their order, with what a sheet of paper shows of
them. One walk for every picture of a document (the page, the PDF); what Word alone can draw is left out."""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.table import Table as WordTable
from docx.text.paragraph import Paragraph as WordParagraph

from moodle_mentorship.files.docx import let_go

LEFT, CENTER, RIGHT, JUSTIFY = "left", "center", "right", "justify"

_ALIGNED = {
    WD_ALIGN_PARAGRAPH.CENTER: CENTER,
    WD_ALIGN_PARAGRAPH.RIGHT: RIGHT,
    WD_ALIGN_PARAGRAPH.JUSTIFY: JUSTIFY,
}
_BREAKS = {"page", "column"}
# Points where a document says nothing.
_SIZE = 12.0


@dataclass(frozen=True)
class Run:
    """Letters that look the same; `size` in points, `marked` by a colour behind them."""

    text: str
    bold: bool = False
    italic: bool = False
    underlined: bool = False
    marked: bool = False
    size: float = _SIZE


@dataclass(frozen=True)
class Paragraph:
    """One paragraph; a tab is ``\\t``, a line break ``\\n`` in the runs' text. Lengths in points.

    `on_new_page`: a new sheet begins with it.
    """

    runs: Sequence[Run]
    align: str = LEFT
    first_indent: float = 0
    left_indent: float = 0
    right_indent: float = 0
    before: float = 0
    after: float = 0
    #: Where tabs lead to, from the left margin.
    tabs: Sequence[float] = ()
    on_new_page: bool = False
    #: It stays on the page of what follows it.
    with_next: bool = False
    #: 1 … 9 of Word's headings; 0 of none.
    level: int = 0

    @cached_property
    def text(self) -> str:
        return "".join(run.text for run in self.runs)


@dataclass(frozen=True)
class Cell:
    """`span`: so many columns. `goes_on`: it is one with the cell above it."""

    paragraphs: Sequence[Paragraph]
    span: int = 1
    goes_on: bool = False


@dataclass(frozen=True)
class Row:
    """`heads`: it stands again on each page."""

    cells: Sequence[Cell]
    heads: bool = False


@dataclass(frozen=True)
class Table:
    """`ruled`: with lines between its cells; without them it only places texts beside each other. `widths` of the
    columns in points; empty where the document leaves them to Word."""

    rows: Sequence[Row]
    ruled: bool
    widths: Sequence[float] = ()


Block = Paragraph | Table


def outline(content: bytes) -> list[Block]:
    """The blocks of a DOCX of ours, in their order."""
    document = Document(io.BytesIO(content))
    reader = _Reader(document)
    blocks = [
        reader.table(block) if isinstance(block, WordTable) else reader.paragraph(block)
        for block in document.iter_inner_content()
    ]
    let_go(document)
    return blocks


def sheets(blocks: Sequence[Block]) -> Iterator[list[Block]]:
    """The blocks by the sheets that the document itself begins anew."""
    sheet: list[Block] = []
    for block in blocks:
        if isinstance(block, Paragraph) and block.on_new_page and sheet:
            yield sheet
            sheet = []
        sheet.append(block)
    yield sheet


class _Reader:
    """Reads blocks; what a style says is looked up once."""

    def __init__(self, document: Any) -> None:
        self._document = document
        self._styles: dict[str | None, dict[str, Any]] = {}

    def paragraph(self, paragraph: WordParagraph) -> Paragraph:
        element = paragraph._p
        own, style = self._of(element.pPr), self._style(element.style)
        said = {**style, **own}
        runs = [self._run(run, said) for run in element.iter(qn("w:r"))]
        breaks = any(one.get(qn("w:type")) in _BREAKS for one in element.iter(qn("w:br")))
        return Paragraph(
            [run for run in runs if run.text],
            align=said.get("align", LEFT),
            first_indent=said.get("first_indent", 0),
            left_indent=said.get("left_indent", 0),
            right_indent=said.get("right_indent", 0),
            before=said.get("before", 0),
            after=said.get("after", 0),
            tabs=said.get("tabs", ()),
            on_new_page=bool(said.get("on_new_page")) or breaks,
            with_next=bool(said.get("with_next")),
            level=style.get("level", 0),
        )

    def table(self, table: WordTable) -> Table:
        element = table._tbl
        style = element.tblStyle_val
        rows = []
        for row in element.tr_lst:
            properties = row.trPr
            heads = properties is not None and properties.find(qn("w:tblHeader")) is not None
            cells = [
                Cell(
                    [self.paragraph(WordParagraph(p, table)) for p in cell.p_lst],
                    cell.grid_span,
                    cell.vMerge == "continue",
                )
                for cell in row.tc_lst
            ]
            rows.append(Row(cells, heads))
        widths = [column.w.pt for column in element.tblGrid.gridCol_lst if column.w is not None]
        ruled = "grid" in (style or "").lower() or element.find(f".//{qn('w:tblBorders')}") is not None
        return Table(rows, ruled, widths if len(widths) == len(element.tblGrid.gridCol_lst) else ())

    def _style(self, style_id: str | None) -> dict[str, Any]:
        """What a paragraph's style says, with those that it is based on."""
        if style_id not in self._styles:
            style = self._document.styles.get_by_id(style_id, 1)
            said: dict[str, Any] = {}
            while style is not None:
                said = {**self._of(style.element.pPr), **self._looks(style.element.rPr), **said}
                if "level" not in said and (style.name or "").startswith("Heading "):
                    said["level"] = int(style.name.removeprefix("Heading "))
                style = style.base_style
            self._styles[style_id] = said
        return self._styles[style_id]

    def _of(self, properties: Any) -> dict[str, Any]:
        """What a paragraph's own properties say."""
        if properties is None:
            return {}
        said: dict[str, Any] = {}
        if properties.jc is not None:
            said["align"] = _ALIGNED.get(properties.jc_val, LEFT)
        lengths = {
            "first_indent": properties.first_line_indent,
            "left_indent": properties.ind_left,
            "right_indent": properties.ind_right,
            "before": properties.spacing_before,
            "after": properties.spacing_after,
        }
        said |= {name: length.pt for name, length in lengths.items() if length is not None}
        if properties.pageBreakBefore is not None:
            said["on_new_page"] = properties.pageBreakBefore.val
        if properties.keepNext is not None:
            said["with_next"] = properties.keepNext.val
        if properties.tabs is not None:
            said["tabs"] = sorted(tab.pos.pt for tab in properties.tabs.tab_lst)
        return said

    def _run(self, run: Any, paragraph: dict[str, Any]) -> Run:
        looks = {**{name: paragraph[name] for name in _LOOKS if name in paragraph}, **self._looks(run.rPr)}
        # Form feeds of page breaks are told by the paragraph.
        return Run(run.text.replace("\f", ""), **looks)

    def _looks(self, properties: Any) -> dict[str, Any]:
        if properties is None:
            return {}
        said: dict[str, Any] = {}
        for name, element in (("bold", properties.b), ("italic", properties.i)):
            if element is not None:
                said[name] = element.val
        if properties.u is not None:
            said["underlined"] = bool(properties.u_val)
        if properties.highlight is not None:
            said["marked"] = properties.highlight_val is not None
        if properties.sz is not None:
            said["size"] = properties.sz_val.pt
        return said


_LOOKS = ("bold", "italic", "underlined", "marked", "size")
