"""The whole way on a running Moodle, in Chromium, sidecar and Moodle on two host names.

Run with `make e2e-moodle` (docs/operations.md names the environment). Each test stands on the one before it.
"""

import json
import os
import re
import secrets
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import pytest
import requests
from cryptography.fernet import Fernet
from playwright.sync_api import Browser, FrameLocator, expect, sync_playwright

from moodle_mentorship.app import create_runtime
from moodle_mentorship.core.jobs import Jobs
from moodle_mentorship.core.settings import Settings
from moodle_mentorship.moodle.errors import RosterNotAllowed
from moodle_mentorship.moodle.platforms import list_platforms
from moodle_mentorship.moodle.results import RosterPerson
from moodle_mentorship.moodle.roster import RosterClient, RosterSource, roster_client
from moodle_mentorship.moodle.service_tokens import Client
from tests.e2e.browser import launch_chromium
from tests.e2e.visitors import InCourse

MISSING = [
    key
    for key in ("MOODLE_URL", "MOODLE_DIRROOT", "MOODLE_ADMIN_USER", "MOODLE_ADMIN_PASSWORD")
    if not os.environ.get(key)
]
pytestmark = [
    pytest.mark.moodle,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(bool(MISSING), reason=f"NO REAL MOODLE: set {', '.join(MISSING)} (docs/operations.md)"),
]

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "test-results" / "moodle"
STAFF = int(os.environ.get("MOODLE_STAFF", "5000"))


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Moodle:
    """A running Moodle: its address, its folder here, and the user who runs its PHP."""

    url: str
    dirroot: Path
    admin: str
    password: str
    php_user: str | None

    @property
    def version(self) -> str:
        return re.search(r"release\s*=\s*'([0-9.]+)", (self.dirroot / "version.php").read_text())[1]  # type: ignore[index]

    def php(self, script: Path | str, *arguments: str, timeout: float = 1200) -> str:
        command = ["php", str(script), *arguments]
        if self.php_user:
            command = ["runuser", "-u", self.php_user, "--", *command]
        done = subprocess.run(command, cwd=self.dirroot, capture_output=True, text=True, timeout=timeout, check=False)
        assert done.returncode == 0, f"{script}: {done.stdout}\n{done.stderr}"
        return done.stdout

    def cron(self) -> None:
        self.php("admin/cli/cron.php", "--keep-alive=0")


@dataclass
class Sidecar:
    """The sidecar as a process of its own, on a host name that is not Moodle's."""

    url: str
    environment: dict[str, str]
    database: Path

    def run(self, *arguments: str) -> str:
        done = subprocess.run(
            [str(Path(sys.executable).with_name("mentorship")), *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def value(self, query: str) -> object:
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=30)) as connection:
            return connection.execute(query).fetchone()[0]

    def wait(self, query: str, wanted: object, seconds: float) -> None:
        limit = time.monotonic() + seconds
        while (found := self.value(query)) != wanted:
            assert time.monotonic() < limit, f"{query}: {found!r}, not {wanted!r} after {seconds} s"
            time.sleep(0.3)


@pytest.fixture(scope="module")
def moodle() -> Moodle:
    return Moodle(
        url=os.environ["MOODLE_URL"].rstrip("/"),
        dirroot=Path(os.environ["MOODLE_DIRROOT"]),
        admin=os.environ["MOODLE_ADMIN_USER"],
        password=os.environ["MOODLE_ADMIN_PASSWORD"],
        php_user=os.environ.get("MOODLE_PHP_USER"),
    )


