"""What Moodle does for one person, and what its settings do to us: messages, marks, the course's roster, a new window.

Run with `make e2e-moodle` (docs/operations.md names the environment).
"""

import json
import re
from datetime import timedelta
from typing import Any

from playwright.sync_api import Browser, expect
from sqlalchemy import select

from moodle_mentorship.core.actor import system_actor
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.moodle.to_people import queue_completion, queue_messages
from moodle_mentorship.people.models import Person
from moodle_mentorship.surveys.queries import by_code
from moodle_mentorship.surveys.service import start_round, take_ready_made
from moodle_mentorship.sync.outbox import deliver_due
from tests.e2e_moodle.running import ROOT, Moodle, Sidecar, Visitor, activities, select_content

SCRIPTS = ROOT / "tests" / "e2e_moodle"
PAGE, QUESTIONNAIRES = "Мои наставляемые", "Мои анкеты"


def place(moodle: Moodle, browser: Browser, course_id: int, page: str) -> None:
    """The administrator puts a page of ours into the course, as an activity of its own."""
    admin = Visitor(browser, moodle, moodle.admin, moodle.password)
    frame = select_content(admin, course_id)
    frame.get_by_label(page).check()
    frame.get_by_role("button", name="Разместить").click()
    expect(admin.page.locator("#id_name")).to_have_value(page, timeout=15_000)
    admin.page.click("#id_submitbutton2")
    admin.page.wait_for_url(lambda address: "/course/view.php" in address)
    assert page in activities(admin, course_id)
    admin.close()


def held(moodle: Moodle, course_id: int) -> dict[str, Any]:
    """What `one_person.php` prints."""
    found: dict[str, Any] = json.loads(moodle.php(SCRIPTS / "one_person.php", str(course_id)).splitlines()[-1])
    return found


def test_a_message_reaches_a_person_once(
    moodle: Moodle, sidecar: Sidecar, browser: Browser, runtime: Runtime, connected: int, password: str
) -> None:
    before = held(moodle, connected)
    address, key = f"{moodle.url}/course/view.php?id={connected}", f"e2e:{sidecar.url}"
    for _ in range(2):
        with runtime.db.unit_of_work() as session:
            mentee = before["ids"]["e2e-mentee"]
            text = "Здравствуйте, Павел Андреевич!\n\nОтветьте, пожалуйста, на вопросы анкеты <b>до пятницы</b>."
            assert queue_messages(
                session, runtime.jobs, 1, [(mentee, text)], key, "Анкета наставляемого", address, runtime.clock.now()
            )
    deliver_due(runtime)
    sidecar.wait(
        "SELECT count(*) FROM outbox_item WHERE kind = 'person.message' AND state = 'delivered'", 2, seconds=90
    )
    outcomes = "SELECT group_concat(json_extract(payload, '$.outcome'), ' ') FROM outbox_item WHERE kind = '{}'"
    assert sorted(str(sidecar.value(outcomes.format("person.message"))).split()) == ["already", "sent"]
    assert sidecar.value("SELECT count(*) FROM outbox_item WHERE payload LIKE '%Павел%' OR payload LIKE '%text%'") == 0
    new = held(moodle, connected)["messages"][len(before["messages"]) :]
    assert [(row["username"], row["subject"], row["contexturl"]) for row in new] == [
        ("e2e-mentee", "Анкета наставляемого", address)
    ]
    visitor = Visitor(browser, moodle, "e2e-mentee", password)
    visitor.page.goto(f"{moodle.url}/message/output/popup/notifications.php")
    visitor.page.get_by_text("Анкета наставляемого").first.click()
    expect(visitor.page.get_by_text("<b>до пятницы</b>").first).to_be_visible(timeout=15_000)
    visitor.picture("message")
    visitor.close()


