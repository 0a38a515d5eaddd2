"""The command line: format 1 in, format 1 out, and refusals that name the line and the field."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from moodle_mentorship.cli import cli

SCHOOL: dict[str, Any] = {
    "format": 1,
    "mentors": [{"id": "m1", "capacity": 1}, {"id": "m2", "capacity": 1}],
    "mentees": [{"id": "a", "priority": 0}, {"id": "b", "priority": 1}, {"id": "c", "priority": 2}],
    "pairs": [
        {"mentee": "a", "mentor": "m1", "score": 9000},
        {"mentee": "a", "mentor": "m2", "score": 8000},
        {"mentee": "b", "mentor": "m1", "score": 7000},
        {"mentee": "c", "mentor": "m1", "score": 10000},
    ],
    "forbidden": [{"mentee": "b", "mentor": "m2", "reason": "line_manager"}],
}


def run(tmp_path: Path, problem: object, *arguments: str) -> Result:
    file = tmp_path / "in.json"
    file.write_text(problem if isinstance(problem, str) else json.dumps(problem, indent=1), encoding="utf-8")
    verb, *rest = arguments
    return CliRunner().invoke(cli, ["matching", verb, str(file), *rest])


def test_solve(tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    assert run(tmp_path, SCHOOL, "solve", "-o", str(out)).exit_code == 0
    answer = json.loads(out.read_text(encoding="utf-8"))
    certificate = answer.pop("certificate")
    assert answer == {
        "format": 1,
        "assignment": {"a": "m2", "b": "m1", "c": None},
        "totals": {"matched_by_priority": [1, 1, 0], "matched": 2, "score": 15000, "objective": 15000},
        "unmatched": [
            {
                "mentee": "c",
                # a and b and c want m1 and m2: a could go to m1 and back, but there is no third place.
                "deficient_set": {"mentees": ["b", "c"], "mentors": ["m1"], "places": 1},
                "removed": [],
            }
        ],
        "equal_choices": [],
    }
    assert certificate["valid"] is True
    assert certificate["priority_weights"] == {"0": 120_000, "1": 80_000, "2": 40_000}
    assert set(certificate["mentee_duals"]) == {"a", "b", "c"}
    assert set(certificate["mentor_duals"]) == {"m1", "m2"}


def test_explain(tmp_path: Path) -> None:
    result = run(tmp_path, SCHOOL, "explain", "--mentee", "c")
    assert json.loads(result.stdout) == {
        "mentee": "c",
        "assigned": None,
        "alternatives": [
            {
                "mentor": "m1",
                "matched_lost": [0, 1, 0],
                "regret": -3000,
                "moves": [
                    {"mentee": "c", "from": None, "to": "m1"},
                    {"mentee": "b", "from": "m1", "to": None},
                ],
                "few_moves": None,
            }
        ],
    }


def test_explain_tells_how_fewer_people_move(tmp_path: Path) -> None:
    """a wants m2: the best answer sends b to m3 and c to m1; moving b to m1 alone costs 400 more."""
    scores = {"a": (9000, 8000, 0), "b": (7600, 9000, 8000), "c": (9000, 0, 9000)}
    school = {
        "format": 1,
        "mentors": [{"id": name, "capacity": 1} for name in ("m1", "m2", "m3")],
        "mentees": [{"id": name, "priority": 0} for name in scores],
        "pairs": [
            {"mentee": mentee, "mentor": mentor, "score": score}
            for mentee, of in scores.items()
            for mentor, score in zip(("m1", "m2", "m3"), of, strict=True)
        ],
    }
    told = json.loads(run(tmp_path, school, "explain", "--mentee", "a").stdout)
    (m2,) = [one for one in told["alternatives"] if one["mentor"] == "m2"]
    assert (told["assigned"], m2["regret"], len(m2["moves"])) == ("m1", 2000, 3)
    assert m2["few_moves"] == {
        "regret": 2400,
        "moves": [{"mentee": "a", "from": "m1", "to": "m2"}, {"mentee": "b", "from": "m2", "to": "m1"}],
    }


def test_an_unknown_mentee(tmp_path: Path) -> None:
    result = run(tmp_path, SCHOOL, "explain", "--mentee", "z")
    assert result.exit_code == 1
    assert "there is no mentee 'z'" in result.output


@pytest.mark.parametrize(
    ("change", "place", "words"),
    [
        ({"format": 2}, "format", "1 is expected"),
        ({"mentors": None}, "mentors", "a list is expected"),
        ({"mentors": [{"id": "m1"}]}, "mentors[0].capacity", "is missing"),
        ({"mentors": [{"id": "m1", "capacity": -1}]}, "mentors[0].capacity", "a whole number from 0 to 10000"),
        ({"mentors": [{"id": "m1", "capacity": 1}] * 2}, "mentors[1].id", "'m1' stands twice"),
        ({"mentees": [{"id": "a", "priority": 3}]}, "mentees[0].priority", "a whole number from 0 to 2"),
        ({"mentees": [{"id": True, "priority": 0}]}, "mentees[0].id", "an id"),
        (
            {"pairs": [{"mentee": "a", "mentor": "m1", "score": 0.5}]},
            "pairs[0].score",
            "a whole number from 0 to 10000",
        ),
        ({"pairs": [{"mentee": "a", "mentor": "x", "score": 1}]}, "pairs[0]", "there is no mentor 'x'"),
        ({"pairs": SCHOOL["pairs"] + SCHOOL["pairs"][:1]}, "pairs[4]", "is listed twice"),
        ({"pins": [["b", "m2"]]}, "pins[0]", "forbidden (line_manager)"),
        ({"pins": [["c", "m2"]]}, "pins[0]", "the pair is not among the allowed ones"),
        ({"pins": [["a", "m1"], ["b", "m1"]]}, "pins[1]", "no place left (capacity 1)"),
        ({"pins": [["a", "m1"], ["a", "m2"]]}, "pins[1]", "the mentee is fixed already"),
        ({"pins": [["a"]]}, "pins[0]", "a pair"),
        ({"previous": [["z", "m1"]]}, "previous[0]", "there is no mentee 'z'"),
        ({"options": {"load_costs": [5, 3]}}, "options.load_costs", "may not cost less"),
        ({"options": {"fairness": "fair"}}, "options.fairness", "one of none, concave"),
        ({"options": {"stability_bonus": "x"}}, "options.stability_bonus", "a whole number"),
        ({"option": {}}, "option", "is not a field of format 1"),
    ],
)
def test_a_wrong_field_is_named_with_its_line(tmp_path: Path, change: dict[str, Any], place: str, words: str) -> None:
    text = json.dumps(SCHOOL | change, indent=1)
    result = run(tmp_path, text, "solve")
    assert result.exit_code == 1
    assert f": {place}: " in result.output
    assert words in result.output
    line = int(result.output.split("line ")[1].split(":")[0])
    assert place.split("[")[0].split(".")[0] in "\n".join(text.splitlines()[:line])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "line 1"),
        ('{"format": 1,\n "mentors": [,]}', "line 2"),
        ("[]", "an object is expected"),
        ('{"format": 1, "format": 1}', "stands twice"),
        ('{"format": 1, "mentors": NaN}', "NaN is no number"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_what_is_no_json_of_ours(tmp_path: Path, text: str, words: str) -> None:
    result = run(tmp_path, text, "solve")
    assert result.exit_code == 1
    assert words in result.output


def test_the_line_of_a_field(tmp_path: Path) -> None:
    text = (
        '{"format": 1,\n"mentors": [\n{"id": "m", "capacity": 1},\n{"id": "n",\n "capacity": "two"}],\n'
        '"mentees": [], "pairs": []}'
    )
    assert "line 5: mentors[1].capacity: a whole number" in run(tmp_path, text, "solve").output


GROUPS: dict[str, Any] = {
    "format": 1,
    "size": {"least": 2, "most": 3},
    "themes": ["discipline", "assessment"],
    "mentors": [{"id": "m1", "groups": 1}],
    "mentees": [{"id": name, "priority": 0} for name in "abc"],
    "fits": [
        {"mentee": "a", "mentor": "m1", "theme": "discipline", "score": 9000},
        {"mentee": "b", "mentor": "m1", "theme": "discipline", "score": 8000},
        {"mentee": "c", "mentor": "m1", "theme": "assessment", "score": 10000},
    ],
}


def test_groups(tmp_path: Path) -> None:
    assert json.loads(run(tmp_path, GROUPS, "groups").stdout) == {
        "format": 1,
        "groups": [{"mentor": "m1", "theme": "discipline", "mentees": ["a", "b"], "score": 17000}],
        "unmatched": ["c"],
        "totals": {"matched_by_priority": [2, 0, 0], "matched": 2},
        "aims": [
            {"aim": "matched_0", "reached": 2, "bound": 2},
            {"aim": "matched_1", "reached": 0, "bound": 0},
            {"aim": "matched", "reached": 2, "bound": 2},
            {"aim": "score", "reached": 17000, "bound": 17000},
        ],
        "optimal": True,
    }


@pytest.mark.parametrize(
    ("change", "place", "words"),
    [
        ({"size": {"least": 4, "most": 3}}, "size.least", "a number from 1 to the most"),
        ({"themes": ["", "x"]}, "themes[0]", "a text is expected"),
        ({"themes": ["discipline"]}, "fits[2].theme", "there is no theme 'assessment'"),
        ({"mentors": []}, "fits[0].mentor", "there is no mentor 'm1'"),
        ({"fits": GROUPS["fits"][:1] * 2}, "fits[1]", "is listed twice"),
        ({"pairs": []}, "pairs", "is not a field of format 1"),
    ],
)
def test_a_wrong_group_problem(tmp_path: Path, change: dict[str, Any], place: str, words: str) -> None:
    result = run(tmp_path, GROUPS | change, "groups")
    assert result.exit_code == 1
    assert f": {place}: " in result.output
    assert words in result.output
