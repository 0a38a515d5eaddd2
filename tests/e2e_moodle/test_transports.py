"""A curator comes in from a running Moodle, in browsers that keep no third-party cookies and in one that keeps nothing.

The sidecar runs in this process, behind the wire that notes what the browser sends.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from cryptography.fernet import Fernet
from playwright.sync_api import FrameLocator, Page, Playwright, expect
from sqlalchemy import select

from moodle_mentorship.app import create_app, create_runtime
from moodle_mentorship.core.migrations import upgrade
from moodle_mentorship.core.settings import Settings
from moodle_mentorship.demo.moodle.transport import free_port, serving
from moodle_mentorship.lti import service as lti
from moodle_mentorship.moodle.models import MoodleSite
from moodle_mentorship.school import service as schools
from moodle_mentorship.sync.models import SyncPass
from moodle_mentorship.sync.runner import run_pass
from tests.e2e.test_transports import BINDING, SESSION, THIRD_PARTIES_BLOCKED
from tests.e2e.two_sites import Wire, chromium_as_set
from tests.e2e_moodle.running import PICTURES, Moodle


@dataclass
class Sidecar:
    """A sidecar in this process, connected to Moodle."""

    url: str
    wire: Wire
    course_id: int


@pytest.fixture(scope="module")
def sidecar(
    tmp_path_factory: pytest.TempPathFactory, moodle: Moodle, installed: None, people: int, local_names: None
) -> Iterator[Sidecar]:
    folder, port = tmp_path_factory.mktemp("sidecar"), int(os.environ.get("SIDECAR_PORT") or free_port())
    settings = Settings.from_env(
        {
            "MENTORSHIP_ENV": "development",
            "MENTORSHIP_BASE_URL": f"http://tool.localhost:{port}",
            "MENTORSHIP_DATABASE_URL": f"sqlite:///{folder / 'school.sqlite3'}",
            "MENTORSHIP_ENCRYPTION_KEYS": Fernet.generate_key().decode(),
            "MENTORSHIP_DATA_DIR": str(folder),
        }
    )
    upgrade(settings.database_url)
    runtime = create_runtime(settings)
    wire = Wire(create_app(runtime), control=True)
    with runtime.db.unit_of_work() as session:
        made = schools.create_school(session, "МБОУ «Лицей № 7»", "Лицей № 7", runtime.clock.now())
        invitation = lti.invite(session, made.id, runtime.clock.now())
    with serving(wire, port):
        moodle.php(
            "local/mentorship/cli/connect.php",
            *(f"--sidecar={settings.base_url}", "--cohort=e2e-staff", "--curator=e2e-curator"),
            *("--course=e2e-mentorship", f"--invitation={invitation}"),
        )
        with runtime.db.unit_of_work(read_only=True) as session:
            waiting = session.scalars(select(SyncPass.id)).all()
            course_id = session.scalars(select(MoodleSite.course_id)).one()
        for pass_id in waiting:
            run_pass(runtime, pass_id)
        yield Sidecar(settings.base_url, wire, course_id)
    runtime.db.engine.dispose()


def open_tool(page: Page, moodle: Moodle, password: str, course_id: int) -> FrameLocator:
    page.set_default_timeout(20_000)
    expect.set_options(timeout=20_000)
    page.goto(f"{moodle.url}/login/index.php", wait_until="networkidle")
    page.fill("#username", "e2e-curator")
    page.fill("#password", password)
    page.click("#loginbtn")
    page.wait_for_url(lambda address: "/login/" not in address)
    page.goto(f"{moodle.url}/course/view.php?id={course_id}")
    # By its name: other tests place further links in the course.
    page.locator("li.modtype_lti .activityname a", has_text="Наставничество").first.click()
    return page.frame_locator("#contentframe")


@pytest.mark.parametrize(
    ("preferences", "partitioned", "arrives"),
    [
        pytest.param(THIRD_PARTIES_BLOCKED, True, {BINDING, SESSION}, id="third-party cookies blocked"),
        pytest.param(THIRD_PARTIES_BLOCKED, False, set(), id="blocked, and no partitioned cookies"),
        pytest.param("off for our host", True, set(), id="off for our host"),
    ],
)
def test_the_curator_comes_in_and_writes(
    tmp_path: Path,
    moodle: Moodle,
    sidecar: Sidecar,
    password: str,
    playwright: Playwright,
    preferences: Any,
    partitioned: bool,
    arrives: set[str],
) -> None:
    host_off = preferences == "off for our host"
    if host_off:
        exceptions = {"cookies": {f"{sidecar.url},*": {"setting": 2}}}
        preferences = THIRD_PARTIES_BLOCKED | {"content_settings": {"exceptions": exceptions}}
    sidecar.wire.partitioned = partitioned
    sidecar.wire.requests.clear()
    with chromium_as_set(playwright, tmp_path / "profile", preferences) as context:
        page = context.new_page()
        # Moodle greets newcomers with a tour that covers the page.
        tour = page.get_by_role("button", name=re.compile("Skip tour|Got it|Пропустить"))
        page.add_locator_handler(tour.first, lambda button: button.click())
        frame = open_tool(page, moodle, password, sidecar.course_id)
        if host_off:
            frame.get_by_role("link", name="Продолжить здесь").click()
            expect(frame.get_by_role("heading", level=1)).to_contain_text("Вы входите как")
            frame.get_by_role("button", name="Продолжить").click()
        expect(frame.get_by_role("heading", level=1, name="Сегодня")).to_be_visible()
        for label in ("Сотрудники", "Банки", "Пары", "Школа"):
            frame.locator(".k-tabs").get_by_role("link", name=label).click()
            expect(frame.locator(".k-tabs [aria-current]")).to_contain_text(label)
        frame.get_by_role("link", name="Изменить").first.click()
        frame.get_by_role("button", name="Сохранить").first.click()
        expect(frame.get_by_role("status")).to_be_visible()
        PICTURES.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=PICTURES / f"transport-{'off' if host_off else partitioned}.png")
        address = next(each.url for each in page.frames if each.url.startswith(sidecar.url))
    assert urlsplit(address).path.startswith("/~") is not bool(arrives)
    sent = [request for request in sidecar.wire.requests if request.site is not None]
    assert frozenset().union(*(request.cookies for request in sent)) == arrives
