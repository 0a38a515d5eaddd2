"""A DOCX as PDF, drawn by us from what it says (`files.outline`): text, tables, marks, page numbers, QR code.

Not what Word would draw: enough for our own layouts, which use nothing else. The font is PT Serif, which has all
Russian letters, may be embedded (OFL 1.1) and travels in a package.
"""

import io
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Any, Literal
from xml.sax.saxutils import escape

from docx import Document
from docx.oxml.ns import qn

from moodle_mentorship.files.docx import let_go
from moodle_mentorship.files.outline import CENTER, JUSTIFY, LEFT, RIGHT, Block, Cell, Paragraph, Run, Table, outline

MEDIA_TYPE = "application/pdf"

_FONT = "PT Serif"
_FACES = {
    "": "PT_Serif-Web-Regular",
    "-B": "PT_Serif-Web-Bold",
    "-I": "PT_Serif-Web-Italic",
    "-BI": "PT_Serif-Web-BoldItalic",
}
# PT Serif is wider than the Times that layouts are made for: so much smaller, lines break in about the same places.
_SMALLER = 0.94
_LEADING = 1.25
# reportlab's own numbers.
_ALIGNED: dict[str, Literal[0, 1, 2, 4]] = {LEFT: 0, CENTER: 1, RIGHT: 2, JUSTIFY: 4}
_PAD = 3


def drawn(content: bytes) -> bytes:
    """The PDF; the same of the same, byte for byte."""
    # Here alone: no other part of the service draws.
    from reportlab.platypus import BaseDocTemplate, Frame, PageTemplate, Spacer
    from reportlab.platypus.doctemplate import LayoutError

    _fonts()
    document = Document(io.BytesIO(content))
    section = document.sections[0]
    sizes = section.page_width, section.page_height, section.left_margin, section.right_margin
    width, height, left, right = (float(size.pt) if size is not None else 0.0 for size in sizes)
    top, bottom = (float(size.pt) if size is not None else 0.0 for size in (section.top_margin, section.bottom_margin))
    picture, numbered = _picture_of(section), _is_numbered(section)
    let_go(document)
    blocks = outline(content)

    def made(torn: bool) -> bytes:
        target = io.BytesIO()
        # Room for the picture at the foot of the first page.
        foot = max(bottom, bottom + picture[1] - 14) if picture else bottom
        room = 0, 0, 0, 0

        def first(canvas: Any, _document: Any) -> None:
            if picture:
                image, side = picture
                canvas.drawImage(image, width - right - side, bottom - 14, side, side)

        def later(canvas: Any, page: Any) -> None:
            if numbered:
                canvas.setFont(_FONT, 11)
                canvas.drawCentredString(left + (width - left - right) / 2, height - top / 2, str(page.page))

        template = BaseDocTemplate(target, pagesize=(width, height), invariant=1, lang="ru")
        template.addPageTemplates(
            [
                PageTemplate(
                    "first",
                    [Frame(left, foot, width - left - right, height - top - foot, *room)],
                    onPage=first,
                    autoNextPageTemplate="later",
                ),
                PageTemplate(
                    "later", [Frame(left, bottom, width - left - right, height - top - bottom, *room)], onPage=later
                ),
            ]
        )
        # Of nothing it would make no page at all.
        template.build(list(_flowing(blocks, width - left - right, torn)) or [Spacer(0, 1)])
        return target.getvalue()

    try:
        return made(torn=False)
    except LayoutError:
        # A row higher than a page.
        return made(torn=True)


@cache
def _fonts() -> None:
    from reportlab.lib.fonts import addMapping
    from reportlab.pdfbase.pdfmetrics import registerFont
    from reportlab.pdfbase.ttfonts import TTFont

    for ending, file in _FACES.items():
        content = (files("fontpkg_pt_serif") / "files" / f"{file}.ttf").read_bytes()
        registerFont(TTFont(f"{_FONT}{ending}", io.BytesIO(content)))
        addMapping(_FONT, 1 if "B" in ending else 0, 1 if "I" in ending else 0, f"{_FONT}{ending}")


def _picture_of(section: Any) -> tuple[Any, float] | None:
    """The picture in the foot of the first page, with its side in points."""
    from reportlab.lib.utils import ImageReader

    if not section.different_first_page_header_footer:
        return None
    footer = section.first_page_footer
    for blip in footer._element.iter(qn("a:blip")):
        image = footer.part.related_parts[blip.get(qn("r:embed"))].blob
        side = int(next(footer._element.iter(qn("wp:extent"))).get("cx")) / 12700
        return ImageReader(io.BytesIO(image)), side
    return None


def _is_numbered(section: Any) -> bool:
    return any("PAGE" in (code.text or "") for code in section.header._element.iter(qn("w:instrText")))


def _flowing(blocks: Sequence[Block], width: float, torn: bool) -> Iterator[Any]:
    from reportlab.platypus import KeepTogether, PageBreak

    held: list[Any] = []
    for number, block in enumerate(blocks):
        if isinstance(block, Paragraph):
            if block.on_new_page and number:
                yield from held
                held = []
                yield PageBreak()
            flowing = _paragraph(block, width)
            if block.with_next and not torn:
                held.append(flowing)
                continue
        else:
            flowing = _table(block, width, torn)
        if held and isinstance(block, Paragraph):
            yield KeepTogether([*held, flowing])
        else:
            yield from held
            yield flowing
        held = []
    yield from held


