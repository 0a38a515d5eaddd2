"""A mentee answers the questionnaire in the course: on a phone, with a second window, and with the line cut."""

import re

from playwright.sync_api import Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from moodle_mentorship.consents.enums import ClosedWhy, GroundKind
from moodle_mentorship.consents.service import close_processing
from moodle_mentorship.core.actor import Actor
from moodle_mentorship.core.grounds import Purpose
from moodle_mentorship.demo.installation import CURATOR, DemoInstallation
from moodle_mentorship.people.models import Person
from moodle_mentorship.surveys import arranging, building, queries, service
from moodle_mentorship.surveys.models import Participant, Questionnaire, Round
from tests.e2e.browser import axe_violations, sideways
from tests.e2e.conftest import Enter, school_day

MENTOR = "tikhomirova.e"
MENTEE, SECOND, THIRD = "lebedeva.a", "barashkova.y", "zhuravlev.a"
SAVED = re.compile(r"сохранено в")


def kept(demo: DemoInstallation, username: str) -> service.Sheet:
    """What the server has of this person's needs."""
    with demo.runtime.db.unit_of_work() as session:
        person_id = demo.actor(session, username).person_id
        rounds = session.scalars(select(Participant.round_id).where(Participant.person_id == person_id)).all()
        return service.sheet(session, demo.runtime.box, demo.school_id, rounds[-1], person_id)


def test_answers_are_kept_as_they_are_typed_and_found_on_another_device(demo: DemoInstallation, enter: Enter) -> None:
    desk = enter(MENTEE)
    desk.follow("Заполнить")
    form = desk.frame.locator("form[data-survey]")
    urgent = form.get_by_label(re.compile("Что именно нужно решить срочно"))
    expect(urgent).to_be_hidden()
    form.get_by_role("checkbox", name="Дисциплина на уроке").check()
    form.locator("[name='a.levels.discipline'][value='3']").check()
    expect(urgent).to_be_visible()
    urgent.fill("Последние уроки в 7 «В»")
    expect(desk.frame.get_by_role("status")).to_contain_text(SAVED)
    expect(desk.frame.locator("[data-answered]")).to_have_text("Отвечено: 3 из 8")
    desk.picture("survey-desk")
    assert kept(demo, MENTEE).values == {
        "hardest": ["discipline"],
        "levels": {"discipline": 3},
        "urgent": "Последние уроки в 7 «В»",
    }
    assert desk.faults == []

    phone = enter(MENTEE, 360)
    phone.follow("Продолжить")
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
    mentee.follow("Заполнить")
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

    # A whole book pasted: said at once, not sent, not cut off, and the page stays. (Twenty megabytes are in
    # tests/surveys/test_views.py: here the browser alone would take minutes to draw them.)
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
    mentee.press("Отправить ответы")
    expect(teach).to_be_focused()
    assert mentee.frame.evaluate("document.querySelector(\"[name='a.teach']\").value.length") == 300_000
    teach.fill("Презентации и таблицы")
    expect(status).to_contain_text(SAVED)
    assert [fault for fault in mentee.faults if "ERR_INTERNET_DISCONNECTED" not in fault] == []


def round_of(demo: DemoInstallation, session: Session, username: str) -> tuple[Actor, int]:
    """This person, and the round that asks them."""
    actor = demo.actor(session, username)
    rounds = session.scalars(select(Participant.round_id).where(Participant.person_id == actor.person_id)).all()
    return actor, rounds[-1]


def memory(page: Page) -> str:
    return str(page.evaluate("JSON.stringify({...sessionStorage, ...localStorage})"))


def test_what_an_earlier_visit_could_not_send_is_no_newer_answer(demo: DemoInstallation, enter: Enter) -> None:
    """Typed without a connection, the tab left; meanwhile answered on a phone. The phone's answer stands, the older
    one is shown beside it. What only the curator may read is left in no browser."""
    mentee = enter(THIRD)
    mentee.follow("Заполнить")
    mentee.frame.wait_for_selector("form[data-survey]")
    # In a tab of its own, to which the frame's cookie is handed over: a frame gets no memory at all from a browser that
    # blocks what belongs to other sites.
    page, address = mentee.page, mentee.frame.url
    for one in page.context.cookies(demo.tool_url):
        page.context.add_cookies(
            [
                {
                    "name": one["name"],
                    "value": one["value"],
                    "domain": "tool.localhost",
                    "path": "/",
                    "secure": True,
                    "sameSite": "None",
                }
            ]
        )
    page.goto(address)
    teach = page.get_by_label(re.compile("Чему вы сами могли бы научить"))
    # Playwright's own cut line lets through what a page sends while it closes.
    page.evaluate("void (window.fetch = () => Promise.reject(new TypeError('cut')))")
    teach.fill("Старый ответ")
    page.get_by_label(re.compile("С кем вам было бы комфортно")).fill("Только для куратора")
    expect(page.get_by_role("status")).to_contain_text("Нет связи")
    held = memory(page)
    assert ("Старый ответ" in held, "Только для куратора" in held) == (True, False)
    page.goto("about:blank")
    with demo.runtime.db.unit_of_work() as session:
        actor, number = round_of(demo, session, THIRD)
        now = demo.runtime.clock.now()
        service.save(
            session,
            demo.runtime.box,
            actor,
            number,
            version=1,
            said={"teach": "Ответ с телефона"},
            today=school_day(demo),
            now=now,
        )
    page.goto(address)
    expect(teach).to_have_value("Ответ с телефона")
    expect(page.locator("#e-teach")).to_contain_text("не отправлено: Старый ответ")
    page.wait_for_timeout(1500)
    assert kept(demo, THIRD).values == {"teach": "Ответ с телефона"}
    assert memory(page) == "{}"


