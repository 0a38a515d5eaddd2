"""Both banks filled by the people who stand in them, through Moodle: one walk for the demonstration and for a real one.

Every person of it does what a school asks them to do, and nothing else.
"""

import re
from collections.abc import Collection, Iterable, Sequence

from playwright.sync_api import expect

from tests.e2e.visitors import InCourse

THEMES = ("planning", "discipline", "assessment", "diversity", "parents", "documents", "digital", "homeroom")
SENT = "Спасибо, ответы отправлены"
# What the pages of the banks say in the end, of twelve mentees and eight mentors.
TWELVE_AND_EIGHT = ("12\u00a0ждут наставника.", "8\u00a0наставников, свободно 12\u00a0мест из\u00a012.")


def begin_the_year(curator: InCourse) -> None:
    """Questionnaires, and the mark in Moodle by the school's local act."""
    curator.follow("Взять готовые анкеты")
    curator.press("Взять готовые анкеты")
    curator.tab("Согласия")
    curator.follow("Тексты и правила")
    curator.type("Название локального акта", "Положение о наставничестве")
    curator.type("Номер", "57-ОД")
    curator.frame.get_by_label("Дата", exact=True).fill("2026-09-01")
    curator.press("Включить отметку")
    expect(curator.frame.get_by_role("status")).to_be_visible()


def offer_mentors(curator: InCourse, surnames: Sequence[str]) -> None:
    """The rules have found the candidates; the curator looks for these by name and offers them a mentor, however long
    the list is."""
    curator.tab("Сегодня")
    curator.follow("Посмотреть")
    curator.frame.get_by_role("heading", level=1, name="Кандидаты").wait_for()
    for surname in surnames:
        # Not noted as typed: it is looked for, not told.
        curator.frame.get_by_label("Поиск по фамилии").fill(surname)
        curator.press("Найти")
        found = curator.frame.locator("tbody tr")
        expect(found).to_have_count(1)
        expect(found).to_contain_text(surname)
        curator.settle()
        curator.clicks += 1
        found.get_by_role("button", name="Предложить наставника").click()
        expect(curator.frame.get_by_role("status")).to_be_visible()


def ask_oneself(mentee: InCourse, number: int) -> None:
    """No rule has found this teacher: they ask for a mentor themselves."""
    mentee.follow("Моё участие")
    mentee.press("Попросить наставника")
    mentee.follow("Мои согласия")
    ask_for_help(mentee, number)


def ask_for_help(mentee: InCourse, number: int) -> None:
    """Who was offered a mentor agrees, and says what is hard."""
    _agree(mentee)
    hard = THEMES[number % len(THEMES)]
    mentee.mark("hardest", hard)
    mentee.mark(f"levels.{hard}", "2")
    mentee.mark("help", "talk")
    mentee.mark("free", f"{1 + number % 5}-after")
    mentee.write("teach", f"Могу показать приём № {number}")
    _send(mentee)


def offer_help(mentor: InCourse, number: int) -> None:
    """A teacher wants to be a mentor, agrees, and says what they are strong in and for how many people."""
    mentor.follow("Моё участие")
    mentor.press("Хочу быть наставником")
    mentor.follow("Мои согласия")
    _agree(mentor)
    for theme in (THEMES[number % len(THEMES)], THEMES[(number + 3) % len(THEMES)]):
        mentor.mark(f"strengths.{theme}", "3")
    mentor.mark("experience", "informal")
    mentor.mark("capacity", str(1 + number % 2))
    mentor.write("experience_what", f"Помогал(а) коллеге № {number} с открытым уроком")
    mentor.mark("hours", "upto4")
    mentor.mark("free", f"{1 + number % 5}-after")
    _send(mentor)


def take_mentors(curator: InCourse, number: int) -> None:
    """The curator looks at the applications and takes them all."""
    curator.tab("Банки")
    link = curator.frame.get_by_role("link", name=re.compile("^Наставники"))
    curator.settle()
    link.click()
    waiting = curator.frame.get_by_role("button", name=re.compile("^В банк"))
    for left in range(number, 0, -1):
        expect(waiting).to_have_count(left)
        curator.settle()
        curator.clicks += 1
        waiting.first.click()
    expect(waiting).to_have_count(0)


def in_the_banks(curator: InCourse) -> tuple[str, str]:
    """What the two pages of the banks say of themselves."""
    curator.tab("Банки")
    mentees = curator.frame.locator(".k-title p").first.inner_text()
    curator.settle()
    curator.frame.get_by_role("link", name=re.compile("^Наставники")).click()
    curator.frame.get_by_role("heading", level=1, name="Банк наставников").wait_for()
    return mentees, curator.frame.locator(".k-title p").first.inner_text()


def nothing_is_said_twice(people: Iterable[InCourse], known: Collection[str]) -> None:
    """What somebody has typed, nobody typed again, and none of it was known to Moodle (`known`) before."""
    typed = [text for person in people for text in person.typed]
    assert len(typed) > 20
    assert len(typed) == len(set(typed))
    assert [text for text in typed if text in known] == []


def _agree(person: InCourse) -> None:
    """The mark in Moodle; the questionnaire that it opens."""
    person.settle()
    person.clicks += 1
    person.frame.get_by_role("link", name=re.compile("^Прочитать и согласиться")).first.click()
    person.press("Ознакомлен(а), согласен (согласна)")
    person.follow("Заполнить")
    person.frame.locator("form[data-survey]").wait_for()


def _send(person: InCourse) -> None:
    expect(person.frame.get_by_role("status")).to_contain_text("сохранено в")
    person.press("Отправить ответы")
    expect(person.frame.get_by_text(SENT)).to_be_visible()
