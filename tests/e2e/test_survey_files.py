"""A file beside a question, in a school in which nobody has answered that questionnaire yet."""

import re

from playwright.sync_api import expect

from moodle_mentorship.demo.installation import CURATOR, DemoInstallation
from moodle_mentorship.surveys import arranging, building
from moodle_mentorship.surveys.content import File
from moodle_mentorship.surveys.models import Round
from tests.e2e.browser import axe_violations, sideways
from tests.e2e.conftest import Enter
from tests.e2e.test_surveys import MENTEE, SAVED, kept, round_of
from tests.factories import PDF


def test_a_file_is_attached_seen_on_the_phone_and_removed(demo: DemoInstallation, enter: Enter) -> None:
    plan = File(code="plan", title="План урока, который хотите обсудить", hint="Подойдёт и черновик")
    with demo.runtime.db.unit_of_work() as session:
        curator, now = demo.actor(session, CURATOR), demo.runtime.clock.now()
        number = round_of(demo, session, MENTEE)[1]
        questionnaire_id = session.get_one(Round, number).questionnaire_id
        shown = building.draft(session, demo.school_id, questionnaire_id)
        state = {"number": shown.number, "revision": shown.revision}
        building.change(
            session, curator, questionnaire_id, lambda asks: arranging.with_item(asks, plan, 0), now=now, **state
        )
        shown = building.draft(session, demo.school_id, questionnaire_id)
        state = {"number": shown.number, "revision": shown.revision}
        building.publish(session, curator, questionnaire_id, now=now, **state)
    desk = enter(MENTEE)
    desk.follow("Заполнить")
    form = desk.frame.locator("form[data-survey]")
    form.get_by_role("checkbox", name="Дисциплина на уроке").check()
    expect(desk.frame.get_by_role("status")).to_contain_text(SAVED)
    choose = form.locator("[name='a.plan']")
    choose.set_input_files({"name": "План.pdf", "mimeType": "application/pdf", "buffer": b"MZ"})
    desk.settle()
    form.get_by_role("button", name="Прикрепить").click()
    expect(form.get_by_text("По\u00a0содержанию это не\u00a0PDF")).to_have_count(2)
    assert (sideways(desk.frame), axe_violations(desk.frame)) == (0, [])
    choose.set_input_files({"name": "План.pdf", "mimeType": "application/pdf", "buffer": b" " * (6 * 1024 * 1024)})
    desk.settle()
    form.get_by_role("button", name="Прикрепить").click()
    expect(form.locator("#e-plan")).to_contain_text("Файл больше 5\u00a0МБ")
    choose.set_input_files({"name": "План.pdf", "mimeType": "application/pdf", "buffer": PDF})
    expect(form.locator("#e-plan")).to_be_hidden()
    desk.settle()
    said: list[str] = []
    desk.page.expose_function("told", lambda text: said.append(text))
    # Behind the form's own listener.
    desk.frame.evaluate(
        "addEventListener('submit', () => told(document.querySelector('[data-status]').textContent.trim()))"
    )
    form.get_by_role("button", name="Прикрепить").dblclick()
    expect(form.get_by_role("link", name="План.pdf")).to_be_visible()
    assert set(said) == {"отправляется…"}
    expect(desk.frame.locator("[data-answered]")).to_have_text(re.compile("Отвечено: 2 из"))
    desk.picture("survey-file-desk")
    phone = enter(MENTEE, 360)
    phone.follow("Продолжить")
    page = phone.frame.locator("form[data-survey]")
    expect(page.get_by_role("checkbox", name="Дисциплина на уроке")).to_be_checked()
    expect(page.get_by_role("link", name="План.pdf")).to_be_visible()
    assert (sideways(phone.frame), axe_violations(phone.frame)) == (0, [])
    phone.picture("survey-file-phone")
    phone.settle()
    page.get_by_role("button", name="Убрать файл").click()
    expect(phone.frame.get_by_text("Файл убран")).to_be_visible()
    assert kept(demo, MENTEE).values == {"hardest": ["discipline"]}
