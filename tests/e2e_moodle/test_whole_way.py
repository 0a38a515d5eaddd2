"""The whole way on a running Moodle, in Chromium, sidecar and Moodle on two host names.

Run with `make e2e-moodle` (docs/operations.md names the environment). Each test stands on the one before it.
"""

import re
import time
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, FrameLocator, expect

from moodle_mentorship.app import create_app, create_runtime
from moodle_mentorship.core.jobs import Jobs
from moodle_mentorship.core.settings import Settings
from moodle_mentorship.moodle.errors import RosterNotAllowed
from moodle_mentorship.moodle.platforms import list_platforms
from moodle_mentorship.moodle.results import RosterPerson
from moodle_mentorship.moodle.roster import RosterClient, RosterSource, roster_client
from moodle_mentorship.moodle.service_tokens import Client
from moodle_mentorship.pairs.jobs import ask_look_over
from moodle_mentorship.sync.outbox import deliver_due
from tests.e2e_moodle.running import (
    ROOT,
    Moodle,
    Sidecar,
    Visitor,
    activities,
    map_fields,
    select_content,
    whole_groups,
)


def test_the_command_may_be_run_again(moodle: Moodle, sidecar: Sidecar, connected: int) -> None:
    """A second run repairs and repeats nothing: one course, one tool, one token."""
    before = sidecar.value("SELECT client_id FROM platform")
    moodle.php("local/mentorship/cli/connect.php", f"--sidecar={sidecar.url}")
    assert sidecar.value("SELECT count(*) FROM platform") == 1
    assert sidecar.value("SELECT client_id FROM platform") == before
    assert sidecar.value("SELECT course_id FROM moodle_site") == connected
    assert sidecar.value("SELECT count(*) FROM school") == 1


def test_the_staff_directory_is_here_and_no_pupil(sidecar: Sidecar, connected: int, people: int) -> None:
    sidecar.wait("SELECT count(*) > 0 FROM sync_pass WHERE kind = 'full' AND state = 'done'", 1, seconds=300)
    assert sidecar.value("SELECT count(*) FROM person") == people
    assert sidecar.value("SELECT count(*) FROM person WHERE last_name = 'Школьников'") == 0
    assert sidecar.value("SELECT middle_name FROM person WHERE last_name = 'Тихонов'") == "Сергеевич"


def test_administrator_maps_the_custom_fields(
    moodle: Moodle, sidecar: Sidecar, browser: Browser, connected: int, people: int
) -> None:
    admin = Visitor(browser, moodle, moodle.admin, moodle.password)
    frame = admin.open_tool(connected)
    expect(frame.get_by_role("heading", level=1, name="Подключение")).to_be_visible()
    admin.picture("administrator-connection")
    map_fields(frame, sidecar)
    assert sidecar.value("SELECT count(*) FROM person WHERE hire_date = '2026-09-01'") == people
    frame.locator(".k-tabs").get_by_role("link", name="Синхронизация").click()
    admin.picture("administrator-synchronisation")
    admin.close()


@pytest.mark.parametrize("change", ["name", "custom field"])
def test_one_change_arrives_within_a_minute(moodle: Moodle, sidecar: Sidecar, connected: int, change: str) -> None:
    """Observer → journal → webhook → delta; the custom field by Moodle's own editing page, which fires the event."""
    passes = sidecar.value("SELECT count(*) FROM sync_pass WHERE kind = 'full'")
    moodle.php(ROOT / "tests" / "e2e_moodle" / "change.php", change)
    start = time.monotonic()
    moodle.cron()
    query, wanted = {
        "name": ("SELECT last_name FROM person WHERE email = 'e2e-staff00003@school.example'", "Переименованный"),
        "custom field": ("SELECT position FROM person WHERE email = 'e2e-staff00004@school.example'", "методист"),
    }[change]
    sidecar.wait(query, wanted, seconds=60)
    print(f"\n{change}: {time.monotonic() - start:.1f} s from cron to the directory")
    assert sidecar.value("SELECT count(*) FROM sync_pass WHERE kind = 'full'") == passes


