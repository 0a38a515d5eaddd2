"""Every page of every role, and a write of each, in browsers that keep our cookies and in browsers that don't.

Each way of setting up a browser gets a school of its own; what the browser really sent is read off the wire.
"""

import io
import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from openpyxl import load_workbook
from playwright.sync_api import BrowserContext, Frame, Locator, Page, Playwright, Response, expect

from moodle_mentorship.core.actor import Role
from moodle_mentorship.demo.installation import DemoInstallation
from tests.e2e.browser import axe_violations, sideways
from tests.e2e.conftest import PICTURES
from tests.e2e.two_sites import CONTROL, TwoSites, chromium_as_set, two_sites
from tests.e2e.visitors import FITS, Visitor
from tests.pages import session_pages

BINDING, SESSION = "__Host-mentorship-binding", "__Host-mentorship-session"
ROLES = ["vereshchagina.o", "sokolovskiy.i", "tikhomirova.e", "lebedeva.a", "admin"]
THIRD_PARTIES_BLOCKED = {"cookie_controls_mode": 1, "block_third_party_cookies": True}


@dataclass(frozen=True)
class Setting:
    """How a person's browser is set, and what follows."""

    preferences: dict[str, Any] = field(default_factory=dict)
    # The browser knows partitioned cookies (not Safari before 18.4).
    partitioned: bool = True
    # The sidecar's host may keep nothing at all.
    host_off: bool = False
    # Frames of other sites may keep nothing at all (Chromium before 115).
    frames_keep_nothing: bool = False
    # What arrives at the sidecar inside Moodle's frame, and where the session's handle travels.
    arrives: frozenset[str] = frozenset({BINDING, SESSION})
    in_path: bool = False
    # Pages about one row are opened too, through the links to them: once with cookies, once without. Pages differ by
    # nothing but where the handle travels, and tests/lti/test_transports.py reads all addresses of every page.
    follows: bool = False

    @property
    def asks(self) -> bool:
        """Not even `sessionStorage` works inside Moodle's frame."""
        return self.host_off or self.frames_keep_nothing


SETTINGS = {
    "cookies allowed": Setting(
        {"cookie_controls_mode": 0, "block_third_party_cookies": False}, arrives=frozenset({BINDING, SESSION, CONTROL})
    ),
    "third-party cookies blocked": Setting(THIRD_PARTIES_BLOCKED, follows=True),
    "blocked, and no partitioned cookies": Setting(
        THIRD_PARTIES_BLOCKED, partitioned=False, arrives=frozenset(), in_path=True
    ),
    "frames keep nothing": Setting(
        THIRD_PARTIES_BLOCKED,
        partitioned=False,
        frames_keep_nothing=True,
        arrives=frozenset(),
        in_path=True,
        follows=True,
    ),
    "off for our host": Setting(THIRD_PARTIES_BLOCKED, host_off=True, arrives=frozenset(), in_path=True),
}


@dataclass
class Set:
    """A browser set in one of these ways, and the school that it looks at."""

    setting: Setting
    sites: TwoSites
    context: BrowserContext

    def arrive(self, username: str) -> Visitor:
        """Somebody else at the same machine: nothing of the one before is left but the settings."""
        for page in self.context.pages[1:]:
            page.close()
        self.context.clear_cookies()
        return Visitor(self.context, self.sites.demo, username, PICTURES)

    def enter(self, username: str) -> Visitor:
        """Arrive, and come as far as the first page."""
        visitor = self.arrive(username)
        if self.setting.asks:
            continue_here(visitor.page)
        return visitor

    def prefix(self, address: str) -> str:
        """What stands before our pages' own addresses: the handle, or nothing."""
        first = "/" + urlsplit(address).path.split("/")[1]
        assert first.startswith("/~") is self.setting.in_path
        return first if self.setting.in_path else ""


ASKING = [name for name, setting in SETTINGS.items() if setting.asks]


def frame_of(page: Page) -> Frame:
    frame = page.wait_for_selector("#contentframe").content_frame()  # type: ignore[union-attr]
    assert frame is not None
    return frame


