"""Makes the Word layouts of moodle_mentorship/files/layouts (or of another folder, its one argument) from nothing.

Run it after a change here; of the same it makes the same files.
"""

import datetime as dt
import io
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_COLOR_INDEX
from docx.oxml import OxmlElement
from docx.shared import Cm, Pt

from moodle_mentorship.files.docx import timeless

LAYOUTS = Path(__file__).parents[1] / "moodle_mentorship" / "files" / "layouts"
if len(sys.argv) > 1:
    LAYOUTS = Path(sys.argv[1])

# Margins and size as ГОСТ Р 7.0.97-2025 recommends them; the office's common font, which prescribes nothing.
FONT, SIZE = "Times New Roman", Pt(12)


def sheet() -> tuple[Any, Any]:
    """An empty document, and the way to add a paragraph to it."""
    document = Document()
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = FONT, SIZE
    normal.element.rPr.rFonts.set("{http://schemas.openxmlformats.org/wordprocessingml/2006/main}eastAsia", FONT)
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin, section.right_margin = Cm(3), Cm(1.5)
    section.top_margin = section.bottom_margin = Cm(2)

    def line(text: str, align: Any = None, **look: Any) -> Any:
        paragraph = document.add_paragraph()
        run = paragraph.add_run(text)
        run.bold = look.pop("bold", None)
        run.font.size = look.pop("size", None)
        paragraph.alignment = align
        for name, value in {"space_after": Pt(4), "space_before": Pt(0), "line_spacing": 1.0, **look}.items():
            setattr(paragraph.paragraph_format, name, value)
        return paragraph

    return document, line


def consent() -> Any:
    """Any number of consents, each on pages of its own: title, paragraphs, date and signature by pen."""
    document, line = sheet()
    line("{%p for paper in papers %}")
    line(
        "{{ paper.title }}",
        WD_ALIGN_PARAGRAPH.CENTER,
        bold=True,
        page_break_before=True,
        space_after=Pt(10),
        keep_with_next=True,
    )
    line("{%p for paragraph in paper.paragraphs %}")
    line("{{ paragraph }}", WD_ALIGN_PARAGRAPH.JUSTIFY, first_line_indent=Cm(1))
    line("{%p endfor %}")
    line("«____» ______________ 20____ г.", space_before=Pt(14), keep_with_next=True)
    line("____________________ / {{ paper.signer }} /", space_before=Pt(10), keep_with_next=True)
    line("{{ paper.note }}", size=Pt(9), space_before=Pt(14))
    line("{%p endfor %}")
    return document


def my_data() -> Any:
    """Everything that is held of a person: sections, of each its records, of each a line for every fact."""
    document, line = sheet()
    line("{{ title }}", WD_ALIGN_PARAGRAPH.CENTER, bold=True, size=Pt(14), space_after=Pt(4))
    line("{{ about }}", WD_ALIGN_PARAGRAPH.CENTER, space_after=Pt(10))
    line("{%p for section in sections %}")
    line("{{ section.title }}", bold=True, space_before=Pt(12), keep_with_next=True)
    line("{%p for record in section.records %}")
    line("{%p for fact in record %}")
    line("{{ fact }}", space_after=Pt(1), left_indent=Cm(0.5))
    line("{%p endfor %}")
    line("", size=Pt(4), space_after=Pt(2))
    line("{%p endfor %}")
    line("{%p endfor %}")
    line("{{ note }}", size=Pt(9), space_before=Pt(14))
    return document


