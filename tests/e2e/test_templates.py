"""A school's own template in the frame: a wrong tag is named, the corrected file is seen and taken into use."""

import re
from pathlib import Path

from playwright.sync_api import expect

from tests.e2e.browser import axe_violations, sideways
from tests.e2e.conftest import Enter
from tests.files.test_docx import written

WRONG = ("Школа", "Приказ {{ doc.nubmer }} от {{ doc.date }}", "{{ heading }}", "{% for one in rows %}{{ one.mentor }}")
RIGHT = ("ПРИКАЗ № {{ doc.number }} от {{ doc.date }}", "{{ heading }}", "{{ director.name }}")


def test_a_template_of_ones_own(enter: Enter, tmp_path: Path) -> None:
    for name, paragraphs in ("wrong", WRONG), ("right", RIGHT):
        (tmp_path / f"{name}.docx").write_bytes(written(*paragraphs))
    curator = enter("vereshchagina.o", 360)
    curator.tab("Документы")
    curator.follow("Шаблоны")
    expect(curator.frame.get_by_role("heading", name="Шаблоны")).to_be_visible()
    curator.picture("templates")
    assert (axe_violations(curator.frame), sideways(curator.frame)) == ([], 0)
    curator.follow(re.compile("^Открыть"))
    curator.frame.get_by_label("Ваш шаблон").set_input_files(tmp_path / "wrong.docx")
    curator.press("Проверить файл")
    expect(curator.frame.get_by_text("Возможно, имелось в виду doc.number.")).to_be_visible()
    curator.picture("template-refused")
    assert (axe_violations(curator.frame), sideways(curator.frame)) == ([], 0)
    curator.frame.get_by_label("Ваш шаблон").set_input_files(tmp_path / "right.docx")
    curator.press("Проверить файл")
    expect(curator.frame.get_by_text("Все метки известны")).to_be_visible()
    curator.picture("template-version")
    assert (axe_violations(curator.frame), sideways(curator.frame)) == ([], 0)
    curator.press("Ввести в действие")
    expect(curator.frame.get_by_text("Теперь документы готовятся по этой версии")).to_be_visible()
    assert [fault for fault in curator.faults if "422" not in fault] == []