@pytest.fixture(scope="module")
def sidecar(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sidecar]:
    folder = tmp_path_factory.mktemp("sidecar")
    port = int(os.environ.get("SIDECAR_PORT") or free_port())
    url = f"http://tool.localhost:{port}"
    environment = os.environ | {
        "MENTORSHIP_ENV": "development",
        "MENTORSHIP_BASE_URL": url,
        "MENTORSHIP_DATABASE_URL": f"sqlite:///{folder / 'school.sqlite3'}",
        "MENTORSHIP_ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        "MENTORSHIP_DATA_DIR": str(folder),
    }
    running = Sidecar(url, environment, folder / "school.sqlite3")
    running.run("migrate")
    with (folder / "log.jsonl").open("w") as log:
        process = subprocess.Popen(
            [str(Path(sys.executable).with_name("mentorship")), "serve", "--port", str(port)],
            env=environment,
            stderr=log,
        )
        try:
            for _ in range(100):
                try:
                    if requests.get(f"http://127.0.0.1:{port}/api/v1/tool", timeout=1).ok:
                        break
                except requests.ConnectionError:
                    time.sleep(0.2)
            yield running
        finally:
            process.terminate()
            process.wait(timeout=20)
            PICTURES.mkdir(parents=True, exist_ok=True)
            shutil.copy(folder / "log.jsonl", PICTURES / "sidecar.jsonl")


@pytest.fixture(scope="module")
def password() -> str:
    return "E2e#" + secrets.token_urlsafe(9)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright, closing(launch_chromium(playwright)) as chromium:
        yield chromium


class Visitor(InCourse):
    """Somebody at a screen, logged in to Moodle."""

    def __init__(self, browser: Browser, moodle: Moodle, username: str, password: str, width: int = 1280) -> None:
        self.moodle = moodle
        self.context = browser.new_context(viewport={"width": width, "height": 720}, locale="ru-RU")
        self.context.set_default_timeout(15_000)
        super().__init__(self.context.new_page(), PICTURES)
        # Moodle greets newcomers with a tour that covers the page.
        tour = self.page.get_by_role("button", name=re.compile("Skip tour|Got it|Пропустить"))
        self.page.add_locator_handler(tour.first, lambda button: button.click())
        # Moodle's scripts move the focus while they start, and would garble what is typed.
        self.page.goto(f"{moodle.url}/login/index.php", wait_until="networkidle")
        self.page.fill("#username", username)
        self.page.fill("#password", password)
        self.page.click("#loginbtn")
        self.page.wait_for_url(lambda address: "/login/" not in address)

    def open_tool(self, course_id: int) -> FrameLocator:
        """As a teacher does: the course, the link «Наставничество», the frame."""
        self.page.goto(f"{self.moodle.url}/course/view.php?id={course_id}")
        # By its name: tests place further links in the course, and so did earlier runs.
        self.page.locator("li.modtype_lti .activityname a", has_text="Наставничество").first.click()
        return self.page.frame_locator("#contentframe")

    def settle(self) -> None:
        """Until Moodle's own frame has taken its page's height, and that has stopped growing."""
        frame, before = self.page.locator("#contentframe"), None
        while (now := (frame.bounding_box(), self._height())) != before:
            before = now
            self.page.wait_for_timeout(300)

    def _height(self) -> int:
        """Of our page within the frame, in pixels; asking waits for what its scripts are doing."""
        return int(self.frame.locator("html").evaluate("page => page.scrollHeight"))

    def scripts_ready(self) -> None:
        """Until Moodle's own count of what its scripts still do is empty: a click before that is lost."""
        self.page.wait_for_load_state("networkidle")
        self.page.wait_for_function("M.util.pending_js.length === 0")

    def picture(self, name: str) -> Path:
        """Of what the window shows: taking the whole page changes the window, and Moodle the frame with it."""
        self.pictures.mkdir(parents=True, exist_ok=True)
        self.page.wait_for_timeout(400)
        target = self.pictures / f"{name}.png"
        self.page.screenshot(path=target)
        return target

    def close(self) -> None:
        self.context.close()


@pytest.fixture(scope="module")
def people(moodle: Moodle, password: str) -> int:
    """Staff (at least MOODLE_STAFF), a pupil and profile fields in Moodle; returns how many staff there are."""
    made = json.loads(moodle.php(ROOT / "tests" / "e2e_moodle" / "people.php", str(STAFF), password).splitlines()[-1])
    return int(made["members"])


