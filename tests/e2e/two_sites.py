"""The demonstration on two https host names, with a wire that notes what browsers send, and Chromium as people set it.

Over plain http, or with sidecar and Moodle on one host, a browser's rules for third parties don't apply: such a test
would prove nothing.
"""

import json
import ssl
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import trustme
from playwright.sync_api import BrowserContext, Playwright

from moodle_mentorship.core.settings import Environment
from moodle_mentorship.demo.installation import DemoInstallation
from moodle_mentorship.demo.moodle.transport import free_port, serving
from tests.e2e.browser import FLAGS, chromium_path

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

#: A cookie of the sidecar's host as trackers set them: whether it comes back says what the browser blocks.
CONTROL = "control"


@dataclass(frozen=True)
class Request:
    """What a browser sent, and how it was answered."""

    path: str
    method: str
    cookies: frozenset[str]
    referrer: str
    site: str | None
    status: int


@dataclass
class Wire:
    """Between browser and sidecar (or Moodle): notes each request, adds the control cookie, and may take the word
    `Partitioned` out of cookies, which is how they reach a browser that doesn't know it."""

    app: "WSGIApplication"
    control: bool = False
    partitioned: bool = True
    requests: list[Request] = field(default_factory=list)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        cookies = (part.split("=")[0].strip() for part in environ.get("HTTP_COOKIE", "").split(";"))
        path, sent = environ.get("PATH_INFO", ""), frozenset(name for name in cookies if name)

        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Callable[[bytes], object]:
            referrer, site = environ.get("HTTP_REFERER", ""), environ.get("HTTP_SEC_FETCH_SITE")
            self.requests.append(Request(path, environ["REQUEST_METHOD"], sent, referrer, site, int(status[:3])))
            if not self.partitioned:
                headers = [(name, value.replace("; Partitioned", "")) for name, value in headers]
            if self.control:
                headers = [*headers, ("Set-Cookie", f"{CONTROL}=1; Path=/; Secure; SameSite=None")]
            return start_response(status, headers, *more)

        return self.app(environ, start)


@dataclass
class TwoSites:
    """A connected, filled demonstration at two https addresses."""

    demo: DemoInstallation
    tool: Wire
    moodle: Wire


@contextmanager
def two_sites(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TwoSites]:
    authority = trustme.CA()
    certificates = folder / "authority.pem"
    authority.cert_pem.write_to_path(str(certificates))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificates))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("tool.localhost", "moodle.localhost").configure_cert(tls)
    tool_port, moodle_port = free_port(), free_port()
    demo = DemoInstallation(
        folder,
        tool_url=f"https://tool.localhost:{tool_port}",
        moodle_url=f"https://moodle.localhost:{moodle_port}",
        environment=Environment.DEVELOPMENT,
    )
    sites = TwoSites(demo, Wire(demo.app, control=True), Wire(demo.moodle))
    with serving(sites.moodle, moodle_port, tls=tls), serving(sites.tool, tool_port, tls=tls):
        demo.fill()
        yield sites
    demo.runtime.db.engine.dispose()


@contextmanager
def chromium_as_set(
    playwright: Playwright, folder: Path, preferences: dict[str, Any], flags: Sequence[str] = ()
) -> Iterator[BrowserContext]:
    """Chromium with a profile of its own and a person's settings in it.

    Without Playwright's own flags: they switch partitioned storage off, and no person's browser is like that.
    """
    path = chromium_path()
    assert path is not None
    (folder / "Default").mkdir(parents=True)
    (folder / "Default" / "Preferences").write_text(json.dumps({"profile": preferences}))
    context = playwright.chromium.launch_persistent_context(
        str(folder),
        executable_path=path,
        headless=True,
        ignore_default_args=True,
        args=[
            *FLAGS,
            *flags,
            "--headless",
            "--remote-debugging-pipe",
            f"--user-data-dir={folder}",
            "--password-store=basic",
            # Playwright finds no frame in a page that comes back alive.
            "--disable-back-forward-cache",
            "about:blank",
        ],
        ignore_https_errors=True,
        locale="ru-RU",
        viewport={"width": 1280, "height": 720},
    )
    try:
        yield context
    finally:
        context.close()
