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
from urllib.parse import urlsplit

import pytest
import requests
from cryptography.fernet import Fernet
from playwright.sync_api import Browser, FrameLocator, Page, expect, sync_playwright

from tests.e2e.browser import launch_chromium

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
        done = subprocess.run(
            command, cwd=self.dirroot, capture_output=True, text=True, timeout=timeout, check=False
        )
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
            env=self.environment, capture_output=True, text=True, timeout=600, check=False,
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
            [str(Path(sys.executable).with_name("mentorship")), "serve", "--port", str(port)], env=environment, stderr=log
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


class Visitor:
    """Somebody at a screen, logged in to Moodle."""

    def __init__(self, browser: Browser, moodle: Moodle, username: str, password: str, width: int = 1280) -> None:
        self.moodle = moodle
        self.context = browser.new_context(viewport={"width": width, "height": 720}, locale="ru-RU")
        self.page: Page = self.context.new_page()
        self.page.goto(f"{moodle.url}/login/index.php")
        self.page.fill("#username", username)
        self.page.fill("#password", password)
        self.page.click("#loginbtn")
        self.page.wait_for_load_state()

    def open_tool(self, course_id: int) -> FrameLocator:
        """As a teacher does: the course, the link «Наставничество», the frame."""
        self.page.goto(f"{self.moodle.url}/course/view.php?id={course_id}")
        self.page.locator("li.modtype_lti a.aalink").first.click()
        return self.page.frame_locator("#contentframe")

    def picture(self, name: str) -> None:
        PICTURES.mkdir(parents=True, exist_ok=True)
        self.page.wait_for_timeout(400)
        self.page.screenshot(path=PICTURES / f"{name}.png")

    def close(self) -> None:
        self.context.close()


@pytest.fixture(scope="module")
def people(moodle: Moodle, password: str) -> int:
    """Staff, pupils and profile fields in Moodle; returns the cohort's id."""
    for name in ("e2e-curator", "e2e-mentor", "e2e-mentee"):
        assert re.fullmatch(r"[a-z0-9-]+", name)
    made = json.loads(moodle.php(ROOT / "tests" / "e2e_moodle" / "people.php", str(STAFF), password).splitlines()[-1])
    return int(made["cohort"])


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