def test_an_activity_that_was_placed_is_marked_for_a_person(
    moodle: Moodle, sidecar: Sidecar, browser: Browser, runtime: Runtime, connected: int, password: str
) -> None:
    """Placed with a key that Moodle has never seen; in our course marks are set by hand by default."""
    moodle.php(SCRIPTS / "editor.php", str(connected), "e2e-curator")
    assert "Every Moodle knows the new key." in sidecar.run("keys", "rotate", "--leaked")
    place(moodle, browser, connected, PAGE)
    now = held(moodle, connected)
    placed = next(activity for activity in now["activities"] if activity["name"] == PAGE)
    assert (placed["tracking"], placed["done"]) == (1, [])

    def mark(username: str, done: bool) -> list[str]:
        with runtime.db.unit_of_work() as session:
            assert queue_completion(
                session, runtime.jobs, 1, str(placed["link"]), now["ids"][username], done, runtime.clock.now()
            )
        deliver_due(runtime)
        sidecar.wait("SELECT count(*) FROM outbox_item WHERE state <> 'delivered'", 0, seconds=90)
        rows = held(moodle, connected)["activities"]
        people_done: list[str] = next(row["done"] for row in rows if row["name"] == PAGE)
        return people_done

    assert mark("e2e-mentee", True) == ["e2e-mentee"]
    assert mark("e2e-mentor", True) == ["e2e-mentee", "e2e-mentor"]
    visitor = Visitor(browser, moodle, "e2e-mentee", password)
    visitor.page.goto(f"{moodle.url}/course/view.php?id={connected}")
    expect(
        visitor.page.locator("li.modtype_lti", has_text=PAGE).get_by_role(
            "button", name=re.compile("is marked as done")
        )
    ).to_be_visible()
    visitor.picture("marked")
    visitor.close()
    assert mark("e2e-mentee", False) == ["e2e-mentor"]


def test_an_answered_questionnaire_ticks_the_activity_by_which_its_person_came(
    moodle: Moodle, sidecar: Sidecar, browser: Browser, runtime: Runtime, connected: int, password: str
) -> None:
    place(moodle, browser, connected, QUESTIONNAIRES)
    mentee_id = held(moodle, connected)["ids"]["e2e-mentee"]
    with runtime.db.unit_of_work() as session:
        curator, now = system_actor(1), runtime.clock.now()
        take_ready_made(session, curator, now)
        pulse = by_code(session, 1, "pulse")
        assert pulse is not None
        start_round(
            *(session, curator),
            questionnaire_id=pulse.id,
            people=select(Person.id).where(Person.school_id == 1, Person.moodle_user_id == mentee_id),
            opens_on=now.date() - timedelta(days=1),
            closes_on=now.date() + timedelta(days=7),
            now=now,
        )

    def ticked() -> list[str]:
        rows = held(moodle, connected)["activities"]
        done: list[str] = next(row["done"] for row in rows if row["name"] == QUESTIONNAIRES)
        return done

    assert ticked() == []
    asked = "SELECT count(*) FROM outbox_item WHERE kind = 'person.completion'"
    before = int(str(sidecar.value(asked)))
    mentee = Visitor(browser, moodle, "e2e-mentee", password)
    mentee.page.goto(f"{moodle.url}/course/view.php?id={connected}")
    mentee.page.locator("li.modtype_lti .activityname a", has_text=QUESTIONNAIRES).first.click()
    mentee.frame.locator("li", has_text="Как прошёл месяц").get_by_role("link", name="Заполнить").click()
    for question, answer in (("met", "no"), ("support", "no")):
        mentee.mark(question, answer)
    mentee.press("Отправить ответы")
    mentee.frame.get_by_role("heading", level=1).first.wait_for()
    sidecar.wait(asked, before + 1, seconds=30)
    deliver_due(runtime)
    sidecar.wait("SELECT count(*) FROM outbox_item WHERE state <> 'delivered'", 0, seconds=90)
    assert ticked() == ["e2e-mentee"]
    mentee.close()


def test_the_tool_opens_in_a_window_of_its_own(
    moodle: Moodle, browser: Browser, runtime: Runtime, connected: int, password: str
) -> None:
    moodle.php(SCRIPTS / "tool.php", "lti_launchcontainer", "4")
    try:
        curator = Visitor(browser, moodle, "e2e-curator", password)
        curator.page.goto(f"{moodle.url}/course/view.php?id={connected}")
        with curator.page.expect_popup() as opening:
            curator.page.locator("li.modtype_lti .activityname a", has_text="Наставничество").first.click()
        window = opening.value
        expect(window.get_by_role("heading", level=1, name="Сегодня")).to_be_visible(timeout=20_000)
        window.locator(".k-tabs").get_by_role("link", name="Пары").click()
        expect(window.locator(".k-tabs [aria-current]")).to_contain_text("Пары")
        curator.close()
    finally:
        moodle.php(SCRIPTS / "tool.php", "lti_launchcontainer", "3")


