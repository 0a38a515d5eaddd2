"""Makes the Word layouts of moodle_mentorship/files/layouts (or of another folder, its one argument) from nothing.

Run it after a change here; of the same it makes the same files.
"""

import datetime as dt
import io
import sys
from pathlib import Path
from typing import Any

from docx.shared import Cm, Pt
from layout_parts import CENTER, JUSTIFY, Sheet

from moodle_mentorship.files.docx import timeless

LAYOUTS = Path(__file__).parents[1] / "moodle_mentorship" / "files" / "layouts"
if len(sys.argv) > 1:
    LAYOUTS = Path(sys.argv[1])


def consent() -> Sheet:
    """Any number of consents, each on pages of its own: title, paragraphs, date and signature by pen."""
    sheet = Sheet()
    line = sheet.line
    line("{%p for paper in papers %}")
    line(
        "{{ paper.title }}",
        CENTER,
        bold=True,
        page_break_before=True,
        space_after=Pt(10),
        keep_with_next=True,
    )
    line("{%p for paragraph in paper.paragraphs %}")
    line("{{ paragraph }}", JUSTIFY, first_line_indent=Cm(1))
    line("{%p endfor %}")
    line("«____» ______________ 20____ г.", space_before=Pt(14), keep_with_next=True)
    line("____________________ / {{ paper.signer }} /", space_before=Pt(10), keep_with_next=True)
    line("{{ paper.note }}", size=Pt(9), space_before=Pt(14))
    line("{%p endfor %}")
    return sheet


def my_data() -> Sheet:
    """Everything that is held of a person: sections, of each its records, of each a line for every fact."""
    sheet = Sheet()
    line = sheet.line
    line("{{ title }}", CENTER, bold=True, size=Pt(14), space_after=Pt(4))
    line("{{ about }}", CENTER, space_after=Pt(10))
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
    return sheet


def pairs_order() -> Sheet:
    """The order that fixes pairs and groups, its annex and its acquaintance sheet."""
    sheet = Sheet()
    sheet.letterhead("ПРИКАЗ")
    sheet.orders()
    sheet.signature()
    sheet.prepared()
    sheet.annex(1, "Наставнические пары и группы")
    sheet.table(
        ("№", "Наставник, должность", "Наставляемый, должность", "Форма и виды наставничества", "Срок"),
        (1, 4.4, 4.4, 4.2, 2.5),
        "row in rows",
        ("{{ row.number }}", "{{ row.mentor }}", "{{ row.mentee }}", "{{ row.form }}", "{{ row.period }}"),
    )
    sheet.acquaintance()
    return sheet


def main() -> None:
    LAYOUTS.mkdir(exist_ok=True)
    for made in (consent, my_data, pairs_order):
        save(made().document, made.__name__)


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
