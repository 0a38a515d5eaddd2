"""The same in Firefox, over WebDriver BiDi (Playwright can't drive a Firefox that is not its own).

Firefox keeps third-party cookies apart by site as it comes ("Total Cookie Protection"); people may have them rejected.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.test_transports import BINDING, ROLES, SESSION, pages_open_to
from tests.e2e.two_sites import CONTROL, TwoSites, two_sites

HERE = Path(__file__).parent / "firefox"
FIREFOX = shutil.which("firefox-esr") or shutil.which("firefox")
NODE = shutil.which("node")
MISSING = [
    name
    for name, there in {
        "Firefox (Debian: apt-get install firefox-esr)": FIREFOX,
        "Node.js 20": NODE,
        "puppeteer-core (npm ci --prefix tests/e2e/firefox)": (HERE / "node_modules" / "puppeteer-core").is_dir(),
    }.items()
    if not there
]
pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(300),
    pytest.mark.skipif(bool(MISSING) and os.environ.get("CI") != "true", reason=f"NO FIREFOX: {', '.join(MISSING)}"),
]


@dataclass(frozen=True)
class Setting:
    """Preferences of a person, who looks, and what the sidecar must see of their browser."""

    preferences: dict[str, Any]
    people: list[str]
    arrives: frozenset[str]
    in_path: bool


SETTINGS = {
    "as it comes": Setting({}, ["tikhomirova.e"], frozenset({BINDING, SESSION, CONTROL}), in_path=False),
    # Partitioned cookies are rejected too; `sessionStorage` is kept for each pair of sites.
    "third-party cookies rejected": Setting({"network.cookie.cookieBehavior": 1}, ROLES, frozenset(), in_path=True),
}


@pytest.fixture(params=SETTINGS)
def set_up(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, local_names: None
) -> Iterator[tuple[Setting, TwoSites]]:
    with two_sites(tmp_path, monkeypatch) as sites:
        yield SETTINGS[request.param], sites


def walk(setting: Setting, sites: TwoSites) -> list[dict[str, Any]]:
    """What Firefox saw, person by person."""
    asked = {
        "executable": FIREFOX,
        "preferences": setting.preferences,
        "moodle": sites.demo.moodle_url,
        "tool": sites.demo.tool_url,
        "people": [
            {
                "username": username,
                "pages": [page for page in pages_open_to(sites.demo, username).values() if not page.endswith(".csv")],
                "click": "Согласиться" if username in {"tikhomirova.e", "lebedeva.a"} else None,
            }
            for username in setting.people
        ],
    }
    done = subprocess.run(
        [str(NODE), "walk.mjs"],
        input=json.dumps(asked),
        cwd=HERE,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert "firefox" in seen["version"].lower()
    people: list[dict[str, Any]] = seen["people"]
    return people


def test_firefox_opens_every_page_and_writes(set_up: tuple[Setting, TwoSites]) -> None:
    setting, sites = set_up
    sites.tool.requests.clear()
    people = walk(setting, sites)
    assert [person["username"] for person in people] == setting.people
    for person in people:
        # Nobody had to click on the way: the tab kept the login's secret where the browser kept no cookie.
        assert person["steps"] == []
        assert person["prefix"].startswith("/~") is setting.in_path
        assert len(person["pages"]) >= 2
        for page in person["pages"]:
            assert page["path"].startswith(person["prefix"] + "/"), page
            assert 200 in {request.status for request in sites.tool.requests if request.path == page["path"]}, page
            # A part of a page, which its page asks for, has neither.
            assert (page["heading"] and page["styled"]) or page["address"].endswith("/progress"), page
        written = person["written"]
        if written is not None:
            assert written["said"]
            assert written["path"] == written["reloaded"]["path"] == person["prefix"] + "/"
            assert written["reloaded"]["heading"] == written["heading"]
    sent = [request for request in sites.tool.requests if request.site is not None]
    # 206: the rest of a file whose loading a click had cut off.
    assert {request.status for request in sent} <= {200, 206, 302, 303, 304}
    assert frozenset().union(*(request.cookies for request in sent)) == setting.arrives
