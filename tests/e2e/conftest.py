"""The demonstration on two host names, in threads, and Chromium looking at it as teachers do."""

import os
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, expect, sync_playwright

from moodle_mentorship.core.clock import local_date
from moodle_mentorship.core.settings import Environment
from moodle_mentorship.demo.installation import DemoInstallation
from moodle_mentorship.demo.moodle.config import DemoVisitor
from moodle_mentorship.demo.moodle.seed import VISITORS
from moodle_mentorship.demo.moodle.transport import free_port, serving
from tests.e2e.browser import chromium_path, launch_chromium
from tests.e2e.visitors import Visitor

# A mentor and a mentee without a pair, a teacher in no bank, and a pupil who is not staff.
MORE_VISITORS = ("dubrovina.g", "barashkova.y", "kuzmichev.l", "saakyan.a", "zhivago.y", "agafonov.k")
# A busy machine is slow, not wrong.
expect.set_options(timeout=20_000)

PICTURES = Path(__file__).parents[2] / "test-results" / "demo"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Where there is no browser the tests say so; on CI that is a fault, not a skip."""
    here = Path(__file__).parent
    reason = "NO BROWSER: install Chromium (Debian: apt-get install chromium)"
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.e2e)
            if chromium_path() is None and os.environ.get("CI") != "true":
                item.add_marker(pytest.mark.skip(reason=reason))


def school_day(demo: DemoInstallation) -> date:
    """The day where the demonstration's school is: for three hours of each it is not UTC's."""
    return local_date(demo.runtime.clock.now(), "Europe/Moscow")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory, local_names: None) -> Iterator[DemoInstallation]:
    """A connected, filled demonstration: sidecar and Moodle are two sites, so cookies are what they are in schools."""
    tool_port, moodle_port = free_port(), free_port()
    installation = DemoInstallation(
        tmp_path_factory.mktemp("demo"),
        tool_url=f"http://tool.localhost:{tool_port}",
        moodle_url=f"http://moodle.localhost:{moodle_port}",
        environment=Environment.DEVELOPMENT,
        visitors=(*VISITORS, *(DemoVisitor(username, "", "") for username in MORE_VISITORS)),
    )
    with serving(installation.moodle, moodle_port), serving(installation.app, tool_port):
        installation.fill()
        yield installation
    installation.runtime.db.engine.dispose()


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """One for the process: a second would not start."""
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    with closing(launch_chromium(playwright)) as chromium:
        yield chromium


Enter = Callable[..., Visitor]


@pytest.fixture
def enter(demo: DemoInstallation, browser: Browser) -> Iterator[Enter]:
    """Be one of the people of the first page, in a browser of one's own."""
    visitors: list[Visitor] = []

    def come(username: str, width: int = 1280) -> Visitor:
        context = browser.new_context(viewport={"width": width, "height": 720}, locale="ru-RU")
        visitors.append(Visitor(context, demo, username, PICTURES))
        return visitors[-1]

    yield come
    for visitor in visitors:
        visitor.close()