def test_curator_puts_a_pair_together(
    moodle: Moodle, sidecar: Sidecar, browser: Browser, connected: int, password: str
) -> None:
    curator = Visitor(browser, moodle, "e2e-curator", password)
    frame = curator.open_tool(connected)
    expect(frame.get_by_role("heading", level=1, name="Сегодня")).to_be_visible()
    frame.locator(".k-tabs").get_by_role("link", name="Сотрудники").click()
    curator.picture("curator-staff")
    for surname, button in (("Тихонов", "2 места"), ("Зайцев", "В банк наставляемых")):
        frame.locator(".k-tabs").get_by_role("link", name="Сотрудники").click()
        frame.get_by_label("Фамилия, имя или их часть").fill(surname)
        frame.get_by_role("button", name="Найти").click()
        frame.locator("summary", has_text="В банк").first.click()
        frame.get_by_role("button", name=button).click()
        expect(frame.get_by_role("status")).to_be_visible()
    frame.locator(".k-tabs").get_by_role("link", name="Пары").click()
    frame.get_by_role("link", name="Составить пару").first.click()
    frame.get_by_role("link", name=re.compile("Зайцев")).click()
    frame.get_by_role("link", name=re.compile("Тихонов")).click()
    curator.settle()
    frame.get_by_role("button", name="Предложить обоим").click()
    expect(frame.get_by_role("status")).to_be_visible()
    curator.picture("curator-proposed")
    curator.close()


@pytest.mark.parametrize("username", ["e2e-mentor", "e2e-mentee"])
def test_each_side_agrees_in_one_click(
    moodle: Moodle, browser: Browser, connected: int, password: str, username: str
) -> None:
    side = Visitor(browser, moodle, username, password)
    frame = side.open_tool(connected)
    frame.get_by_role("button", name="Согласиться").click()
    expect(frame.get_by_role("status")).to_be_visible()
    side.picture(f"{username}-agreed")
    side.close()


def bring_papers(frame: FrameLocator, curator: Visitor) -> None:
    """The pair's page names what the order waits for: the ground of the mentor's work, then each signed paper."""
    expect(frame.get_by_label("Номер приказа")).to_have_count(0)
    curator.picture("curator-papers-missing")
    frame.get_by_role("link", name=re.compile("Внести.*Основание")).click()
    frame.get_by_label("Основание работы наставником").select_option("job_duty")
    curator.settle()
    frame.get_by_role("button", name="Сохранить", exact=True).first.click()
    expect(frame.get_by_role("status")).to_be_visible()
    for number in ("1-С", "2-С"):
        frame.locator(".k-tabs").get_by_role("link", name="Пары").click()
        frame.get_by_role("link", name=re.compile("Зайцев")).first.click()
        frame.get_by_role("link", name=re.compile("^Записать.*Обработка")).first.click()
        frame.get_by_label("Номер").fill(number)
        curator.settle()
        frame.get_by_role("button", name="Записать").click()
        expect(frame.get_by_role("status")).to_be_visible()


