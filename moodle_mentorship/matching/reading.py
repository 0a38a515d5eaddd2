"""Formats 1 of pairs and of groups, JSON in and out (docs/matching.md). Every refusal names the line and the field."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn, TypeVar

import numpy as np
from json_source_map import calculate

from moodle_mentorship.matching.certificate import faults
from moodle_mentorship.matching.explain import Explanation, Move
from moodle_mentorship.matching.groups import GroupProblem, Groups, matched_by_priority
from moodle_mentorship.matching.problem import (
    FULL,
    MOST,
    PRIORITIES,
    Fairness,
    Id,
    Options,
    Problem,
    ProblemError,
    build,
    by_number,
    in_order,
    number_by_id,
)
from moodle_mentorship.matching.solver import NOBODY, Answer

FORMAT = 1
#: More places than that nobody looks after; a larger number is a slip of the pen.
MOST_PLACES = 10_000

Value = TypeVar("Value")


class Malformed(Exception):
    """The text is no problem of format 1: the line, the field and what is wrong."""

    def __init__(self, line: int, place: str, message: str) -> None:
        super().__init__(f"line {line}: {place}: {message}" if place else f"line {line}: {message}")
        self.line = line
        self.place = place


def read_problem(text: str) -> Problem:
    """Raises `Malformed`, also for a problem that contradicts itself (an impossible pin, an unknown person)."""
    return _read(text, _problem)


def read_group_problem(text: str) -> GroupProblem:
    """Raises `Malformed`."""
    return _read(text, _group_problem)


def answer_as_json(problem: Problem, answer: Answer) -> dict[str, Any]:
    """The answer with its certificate, and for each mentee without a mentor why."""
    explanation = Explanation(problem, answer)
    mentees, mentors = problem.mentees, problem.mentors
    totals = explanation.totals
    unmatched = []
    for row in (answer.assignment == NOBODY).nonzero()[0].tolist():
        shortage = explanation.shortage(row)
        unmatched.append(
            {
                "mentee": mentees[row],
                "deficient_set": {
                    "mentees": [mentees[number] for number in shortage.mentees],
                    "mentors": [mentors[number] for number in shortage.mentors],
                    "places": shortage.places,
                },
                "removed": [
                    {"mentor": mentors[column], "reason": reason} for column, reason in explanation.removed(row)
                ],
            }
        )
    return {
        "format": FORMAT,
        "assignment": {
            str(mentee): None if column == NOBODY else mentors[column]
            for mentee, column in zip(mentees, answer.assignment.tolist(), strict=True)
        },
        "totals": {
            "matched_by_priority": list(totals.matched_by_priority),
            "matched": totals.matched,
            "score": totals.score,
            "objective": totals.objective,
        },
        "certificate": {
            "priority_weights": {
                str(priority): weight for priority, weight in enumerate(problem.priority_weights.tolist())
            },
            "mentee_duals": {
                str(mentee): price
                for row, (mentee, price) in enumerate(zip(mentees, answer.u.tolist(), strict=True))
                if row not in problem.pins
            },
            "mentor_duals": {str(mentor): price for mentor, price in zip(mentors, answer.v.tolist(), strict=True)},
            "valid": not faults(problem, answer),
        },
        "unmatched": unmatched,
        "equal_choices": [
            {"mentee": mentees[row], "mentor": mentors[column]} for row, column in explanation.equal_choices()
        ],
    }


def alternatives_as_json(problem: Problem, answer: Answer, mentee: str) -> dict[str, Any]:
    """What every mentor who is allowed to the mentee would cost. Raises `ProblemError` for an unknown mentee."""
    names = [str(id_) for id_ in problem.mentees]
    if mentee not in names:
        raise ProblemError("--mentee", f"there is no mentee {mentee!r}")
    row = names.index(mentee)
    alternatives = Explanation(problem, answer).alternatives(row)
    fewer = alternatives.fewer()

    def name(mentor: int) -> Id | None:
        return None if mentor == NOBODY else problem.mentors[mentor]

    def moves(of: Sequence[Move]) -> list[dict[str, Any]]:
        return [
            {"mentee": problem.mentees[move.mentee], "from": name(move.before), "to": name(move.after)} for move in of
        ]

    return {
        "mentee": problem.mentees[row],
        "assigned": name(int(answer.assignment[row])),
        "alternatives": [
            {
                "mentor": name(one.mentor),
                "matched_lost": list(one.matched_lost),
                "regret": one.regret,
                "moves": moves(alternatives.moves(one.mentor)),
                "few_moves": {"regret": few.regret, "moves": moves(few.moves)}
                if (few := fewer.get(one.mentor)) is not None
                else None,
            }
            for one in alternatives.all()
        ],
    }


def groups_as_json(problem: GroupProblem, groups: Groups) -> dict[str, Any]:
    """The groups, who is in none, and what each aim reached of what is possible."""
    scores = {(row, mentor, theme): score for row, mentor, theme, score in problem.fits.tolist()}
    together = {row for members in groups.members.values() for row in members}
    return {
        "format": FORMAT,
        "groups": [
            {
                "mentor": problem.mentors[mentor],
                "theme": problem.themes[theme],
                "mentees": [problem.mentees[row] for row in members],
                "score": sum(scores[row, mentor, theme] for row in members),
            }
            for (mentor, theme), members in groups.members.items()
        ],
        "unmatched": [mentee for row, mentee in enumerate(problem.mentees) if row not in together],
        "totals": {"matched_by_priority": matched_by_priority(problem, groups), "matched": len(together)},
        "aims": [{"aim": aim.name, "reached": aim.reached, "bound": aim.bound} for aim in groups.aims],
        "optimal": groups.optimal,
    }


# Reading ----------------------------------------------------------------------------------------------------------


def _read(text: str, build_from: Callable[[Any], Value]) -> Value:
    try:
        raw = json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        raise Malformed(error.lineno, "", error.msg) from None
    except ValueError as error:
        raise Malformed(1, "", str(error)) from None
    except RecursionError:
        raise Malformed(1, "", "nested too deeply") from None
    try:
        return build_from(raw)
    except ProblemError as error:
        raise Malformed(_line_of(text, error.place), error.place, error.message) from None


def _expect_format(raw: Any, fields: set[str]) -> None:
    if not isinstance(raw, dict):
        raise ProblemError("", "an object is expected")
    _refuse_unknown("", raw, {"format", *fields})
    if raw.get("format") != FORMAT or isinstance(raw["format"], bool):
        raise ProblemError("format", f"{FORMAT} is expected")


def _problem(raw: Any) -> Problem:
    _expect_format(raw, {"mentors", "mentees", "pairs", "forbidden", "pins", "previous", "options"})
    return build(
        mentors=_items(raw, "mentors", _mentor),
        mentees=_items(raw, "mentees", _mentee),
        pairs=_items(raw, "pairs", _pair),
        forbidden=_items(raw, "forbidden", _ban, optional=True),
        pins=_items(raw, "pins", _couple, optional=True),
        previous=_items(raw, "previous", _couple, optional=True),
        options=_options(raw.get("options", {})),
    )


def _group_problem(raw: Any) -> GroupProblem:
    _expect_format(raw, {"size", "mentors", "mentees", "themes", "fits"})
    size = raw.get("size", {"least": 3, "most": 6})
    _expect("size", size, {"least", "most"})
    least, most = _number("size.least", size["least"], MOST_PLACES), _number("size.most", size["most"], MOST_PLACES)
    if not 1 <= least <= most:
        raise ProblemError("size.least", "a number from 1 to the most is expected")
    mentors, mentees = _items(raw, "mentors", _leader), _items(raw, "mentees", _mentee)
    themes = sorted(_items(raw, "themes", _theme))
    numbers = [
        number_by_id("mentees", [id_ for id_, _ in mentees]),
        number_by_id("mentors", [id_ for id_, _ in mentors]),
        number_by_id("themes", themes),
    ]
    fits: dict[tuple[int, ...], int] = {}
    for position, (*names, score) in enumerate(_items(raw, "fits", _fit)):
        place = f"fits[{position}]"
        for name, known, field in zip(names, numbers, ("mentee", "mentor", "theme"), strict=True):
            if str(name) not in known:
                raise ProblemError(f"{place}.{field}", f"there is no {field} {name!r}")
        fit = tuple(known[str(name)] for name, known in zip(names, numbers, strict=True))
        if fit in fits:
            raise ProblemError(place, "is listed twice")
        fits[fit] = score
    return GroupProblem(
        mentors=in_order(mentors, numbers[1]),
        most_groups=by_number(mentors, numbers[1]),
        mentees=in_order(mentees, numbers[0]),
        priorities=by_number(mentees, numbers[0]),
        themes=themes,
        fits=np.array([(*fit, score) for fit, score in sorted(fits.items())], dtype=np.int64).reshape(-1, 4),
        least=least,
        most=most,
    )


def _leader(place: str, item: Any) -> tuple[Id, int]:
    _expect(place, item, {"id", "groups"})
    return _id(f"{place}.id", item["id"]), _number(f"{place}.groups", item["groups"], MOST_PLACES)


def _theme(place: str, item: Any) -> str:
    if not isinstance(item, str) or not item:
        raise ProblemError(place, "a text is expected")
    return item


def _fit(place: str, item: Any) -> tuple[Id, Id, str, int]:
    _expect(place, item, {"mentee", "mentor", "theme", "score"})
    mentee, mentor = _id(f"{place}.mentee", item["mentee"]), _id(f"{place}.mentor", item["mentor"])
    return mentee, mentor, _theme(f"{place}.theme", item["theme"]), _number(f"{place}.score", item["score"], FULL)


def _items(
    raw: Mapping[str, Any], name: str, read: Callable[[str, Any], Value], *, optional: bool = False
) -> list[Value]:
    if name not in raw:
        if optional:
            return []
        raise ProblemError(name, "is missing")
    if not isinstance(raw[name], list):
        raise ProblemError(name, "a list is expected")
    return [read(f"{name}[{position}]", item) for position, item in enumerate(raw[name])]


def _mentor(place: str, item: Any) -> tuple[Id, int]:
    _expect(place, item, {"id", "capacity"})
    return _id(f"{place}.id", item["id"]), _number(f"{place}.capacity", item["capacity"], MOST_PLACES)


def _mentee(place: str, item: Any) -> tuple[Id, int]:
    _expect(place, item, {"id", "priority"})
    return _id(f"{place}.id", item["id"]), _number(f"{place}.priority", item["priority"], PRIORITIES - 1)


def _pair(place: str, item: Any) -> tuple[Id, Id, int]:
    _expect(place, item, {"mentee", "mentor", "score"})
    mentee, mentor = _id(f"{place}.mentee", item["mentee"]), _id(f"{place}.mentor", item["mentor"])
    return mentee, mentor, _number(f"{place}.score", item["score"], FULL)


def _ban(place: str, item: Any) -> tuple[Id, Id, str]:
    _expect(place, item, {"mentee", "mentor", "reason"})
    if not isinstance(item["reason"], str) or not item["reason"]:
        raise ProblemError(f"{place}.reason", "a text is expected")
    return _id(f"{place}.mentee", item["mentee"]), _id(f"{place}.mentor", item["mentor"]), item["reason"]


def _couple(place: str, item: Any) -> tuple[Id, Id]:
    if not isinstance(item, list) or len(item) != 2:
        raise ProblemError(place, 'a pair ["mentee", "mentor"] is expected')
    return _id(f"{place}[0]", item[0]), _id(f"{place}[1]", item[1])


def _options(item: Any) -> Options:
    if not isinstance(item, dict):
        raise ProblemError("options", "an object is expected")
    _refuse_unknown("options.", item, {"fairness", "load_costs", "stability_bonus"})
    fairness, costs = item.get("fairness", Fairness.NONE), item.get("load_costs", [])
    if fairness not in list(Fairness):
        raise ProblemError("options.fairness", f"one of {', '.join(Fairness)} is expected")
    if not isinstance(costs, list):
        raise ProblemError("options.load_costs", "a list is expected")
    return Options(
        Fairness(fairness),
        tuple(_number(f"options.load_costs[{position}]", cost, MOST) for position, cost in enumerate(costs)),
        _number("options.stability_bonus", item.get("stability_bonus", 0), MOST),
    )


def _expect(place: str, item: Any, fields: set[str]) -> None:
    if not isinstance(item, dict):
        raise ProblemError(place, "an object is expected")
    if item.keys() == fields:
        return
    for name in sorted(fields - item.keys()):
        raise ProblemError(f"{place}.{name}", "is missing")
    _refuse_unknown(f"{place}.", item, fields)


def _refuse_unknown(place: str, item: Mapping[str, Any], fields: set[str]) -> None:
    """A misspelt field would change the answer in silence."""
    for name in sorted(item.keys() - fields):
        raise ProblemError(f"{place}{name}", "is not a field of format 1")


def _id(place: str, value: Any) -> Id:
    if isinstance(value, bool) or not isinstance(value, (str, int)) or value == "":
        raise ProblemError(place, "an id (text or whole number) is expected")
    return value


def _number(place: str, value: Any, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
        raise ProblemError(place, f"a whole number from 0 to {most} is expected")
    return value


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        double = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the field {double!r} stands twice in one object")
    return found


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")


def _line_of(text: str, place: str) -> int:
    """The line of a place such as ``pins[2][0]``; of what is missing, the line of the object it is missing from."""
    lines = calculate(text)
    pointer = "/" + place.replace("].", "/").replace("[", "/").replace("]", "").replace(".", "/") if place else ""
    while pointer not in lines:
        pointer = pointer.rpartition("/")[0]
    return int(lines[pointer].value_start.line) + 1
