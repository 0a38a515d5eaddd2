"""Tests on a running Moodle: each module has a sidecar of its own. Where there is no Moodle, they say so."""

import json
import os
import re
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import requests
from cryptography.fernet import Fernet
from playwright.sync_api import Browser, Playwright, sync_playwright

from moodle_mentorship.app import create_app, create_runtime
from moodle_mentorship.core.jobs import Jobs
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.core.settings import Settings
from moodle_mentorship.demo.moodle.transport import free_port
from tests.e2e.browser import launch_chromium
from tests.e2e_moodle.running import MISSING, PICTURES, ROOT, Moodle, Sidecar

STAFF = int(os.environ.get("MOODLE_STAFF", "5000"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    reason = f"NO REAL MOODLE: set {', '.join(MISSING)} (docs/operations.md)"
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.moodle)
            item.add_marker(pytest.mark.timeout(1800))
            item.add_marker(pytest.mark.skipif(bool(MISSING), reason=reason))


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


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    with closing(launch_chromium(playwright)) as chromium:
        yield chromium


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


@pytest.fixture(scope="module")
def runtime(sidecar: Sidecar, connected: int) -> Iterator[Runtime]:
    """A worker beside the running sidecar, once the staff is read and nothing else is on its way."""
    sidecar.wait("SELECT count(*) > 0 FROM sync_pass WHERE state = 'done'", 1, seconds=300)
    sidecar.wait("SELECT count(*) FROM sync_pass WHERE state IN ('queued', 'running')", 0, seconds=300)
    running = create_runtime(Settings.from_env(sidecar.environment), jobs=Jobs())
    create_app(running)
    yield running
    running.db.engine.dispose()
