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


#: A whole line for the pen.
PEN_LINE = "_" * 68


def consent() -> Sheet:
    """Any number of consents, each on pages of its own: title, paragraphs, date and signature by pen."""
    sheet = Sheet()
    line = sheet.line
    line("{%p for paper in papers %}")
    line(
        "{{ paper.title }}",
        CENTER,
        bold=True,
        new_sheet=True,
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


def order() -> Sheet:
    """Any order that consists of points, with an annex of lines where it has one."""
    sheet = Sheet()
    sheet.letterhead("ПРИКАЗ")
    sheet.orders()
    sheet.signature()
    sheet.prepared()
    sheet.line("{%p if annex %}")
    sheet.annex(1, "{{ annex.title }}")
    sheet.line("{%p for line in annex.lines %}")
    sheet.text("{{ loop.index }}. {{ line }}", first_line_indent=Cm(0))
    sheet.line("{%p endfor %}")
    sheet.line("{%p endif %}")
    sheet.acquaintance()
    return sheet


def agreement() -> Sheet:
    """The additional agreement with a mentor, in two copies."""
    sheet = Sheet()
    sheet.letterhead("ДОПОЛНИТЕЛЬНОЕ СОГЛАШЕНИЕ")
    sheet.spoken("", "parties")
    sheet.points("points")
    sheet.line("", size=Pt(6), keep_with_next=True)
    sheet.columns(
        (8.25, 8.25),
        [
            ("Работодатель", "Работник"),
            ("{{ organisation }}", "{{ employee.name }}"),
            ("{% if address %}Адрес: {{ address }}{% endif %}", "{{ employee.post }}"),
            ("{{ requisites }}", "Паспорт: ______________________"),
            ("{{ director.post }}", ""),
            ("_______________ {{ director.name }}", "_______________ {{ employee.signs }}"),
            ("М. П. (при наличии)", "«____» ______________ 20____ г."),
        ],
        before=2,
        with_next=True,
    )
    sheet.line("Экземпляр получен: «____» _________ 20___ г.  _________ {{ employee.signs }}", space_before=Pt(8))
    return sheet


def programme() -> Sheet:
    """The personalised programme: title sheet, note, plan, results, marks, report."""
    sheet = Sheet()
    sheet.pages()
    sheet.organisation()
    stamp = {"left_indent": Cm(9), "space_after": Pt(2)}
    sheet.line("УТВЕРЖДАЮ", bold=True, **stamp | {"space_before": Pt(20)})
    sheet.line("{{ director.post }}", **stamp)
    sheet.line("_______________ {{ director.name }}", **stamp)
    sheet.line("{{ doc.date }}", **stamp)
    sheet.line("Рег. №\u00a0{{ doc.number }}", **stamp)
    sheet.line("{{ heading }}", CENTER, bold=True, size=Pt(14), space_before=Pt(120), space_after=Pt(12))
    for text in ("Наставник: {{ mentor }}", "Наставляемый: {{ mentee }}", "Срок реализации: {{ period }}"):
        sheet.line(text, CENTER)
    sheet.line("{{ place }}, {{ year }} учебный год", CENTER, space_before=Pt(180))
    _title(sheet, "1. Пояснительная записка", new_sheet=True)
    sheet.text("Форма наставничества: {{ form }}. Вид: {{ kinds }}. Срок: {{ period }}")
    sheet.text("Выявленные профессиональные затруднения наставляемого:")
    _listed(sheet, "difficulties")
    sheet.text("Цель: {% if aim %}{{ aim }}{% else %}" + "_" * 55 + "{% endif %}")
    sheet.text("Задачи:")
    _listed(sheet, "tasks")
    sheet.text("Режим работы: не реже одной встречи в месяц. Методы и приёмы работы: " + "_" * 40)
    _title(sheet, "2. План мероприятий")
    plan = ("№", "Мероприятие", "Срок", "Форма", "Ответственный", "Результат", "Отметка")
    sheet.grouped(plan, (0.9, 4.6, 1.9, 2, 3, 2.3, 1.8), "direction in directions", "direction")
    _title(sheet, "3. Ожидаемые результаты")
    sheet.table(
        ("№", "Результат", "Показатель", "Было", "Стало"),
        (1, 6.5, 4, 2.5, 2.5),
        "row in results",
        ("{{ row.number }}", "", "", "", ""),
    )
    _title(sheet, "4. Промежуточные отметки о выполнении")
    sheet.table(
        ("Период", "Выполнено", "Что мешает, что изменить", "Подписи"),
        (2.5, 5.5, 5.5, 3),
        "mark in marks",
        ("{{ mark }}", "", "", ""),
    )
    _title(sheet, "5. Отчёт об итогах и заключение")
    for _ in range(4):
        sheet.line(PEN_LINE)
    sheet.columns(
        (4.5, 6, 6),
        [
            ("Наставник", "_______________________", "{{ signers.mentor }}"),
            ("Наставляемый", "_______________________", "{{ signers.mentee }}"),
            ("Куратор", "_______________________", "{{ signers.curator }}"),
        ],
        before=10,
    )
    return sheet


def _title(sheet: Sheet, text: str, **look: Any) -> None:
    sheet.line(text, bold=True, space_before=Pt(10), space_after=Pt(6), keep_with_next=True, **look)


def _listed(sheet: Sheet, of: str) -> None:
    """What is known of it, or two lines for the pen."""
    sheet.line("{%p for line in " + of + " %}")
    sheet.text("– {{ line }}")
    sheet.line("{%p else %}")
    sheet.line(PEN_LINE)
    sheet.line(PEN_LINE)
    sheet.line("{%p endfor %}")


def letter() -> Sheet:
    """A letter to each of several people, on a page of its own."""
    sheet = Sheet()
    sheet.line("{%p for letter in letters %}")
    sheet.line("{{ organisation }}", CENTER, bold=True, new_sheet=True, space_after=Pt(0))
    sheet.line("{{ address }}", CENTER, size=Pt(10), space_after=Pt(10))
    sheet.columns((9.5, 7), [("{{ doc.date }} №\u00a0{{ doc.number }}", "")])
    sheet.spoken("", "letter.to", align=None, left_indent=Cm(9), first_line_indent=Cm(0), space_before=Pt(6))
    sheet.line("{{ heading }}", bold=True, right_indent=Cm(8), space_after=Pt(12))
    sheet.line("{{ letter.greeting }}", CENTER, space_after=Pt(8))
    sheet.line("{%p for paragraph in letter.paragraphs %}")
    sheet.text("{{ paragraph }}")
    sheet.line("{%p endfor %}")
    sheet.signature()
    sheet.line("{%p if executor %}")
    sheet.line("Исполнитель: {{ executor }}", size=Pt(10), space_before=Pt(20))
    sheet.line("{%p endif %}")
    sheet.line("{%p endfor %}")
    return sheet


def road_map_order() -> Sheet:
    """The order that approves the road map or changes it, with the plan as its annex."""
    sheet = Sheet()
    sheet.letterhead("ПРИКАЗ")
    sheet.orders()
    sheet.signature()
    sheet.prepared()
    sheet.annex(1, "{{ annex.title }}")
    sheet.grouped(
        ("№", "Содержание деятельности и план мероприятий", "Срок", "Ответственный", "Результат"),
        (1.1, 6.4, 2.9, 3.1, 3),
        "stage in stages",
        "stage",
        ("{{ row.number }}", "{{ row.content }}", "{{ row.period }}", "{{ row.responsible }}", "{{ row.product }}"),
    )
    sheet.acquaintance()
    return sheet


def road_map() -> Sheet:
    """The road map alone, with the school's mark of approval."""
    sheet = Sheet()
    sheet.lie()
    sheet.pages()
    stamp = {"left_indent": Cm(17.5), "space_after": Pt(2)}
    sheet.line("УТВЕРЖДЕНА", bold=True, **stamp)
    sheet.line("приказом от {{ doc.date }}", **stamp)
    sheet.line("№\u00a0{{ doc.number }}", **stamp)
    sheet.line("{%p if edition %}")
    sheet.line("{{ edition }}", **stamp)
    sheet.line("{%p endif %}")
    sheet.line("", size=Pt(6), space_after=Pt(4))
    sheet.organisation()
    sheet.line("ДОРОЖНАЯ КАРТА (ПЛАН МЕРОПРИЯТИЙ)", CENTER, bold=True, size=Pt(14), space_after=Pt(2))
    sheet.line(
        "по реализации Положения о системе (целевой модели) наставничества педагогических работников "
        "на {{ year }} учебный год",
        CENTER,
        space_after=Pt(10),
    )
    sheet.staged(
        (
            *("№", "Наименование этапа", "Содержание деятельности и план мероприятий"),
            *("Срок", "Ответственный", "Результат"),
        ),
        (1, 4.7, 9.1, 3.2, 3.7, 4.5),
        "stage in stages",
        ("{{ stage.number }}.", "{{ stage.name }}"),
        ("{{ row.number }}. {{ row.content }}", "{{ row.period }}", "{{ row.responsible }}", "{{ row.product }}"),
    )
    return sheet


def main() -> None:
    LAYOUTS.mkdir(exist_ok=True)
    for made in (consent, my_data, pairs_order, order, agreement, programme, letter, road_map_order, road_map):
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