def _paragraph(block: Paragraph, width: float, plain: bool = False) -> Any:
    from reportlab.platypus import Spacer

    if not block.text.strip():
        size = max((run.size for run in block.runs), default=12.0) * _SMALLER
        return Spacer(0, size * _LEADING + block.before + block.after)
    if "\t" in block.text and block.tabs and not plain:
        return _tabbed(block, width)
    return _text(block.runs, block)


def _text(runs: Sequence[Run], block: Paragraph) -> Any:
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.platypus import Paragraph as Drawn

    size = max((run.size for run in runs if run.text), default=12.0) * _SMALLER
    style = ParagraphStyle(
        "",
        fontName=_FONT,
        fontSize=size,
        leading=size * _LEADING,
        alignment=_ALIGNED[block.align],
        firstLineIndent=block.first_indent,
        leftIndent=block.left_indent,
        rightIndent=block.right_indent,
        spaceBefore=block.before,
        spaceAfter=block.after,
    )
    return Drawn("".join(map(_marked_up, runs)), style)


def _marked_up(run: Run) -> str:
    text = escape(run.text).replace("\t", " ").replace("\n", "<br/>")
    for wanted, tag in ((run.bold, "b"), (run.italic, "i"), (run.underlined, "u")):
        if wanted:
            text = f"<{tag}>{text}</{tag}>"
    marked = ' backColor="#fff200"' if run.marked else ""
    return f'<font size="{run.size * _SMALLER:.2f}"{marked}>{text}</font>'


def _tabbed(block: Paragraph, width: float) -> Any:
    """Parts of a line that stand at its tabs."""
    from reportlab.platypus import Table as Drawn

    parts: list[list[Run]] = [[]]
    for run in block.runs:
        for number, text in enumerate(run.text.split("\t")):
            if number:
                parts.append([])
            parts[-1].append(Run(text, run.bold, run.italic, run.underlined, run.marked, run.size))
    places = [0.0, *block.tabs[: len(parts) - 1], width]
    while len(places) < len(parts) + 1:
        places.insert(-1, (places[-2] + width) / 2)
    widths = [end - begin for begin, end in pairwise(places)]
    table = Drawn([[_text(part, Paragraph(part)) for part in parts]], widths, hAlign="LEFT", style=_style(False, 0))
    table.spaceAfter = block.after
    return table


def _table(table: Table, width: float, torn: bool) -> Any:
    from reportlab.platypus import LongTable, Spacer

    class Torn(LongTable):
        def onSplit(self, part: Any, byRow: int = 1) -> None:
            """At a page's end every cell ends, also one that goes on."""
            if table.ruled:
                part.setStyle([("LINEBELOW", (0, -1), (-1, -1), *_line())])

    if not table.rows:
        return Spacer(0, 0)
    columns = max(sum(cell.span for cell in row.cells) for row in table.rows)
    widths = list(table.widths) if len(table.widths) == columns else [width / columns] * columns
    if sum(widths) > width:
        widths = [one * width / sum(widths) for one in widths]
    spans, rows = [], []
    for number, row in enumerate(table.rows):
        cells: list[Any] = []
        for cell in row.cells:
            if cell.span > 1:
                spans.append(("SPAN", (len(cells), number), (len(cells) + cell.span - 1, number)))
            cells += [_cell(cell, sum(widths[len(cells) : len(cells) + cell.span])), *[""] * (cell.span - 1)]
        rows.append(cells + [""] * (columns - len(cells)))
    heads = next((number for number, row in enumerate(table.rows) if not row.heads), len(table.rows))
    return Torn(
        rows,
        widths,
        repeatRows=heads if heads < len(rows) else 0,
        splitInRow=int(torn),
        hAlign="LEFT",
        style=_style(table.ruled, _PAD, *spans, *(_lines(table, columns) if table.ruled else [])),
    )


def _line() -> tuple[float, Any]:
    from reportlab.lib.colors import black

    return 0.5, black


def _lines(table: Table, columns: int) -> list[Any]:
    """Lines around every cell; none above one that goes on. (reportlab can't tear a cell that spans rows by a page's
    end, so what goes on is an empty cell of its own.)"""
    line, whole = _line(), ((0, 0), (-1, -1))
    going_on = {
        (column, number)
        for number, row in enumerate(table.rows)
        for column, cell in enumerate(row.cells)
        if cell.goes_on
    }
    if not going_on:
        return [("GRID", *whole, *line)]
    places = [(column, number) for number in range(len(table.rows)) for column in range(columns)]
    return [
        ("BOX", *whole, *line),
        ("LINEBEFORE", *whole, *line),
        *(("LINEBELOW", place, place, *line) for place in places if (place[0], place[1] + 1) not in going_on),
    ]


def _cell(cell: Cell, width: float) -> list[Any]:
    from reportlab.platypus import Spacer

    said = []
    for one in cell.paragraphs:
        # A cell knows no space before its first paragraph.
        if one.before and one.text.strip():
            said.append(Spacer(0, one.before))
        said.append(_paragraph(one, width, plain=True))
    return said


def _style(ruled: bool, pad: int, *more: Any) -> Any:
    from reportlab.platypus import TableStyle

    whole = (0, 0), (-1, -1)
    commands: list[Any] = [
        ("VALIGN", *whole, "TOP"),
        ("LEFTPADDING", *whole, pad if ruled else 0),
        ("RIGHTPADDING", *whole, pad),
        ("TOPPADDING", *whole, pad if ruled else 0),
        ("BOTTOMPADDING", *whole, pad),
    ]
    return TableStyle([*commands, *more])
