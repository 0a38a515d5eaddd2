"""The documents say what the code does."""

import re
from pathlib import Path

from moodle_mentorship import cli

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


def test_every_setting_is_described() -> None:
    source = (ROOT / "moodle_mentorship" / "core" / "settings.py").read_text(encoding="utf-8")
    described = (DOCS / "operations.md").read_text(encoding="utf-8")
    keys = set(re.findall(r"MENTORSHIP_[A-Z_]*[A-Z]", source))
    assert keys == set(re.findall(r"^\| `(MENTORSHIP_[A-Z_]+)`", described, re.MULTILINE))


def test_every_command_is_described() -> None:
    described = (DOCS / "operations.md").read_text(encoding="utf-8")
    assert sorted(name for name in cli.cli.commands if f"`mentorship {name}" not in described) == []


def test_links_between_documents_lead_somewhere() -> None:
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in [ROOT / "README.md", ROOT / "CHANGELOG.md", *DOCS.rglob("*.md")]
        for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]
    assert broken == []


def test_map_from_seed_to_room_names_things_that_exist() -> None:
    """docs/seed-map.md: seed line → room → verb → test; a row of a later issue names its issue instead of a verb."""
    rows = re.findall(r"^\| ([0-9.]+) \|([^|]*)\| `(\w+)/` \| ([^|]+) \| ([^|]+) \|$", _seed_map(), re.MULTILINE)
    assert {number.split(".")[0] for number, *_ in rows} == {"1", "2", "3", "4", "5", "6", "7"}
    missing = []
    for number, _, room, verb, test in rows:
        for name in re.findall(r"`([\w.]+)`", verb):
            module, function = name.rsplit(".", 1)
            source = ROOT / "moodle_mentorship" / room / (module.replace(".", "/") + ".py")
            if not source.exists() or not re.search(rf"^def {function}\(", source.read_text(encoding="utf-8"), re.M):
                missing.append(f"{number}: {room}/{name}")
        for path, function in re.findall(r"`([\w/.]+\.py)::(\w+)`", test):
            if f"def {function}(" not in (ROOT / path).read_text(encoding="utf-8"):
                missing.append(f"{number}: {path}::{function}")
        if "`" not in verb and "issue" not in verb:
            missing.append(f"{number}: neither a verb nor the issue that brings it")
    assert missing == []


def _seed_map() -> str:
    return (DOCS / "seed-map.md").read_text(encoding="utf-8")


def test_the_threat_model_names_tests_that_exist() -> None:
    """A bare file name stands in tests/lti/negative, anything else under tests/."""
    table = (DOCS / "threat-model.md").read_text(encoding="utf-8").partition("| border |")[2].partition("\n\n")[0]
    shown = [row.rstrip(" |").rpartition("|")[2] for row in table.splitlines()[2:]]
    assert len(shown) >= 14
    names = {name.removeprefix("tests/") for cell in shown for name in re.findall(r"`([\w/]+(?:\.py|/))`", cell)}
    places = [ROOT / "tests", ROOT / "tests" / "lti" / "negative"]
    assert sorted(name for name in names if not any((place / name).exists() for place in places)) == []