def test_a_consent_withdrawn_and_a_questionnaire_changed_in_mid_form(demo: DemoInstallation, enter: Enter) -> None:
    mentee = enter(THIRD)
    mentee.follow(re.compile("Заполнить|Продолжить"))
    form, status = mentee.frame.locator("form[data-survey]"), mentee.frame.get_by_role("status")
    teach = form.get_by_label(re.compile("Чему вы сами могли бы научить"))
    teach.fill("Рисовать схемы")
    expect(status).to_contain_text(SAVED)
    with demo.runtime.db.unit_of_work() as session:
        curator, now = demo.actor(session, CURATOR), demo.runtime.clock.now()
        actor, number = round_of(demo, session, THIRD)
        questionnaire_id = session.get_one(Round, number).questionnaire_id
        shown = building.draft(session, demo.school_id, questionnaire_id)
        state = {"number": shown.number, "revision": shown.revision}
        edited = building.change(
            session, curator, questionnaire_id, lambda asks: arranging.without_item(asks, "teach"), now=now, **state
        )
        state = {"number": edited.number, "revision": edited.revision}
        building.publish(session, curator, questionnaire_id, now=now, **state)
    teach.fill("Рисовать схемы и таблицы")
    expect(mentee.frame.get_by_text("Ваши ответы остаются в той редакции")).to_be_visible()
    expect(status).to_contain_text(SAVED)
    assert kept(demo, THIRD).values == {"teach": "Рисовать схемы и таблицы"}
    with demo.runtime.db.unit_of_work() as session:
        actor, _number = round_of(demo, session, THIRD)
        close_processing(
            session,
            demo.runtime.grounds,
            actor,
            actor.person_id or 0,
            Purpose.MENTEE_PROFILE,
            tuple(GroundKind),
            ClosedWhy.WITHDRAWN,
            now,
        )
    teach.fill("После отзыва")
    expect(status).to_contain_text("Нет согласия")
    mentee.press("Отправить ответы")
    expect(mentee.frame.get_by_text("То, что вы сейчас набрали, не сохранено.")).to_be_visible()
    assert "После отзыва" not in str(kept(demo, THIRD).values)
    mentee.picture("survey-withdrawn")


def test_an_anonymous_draft_never_leaves_the_tab(demo: DemoInstallation, enter: Enter) -> None:
    with demo.runtime.db.unit_of_work() as session:
        curator, now = demo.actor(session, CURATOR), demo.runtime.clock.now()
        pulse = queries.by_code(session, demo.school_id, "pulse")
        assert pulse is not None
        asked = service.start_round(
            session,
            curator,
            questionnaire_id=pulse.id,
            people=select(Person.id).where(Person.id == demo.actor(session, MENTOR).person_id),
            opens_on=school_day(demo),
            closes_on=school_day(demo),
            anonymous=True,
            now=now,
        )
        number = asked.id
    mentor = enter(MENTOR)
    written: list[str] = []
    mentor.page.on("request", lambda request: written.append(request.method) if request.method == "PATCH" else None)
    with mentor.frame.expect_navigation():
        mentor.frame.locator(f'a[href$="/rounds/{number}/answer"]').click()
    form = mentor.frame.locator("form[data-survey]")
    form.locator("[name='a.met'][value='no']").check()
    form.locator("[name='a.support'][value='no']").check()
    expect(mentor.frame.get_by_role("status")).to_contain_text("хранится только в этой вкладке")
    assert (sideways(mentor.frame), axe_violations(mentor.frame)) == (0, [])
    mentor.picture("survey-anonymous")
    mentor.press("Отправить ответы")
    expect(mentor.frame.get_by_text("сказать никто не может")).to_be_visible()
    assert (written, mentor.faults) == ([], [])


def test_a_double_click_sends_a_form_once(demo: DemoInstallation, enter: Enter) -> None:
    curator = enter(CURATOR)
    curator.tab("Анкеты")
    curator.follow("Новая анкета")
    curator.type("Название анкеты", "Адаптация")
    curator.settle()
    # Behind the page's own listener.
    prevented = curator.frame.locator("main form").evaluate(
        """form => {
          const prevented = [];
          addEventListener("submit", (event) => prevented.push(event.defaultPrevented));
          for (const click of [1, 2]) form.requestSubmit();
          return prevented;
        }"""
    )
    assert prevented == [False, True]
    expect(curator.frame.get_by_role("heading", level=1, name="Адаптация")).to_be_visible()
    with demo.runtime.db.unit_of_work(read_only=True) as session:
        made = session.scalars(select(Questionnaire.id).where(Questionnaire.title == "Адаптация")).all()
    assert len(made) == 1
