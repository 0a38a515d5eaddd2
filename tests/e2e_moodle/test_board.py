"""The board on a running Moodle: sixty mentees and fifteen mentors solved, changed by mouse and by keyboard, sent,
agreed by both sides in their own browsers, ordered, and the group seen in the course.

Run with `make e2e-moodle`. The banks are filled past the browser (`test_banks_filled` fills them within it). Each test
stands on the one before it.
"""

import re
import time
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Locator, expect
from sqlalchemy import select

from moodle_mentorship.app import create_runtime
from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.jobs import Jobs
from moodle_mentorship.core.settings import Settings
from moodle_mentorship.moodle.models import MoodleSite, Platform
from moodle_mentorship.people.models import Person
from moodle_mentorship.school.models import School
from moodle_mentorship.surveys import service as surveys
from moodle_mentorship.surveys.listeners import Submitted
from tests.e2e.browser import axe_violations
from tests.e2e_moodle.running import Moodle, Sidecar, Visitor, pair_groups
from tests.factories import TestSchool, make_mentee, make_mentor, make_papers, make_round
from tests.pairs.board.conftest import THEMES, need, offer

MENTEES, MENTORS, PLACES = 60, 15, 3
SUBJECTS = ("математика", "русский язык", "физика", "история", "начальные классы")


@pytest.fixture(scope="module")
def curator(moodle: Moodle, sidecar: Sidecar, browser: Browser, connected: int, people: int, password: str) -> Visitor:
    """The curator of a school with both banks full, at the board."""
    assert people > MENTEES + MENTORS, f"MOODLE_STAFF has to be more than {MENTEES + MENTORS}"
    sidecar.wait("SELECT count(*) > 0 FROM sync_pass WHERE kind = 'full' AND state = 'done'", 1, seconds=300)
    fill(sidecar)
    visitor = Visitor(browser, moodle, "e2e-curator", password)
    visitor.open_tool(connected)
    visitor.tab("Подбор")
    return visitor


def fill(sidecar: Sidecar) -> None:
    """Banks and questionnaires of the synced staff: needs and strengths differ from one to the next."""
    runtime = create_runtime(Settings.from_env(sidecar.environment), jobs=Jobs())
    now = runtime.clock.now()
    with runtime.db.unit_of_work() as session:
        staff = list(session.scalars(select(Person).order_by(Person.id)))
        named = {person.last_name: person for person in staff if person.last_name in {"Тихонов", "Зайцев"}}
        others = [person for person in staff if (person.email or "").startswith("e2e-staff")]
        mentors = [named["Тихонов"], *others[: MENTORS - 1]]
        mentees = [named["Зайцев"], *others[MENTORS - 1 : MENTORS + MENTEES - 2]]
        school = TestSchool(
            session.scalars(select(School)).one(),
            session.scalars(select(Platform)).one(),
            session.scalars(select(MoodleSite)).one(),
            curator=next(person for person in staff if person.email == "e2e-curator@school.example"),
            director=staff[0],
        )
        for number, person in enumerate(mentors + mentees):
            person.subjects = SUBJECTS[number % len(SUBJECTS)]
            # The mentees began this year, the year before, or two years ago.
            years = 12 + number if number < MENTORS else number % 3
            person.hire_date = now.date() - timedelta(days=30 + years * 366)
        for person in mentors:
            make_mentor(session, person, now, PLACES)
        for person in mentees:
            make_mentee(session, person, now)
        for code, role, group in (("need", Role.MENTEE, mentees), ("offer", Role.MENTOR, mentors)):
            asked = make_round(session, school, group, now, code)
            for number, person in enumerate(group):
                strong = {THEMES[(number * 3 + step * 5) % len(THEMES)]: 3 - step for step in range(3)}
                surveys.submit(
                    session,
                    runtime.box,
                    school.actor(person, role),
                    asked.id,
                    version=1,
                    revision=0,
                    said=need(strong) if role is Role.MENTEE else offer(strong) | {"capacity": str(PLACES)},
                    listeners=Submitted(),
                    today=now.date(),
                    now=now,
                )
        make_papers(session, named["Тихонов"], named["Зайцев"], now)
    runtime.db.engine.dispose()


def shows(curator: Visitor, number: int, seconds: float = 30) -> None:
    """The page has noticed by itself that this draft is calculated."""
    expect(curator.frame.get_by_text(f"на доске черновик {number}")).to_be_visible(timeout=seconds * 1000)
    curator.settle()


