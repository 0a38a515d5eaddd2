"""A local act is checked in the frame, on a desktop and on a phone; and the pair's page says what its order lacks."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.browser import axe_violations, sideways
from tests.e2e.conftest import Enter

ACT = """Положение о наставничестве
Разработано на основании ст. 358.1 ТК РФ, письма № АЗ-1128/08 и распоряжения от 25.12.2019 № Р-145.
Оформляется по ГОСТ Р 7.0.97-2016. Согласие даётся по статье 9 Федерального закона от 27.07.2006 № 152-ФЗ.
Доплата устанавливается по ст. 72 ТК РФ."""


@pytest.mark.parametrize("width", [1280, 360])
def test_a_local_act_is_checked(enter: Enter, width: int) -> None:
    curator = enter("vereshchagina.o", width)
    curator.tab("Школа")
    curator.follow("Проверить локальный акт")
    curator.frame.get_by_label("Текст", exact=True).fill(ACT)
    curator.press("Проверить")
    expect(curator.frame.get_by_role("heading", name="4 ссылки нужно исправить")).to_be_visible()
    expect(curator.frame.get_by_text(re.compile("Напишите: ст. 351.8")).first).to_be_visible()
    curator.picture(f"law-check-{width}")
    assert (axe_violations(curator.frame), sideways(curator.frame)) == ([], 0)
    curator.follow("Правовая база")
    expect(curator.frame.get_by_role("table")).to_be_visible()
    curator.picture(f"law-table-{width}")
    assert (axe_violations(curator.frame), sideways(curator.frame)) == ([], 0)
    assert curator.faults == []
