"""A running Moodle, a sidecar beside it as a process of its own, and people who open the one through the other."""

import json
import os
import re
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, FrameLocator

from tests.e2e.visitors import InCourse

MISSING = [
    key
    for key in ("MOODLE_URL", "MOODLE_DIRROOT", "MOODLE_ADMIN_USER", "MOODLE_ADMIN_PASSWORD")
    if not os.environ.get(key)
]
ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "test-results" / "moodle"


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


def map_fields(frame: FrameLocator, sidecar: Sidecar) -> None:
    """Say which custom fields of Moodle are what, and wait until all have been read."""
    frame.locator(".k-tabs").get_by_role("link", name="Синхронизация").click()
    frame.get_by_label("Должность", exact=True).select_option("position")
    frame.get_by_label("Дата приёма").select_option("hire_date")
    frame.get_by_role("button", name="Сохранить").click()
    sidecar.wait("SELECT position FROM person WHERE last_name = 'Тихонов'", "учитель математики", seconds=300)
    sidecar.wait("SELECT count(*) FROM sync_pass WHERE state IN ('queued', 'running')", 0, seconds=300)


def pair_groups(moodle: Moodle, sidecar: Sidecar, course_id: int) -> list[tuple[int, list[str]]]:
    """Visibility and members of the course's groups that bear the idnumber of this run's ordered pair, as Moodle has
    them."""
    return [(group["visibility"], group["members"]) for group in whole_groups(moodle, sidecar, course_id)]


def whole_groups(moodle: Moodle, sidecar: Sidecar, course_id: int) -> list[dict[str, Any]]:
    """These groups with their names, groupings and conversations."""
    ours = sidecar.value(
        "SELECT moodle_idnumber FROM pair_space WHERE id = (SELECT space_id FROM pair WHERE order_number IS NOT NULL)"
    )
    return [group for group in course_groups(moodle, course_id) if group["idnumber"] == ours]


def course_groups(moodle: Moodle, course_id: int) -> list[dict[str, Any]]:
    """All groups of the course, whoever made them."""
    script = ROOT / "tests" / "e2e_moodle" / "groups.php"
    found: list[dict[str, Any]] = json.loads(moodle.php(script, str(course_id)).splitlines()[-1])
    return found


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