def pairs_order() -> Any:
    """The order that fixes pairs and groups, its annex and its acquaintance sheet."""
    document, line = sheet()
    center, right, justify = WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.RIGHT, WD_ALIGN_PARAGRAPH.JUSTIFY
    blanks = "«____» ______________ 20____ г."
    line("{{ organisation }}", center, bold=True, space_after=Pt(14))
    line("ПРИКАЗ", center, bold=True, size=Pt(14), space_after=Pt(10))
    line("{{ doc.date }}\t№ {{ doc.number }}", space_after=Pt(2)).paragraph_format.tab_stops.add_tab_stop(Cm(11))
    line("____________________________", space_after=Pt(0))
    line("(место составления)", size=Pt(9), space_after=Pt(12))
    line("{{ heading }}", bold=True, space_after=Pt(12))
    text = {"align": justify, "first_line_indent": Cm(1.25), "space_after": Pt(6)}
    line(
        "В целях реализации системы (целевой модели) наставничества педагогических работников, в соответствии "
        "со статьёй 351.8 Трудового кодекса Российской Федерации, положением о системе наставничества педагогических "
        "работников и на основании письменных согласий участников",
        **text,
    )
    line("ПРИКАЗЫВАЮ:", bold=True, space_after=Pt(6))
    line("1. Закрепить наставнические пары и группы согласно приложению № 1 к настоящему приказу.", **text)
    line("2. Назначить наставниками:", **text)
    line("{%p for mentor in mentors %}")
    # A form that nobody can be sure of is marked, to be read before it is signed.
    mentor = line("– {% if mentor.sure %}{{ mentor.text }}{% endif %}", **text)
    doubt = mentor.add_run("{% if not mentor.sure %}{{ mentor.text }}{% endif %}")
    doubt.font.highlight_color = WD_COLOR_INDEX.YELLOW
    mentor.add_run("{% if loop.last %}.{% else %};{% endif %}")
    line("{%p endfor %}")
    line(
        "3. Наставникам совместно с наставляемыми разработать персонализированные программы наставничества "
        f"до {blanks}",
        **text,
    )
    line(
        "4. Куратору сопровождать работу пар и групп, ознакомить участников с настоящим приказом под подпись.",
        **text,
    )
    line("5. Контроль за исполнением настоящего приказа оставляю за собой.", **text)
    signed = document.add_table(rows=1, cols=3)
    for cell, value, width in zip(
        signed.rows[0].cells,
        ("{{ director.post }}", "____________________", "{{ director.name }}"),
        (Cm(6.5), Cm(5), Cm(5)),
        strict=True,
    ):
        cell.width, cell.text = width, value
        cell.paragraphs[0].paragraph_format.space_before = Pt(18)
    line("Приложение № 1", right, page_break_before=True, space_after=Pt(0))
    line("к приказу от {{ doc.date }} № {{ doc.number }}", right, space_after=Pt(12))
    line("Наставнические пары и группы", center, bold=True, space_after=Pt(8))
    table(
        document,
        ("№", "Наставник, должность", "Наставляемый, должность", "Форма и виды наставничества", "Срок"),
        (1, 4.4, 4.4, 4.2, 2.5),
        "row in rows",
        ("{{ row.number }}", "{{ row.mentor }}", "{{ row.mentee }}", "{{ row.form }}", "{{ row.period }}"),
    )
    line("Лист ознакомления", center, bold=True, page_break_before=True, space_after=Pt(2))
    line("с приказом от {{ doc.date }} № {{ doc.number }}", center, space_after=Pt(2))
    line("«{{ heading }}»", center, space_after=Pt(8))
    table(
        document,
        ("№", "Фамилия, имя, отчество", "Должность", "Дата", "Подпись"),
        (1, 5.5, 4.5, 2.5, 3),
        "person in acquainted",
        ("{{ loop.index }}", "{{ person.name }}", "{{ person.post }}", "", ""),
    )
    code(document)
    return document


def code(document: Any) -> None:
    """The QR code of the check page, on the first sheet below on the right (ГОСТ Р 7.0.97-2025)."""
    section = document.sections[0]
    section.different_first_page_header_footer = True
    paragraph = section.first_page_footer.paragraphs[0]
    paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    paragraph.add_run("{{ doc.qr }}")


def table(document: Any, heads: Sequence[str], widths: Sequence[float], each: str, cells: Sequence[str]) -> None:
    """A table with a row for each of a list; its head stands on every page, and no row is torn by a page's end."""
    made = document.add_table(rows=4, cols=len(heads), style="Table Grid")
    made.autofit = False
    for column, width in zip(made.columns, widths, strict=True):
        column.width = Cm(width)
    for row, texts in zip(
        made.rows,
        (heads, [f"{{%tr for {each} %}}"], cells, ["{%tr endfor %}"]),
        strict=True,
    ):
        for cell, width in zip(row.cells, widths, strict=True):
            cell.width = Cm(width)
        for cell, value in zip(row.cells, texts, strict=False):
            run = cell.paragraphs[0].add_run(value)
            run.font.size, run.bold = Pt(10), texts is heads
            cell.paragraphs[0].paragraph_format.space_after = Pt(0)
        properties = row._tr.get_or_add_trPr()  # python-docx has no other way to say it
        properties.append(OxmlElement("w:cantSplit"))
        if texts is heads:
            properties.append(OxmlElement("w:tblHeader"))


def main() -> None:
    LAYOUTS.mkdir(exist_ok=True)
    save(consent(), "consent")
    save(my_data(), "my_data")
    save(pairs_order(), "pairs_order")


def save(document: Any, name: str) -> None:
    properties = document.core_properties
    # The same bytes tomorrow, and nobody's name.
    properties.created = properties.modified = dt.datetime(2026, 11, 28, tzinfo=dt.UTC)
    properties.author, properties.title, properties.comments = "", "", ""
    # The picture of python-docx's own empty page.
    relations = document.part.package.rels
    for key in [key for key, relation in relations.items() if relation.reltype.endswith("/thumbnail")]:
        del relations[key]
    target = io.BytesIO()
    document.save(target)
    (LAYOUTS / f"{name}.docx").write_bytes(timeless(target.getvalue()))


if __name__ == "__main__":
    main()