def test_who_administers_tools_elsewhere_is_no_administrator_here(
    moodle: Moodle, sidecar: Sidecar, browser: Browser, runtime: Runtime, password: str
) -> None:
    """Moodle calls everybody an administrator who holds `mod/lti:admin` where the link stands."""
    link = moodle.php(SCRIPTS / "tool.php", "elsewhere", "e2e-mentor").split()[-1]
    mentor = Visitor(browser, moodle, "e2e-mentor", password)
    mentor.page.goto(f"{moodle.url}/mod/lti/view.php?l={link}")
    frame = mentor.page.frame_locator("#contentframe")
    expect(frame.locator("main h1")).to_be_visible(timeout=20_000)
    assert "person#Administrator" in str(sidecar.value("SELECT roles FROM launch ORDER BY id DESC"))
    assert sidecar.value("SELECT site_administrator FROM launch ORDER BY id DESC") == 0
    expect(frame.get_by_role("link", name="Подключение")).to_have_count(0)
    mentor.close()


def test_the_staff_is_read_from_the_course_alone(
    moodle: Moodle, sidecar: Sidecar, browser: Browser, runtime: Runtime, connected: int, people: int, password: str
) -> None:
    """The plugin's functions are out of the service, core's never were in it: a whole pass by Names and Roles."""
    moodle.php(SCRIPTS / "tool.php", "ltiservice_memberships", "1")
    curator = Visitor(browser, moodle, "e2e-curator", password)
    frame = curator.open_tool(connected)
    expect(frame.get_by_role("heading", level=1, name="Сегодня")).to_be_visible(timeout=20_000)
    assert sidecar.value("SELECT count(*) FROM roster_address WHERE school_id = 1") == 1
    for what in ("staff", "changes"):
        moodle.php(SCRIPTS / "break.php", what, "break")
    try:
        said = sidecar.run("sync", "staff", "--full")
    finally:
        for what in ("staff", "changes"):
            moodle.php(SCRIPTS / "break.php", what, "mend")
        moodle.php(SCRIPTS / "tool.php", "ltiservice_memberships", "0")
    assert f"full pass done: seen {people}, created 0, " in said
    assert "leaving 0" in said
    last = "FROM sync_pass ORDER BY id DESC"
    assert sidecar.value(f"SELECT source || ' ' || state {last}") == "roster done"
    skipped = json.loads(str(sidecar.value(f"SELECT skipped {last}")))
    assert [(row["source"], row["code"]) for row in skipped] == [
        ("plugin", "moodle_access_refused"),
        ("cohort", "moodle_access_refused"),
    ]
    # What a roster doesn't tell stays as the plugin told it.
    assert sidecar.value("SELECT middle_name FROM person WHERE last_name = 'Тихонов'") == "Сергеевич"
    frame = curator.open_tool(connected)
    expect(frame.get_by_text("Сейчас не видно, кто ушёл из школы").first).to_be_visible(timeout=20_000)
    curator.picture("roster-task")
    curator.close()
    assert f"seen {people}" in sidecar.run("sync", "staff", "--full")
    assert sidecar.value(f"SELECT source {last}") == "plugin"


def test_the_plugin_speaks_russian(moodle: Moodle, browser: Browser, runtime: Runtime) -> None:
    """In the menus of the site administration, where the language is there (an empty one is made for the test)."""
    moodle.php(SCRIPTS / "russian.php")
    admin = Visitor(browser, moodle, moodle.admin, moodle.password)
    admin.page.goto(f"{moodle.url}/local/mentorship/connect.php?lang=ru")
    expect(admin.page.get_by_role("heading", name="Наставничество: подключение")).to_be_visible()
    expect(admin.page.get_by_role("textbox", name="Адрес сервиса")).to_be_visible()
    admin.picture("plugin-connection-russian")
    admin.page.goto(f"{moodle.url}/admin/category.php?category=local_mentorship")
    expect(admin.page.get_by_role("link", name="Наставничество: подключение").first).to_be_visible()
    admin.page.goto(f"{moodle.url}/my/?lang=en")
    admin.close()
