"""A mentee answers the questionnaire in the course: on a phone, with a second window, and with the line cut."""

import re

from playwright.sync_api import expect
from sqlalchemy import select

from moodle_mentorship.demo.installation import DemoInstallation
from moodle_mentorship.surveys import service
from moodle_mentorship.surveys.models import Participant
from tests.e2e.browser import axe_violations, sideways
from tests.e2e.conftest import Enter

MENTEE, SECOND = "lebedeva.a", "barashkova.y"
SAVED = re.compile(r"сохранено в")


def kept(demo: DemoInstallation, username: str) -> service.Sheet:
    """What the server has of this person's needs."""
    with demo.runtime.db.unit_of_work() as session:
        person_id = demo.actor(session, username).person_id
        rounds = session.scalars(select(Participant.round_id).where(Participant.person_id == person_id)).all()
        return service.sheet(session, demo.runtime.box, demo.school_id, rounds[-1], person_id)


def test_answers_are_kept_as_they_are_typed_and_found_on_another_device(demo: DemoInstallation, enter: Enter) -> None:
    desk = enter(MENTEE)
    desk.frame.get_by_role("link", name="Заполнить").click()
    form = desk.frame.locator("form[data-survey]")
    urgent = form.get_by_label(re.compile("Что именно нужно решить срочно"))
    expect(urgent).to_be_hidden()
    form.get_by_role("checkbox", name="Дисциплина на уроке").check()
    form.locator("[name='a.levels.discipline'][value='3']").check()
    expect(urgent).to_be_visible()
    urgent.fill("Последние уроки в 7 «В»")
    expect(desk.frame.get_by_role("status")).to_contain_text(SAVED)
    expect(desk.frame.locator("[data-answered]")).to_have_text("Отвечено: 3 из 7")
    desk.picture("survey-desk")
    assert kept(demo, MENTEE).values == {
        "hardest": ["discipline"],
        "levels": {"discipline": 3},
        "urgent": "Последние уроки в 7 «В»",
    }
    assert desk.faults == []

    phone = enter(MENTEE, 360)
    phone.frame.get_by_role("link", name="Продолжить").click()
    page = phone.frame.locator("form[data-survey]")
    expect(page.get_by_label(re.compile("Что именно нужно решить срочно"))).to_have_value("Последние уроки в 7 «В»")
    page.get_by_role("checkbox", name="Разобрать мой урок").check()
    expect(phone.frame.get_by_role("status")).to_contain_text(SAVED)
    assert (sideways(phone.frame), axe_violations(phone.frame)) == (0, [])
    phone.picture("survey-phone")
    page.get_by_role("button", name="Отправить ответы").click()
    # The first window knows nothing of the phone's answer, yet nothing is lost: they answered different questions.
    expect(phone.frame.get_by_text("Спасибо, ответы отправлены")).to_be_visible()
    assert kept(demo, MENTEE).values == {
        "hardest": ["discipline"],
        "levels": {"discipline": 3},
        "urgent": "Последние уроки в 7 «В»",
        "help": ["review"],
    }
    urgent.fill("Уже поздно")
    expect(desk.frame.get_by_role("status")).to_contain_text("Эта анкета уже отправлена")
    expect(urgent).to_have_value("Уже поздно")
    assert phone.faults == []


def test_a_cut_line_and_answers_that_do_not_fit_lose_nothing(demo: DemoInstallation, enter: Enter) -> None:
    mentee = enter(SECOND)
    mentee.frame.get_by_role("link", name="Заполнить").click()
    form = mentee.frame.locator("form[data-survey]")
    status = mentee.frame.get_by_role("status")
    teach = form.get_by_label(re.compile("Чему вы сами могли бы научить"))
    context = mentee.page.context
    context.set_offline(True)
    teach.fill("Презентации")
    expect(status).to_contain_text("Нет связи")
    form.get_by_role("button", name="Отправить ответы").click()
    expect(teach).to_have_value("Презентации")
    context.set_offline(False)
    expect(status).to_contain_text(SAVED)
    assert kept(demo, SECOND).values == {"teach": "Презентации"}

    # A whole book pasted: said at once, not sent, not cut off. (Twenty megabytes are in tests/surveys/test_views.py:
    # here the browser alone would take minutes to draw them.)
    mentee.frame.evaluate(
        """() => {
          const field = document.querySelector("[name='a.teach']");
          field.value = "слово\\n".repeat(50000);
          field.dispatchEvent(new Event("input", {bubbles: true}));
        }"""
    )
    expect(mentee.frame.locator("#e-teach")).to_contain_text("длиннее 1000 знаков")
    form.get_by_role("checkbox", name="Оценивание").check()
    expect(form.locator("[name='revision']")).to_have_value("2")
    expect(status).to_contain_text("Сохранено всё, кроме отмеченных ответов")
    assert kept(demo, SECOND).values == {"teach": "Презентации", "hardest": ["assessment"]}
    assert mentee.frame.evaluate("document.querySelector(\"[name='a.teach']\").value.length") == 300_000
    teach.fill("Презентации и таблицы")
    expect(status).to_contain_text(SAVED)
    assert [fault for fault in mentee.faults if "ERR_INTERNET_DISCONNECTED" not in fault] == []