def continue_here(page: Page) -> None:
    """Through the two pages of a browser that keeps nothing: on here, and yes, it's me."""
    frame_of(page).get_by_role("link", name="Продолжить здесь").click()
    frame_of(page).get_by_role("button", name="Продолжить").click()


@pytest.fixture(scope="module", params=SETTINGS)
def browser_set(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    local_names: None,
    playwright: Playwright,
) -> Iterator[Set]:
    setting = SETTINGS[request.param]
    folder = tmp_path_factory.mktemp("transports")
    with ExitStack() as stack:
        monkeypatch = stack.enter_context(pytest.MonkeyPatch.context())
        sites = stack.enter_context(two_sites(folder, monkeypatch))
        sites.tool.partitioned = setting.partitioned
        preferences = dict(setting.preferences)
        if setting.host_off:
            exceptions = {"cookies": {f"{sites.demo.tool_url},*": {"setting": 2}}}
            preferences["content_settings"] = {"exceptions": exceptions}
        flags = ["--disable-features=ThirdPartyStoragePartitioning"] if setting.frames_keep_nothing else []
        context = stack.enter_context(chromium_as_set(playwright, folder / "profile", preferences, flags))
        yield Set(setting, sites, context)


def go(frame: Frame, address: str) -> Response:
    """Follow an address as a click does (from the page itself), and see how it is answered in the end."""
    with frame.expect_navigation() as answered:
        frame.evaluate("address => { setTimeout(() => window.location.assign(address), 0); }", address)
    return answered.value


def download(link: Locator) -> str:
    """Click on a link to a file, keep the file, and say where the link leads."""
    with link.page.expect_download() as kept:
        link.click()
    file = Path(kept.value.path())
    if urlsplit(link.get_attribute("href") or "").path.endswith(".xlsx"):
        assert len(list(load_workbook(io.BytesIO(file.read_bytes())).worksheets[0].iter_rows())) > 1
    else:
        assert file.read_text(encoding="utf-8-sig").count("\n") > 1
    return urlsplit(link.get_attribute("href") or "").path


def is_page(answer: Response) -> bool:
    """A whole page; else it is a part of one, that htmx asks for, or a PDF, around which Chromium builds a page."""
    return answer.headers["content-type"].startswith("text/html") and "<!doctype html>" in answer.text()[:300]


# Where links are not followed, the handle travels as in a setting that follows them: the curator's pages show it.
@pytest.mark.parametrize(
    ("browser_set", "username"),
    [(name, role) for name, setting in SETTINGS.items() for role in (ROLES if setting.follows else ROLES[:1])],
    indirect=["browser_set"],
)
def test_every_page_of_every_role_opens(browser_set: Set, username: str) -> None:
    browser_set.sites.tool.requests.clear()
    visitor = browser_set.enter(username)
    visitor.frame.wait_for_selector(".k-tabs")
    prefix = browser_set.prefix(visitor.frame.url)
    router = browser_set.sites.demo.app.url_map.bind("tool.localhost")
    allowed, seen = pages_open_to(browser_set.sites.demo, username), set[str]()
    waiting = [prefix + address for address in allowed.values()]
    while waiting:
        address = waiting.pop()
        path = urlsplit(address).path
        assert path.startswith(f"{prefix}/"), address
        endpoint = router.match(path.removeprefix(prefix), method="GET")[0]
        if endpoint in seen or path.endswith((".csv", ".xlsx", ".docx", ".json", ".pdf", "/scan")):
            continue
        seen.add(endpoint)
        frame = frame_of(visitor.page)
        answer = go(frame, address)
        assert answer.status == 200, address
        if not is_page(answer):
            continue
        frame.wait_for_selector("main h1")
        # The page, with its header and its style: files come too.
        assert frame.locator(".k-head").count() == 1, address
        assert frame.locator(".k-tabs").evaluate("element => getComputedStyle(element).display") == "flex", address
        links = frame.eval_on_selector_all("a[href]", "all => all.map(a => a.getAttribute('href'))")
        if browser_set.setting.follows:
            waiting += [link for link in links if link.startswith("/")]
        for link in frame.locator('a[href*=".csv"], a[href*=".xlsx"]').all():
            visitor.settle()
            seen.add(router.match(download(link).removeprefix(prefix), method="GET")[0])
    assert allowed.keys() <= seen
    assert visitor.faults == []
    prove_what_was_sent(browser_set)


