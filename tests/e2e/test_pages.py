"""Every tab of every role, in Moodle's frame at 1280×720 and on a phone: axe finds nothing, no sideways scroll."""

import pytest

from tests.e2e.browser import axe_violations, sideways
from tests.e2e.conftest import Enter

TABS = {
    "vereshchagina.o": [
        *("Сегодня", "Дорожная карта", "Сотрудники", "Банки", "Анкеты", "Согласия", "Подбор", "Пары", "Встречи"),
        *("Документы", "Школа"),
    ],
    "sokolovskiy.i": ["На подпись", "Обзор", "Дорожная карта", "Пары", "Встречи", "Сотрудники", "Школа"],
    "tikhomirova.e": ["Сегодня", "Мои наставляемые", "Встречи", "Моё участие", "Мои согласия"],
    "lebedeva.a": ["Сегодня", "Мой наставник", "Встречи", "Моё участие", "Мои согласия"],
    "admin": ["Подключение", "Синхронизация", "Журнал", "Школа", "Правовая база"],
}


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("username", TABS)
def test_tabs_are_complete_accessible_and_fit(enter: Enter, username: str, width: int) -> None:
    visitor = enter(username, width)
    labels = [label.strip().split("\n")[0] for label in visitor.frame.locator(".k-tabs a").all_inner_texts()]
    assert [label.rstrip("0123456789 ") for label in labels] == TABS[username]
    found: dict[str, object] = {}
    for number, label in enumerate(TABS[username], start=1):
        frame = visitor.tab(label)
        visitor.picture(f"{width}-{username}-{number}")
        if violations := axe_violations(frame):
            found[label] = violations
        assert sideways(frame) == 0, label
    assert found == {}
    assert sideways(visitor.page) == 0
    assert visitor.faults == []


def test_the_frame_grows_to_the_page(enter: Enter) -> None:
    """Moodle leaves the frame some 400 px; the page tells its height and needs no scroll bar of its own."""
    visitor = enter("vereshchagina.o")
    frame = visitor.tab("Сотрудники")
    visitor.page.wait_for_function("document.querySelector('#contentframe').clientHeight > 900")
    scroll = frame.evaluate("document.documentElement.scrollHeight - document.documentElement.clientHeight")
    assert scroll == 0