def pair_of(curator: Visitor, mentee: str) -> Locator:
    found: Locator = curator.frame.locator(".k-pair", has_text=f"{mentee} ").first
    return found


def test_one_button_solves_the_school(curator: Visitor, sidecar: Sidecar) -> None:
    start = time.monotonic()
    curator.press("Подобрать пары")
    shows(curator, 1)
    print(f"\n{time.monotonic() - start:.1f} s from the button to {MENTEES} × {MENTORS} on the board")
    assert curator.frame.locator("details[data-mentee]").count() == MENTORS * PLACES
    expect(curator.frame.get_by_text("Доказано")).to_be_visible()
    assert axe_violations(curator.frame) == []
    curator.picture("board-solved")


def test_a_mentee_is_dragged_to_another_mentor(curator: Visitor) -> None:
    card = curator.frame.locator("details[data-mentee]").first
    mentee = card.get_attribute("data-mentee")
    present = card.locator("summary b").nth(1).inner_text()
    target = curator.frame.locator("[data-mentor]").filter(has_not_text=present).first
    wanted = target.locator("b").inner_text()
    card.locator("summary").drag_to(target)
    # The best pairs; beside them the change that moves fewer, where there is one.
    aim = curator.frame.locator(".k-aim").first
    expect(aim).to_contain_text(wanted)
    curator.picture("board-price")
    curator.settle()
    aim.get_by_role("button").first.click()
    shows(curator, 2)
    expect(curator.frame.locator(f"#p-{mentee} summary")).to_contain_text(wanted)


def test_another_is_moved_or_pinned_by_keyboard(curator: Visitor) -> None:
    card = pair_of(curator, "Зайцев")
    card.locator("summary").focus()
    curator.page.keyboard.press("Enter")
    pin = card.get_by_role("button", name="Закрепить")
    pin.wait_for()
    there = "Тихонов" in card.locator("summary").inner_text()
    (pin if there else card.get_by_role("button", name=re.compile("Тихонов"))).focus()
    curator.page.keyboard.press("Enter")
    shows(curator, 3)
    summary = pair_of(curator, "Зайцев").locator("summary")
    expect(summary).to_contain_text("Тихонов")
    expect(summary).to_contain_text("Закреплена")


def test_the_draft_is_sent(curator: Visitor, sidecar: Sidecar) -> None:
    curator.press("Отправить парам на согласие")
    expect(curator.frame.get_by_text("Предложено обеим сторонам всех пар")).to_be_visible()
    assert sidecar.value("SELECT count(*) FROM pair WHERE state = 'proposed'") == MENTORS * PLACES
    curator.picture("board-sent")


@pytest.mark.parametrize(
    ("username", "width", "other"), [("e2e-mentor", 1280, "Зайцев"), ("e2e-mentee", 360, "Тихонов")]
)
def test_both_sides_agree_from_their_own_launch(
    moodle: Moodle, browser: Browser, connected: int, password: str, username: str, width: int, other: str
) -> None:
    side = Visitor(browser, moodle, username, password, width)
    frame = side.open_tool(connected)
    # A mentor of three has three proposals.
    button = frame.locator(".k-tasks li", has_text=other).get_by_role("button", name="Согласиться")
    button.wait_for()
    side.settle()
    button.click()
    expect(frame.get_by_role("status")).to_be_visible()
    side.picture(f"board-{username}-agreed")
    side.close()


def test_the_order_brings_the_group(curator: Visitor, moodle: Moodle, sidecar: Sidecar, connected: int) -> None:
    # The mentor had several proposals; the one with Зайцев is to be agreed by both.
    sidecar.wait("SELECT count(*) FROM pair WHERE mentor_answer = 'yes'", 1, seconds=5)
    assert sidecar.value("SELECT count(*) FROM pair WHERE state = 'agreed'") == 1
    curator.tab("Пары")
    curator.frame.get_by_role("link", name=re.compile("Зайцев")).first.click()
    curator.frame.get_by_label("Номер приказа").fill("144-ОД")
    curator.press("Сохранить приказ")
    expect(curator.frame.get_by_role("status")).to_be_visible()
    sidecar.wait("SELECT count(*) FROM pair_space WHERE moodle_group_id IS NOT NULL", 1, seconds=60)
    assert pair_groups(moodle, sidecar, connected) == [(1, ["e2e-mentee", "e2e-mentor"])]
    curator.close()