def pages_open_to(demo: DemoInstallation, username: str) -> dict[str, str]:
    """Endpoint and address of every page without a row's number that the rules open to the person."""
    roles = frozenset({Role.ADMINISTRATOR})
    if username != "admin":
        with demo.runtime.db.unit_of_work(read_only=True) as session:
            roles = demo.actor(session, username).roles
    return session_pages(demo.app, roles)


def prove_what_was_sent(browser_set: Set) -> None:
    """The browser is what the test says it is: these cookies came to the sidecar, and no other."""
    setting, sites = browser_set.setting, browser_set.sites
    sent = [request for request in sites.tool.requests if request.site is not None]
    assert len(sent) > 10
    assert frozenset().union(*(request.cookies for request in sent)) == setting.arrives
    # Moodle learns no address of ours, neither from the login nor from a link.
    origin = f"{sites.demo.moodle_url}/"
    assert {request.referrer for request in sites.moodle.requests if not request.referrer.startswith(origin)} <= {""}


def saved(browser_set: Set, visitor: Visitor, prefix: str) -> None:
    """What was posted is done, and the page after it belongs to the same visit."""
    expect(visitor.frame.get_by_role("status")).to_be_visible()
    assert browser_set.prefix(visitor.frame.url) == prefix
    assert visitor.faults == []


def test_every_role_writes(browser_set: Set) -> None:
    curator = browser_set.enter("vereshchagina.o")
    prefix = browser_set.prefix(curator.frame.url)
    curator.tab("Пары")
    curator.follow("Составить пару")
    curator.choose("Барашкова", "mentee")
    curator.choose("Дубровина", "mentor")
    curator.press("Предложить обоим")
    saved(browser_set, curator, prefix)
    # From a list back to the same list, with its filters.
    curator.tab("Сотрудники").locator("[name=search]").fill("Живаго")
    # Otherwise the next click may still meet the page before, and its form goes down with it.
    with curator.frame.expect_navigation(url=re.compile("search=")):
        curator.frame.locator("[name=search]").press("Enter")
    curator.frame.locator(".k-table .k-menu summary").first.click()
    curator.frame.locator('.k-table .k-menu form[action$="/banks/mentees"] button').first.click()
    saved(browser_set, curator, prefix)
    assert parse_qs(urlsplit(curator.frame.url).query)["search"] == ["Живаго"]

    for username in ("tikhomirova.e", "lebedeva.a"):
        side = browser_set.enter(username)
        prefix = browser_set.prefix(side.frame.url)
        side.press("Согласиться")
        saved(browser_set, side, prefix)

    administrator = browser_set.enter("admin")
    prefix = browser_set.prefix(administrator.frame.url)
    passes = browser_set.sites.tool.requests
    passes.clear()
    administrator.tab("Синхронизация")
    administrator.press("Прочитать всех")
    # htmx asks for the progress each second, and the queue's worker doesn't run here: it goes on.
    administrator.frame.wait_for_selector("#progress")
    administrator.page.wait_for_timeout(2500)
    asked = [request for request in passes if request.path.endswith("/sync/progress")]
    assert len(asked) >= 1
    assert browser_set.prefix(administrator.frame.url) == prefix
    assert administrator.faults == []


