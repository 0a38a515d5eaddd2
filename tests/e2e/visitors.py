"""Somebody who opens the product as people do: Moodle, the course, the frame."""

import re
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Literal

from playwright.sync_api import BrowserContext, Frame, Page

from moodle_mentorship.demo.installation import DemoInstallation

COURSE = "/course/view.php?id=2"
# The demonstration's frame is as high as the page in it, between the bounds of demo/moodle/static/frame.js; a page of
# nobody's visit doesn't know whom to tell its height.
FITS = """() => !document.querySelector('meta[name="frame-origin"]') || document.documentElement.clientHeight ===
  Math.min(6000, Math.max(398, Math.ceil(document.body.getBoundingClientRect().height)))"""


class InCourse(ABC):
    """A person before our page in a Moodle's course. `clicks` counts what they have to press, `typed` keeps what they
    have to type."""

    def __init__(self, page: Page, pictures: Path) -> None:
        self.page, self.pictures = page, pictures
        self.clicks = 0
        self.typed: list[str] = []

    @property
    def frame(self) -> Frame:
        """Our page inside Moodle's course page."""
        handle = self.page.wait_for_selector("#contentframe")
        frame = handle.content_frame() if handle else None
        assert frame is not None
        frame.wait_for_selector("main h1")
        return frame

    @abstractmethod
    def settle(self) -> None:
        """Until Moodle's frame has the height of the page that is coming up: a click on what moves away under the
        pointer meets nothing."""

    def tab(self, label: str) -> Frame:
        self.settle()
        self.clicks += 1
        # The tab may be open already: only a new page is an answer.
        with self.frame.expect_navigation():
            self.frame.locator(".k-tabs a", has_text=label).first.click()
        self.frame.wait_for_selector(f'.k-tabs [aria-current="page"]:has-text("{label}")')
        return self.frame

    def press(self, name: str) -> None:
        """Press the button of this name."""
        self._click("button", name)

    def follow(self, name: str | re.Pattern[str]) -> None:
        """Follow the link of this name, until the page behind it is there and its scripts listen."""
        with self.frame.expect_navigation():
            self._click("link", name)

    def choose(self, who: str, field: str) -> None:
        """Choose somebody by the link with their name, until the page comes back with `field` in its address: a click
        before that meets the page that goes, and the choice is lost."""
        self.settle()
        self.clicks += 1
        with self.frame.expect_navigation(url=re.compile(f"[?&]{field}=")):
            self.frame.get_by_role("link", name=re.compile(who)).click()

    def mark(self, question: str, answer: str) -> None:
        """Tick an answer of the questionnaire's item of this code."""
        choice = self.frame.locator(f"form[data-survey] [name='a.{question}'][value='{answer}']")
        choice.wait_for()
        # The answer before may have opened a question, and the page has grown.
        self.settle()
        self.clicks += 1
        choice.check()

    def write(self, question: str, text: str) -> None:
        """Answer the questionnaire's item of this code in words."""
        self.typed.append(text)
        self.frame.locator(f"form[data-survey] [name='a.{question}']").fill(text)

    def type(self, label: str, text: str) -> None:
        """Fill the field of this label."""
        self.typed.append(text)
        self.frame.get_by_label(label, exact=True).fill(text)

    def _click(self, role: Literal["button", "link"], name: str | re.Pattern[str]) -> None:
        target = self.frame.get_by_role(role, name=name, exact=True).first
        target.wait_for()
        self.settle()
        self.clicks += 1
        target.click()

    def picture(self, name: str) -> Path:
        self.pictures.mkdir(parents=True, exist_ok=True)
        self.page.wait_for_timeout(300)
        target = self.pictures / f"{name}.png"
        self.page.screenshot(path=target, full_page=True)
        return target


class Visitor(InCourse):
    """A person of the demonstration's first page, in a browser of their own."""

    def __init__(self, context: BrowserContext, demo: DemoInstallation, username: str, pictures: Path) -> None:
        context.set_default_timeout(20_000)
        super().__init__(context.new_page(), pictures)
        self.username, self._moodle, self._context = username, demo.moodle_url, context
        self.faults: list[str] = []
        self.page.on("console", lambda line: self.faults.append(line.text) if line.type == "error" else None)
        self.page.goto(f"{self._moodle}/")
        person = self.page.locator("form", has=self.page.locator(f'input[name="username"][value="{username}"]'))
        person.get_by_role("button").click()
        self.page.wait_for_url(f"**{COURSE}*")

    @property
    def frame(self) -> Frame:
        """Our page, when the demonstration's frame has grown to it."""
        frame = super().frame
        frame.wait_for_function(FITS)
        return frame

    def settle(self) -> None:
        assert self.frame

    def again(self) -> Frame:
        """Open the course anew: a new launch."""
        self.page.goto(self._moodle + COURSE)
        return self.frame

    def close(self) -> None:
        self._context.close()
