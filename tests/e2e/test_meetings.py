"""A meeting in Chromium: called, held, its line of the road map ticked, its minutes read on a phone."""

import re

from playwright.sync_api import expect

from moodle_mentorship.demo.installation import CURATOR, DIRECTOR, DemoInstallation
from tests.e2e.browser import axe_violations, sideways
from tests.e2e.conftest import Enter, school_day

THEME, DECIDED = "Лучшие практики года", "Решили собрать приёмы в методическую копилку."


def test_a_meeting_is_held_and_ticks_its_line(demo: DemoInstallation, enter: Enter) -> None:
    curator = enter(CURATOR)
    curator.tab("Встречи")
    curator.follow("Назначить встречу")
    curator.frame.get_by_label("Что за встреча", exact=True).select_option("closing")
    curator.type("Тема", THEME)
    curator.type("Дата", school_day(demo).isoformat())
    curator.type("Время", "15:30")
    curator.type("Место", "Актовый зал")
    curator.frame.get_by_label("Кого пригласить", exact=True).select_option("banks")
    curator.picture("meeting-new")
    curator.press("Назначить")
    expect(curator.frame.get_by_role("status")).to_contain_text("Встреча назначена")
    # On its day the page asks who was there, and so does «Сегодня».
    curator.tab("Сегодня")
    expect(curator.frame.get_by_text(f"Отметьте, кто был на\u00a0встрече «{THEME}»")).to_be_visible()
    curator.follow("Открыть встречу")
    curator.press("Отметить всех")
    expect(curator.frame.locator("input[name=present]:not(:checked)")).to_have_count(0)
    curator.frame.get_by_label("Лебедева", exact=False).uncheck()
    curator.type("Протокол", DECIDED)
    curator.picture("meeting-attendance")
    assert (axe_violations(curator.frame), sideways(curator.frame)) == ([], 0)
    curator.press("Встреча состоялась")
    expect(curator.frame.get_by_role("status")).to_contain_text("Встреча состоялась")
    curator.picture("meeting-held")
    curator.tab("Дорожная карта")
    line = curator.frame.locator("li, tr", has_text="Проведение итогового мероприятия").first
    expect(line).to_contain_text("готово")
    assert curator.faults == []


def test_the_minutes_are_read_on_a_phone(enter: Enter) -> None:
    mentor = enter("tikhomirova.e", 360)
    mentor.tab("Встречи")
    mentor.picture("meeting-mine-360")
    mentor.follow(THEME)
    expect(mentor.frame.get_by_text(DECIDED)).to_be_visible()
    mentor.picture("meeting-minutes-360")
    assert (axe_violations(mentor.frame), sideways(mentor.frame), mentor.faults) == ([], 0, [])
    director = enter(DIRECTOR, 360)
    director.tab("Встречи")
    director.picture("meetings-director-360")
    expect(director.frame.get_by_role("link", name="Назначить встречу")).to_have_count(0)
    curator = enter(CURATOR, 360)
    curator.tab("Встречи")
    curator.picture("meetings-360")
    curator.settle()
    curator.frame.get_by_role("link", name=re.compile(THEME)).click()
    curator.frame.locator("summary", has_text="Исправить").click()
    curator.picture("meeting-correct-360")
    assert (axe_violations(curator.frame), sideways(curator.frame), curator.faults) == ([], 0, [])
