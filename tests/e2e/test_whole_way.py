"""From a click in the course to the pair's group, in Chromium, on the demonstration Moodle.

Each step stands on the one before.
"""

import re
from datetime import timedelta

from playwright.sync_api import expect

from moodle_mentorship.demo.installation import DemoInstallation
from moodle_mentorship.surveys.service import ask
from moodle_mentorship.sync.outbox import deliver_due
from tests.e2e.conftest import Enter, school_day

CURATOR, MENTOR, MENTEE = "vereshchagina.o", "dubrovina.g", "barashkova.y"


def pair_group(demo: DemoInstallation) -> list[str]:
    """Members of the group of the pair that these tests make, as Moodle has them."""
    wanted = {demo.state.by_username(MENTOR).id, demo.state.by_username(MENTEE).id}
    found = [group for group in demo.state.groups.values() if wanted & set(group.members)]
    assert len(found) <= 1
    return sorted(demo.state.user(member).lastname for member in found[0].members) if found else []


def test_curator_proposes_a_pair(demo: DemoInstallation, enter: Enter) -> None:
    curator = enter(CURATOR)
    curator.tab("Пары")
    curator.follow("Составить пару")
    curator.choose("Барашкова", "mentee")
    curator.choose("Дубровина", "mentor")
    curator.picture("curator-new-pair")
    curator.press("Предложить обоим")
    expect(curator.frame.get_by_role("status")).to_be_visible()
    curator.picture("curator-proposed")
    assert curator.faults == []


def test_both_sides_answer_in_one_click_from_today(demo: DemoInstallation, enter: Enter) -> None:
    for username in (MENTOR, MENTEE):
        side = enter(username)
        side.press("Согласиться")
        expect(side.frame.get_by_role("status")).to_be_visible()
        side.picture(f"answered-{username}")
        assert side.faults == []
    assert pair_group(demo) == []


def test_a_mentor_reads_what_is_hard_in_one_click(enter: Enter) -> None:
    mentor = enter(MENTOR)
    mentor.frame.get_by_role("link", name=re.compile("^Что сейчас трудно")).click()
    expect(mentor.frame.get_by_role("heading", level=1)).to_contain_text("Барашкова")
    mentor.picture("mentor-reads-needs")
    assert mentor.faults == []


def test_the_monthly_pulse_is_four_questions_on_one_page(demo: DemoInstallation, enter: Enter) -> None:
    with demo.runtime.db.unit_of_work() as session:
        today, now = school_day(demo), demo.runtime.clock.now()
        mentee = demo.actor(session, MENTEE).person_id or 0
        ask(session, demo.actor(session, CURATOR), "pulse", [mentee], today, today + timedelta(days=3), now)
    answering = enter(MENTEE)
    pulse = answering.frame.locator("li", has_text="Как прошёл месяц").get_by_role("link", name="Заполнить")
    pulse.click()
    answering.clicks += 1
    for question, answer in (("met", "yes"), ("useful", "5"), ("support", "no")):
        answering.mark(question, answer)
    answering.write("decided", "Посетить урок коллеги")
    expect(answering.frame.locator("[data-answered]")).to_contain_text("4 из 4")
    answering.press("Отправить ответы")
    expect(answering.frame.get_by_text("Спасибо, ответы отправлены")).to_be_visible()
    # Open, three answers, send; the fourth is typed.
    assert answering.clicks == 5


def test_order_brings_the_group_into_the_course(demo: DemoInstallation, enter: Enter) -> None:
    curator = enter(CURATOR)
    curator.tab("Пары").get_by_role("link", name=re.compile("Барашкова")).first.click()
    curator.frame.get_by_label("Номер приказа").fill("144-ОД")
    curator.press("Сохранить приказ")
    expect(curator.frame.get_by_role("status")).to_be_visible()
    deliver_due(demo.runtime)
    assert pair_group(demo) == ["Барашкова", "Дубровина"]
    curator.frame.goto(curator.frame.url)
    expect(curator.frame.get_by_text("группа в курсе создана").first).to_be_visible()
    curator.picture("curator-ordered")
    assert curator.faults == []

    mentee = enter(MENTEE)
    expect(mentee.tab("Мой наставник").get_by_text("Дубровина Галина Петровна").first).to_be_visible()
    mentee.picture("mentee-mentor")
    mentee.page.get_by_role("link", name="Группы курса").click()
    expect(mentee.page.get_by_text("участников: 2")).to_be_visible()
    mentee.picture("mentee-group")


def test_delivering_again_makes_no_second_group(demo: DemoInstallation) -> None:
    groups = len(demo.state.groups)
    deliver_due(demo.runtime)
    assert len(demo.state.groups) == groups


def test_ending_the_pair_takes_both_out_of_the_group(demo: DemoInstallation, enter: Enter) -> None:
    curator = enter(CURATOR)
    curator.tab("Пары").get_by_role("link", name=re.compile("Барашкова")).first.click()
    ending = curator.frame.locator("summary", has_text="Завершить пару")
    ending.wait_for()
    curator.settle()
    ending.click()
    curator.picture("curator-ending")
    curator.press("Завершить пару")
    expect(curator.frame.get_by_role("status")).to_be_visible()
    deliver_due(demo.runtime)
    assert pair_group(demo) == []
    assert curator.faults == []


def test_who_is_not_staff_gets_a_kind_page_and_no_account(demo: DemoInstallation, enter: Enter) -> None:
    demo.state.enrol(demo.state.by_username("agafonov.k").id)
    pupil = enter("agafonov.k")
    expect(pupil.frame.get_by_role("heading", level=1)).to_contain_text("справочник")
    pupil.picture("not-in-directory")
    assert pupil.frame.locator(".k-tabs").count() == 0


def test_a_teacher_in_no_bank_is_told_what_this_is(enter: Enter) -> None:
    teacher = enter("zhivago.y")
    assert teacher.frame.locator("main h1").count() == 1
    assert teacher.frame.locator("main form").count() == 0
    teacher.picture("welcome")