@pytest.fixture(scope="module")
def installed(moodle: Moodle) -> None:
    """The plugin of this checkout, put into Moodle and upgraded."""
    target = moodle.dirroot / "local" / "mentorship"
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(ROOT / "plugin_php_stub", target)
    moodle.php("admin/cli/upgrade.php", "--non-interactive")
    # The sidecar of this test is on loopback, which Moodle's curl security rightly refuses by default.
    moodle.php("admin/cli/cfg.php", "--name=curlsecurityblockedhosts", "--set=")
    moodle.php("admin/cli/cfg.php", "--name=curlsecurityallowedport", "--set=")
    moodle.php("admin/cli/purge_caches.php")


@pytest.fixture(scope="module")
def connected(moodle: Moodle, sidecar: Sidecar, installed: None, people: int) -> int:
    """One command connects the school; returns the course's id in Moodle."""
    sidecar.run("school", "add", "--name", "МБОУ «Лицей № 7»", "--short-name", "Лицей № 7")
    invitation = re.search(r"[A-Za-z0-9_-]{20,}", sidecar.run("invite", "--school", "1"))
    assert invitation
    arguments = [f"--sidecar={sidecar.url}", "--cohort=e2e-staff", "--curator=e2e-curator", "--course=e2e-mentorship"]
    moodle.php("local/mentorship/cli/connect.php", *arguments, f"--invitation={invitation[0]}")
    return int(str(sidecar.value("SELECT course_id FROM moodle_site")))


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


def map_fields(frame: FrameLocator, sidecar: Sidecar) -> None:
    """Say which custom fields of Moodle are what, and wait until all have been read."""
    frame.locator(".k-tabs").get_by_role("link", name="Синхронизация").click()
    frame.get_by_label("Должность", exact=True).select_option("position")
    frame.get_by_label("Дата приёма").select_option("hire_date")
    frame.get_by_role("button", name="Сохранить").click()
    sidecar.wait("SELECT position FROM person WHERE last_name = 'Тихонов'", "учитель математики", seconds=300)
    sidecar.wait("SELECT count(*) FROM sync_pass WHERE state IN ('queued', 'running')", 0, seconds=300)


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


def pair_groups(moodle: Moodle, sidecar: Sidecar, course_id: int) -> list[tuple[int, list[str]]]:
    """Visibility and members of the course's groups that bear the idnumber of this run's ordered pair, as Moodle has
    them."""
    found = json.loads(moodle.php(ROOT / "tests" / "e2e_moodle" / "groups.php", str(course_id)).splitlines()[-1])
    ours = sidecar.value("SELECT moodle_idnumber FROM pair WHERE order_number IS NOT NULL")
    return [(group["visibility"], group["members"]) for group in found if group["idnumber"] == ours]


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
    assert pair_groups(moodle, sidecar, connected) == [(1, ["e2e-mentee", "e2e-mentor"])]
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
    sidecar.wait("SELECT count(*) FROM outbox_item WHERE state = 'delivered'", 2, seconds=60)
    assert pair_groups(moodle, sidecar, connected) == [(1, [])]
    curator.close()


def select_content(editor: Visitor, course_id: int) -> FrameLocator:
    """The way to our page: edit mode, the section's activity chooser, the tool, “Select content”."""
    editor.page.goto(f"{editor.moodle.url}/my/")
    sesskey = editor.page.evaluate("M.cfg.sesskey")
    editor.page.goto(f"{editor.moodle.url}/course/view.php?id={course_id}&sesskey={sesskey}&edit=on")
    editor.scripts_ready()
    # A tour that comes late would lie over the chooser.
    editor.page.locator("h1").first.click()
    editor.page.locator("[data-action='open-chooser']:not([data-beforemod])").first.click()
    editor.page.locator(".modal-dialog .option a[href*='typeid=']", has_text="Наставничество").first.click()
    editor.page.wait_for_url(lambda address: "modedit.php" in address)
    editor.scripts_ready()
    editor.page.locator("[name='selectcontent']").click()
    return editor.page.frame_locator(".modal-dialog iframe")


def activities(editor: Visitor, course_id: int) -> list[str]:
    editor.page.goto(f"{editor.moodle.url}/course/view.php?id={course_id}")
    names = editor.page.locator("li.modtype_lti .activityname a.aalink").all_inner_texts()
    # The second line is the activity's kind; edit mode has empty links beside the real ones.
    return [name.split("\n")[0].strip() for name in names if name.strip()]


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
