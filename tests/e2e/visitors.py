"""Somebody who opens the product as people do: Moodle, the course, the frame."""

from pathlib import Path

from playwright.sync_api import BrowserContext, Frame, Page

from moodle_mentorship.demo.installation import DemoInstallation

COURSE = "/course/view.php?id=2"
# Moodle's frame is as high as the page in it, between the bounds of demo/moodle/static/frame.js.
FITS = """() => document.documentElement.clientHeight ===
  Math.min(6000, Math.max(398, Math.ceil(document.body.getBoundingClientRect().height)))"""


class Visitor:
    """A person of the demonstration's first page, in a browser of their own."""

    def __init__(self, context: BrowserContext, demo: DemoInstallation, username: str, pictures: Path) -> None:
        self.username, self._pictures, self._moodle = username, pictures, demo.moodle_url
        self._context = context
        self._context.set_default_timeout(10_000)
        self.page: Page = self._context.new_page()
        self.faults: list[str] = []
        self.page.on("console", lambda line: self.faults.append(line.text) if line.type == "error" else None)
        self.page.goto(f"{self._moodle}/")
        person = self.page.locator("form", has=self.page.locator(f'input[name="username"][value="{username}"]'))
        person.get_by_role("button").click()
        self.page.wait_for_url(f"**{COURSE}*")

    @property
    def frame(self) -> Frame:
        """Our page inside Moodle's course page."""
        handle = self.page.wait_for_selector("#contentframe")
        frame = handle.content_frame() if handle else None
        assert frame is not None
        frame.wait_for_selector("main h1")
        return frame

    def again(self) -> Frame:
        """Open the course anew: a new launch."""
        self.page.goto(self._moodle + COURSE)
        return self.frame

    def tab(self, label: str) -> Frame:
        self.frame.wait_for_function(FITS)
        self.frame.locator(".k-tabs a", has_text=label).first.click()
        self.frame.wait_for_selector(f'.k-tabs [aria-current="page"]:has-text("{label}")')
        return self.frame

    def press(self, name: str) -> None:
        """Press a button of the page that is coming up, once Moodle's frame fits it: a click on what moves away under
        the pointer meets nothing."""
        button = self.frame.get_by_role("button", name=name, exact=True)
        button.wait_for()
        self.frame.wait_for_function(FITS)
        button.click()

    def picture(self, name: str) -> Path:
        self._pictures.mkdir(parents=True, exist_ok=True)
        self.page.wait_for_timeout(300)
        target = self._pictures / f"{name}.png"
        self.page.screenshot(path=target, full_page=True)
        return target

    def close(self) -> None:
        self._context.close()