def test_the_order_brings_the_group_into_the_course(
    moodle: Moodle, sidecar: Sidecar, browser: Browser, connected: int, password: str
) -> None:
    curator = Visitor(browser, moodle, "e2e-curator", password)
    frame = curator.open_tool(connected)
    frame.locator(".k-tabs").get_by_role("link", name="Пары").click()
    frame.get_by_role("link", name=re.compile("Зайцев")).first.click()
    bring_papers(frame, curator)
    frame.locator(".k-tabs").get_by_role("link", name="Пары").click()
    frame.get_by_role("link", name=re.compile("Зайцев")).first.click()
    frame.get_by_label("Номер приказа").fill("143-ОД")
    frame.get_by_role("button", name="Сохранить приказ").click()
    expect(frame.get_by_role("status")).to_be_visible()
    start = time.monotonic()
    sidecar.wait("SELECT state FROM outbox_item ORDER BY id DESC", "delivered", seconds=60)
    print(f"\n{time.monotonic() - start:.1f} s from the order to the group")
    both = ["e2e-mentee", "e2e-mentor"]
    [group] = whole_groups(moodle, sidecar, connected)
    assert (group["visibility"], group["members"], group["conversation"]) == (1, both, both)
    assert group["name"].startswith("Пара: ")
    [grouping] = group["groupings"]
    assert grouping.startswith("Наставничество 20")
    frame.locator(".k-tabs").get_by_role("link", name="Пары").click()
    frame.get_by_role("link", name=re.compile("Зайцев")).first.click()
    curator.picture("curator-ordered")
    curator.close()

    admin = Visitor(browser, moodle, moodle.admin, moodle.password)
    admin.page.goto(f"{moodle.url}/group/index.php?id={connected}")
    admin.page.locator("select#groups option").first.click()
    admin.page.wait_for_timeout(1500)
    admin.picture("moodle-group")
    admin.close()


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("username", ["e2e-curator", "e2e-mentor", "e2e-mentee"])
def test_pages_look_calm_at_both_widths(
    moodle: Moodle, browser: Browser, connected: int, password: str, username: str, width: int
) -> None:
    visitor = Visitor(browser, moodle, username, password, width)
    frame = visitor.open_tool(connected)
    expect(frame.locator("main h1")).to_be_visible()
    visitor.picture(f"{username}-{width}")
    visitor.close()


def test_what_people_change_in_the_group_by_hand_is_shown_and_put_back(
    moodle: Moodle, sidecar: Sidecar, browser: Browser, connected: int, password: str
) -> None:
    [group] = whole_groups(moodle, sidecar, connected)
    moodle.php(ROOT / "tests" / "e2e_moodle" / "by_hand.php", str(connected), group["idnumber"], "e2e-mentee")
    runtime = create_runtime(Settings.from_env(sidecar.environment), jobs=Jobs())
    create_app(runtime)
    ask_look_over(runtime)
    deliver_due(runtime)
    runtime.db.engine.dispose()
    sidecar.wait("SELECT noticed FROM pair_space WHERE noticed_at IS NOT NULL", '["renamed", "taken_out"]', seconds=90)
    [changed] = whole_groups(moodle, sidecar, connected)
    assert (changed["name"], changed["members"]) == ("Наша пара", ["e2e-mentor"])

    curator = Visitor(browser, moodle, "e2e-curator", password)
    frame = curator.open_tool(connected)
    frame.get_by_text("1 группу в Moodle изменили вручную").wait_for()
    curator.picture("curator-by-hand-task")
    frame.locator(".k-tabs").get_by_role("link", name="Пары").click()
    frame.get_by_role("link", name=re.compile("Зайцев")).first.click()
    expect(frame.get_by_text("Группа теперь называется «Наша пара»")).to_be_visible()
    expect(frame.get_by_text("Выведены из группы: Зайцев П. А.")).to_be_visible()
    curator.picture("curator-by-hand")
    curator.settle()
    frame.get_by_role("button", name="Вернуть как было").click()
    expect(frame.get_by_role("status")).to_be_visible()
    sidecar.wait("SELECT state FROM outbox_item ORDER BY id DESC", "delivered", seconds=60)
    [restored] = whole_groups(moodle, sidecar, connected)
    assert restored == group
    assert sidecar.value("SELECT count(*) FROM pair_space WHERE noticed_at IS NOT NULL") == 0
    curator.close()


