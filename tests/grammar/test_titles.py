"""Posts and organisations in six cases: right, or marked for a person to look at."""

from pathlib import Path

import pytest

from moodle_mentorship.grammar.cases import Case
from moodle_mentorship.grammar.titles import decline_title


def gold(name: str = "posts.txt") -> list[list[str]]:
    text = (Path(__file__).parent / name).read_text(encoding="utf-8").partition("\n")[2]
    return [block.splitlines() for block in text.strip().split("\n\n")]


def test_titles_of_schools_are_right_or_marked() -> None:
    checked = 0
    for forms in gold():
        declined = decline_title(forms[0])
        checked += not declined.sure
        assert list(declined.forms) == forms or not declined.sure, declined
    assert len(gold()) >= 60
    assert checked <= len(gold()) // 10


def test_organisations_are_right_or_marked() -> None:
    """The head declines with its adjectives, the quoted name and what hangs on the head stay."""
    checked = 0
    for forms in gold("organisations.txt"):
        declined = decline_title(forms[0])
        checked += not declined.sure
        assert list(declined.forms) == forms or not declined.sure, declined
    assert len(gold("organisations.txt")) >= 40
    assert checked <= len(gold("organisations.txt")) // 10


@pytest.mark.parametrize(
    "title",
    [
        "космонавт",
        "учитель и тренер",
        "учитель, массажист",
        "врач-психиатр",
        "и. о. директор",
        "зам. директор",
        "зав.хоз",
        "зам директора",
        "учитель музыки/педагог-психолог",
        "учитель физики + информатики",
        "учитель химии; классный руководитель",
        "учитель – логопед",
        "учитель русский язык",
        "медицинская сестра диетическая",
        "старшая методист",
        "физ. рук.",
        "муниципальное учреждение гимназия № 3",
        "старший научный",
        "teacher",
        "",
    ],
)
def test_what_is_not_known_is_marked(title: str) -> None:
    declined = decline_title(title)
    assert not declined.sure
    assert declined[Case.NOMINATIVE] == title


def test_capitals_are_kept() -> None:
    assert decline_title("ДИРЕКТОР")[Case.DATIVE] == "ДИРЕКТОРУ"
    assert decline_title("Старший вожатый")[Case.DATIVE] == "Старшему вожатому"
