"""Makes the Word layouts of moodle_mentorship/documents/layouts from nothing. Run it after a change here."""

import datetime as dt
from pathlib import Path
from typing import Any

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Cm, Pt

LAYOUTS = Path(__file__).parents[1] / "moodle_mentorship" / "documents" / "layouts"

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


def main() -> None:
    LAYOUTS.mkdir(exist_ok=True)
    save(consent(), "consent")
    save(my_data(), "my_data")


def save(document: Any, name: str) -> None:
    properties = document.core_properties
    # The same bytes tomorrow, and nobody's name.
    properties.created = properties.modified = dt.datetime(2026, 11, 28, tzinfo=dt.UTC)
    properties.author, properties.title, properties.comments = "", "", ""
    # The picture of python-docx's own empty page.
    relations = document.part.package.rels
    for key in [key for key, relation in relations.items() if relation.reltype.endswith("/thumbnail")]:
        del relations[key]
    document.save(str(LAYOUTS / f"{name}.docx"))


if __name__ == "__main__":
    main()