def test_ending_the_pair_takes_both_out_of_the_group(
    moodle: Moodle, sidecar: Sidecar, browser: Browser, connected: int, password: str
) -> None:
    curator = Visitor(browser, moodle, "e2e-curator", password)
    frame = curator.open_tool(connected)
    frame.locator(".k-tabs").get_by_role("link", name="Пары").click()
    frame.get_by_role("link", name=re.compile("Зайцев")).first.click()
    ending = frame.locator("summary", has_text="Завершить пару")
    ending.wait_for()
    curator.settle()
    ending.click()
    curator.press("Завершить пару")
    expect(frame.get_by_role("status")).to_be_visible()
    sidecar.wait("SELECT state FROM outbox_item ORDER BY id DESC", "delivered", seconds=60)
    [group] = whole_groups(moodle, sidecar, connected)
    assert (group["visibility"], group["members"], group["conversation"]) == (1, [], [])
    assert group["name"].startswith("Архив. Пара: ")
    curator.close()


def test_the_curator_places_a_page_in_the_course(
    moodle: Moodle, browser: Browser, connected: int, password: str
) -> None:
    """Deep linking: our page in Moodle's window, Moodle's form filled by our answer, the link opens that page."""
    moodle.php(ROOT / "tests" / "e2e_moodle" / "editor.php", str(connected), "e2e-curator")
    curator = Visitor(browser, moodle, "e2e-curator", password)
    frame = select_content(curator, connected)
    frame.get_by_role("heading", level=1, name="Разместить страницу в курсе").wait_for()
    curator.picture("placing")
    frame.get_by_label(re.compile("^Банк наставляемых")).check()
    frame.get_by_role("button", name="Разместить").click()
    expect(curator.page.locator("#id_name")).to_have_value("Банк наставляемых", timeout=15_000)
    curator.picture("placing-filled")
    curator.page.click("#id_submitbutton2")
    curator.page.wait_for_url(lambda address: "/course/view.php" in address)
    assert "Банк наставляемых" in "".join(activities(curator, connected))
    curator.page.locator("li.modtype_lti .activityname a.aalink", has_text="Банк наставляемых").click()
    placed = curator.page.frame_locator("#contentframe")
    placed.get_by_role("heading", level=1, name="Банк наставляемых").wait_for()
    curator.picture("placed-page")
    curator.close()


def test_several_pages_are_placed_at_once_and_none_when_cancelled(
    moodle: Moodle, browser: Browser, connected: int, password: str
) -> None:
    admin = Visitor(browser, moodle, moodle.admin, moodle.password)
    before = activities(admin, connected)
    frame = select_content(admin, connected)
    frame.get_by_role("button", name="Отмена").click()
    expect(admin.page.locator(".modal-dialog iframe")).to_have_count(0, timeout=15_000)
    assert activities(admin, connected) == before
    frame = select_content(admin, connected)
    for name in ("Пары наставничества", "Мои наставляемые"):
        frame.get_by_label(name).check()
    frame.get_by_role("button", name="Разместить").click()
    expect(admin.page.locator("[data-attribute='dynamic-import']")).to_contain_text(
        "Пары наставничества", timeout=15_000
    )
    admin.page.click("#id_submitbutton2")
    admin.page.wait_for_url(lambda address: "/course/view.php" in address)
    assert sorted(set(activities(admin, connected)) - set(before)) == ["Мои наставляемые", "Пары наставничества"]
    admin.close()


def test_a_placed_page_of_another_role_says_so_and_leads_on(
    moodle: Moodle, browser: Browser, connected: int, password: str
) -> None:
    mentee = Visitor(browser, moodle, "e2e-mentee", password)
    mentee.page.goto(f"{moodle.url}/course/view.php?id={connected}")
    mentee.page.locator("li.modtype_lti .activityname a.aalink", has_text="Банк наставляемых").click()
    frame = mentee.page.frame_locator("#contentframe")
    heading = frame.get_by_role("heading", level=1)
    expect(heading).to_have_text("Эта страница для другой роли")
    mentee.picture("placed-page-other-role")
    frame.get_by_role("link", name="На начальную страницу").click()
    expect(heading).to_have_text(re.compile("Сегодня|Наставничество в школе"))
    mentee.close()


