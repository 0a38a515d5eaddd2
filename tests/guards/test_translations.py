"""Russian and English are complete and in step with the sources."""

import re
import subprocess
import sys
from pathlib import Path

import polib
import pytest

ROOT = Path(__file__).parents[2]
CATALOGUES = ROOT / "moodle_mentorship" / "translations"


@pytest.fixture(scope="module")
def extracted(tmp_path_factory: pytest.TempPathFactory) -> set[tuple[str, str]]:
    target = tmp_path_factory.mktemp("i18n") / "messages.pot"
    subprocess.run(
        [
            *(sys.executable, "-m", "babel.messages.frontend", "-q", "extract"),
            *("-F", "babel.cfg", "-k", "N_", "-o", str(target), "moodle_mentorship"),
        ],
        cwd=ROOT,
        check=True,
    )
    return {(entry.msgid, entry.msgid_plural) for entry in polib.pofile(str(target))}


@pytest.mark.parametrize("language", ["ru", "en"])
def test_catalogue_holds_exactly_the_messages_of_the_sources(extracted: set[tuple[str, str]], language: str) -> None:
    catalogue = polib.pofile(str(CATALOGUES / language / "LC_MESSAGES" / "messages.po"))
    assert {(entry.msgid, entry.msgid_plural) for entry in catalogue} == extracted
    assert [entry.msgid for entry in catalogue if not entry.translated() or entry.fuzzy] == []


@pytest.mark.parametrize("language", ["ru", "en"])
def test_placeholders_survive_translation(language: str) -> None:
    catalogue = polib.pofile(str(CATALOGUES / language / "LC_MESSAGES" / "messages.po"))
    broken = []
    for entry in catalogue:
        wanted = set(re.findall(r"%\((\w+)\)", entry.msgid + entry.msgid_plural))
        for text in [entry.msgstr, *entry.msgstr_plural.values()]:
            found = set(re.findall(r"%\((\w+)\)", text))
            # A plural form may leave the number out («одна пара»).
            if text and not (wanted - {"num"} <= found <= wanted):
                broken.append(entry.msgid)
    assert broken == []
