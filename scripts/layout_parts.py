"""What the Word layouts of documents are put together from: ГОСТ Р 7.0.97-2025 as far as we know it (issue 6).

Each part asks for the values that `documents.wording.letterhead` and `documents.rendering` give.
"""

from collections.abc import Sequence
from typing import Any

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_COLOR_INDEX
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt

CENTER, RIGHT, JUSTIFY = WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.RIGHT, WD_ALIGN_PARAGRAPH.JUSTIFY

# The office's common font; the standard prescribes none. Its size is one of 12 to 14.
FONT, SIZE = "Times New Roman", Pt(12)
LEFT_MARGIN, RIGHT_MARGIN, MARGIN = 3.0, 1.5, 2.0
WIDTH = 21 - LEFT_MARGIN - RIGHT_MARGIN
PEN = "__________________"
# What begins on a sheet of its own has a style that says so: of a break that stands at a paragraph itself, LibreOffice
# makes a character in the paragraph before when a school saves the file anew, and that may be a tag that falls away.
NEW_SHEET = "Новый лист"


class Sheet:
    """A document that is being laid out, from top to bottom."""

    def __init__(self) -> None:
        self.document: Any = Document()
        normal = self.document.styles["Normal"]
        normal.font.name, normal.font.size = FONT, SIZE
        normal.element.rPr.rFonts.set(qn("w:eastAsia"), FONT)
        begins = self.document.styles.add_style(NEW_SHEET, WD_STYLE_TYPE.PARAGRAPH)
        begins.base_style, begins.paragraph_format.page_break_before = normal, True
        language = OxmlElement("w:lang")
        language.set(qn("w:val"), "ru-RU")
        normal.element.rPr.append(language)
        section = self.document.sections[0]
        section.page_width, section.page_height = Cm(21), Cm(29.7)
        section.left_margin, section.right_margin = Cm(LEFT_MARGIN), Cm(RIGHT_MARGIN)
        section.top_margin = section.bottom_margin = Cm(MARGIN)

    def lie(self) -> None:
        """The sheet lies on its long side."""
        section = self.document.sections[0]
        section.orientation = WD_ORIENT.LANDSCAPE
        section.page_width, section.page_height = section.page_height, section.page_width
        section.left_margin = Cm(MARGIN)

    def line(self, text: str, align: Any = None, **look: Any) -> Any:
        """A paragraph; `look` names the properties of its format, `bold` and `size` of its text, and whether it begins
        a `new_sheet`."""
        paragraph = self.document.add_paragraph(style=NEW_SHEET if look.pop("new_sheet", False) else None)
        run = paragraph.add_run(text)
        run.bold = look.pop("bold", None)
        run.font.size = look.pop("size", None)
        paragraph.alignment = align
        for name, value in {"space_after": Pt(4), "space_before": Pt(0), "line_spacing": 1.0, **look}.items():
            setattr(paragraph.paragraph_format, name, value)
        return paragraph

    def text(self, text: str, align: Any = JUSTIFY, **look: Any) -> Any:
        """A paragraph of the document's text."""
        usual = {"first_line_indent": Cm(1.25), "space_after": Pt(6), "line_spacing": 1.15}
        return self.line(text, align, **usual | look)

    def spoken(self, before: str, runs: str, after: str = "", align: Any = JUSTIFY, **look: Any) -> None:
        """A paragraph of the text that consists of runs; in a draft those are yellow that somebody should read."""
        paragraph = self.text(before, align, **look)
        paragraph.add_run("{%r for part in " + runs + " %}")
        paragraph.add_run("{%r if part.sure or doc.check_url %}")
        paragraph.add_run("{{ part.text }}")
        paragraph.add_run("{%r else %}")
        paragraph.add_run("{{ part.text }}").font.highlight_color = WD_COLOR_INDEX.YELLOW
        paragraph.add_run("{%r endif %}")
        paragraph.add_run("{%r endfor %}")
        if after:
            paragraph.add_run(after)

    def table(self, heads: Sequence[str], widths: Sequence[float], each: str, cells: Sequence[str]) -> None:
        """A table with a row for each of a list; its head stands on every page, and no row is torn by a page's end."""
        made = self.document.add_table(rows=4, cols=len(heads), style="Table Grid")
        _widths(made, widths)
        for row, texts in zip(
            made.rows,
            (heads, [f"{{%tr for {each} %}}"], cells, ["{%tr endfor %}"]),
            strict=True,
        ):
            for cell, value in zip(row.cells, texts, strict=False):
                run = cell.paragraphs[0].add_run(value)
                run.font.size, run.bold = Pt(10), texts is heads
                cell.paragraphs[0].paragraph_format.space_after = Pt(0)
            whole(row)
            if texts is heads:
                row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))

    def grouped(
        self, heads: Sequence[str], widths: Sequence[float], each: str, one: str, cells: Sequence[str] | None = None
    ) -> None:
        """A table in groups: of each a row with its `title` from edge to edge, then its `rows`; without `cells` these
        hold their number and are filled by the pen."""
        made = self.document.add_table(rows=7, cols=len(heads), style="Table Grid")
        _widths(made, widths)
        texts = (
            heads,
            [f"{{%tr for {each} %}}"],
            [f"{{{{ {one}.title }}}}"],
            [f"{{%tr for row in {one}.rows %}}"],
            cells or ["{{ row.number }}"],
            ["{%tr endfor %}"],
            ["{%tr endfor %}"],
        )
        for row, said in zip(made.rows, texts, strict=True):
            for cell, value in zip(row.cells, said, strict=False):
                run = cell.paragraphs[0].add_run(value)
                run.font.size, run.bold = Pt(10), said is heads or value.endswith(".title }}")
                cell.paragraphs[0].paragraph_format.space_after = Pt(0)
            whole(row)
        if cells is None:
            # Room for the pen.
            made.rows[4].height = Cm(0.8)
        made.rows[2].cells[0].merge(made.rows[2].cells[-1])
        made.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))

    def staged(
        self, heads: Sequence[str], widths: Sequence[float], each: str, group: str, cells: Sequence[str]
    ) -> None:
        """A table in groups: the first columns (`group`) hold what is said of each once, beside all of its `rows`."""
        made = self.document.add_table(rows=10, cols=len(heads), style="Table Grid")
        _widths(made, widths)
        of_group = each.split()[0]
        texts = (
            heads,
            [f"{{%tr for {each} %}}"],
            [f"{{%tr for row in {of_group}.rows %}}"],
            ["{%tr if loop.first %}"],
            [*group, *cells],
            ["{%tr else %}"],
            [*("" for _ in group), *cells],
            ["{%tr endif %}"],
            ["{%tr endfor %}"],
            ["{%tr endfor %}"],
        )
        for row, said in zip(made.rows, texts, strict=True):
            for cell, value in zip(row.cells, said, strict=False):
                run = cell.paragraphs[0].add_run(value)
                run.font.size, run.bold = Pt(11), said is heads
                cell.paragraphs[0].paragraph_format.space_after = Pt(0)
            whole(row)
        for row, kind in ((made.rows[4], "restart"), (made.rows[6], "continue")):
            for cell in row.cells[: len(group)]:
                merge = OxmlElement("w:vMerge")
                merge.set(qn("w:val"), kind)
                cell._tc.get_or_add_tcPr().append(merge)
        made.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))

    def columns(
        self,
        widths: Sequence[float],
        rows: Sequence[Sequence[str]],
        *,
        size: Any = None,
        before: int = 0,
        aligned: Sequence[Any] | None = None,
        with_next: bool = False,
    ) -> None:
        """Texts side by side, without lines around them; the rows stay on one page, and on that of what follows them
        if they are to (`with_next`)."""
        made = self.document.add_table(rows=len(rows), cols=len(widths))
        _widths(made, widths)
        for row, texts in zip(made.rows, rows, strict=True):
            whole(row)
            for number, (cell, value) in enumerate(zip(row.cells, texts, strict=False)):
                paragraph = cell.paragraphs[0]
                paragraph.alignment = aligned[number] if aligned else None
                paragraph.add_run(value).font.size = size
                paragraph.paragraph_format.space_before, paragraph.paragraph_format.space_after = Pt(before), Pt(2)
                paragraph.paragraph_format.keep_with_next = with_next or texts is not rows[-1]

    # Parts of a document of the office.

    def pages(self) -> None:
        """Their numbers from the second one on, in the middle of the upper margin; the first one's QR code."""
        section = self.document.sections[0]
        section.different_first_page_header_footer = True
        section.header_distance = Cm(1)
        paragraph = section.header.paragraphs[0]
        paragraph.alignment = CENTER
        # The QR code of the check page: on the first sheet below on the right (ГОСТ Р 7.0.97-2025).
        code = section.first_page_footer.paragraphs[0]
        code.alignment = RIGHT
        code.add_run("{{ doc.qr }}")
        for kind, text in (("begin", None), (None, "PAGE"), ("separate", None), (None, "2"), ("end", None)):
            run = paragraph.add_run()
            if kind:
                field = OxmlElement("w:fldChar")
                field.set(qn("w:fldCharType"), kind)
            else:
                field = OxmlElement("w:instrText" if text == "PAGE" else "w:t")
                field.text = text
            run._r.append(field)

    def organisation(self) -> None:
        """Full name as in the charter, and the short one below it."""
        self.line("{{ organisation }}", CENTER, bold=True, space_after=Pt(0))
        self.line("{%p if short_name and short_name != organisation %}")
        self.line("({{ short_name }})", CENTER, space_after=Pt(0))
        self.line("{%p endif %}")
        self.line("", size=Pt(6), space_after=Pt(4))

    def letterhead(self, kind: str) -> None:
        """Organisation, kind of the document, its date, number and place, the heading to the text."""
        self.pages()
        self.organisation()
        self.line(kind, CENTER, bold=True, size=Pt(14), space_after=Pt(8))
        self.columns((9.5, WIDTH - 9.5), [("{{ doc.date }}", "№\u00a0{{ doc.number }}")], aligned=(None, RIGHT))
        self.line("{{ place }}", CENTER, space_after=Pt(10))
        self.line("{{ heading }}", bold=True, right_indent=Cm(5), space_after=Pt(10))

    def orders(self) -> None:
        """Preamble, «ПРИКАЗЫВАЮ:», the points. The last one stays on the page of the signature."""
        self.spoken("", "preamble")
        self.line("ПРИКАЗЫВАЮ:", bold=True, space_after=Pt(6), keep_with_next=True)
        self.line("{%p for point in points %}")
        self.line("{%p if loop.last %}")
        self.spoken("{{ point.number }}. ", "point.runs", keep_with_next=True, keep_together=True)
        self.line("{%p else %}")
        self.spoken("{{ point.number }}. ", "point.runs")
        self.line("{%p endif %}")
        self.line("{%p for item in point.list %}")
        # Not stretched from edge to edge: names and posts don't break where a line would need it.
        self.spoken("– ", "item", "{% if loop.last %}.{% else %};{% endif %}", None, space_after=Pt(3))
        self.line("{%p endfor %}")
        self.line("{%p endfor %}")

    def points(self, of: str) -> None:
        """Numbered points outside of an order, each with what is listed in it."""
        self.line("{%p for point in " + of + " %}")
        self.spoken("{{ point.number }}. ", "point.runs")
        self.line("{%p for item in point.list %}")
        # Not stretched from edge to edge: names and posts don't break where a line would need it.
        self.spoken("– ", "item", "{% if loop.last %}.{% else %};{% endif %}", None, space_after=Pt(3))
        self.line("{%p endfor %}")
        self.line("{%p endfor %}")

    def signature(self) -> None:
        """Post, place for the pen, initials and surname."""
        self.columns((7, 4.75, 4.75), [("{{ director.post }}", PEN, "{{ director.name }}")], before=18)

    def prepared(self) -> None:
        """Approval visas, and who has written the document."""
        self.line("{%p if visas %}")
        self.line("Согласовано:", size=Pt(10), space_before=Pt(14), keep_with_next=True)
        self.columns(
            (5.4, 3.4, 3.5, 4.2),
            [
                ("{%tr for visa in visas %}",),
                ("{{ visa.post }}", "_______________", "{{ visa.name }}", "«___» ________ 20___ г."),
                ("{%tr endfor %}",),
            ],
            size=Pt(10),
        )
        self.line("{%p endif %}")
        self.line("{%p if executor %}")
        self.line("Исполнитель: {{ executor }}", size=Pt(10), space_before=Pt(8))
        self.line("{%p endif %}")

    def annex(self, number: int, title: str) -> None:
        """The head of an annex, on a page of its own."""
        look = {"left_indent": Cm(7.5), "space_after": Pt(0)}
        self.line(f"Приложение №\u00a0{number}", new_sheet=True, **look)
        self.line("к приказу от {{ doc.date }} №\u00a0{{ doc.number }}", **look | {"space_after": Pt(12)})
        self.line(title, CENTER, bold=True, space_after=Pt(8), keep_with_next=True)

    def acquaintance(self, of: str = "приказом") -> None:
        """The acquaintance sheet (лист ознакомления), where somebody has to be acquainted."""
        self.line("{%p if acquainted %}")
        self.line("Лист ознакомления", CENTER, bold=True, new_sheet=True, space_after=Pt(2))
        self.line(f"с {of} от {{{{ doc.date }}}} №\u00a0{{{{ doc.number }}}}", CENTER, space_after=Pt(2))
        self.line("«{{ heading }}»", CENTER, space_after=Pt(8))
        self.table(
            ("№", "Фамилия, имя, отчество", "Должность", "Дата", "Подпись"),
            (1, 5.5, 4.5, 2.5, 3),
            "person in acquainted",
            ("{{ loop.index }}", "{{ person.name }}", "{{ person.post }}", "", ""),
        )
        self.line("{%p endif %}")


def whole(row: Any) -> None:
    """Not torn by a page's end."""
    row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))  # python-docx has no other way to say it


def _widths(table: Any, widths: Sequence[float]) -> None:
    table.autofit = False
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Cm(width)
    for row in table.rows:
        for cell, width in zip(row.cells, widths, strict=True):
            cell.width = Cm(width)
