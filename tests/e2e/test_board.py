"""The board in Chromium: solved, changed by mouse and by keyboard, sent, and agreed by both sides from «Сегодня».

Each step stands on the one before.
"""

import re

from playwright.sync_api import expect

from moodle_mentorship.demo.installation import DemoInstallation
from moodle_mentorship.pairs.board import jobs
from moodle_mentorship.pairs.board.enums import DraftKind
from moodle_mentorship.pairs.board.queries import newest
from tests.e2e.browser import axe_violations
from tests.e2e.conftest import Enter
from tests.e2e.visitors import Visitor

CURATOR = "vereshchagina.o"
MENTEE, MENTOR, OTHER = "Тагиров", "Тихомирова", "Гурьянова"


def calculated(demo: DemoInstallation, curator: Visitor, number: int) -> None:
    """The draft that was just asked for is there, and the page has noticed by itself."""
    expect(curator.frame.get_by_text(f"Считаем черновик {number}")).to_be_visible()
    with demo.runtime.db.unit_of_work(read_only=True) as session:
        draft = newest(session, demo.school_id)
    assert draft is not None
    jobs.run(demo.runtime, draft.id)
    expect(curator.frame.get_by_text(f"на доске черновик {number}")).to_be_visible()


def test_one_button_finds_the_pairs(demo: DemoInstallation, enter: Enter) -> None:
    curator = enter(CURATOR)
    curator.tab("Подбор")
    curator.press("Подобрать пары")
    calculated(demo, curator, 1)
    expect(curator.frame.get_by_role("heading", name="Юсупова Д. без пары")).to_be_visible()
    assert (axe_violations(curator.frame), curator.faults) == ([], [])


def test_a_mentee_is_dragged_and_the_price_comes_before_the_change(demo: DemoInstallation, enter: Enter) -> None:
    curator = enter(CURATOR)
    board = curator.tab("Подбор")
    board.locator(".k-pair", has_text=MENTEE).locator("summary").drag_to(board.locator("[data-mentor]", has_text=OTHER))
    aim = curator.frame.locator(".k-aim")
    expect(aim).to_contain_text(re.compile(rf"{OTHER}.*−\d+\s%\sкачества"))
    expect(curator.frame.locator(".k-pair", has_text=MENTEE).first).to_contain_text(MENTOR)
    aim.get_by_role("button").click()
    calculated(demo, curator, 2)
    expect(curator.frame.locator(".k-pair", has_text=MENTEE).first).to_contain_text(OTHER)
    curator.picture("board-moved")
    curator.frame.get_by_role("button", name="Отменить", exact=True).click()
    calculated(demo, curator, 3)
    expect(curator.frame.locator(".k-pair", has_text=MENTEE).first).to_contain_text(MENTOR)
    assert curator.faults == []


def test_the_same_by_keyboard(demo: DemoInstallation, enter: Enter) -> None:
    curator = enter(CURATOR)
    board = curator.tab("Подбор")
    board.locator(".k-pair", has_text=MENTEE).locator("summary").focus()
    curator.page.keyboard.press("Enter")
    opened = board.locator(".k-pair", has_text=MENTEE)
    expect(opened.get_by_role("heading", name=re.compile("Из чего сложилось"))).to_be_visible()
    opened.get_by_role("button", name="Закрепить").focus()
    curator.page.keyboard.press("Enter")
    calculated(demo, curator, 4)
    expect(curator.frame.locator(".k-pair", has_text=MENTEE).first).to_contain_text("Закреплена")
    assert curator.faults == []


def test_groups_are_formed_and_changed_by_keyboard(demo: DemoInstallation, enter: Enter) -> None:
    curator = enter(CURATOR)
    curator.tab("Подбор")
    frame = curator.frame

    def pressed(name: str | re.Pattern[str]) -> None:
        """A button by keyboard; then the page notices by itself that the groups are there."""
        frame.get_by_role("button", name=name).first.focus()
        curator.page.keyboard.press("Enter")
        expect(frame.get_by_text("Собираем группы")).to_be_visible()
        with demo.runtime.db.unit_of_work(read_only=True) as session:
            draft = newest(session, demo.school_id, DraftKind.GROUPS)
        assert draft is not None
        jobs.run(demo.runtime, draft.id)
        expect(frame.get_by_text("Доказано: при этих данных")).to_be_visible()
        expect(frame.get_by_text("Собираем группы")).to_have_count(0)

    frame.get_by_role("link", name="Группы", exact=True).focus()
    curator.page.keyboard.press("Enter")
    pressed("Собрать группы")
    group = frame.get_by_role("article", name="Общение с родителями")
    expect(group.get_by_role("listitem")).to_have_count(3)
    expect(frame.get_by_role("checkbox", name=re.compile("отправить.*Общение с родителями"))).to_be_checked()
    assert (axe_violations(frame), curator.faults) == ([], [])
    curator.picture("groups")
    pressed(re.compile("Убрать.*Зайцева"))
    expect(frame.get_by_text("Ни одной группы не собрать")).to_be_visible()
    pressed(re.compile("Вернуть.*Зайцева"))
    expect(group.get_by_role("listitem")).to_have_count(3)
    assert curator.faults == []


def test_the_draft_is_sent_and_both_sides_agree(enter: Enter) -> None:
    curator = enter(CURATOR)
    curator.tab("Подбор")
    curator.press("Отправить парам на согласие")
    expect(curator.frame.get_by_text("Предложено обеим сторонам всех пар")).to_be_visible()
    assert curator.frame.locator("tbody tr").count() == 8
    for username in ("kuzmichev.l", "saakyan.a"):
        side = enter(username)
        side.frame.get_by_role("button", name="Согласиться").first.click()
        expect(side.frame.get_by_role("status")).to_be_visible()
        assert side.faults == []