def test_a_second_school_registers_dynamically_in_the_same_moodle(
    moodle: Moodle, sidecar: Sidecar, browser: Browser, connected: int
) -> None:
    """Without the plugin's command: Moodle's own LTI Advantage registration, with an invitation that works once."""
    sidecar.run("school", "add", "--name", "МБОУ «Гимназия № 2»", "--short-name", "Гимназия № 2")
    invitation = sidecar.run("invite", "--school", "2").split()[-1]
    admin = Visitor(browser, moodle, moodle.admin, moodle.password)
    admin.page.goto(f"{moodle.url}/my/")
    sesskey = admin.page.evaluate("M.cfg.sesskey")
    start = urlencode({"url": f"{sidecar.url}/lti/register?invitation={invitation}", "type": 0, "sesskey": sesskey})
    admin.page.goto(f"{moodle.url}/mod/lti/startltiadvregistration.php?{start}")
    admin.picture("registration-question")
    admin.page.get_by_role("button", name="Подключить").click()
    expect(admin.page.get_by_role("heading", level=1)).to_contain_text("зарегистрирован")
    admin.picture("registration")
    admin.close()
    assert sidecar.value("SELECT count(*) FROM platform WHERE school_id = 2 AND disabled_at IS NULL") == 1
    assert sidecar.value("SELECT count(*) FROM platform WHERE school_id = 1") == 1
    assert sidecar.value("SELECT count(*) FROM invitation WHERE school_id = 2 AND used_at IS NULL") == 0


def test_every_tool_of_moodle_forgets_a_leaked_key(sidecar: Sidecar, connected: int) -> None:
    """Moodle reads our JWKS anew for each tool: the plugin's may not read members, which it says after verifying us."""
    assert "Every Moodle knows the new key." in sidecar.run("keys", "teach")
    before = sidecar.run("keys", "list").split("\t")[0]
    assert "Every Moodle knows the new key." in sidecar.run("keys", "rotate", "--leaked")
    after = sidecar.run("keys", "list")
    assert before not in after
    assert after.count("\tsigning\t") == 1


def test_the_course_roster_is_read_page_by_page(
    moodle: Moodle, sidecar: Sidecar, connected: int, people: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Names and Roles, with the registration that asked for it; the plugin's own tool is refused."""
    runtime = create_runtime(Settings.from_env(sidecar.environment), jobs=Jobs())
    with runtime.db.unit_of_work(read_only=True) as session:
        platforms = {platform.school_id: platform for platform in list_platforms(session)}

    def roster(school: int) -> RosterClient:
        platform = platforms[school]
        course = f"{moodle.url}/mod/lti/services.php/CourseSection/{connected}"
        address = f"{course}/bindings/{platform.deployment_id}/memberships"
        client = Client(platform.client_id, platform.token_url)
        return roster_client(runtime, RosterSource(str(connected), address, client))

    monkeypatch.setattr("moodle_mentorship.moodle.roster.PAGE", 25)
    seen: list[RosterPerson] = []
    with roster(2) as client:
        page = client.page()
        assert (len(page.people), page.context_id) == (25, str(connected))
        seen += page.people
        while page.next is not None:
            page = client.page(page.next)
            seen += page.people
    assert len({person.id for person in seen}) == len(seen) >= people
    curator = next(person for person in seen if person.email == "e2e-curator@school.example")
    assert (curator.last_name, curator.active) == ("Соколова", True)
    with roster(1) as client, pytest.raises(RosterNotAllowed):
        client.page()
    runtime.db.engine.dispose()


def test_no_token_stands_in_the_log(sidecar: Sidecar) -> None:
    log = next(sidecar.database.parent.glob("log.jsonl")).read_text()
    assert log != ""
    assert re.findall(r"eyJ[A-Za-z0-9_-]{20,}|wstoken|[0-9a-f]{32,}", log) == []
