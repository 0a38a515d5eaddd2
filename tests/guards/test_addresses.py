"""No page names an address of ours by hand: a session's handle may stand in front of it (docs/decisions/0007)."""

import re
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "moodle_mentorship"
TEMPLATES = [path for path in PACKAGE.rglob("templates/**/*.html") if "demo_moodle" not in path.parts]
SCRIPTS = [path for path in PACKAGE.rglob("static/**/*.js") if "demo" not in path.parts]
SOURCES = [path for path in PACKAGE.rglob("*.py") if "demo" not in path.parts]

# An attribute that leads somewhere, and whose value begins with a slash or with our own host.
IN_TEMPLATE = re.compile(
    r"""\b(?:href|src|srcset|action|formaction|data-[a-z-]*(?:href|url|address)|hx-[a-z-]+)\s*=\s*["']\s*/"""
)
# `request.path` and its kin lack the handle: url_for() and here() have it.
REQUEST = re.compile(r"\brequest\.(?:path|full_path|url|base_url|url_root|root_url)\b")
IN_SCRIPT = re.compile(r"""["'`]/[A-Za-z~$]|location\.(?:origin|pathname|host)\b""")
IN_SOURCE = re.compile(r"""\bredirect\(\s*f?["']/""")


def hits(pattern: re.Pattern[str], files: list[Path]) -> list[str]:
    return [
        f"{path.relative_to(PACKAGE)}:{number}: {line.strip()}"
        for path in files
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if pattern.search(line)
    ]


def test_there_is_something_to_look_at() -> None:
    assert min(len(TEMPLATES), len(SOURCES)) > 20
    assert SCRIPTS


def test_no_template_names_an_address_by_hand() -> None:
    assert hits(IN_TEMPLATE, TEMPLATES) == []
    assert hits(REQUEST, TEMPLATES) == []


def test_no_script_builds_an_address() -> None:
    assert hits(IN_SCRIPT, SCRIPTS) == []


def test_no_view_redirects_to_an_address_by_hand() -> None:
    assert hits(IN_SOURCE, SOURCES) == []


def test_the_patterns_see_what_they_are_for() -> None:
    for wrong in ('<a href="/staff/">', "<form action='/role'>", '<div hx-get="/sync/progress">', '<a data-url="/x">'):
        assert IN_TEMPLATE.search(wrong), wrong
    for wrong in ('fetch("/lti/probe")', "x = `/${path}`", "location.origin + path", "'/~' + handle"):
        assert IN_SCRIPT.search(wrong), wrong
    assert IN_SOURCE.search('redirect("/staff/")')
    assert IN_SOURCE.search("redirect(f'/pairs/{x}')")
    assert not IN_TEMPLATE.search("<a href=\"{{ url_for('people.staff') }}\">")