def test_reload_and_back_stay_in_the_visit(browser_set: Set) -> None:
    visitor = browser_set.enter("vereshchagina.o")
    prefix = browser_set.prefix(visitor.frame.url)
    visitor.tab("Пары")
    with visitor.frame.expect_navigation() as reloaded:
        visitor.frame.evaluate("() => { setTimeout(() => window.location.reload(), 0); }")
    assert reloaded.value.status == 200
    visitor.tab("Школа")
    with visitor.frame.expect_navigation(url="**/pairs/"):
        visitor.frame.evaluate("() => { setTimeout(() => window.history.back(), 0); }")
    expect(visitor.frame.locator(".k-tabs [aria-current]")).to_contain_text("Пары")
    assert browser_set.prefix(visitor.frame.url) == prefix
    # Away from the course and back by the browser's button: Moodle's page shows its frame again, by a new launch or
    # where it was left.
    visitor.page.goto(f"{browser_set.sites.demo.moodle_url}/")
    visitor.page.go_back()
    if browser_set.setting.asks:
        offer = frame_of(visitor.page).get_by_role("link", name="Продолжить здесь")
        offer.or_(frame_of(visitor.page).locator(".k-tabs")).wait_for()
        if offer.count():
            continue_here(visitor.page)
    visitor.frame.wait_for_selector(".k-tabs")


def test_the_frame_grows_to_the_page(browser_set: Set) -> None:
    visitor = browser_set.enter("vereshchagina.o")
    frame = visitor.tab("Сотрудники")
    expect(visitor.page.locator("#contentframe")).not_to_have_attribute("height", "600")
    frame.wait_for_function(FITS)
    assert frame.evaluate("document.documentElement.scrollHeight - document.documentElement.clientHeight") == 0


def look_at(page: Page, frame: Frame, name: str) -> None:
    """Pictures at both widths, and what every page keeps."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 720})
        page.wait_for_timeout(200)
        page.screenshot(path=PICTURES / f"transports-{name}-{width}.png")
        assert sideways(frame) == 0
    assert axe_violations(frame) == []


@pytest.mark.parametrize("browser_set", ASKING, indirect=True)
def test_a_window_of_its_own_is_offered_where_the_frame_keeps_nothing(browser_set: Set) -> None:
    """There the login begins anew, with Moodle's hint unused: cookies are first-party, or the person is asked."""
    visitor = browser_set.arrive("vereshchagina.o")
    offer = frame_of(visitor.page).get_by_role("link", name="Открыть в новом окне")
    expect(offer).to_be_visible()
    look_at(visitor.page, frame_of(visitor.page), "window")
    with browser_set.context.expect_page() as opened:
        offer.click()
    window = opened.value
    expect(frame_of(visitor.page).get_by_role("heading", name="Наставничество открыто в новом окне")).to_be_visible()
    if browser_set.setting.host_off:
        yes = window.get_by_role("button", name="Продолжить")
        expect(yes).to_be_visible()
        expect(window.get_by_role("heading", level=1)).to_have_text("Вы входите как Верещагина\u00a0О.\u00a0Н.?")
        look_at(window, window.main_frame, "question")
        yes.click()
    expect(window.locator(".k-tabs")).to_be_visible()
    assert urlsplit(window.url).path.startswith("/~") is browser_set.setting.host_off
    window.locator(".k-tabs a", has_text="Пары").click()
    expect(window.locator(".k-tabs [aria-current]")).to_contain_text("Пары")
    # The address alone opens nothing: typed in, in this browser or in another.
    if browser_set.setting.host_off:
        stranger = browser_set.context.new_page()
        assert stranger.goto(window.url).status == 401  # type: ignore[union-attr]
        reloaded = window.reload()
        assert reloaded is not None
        assert reloaded.status == 200


@pytest.mark.parametrize("browser_set", ASKING, indirect=True)
def test_who_says_no_is_not_let_in(browser_set: Set) -> None:
    visitor = browser_set.arrive("vereshchagina.o")
    frame_of(visitor.page).get_by_role("link", name="Продолжить здесь").click()
    visitor.page.wait_for_timeout(300)
    frame_of(visitor.page).get_by_role("button", name="Это не я").click()
    expect(frame_of(visitor.page).get_by_role("heading", level=1)).to_have_text("Вход отменён")
