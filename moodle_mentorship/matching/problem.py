"""What is to be matched. Numbers are basis points (bp, 1/10,000); ids are the caller's own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from moodle_mentorship.matching.scale import FULL as FULL

Id = str | int
Ints = NDArray[np.int64]

#: Priority 0 is the most urgent (up to a year of experience), 1 up to three years, 2 the others.
PRIORITIES = 3
#: The largest load cost and stability bonus: ten perfect scores. Larger ones say nothing more.
MOST = 10 * FULL


class ProblemError(Exception):
    """The problem contradicts itself. `field` is its place, such as ``pins[2]``."""

    def __init__(self, place: str, message: str) -> None:
        super().__init__(f"{place}: {message}")
        self.place = place
        self.message = message


class Fairness(StrEnum):
    """How a score counts: as it is, or so that the worst-off gain most (1 − (1 − s)²)."""

    NONE = "none"
    CONCAVE = "concave"


@dataclass(frozen=True)
class Options:
    """`load_costs[k]` is the price of a mentor's place number k (the last one holds for all further places);
    `stability_bonus` is added to a pair that stood last year."""

    fairness: Fairness = Fairness.NONE
    load_costs: tuple[int, ...] = ()
    stability_bonus: int = 0

    def __post_init__(self) -> None:
        if list(self.load_costs) != sorted(self.load_costs):
            raise ProblemError("options.load_costs", "a further place may not cost less than the one before it")

    def transformed(self, scores: Ints) -> Ints:
        """How the scores count."""
        if self.fairness is Fairness.CONCAVE:
            return FULL - ((FULL - scores) ** 2 + FULL // 2) // FULL
        return scores


@dataclass(frozen=True)
class Problem:
    """Mentors and mentees in the order of their ids, so that the answer depends on no other order.

    `rows[p]`, `columns[p]`, `scores[p]` are the allowed pairs: number of the mentee, of the mentor, score 0…10,000.
    """

    mentors: tuple[Id, ...]
    capacities: Ints
    mentees: tuple[Id, ...]
    priorities: Ints
    rows: Ints
    columns: Ints
    scores: Ints
    previous: NDArray[np.bool_]
    # By number of the mentee; a pinned mentee takes the place before anybody is matched.
    pins: Mapping[int, int]
    # What a rule forbids, by number of the mentee: (number of the mentor, reason).
    forbidden: Mapping[int, Sequence[tuple[int, str]]]
    options: Options = field(default_factory=Options)

    @property
    def worth(self) -> Ints:
        """What each allowed pair adds to the objective: its transformed score, and the bonus of a pair of last year."""
        return self.worth_at(slice(None))

    def worth_at(self, pairs: slice) -> Ints:
        transformed = self.options.transformed(self.scores[pairs])
        return transformed + self.previous[pairs] * np.int64(self.options.stability_bonus)

    def only(self, pairs: NDArray[np.bool_]) -> "Problem":
        """The same problem in which no other pairs are allowed."""
        return replace(
            self,
            rows=self.rows[pairs],
            columns=self.columns[pairs],
            scores=self.scores[pairs],
            previous=self.previous[pairs],
        )

    @property
    def priority_weights(self) -> Ints:
        """What a match of each priority weighs: 3B, 2B, B, with B above everything that scores and loads can add up to.

        The sets of mentees that can be matched together are a transversal matroid, so any falling weights give the most
        of priority 0, then of 1, then of all; equal steps keep the numbers small (powers overflow the solver).
        """
        unit = (FULL + self.options.stability_bonus + max(self.options.load_costs, default=0)) * (len(self.mentees) + 1)
        return unit * np.arange(PRIORITIES, 0, -1, dtype=np.int64)

    def place_costs(self, places: int) -> Ints:
        """The costs of a mentor's places number 0 … `places` − 1."""
        given = self.options.load_costs or (0,)
        return np.array([given[min(place, len(given) - 1)] for place in range(places)], dtype=np.int64)


def build(
    *,
    mentors: Sequence[tuple[Id, int]],
    mentees: Sequence[tuple[Id, int]],
    pairs: Sequence[tuple[Id, Id, int]],
    forbidden: Sequence[tuple[Id, Id, str]] = (),
    pins: Sequence[tuple[Id, Id]] = (),
    previous: Sequence[tuple[Id, Id]] = (),
    options: Options | None = None,
) -> Problem:
    """Put a problem together: (mentor, capacity), (mentee, priority), (mentee, mentor, score) and so on.

    A pair that isn't listed is not allowed; one that is forbidden isn't either, whatever is listed. A pair of last year
    that isn't allowed any more counts for nothing. Raises `ProblemError`.
    """
    options = options or Options()
    mentor_numbers = number_by_id("mentors", [id_ for id_, _ in mentors])
    mentee_numbers = number_by_id("mentees", [id_ for id_, _ in mentees])

    def both(place: str, mentee: Id, mentor: Id) -> tuple[int, int]:
        if str(mentee) not in mentee_numbers:
            raise ProblemError(place, f"there is no mentee {mentee!r}")
        if str(mentor) not in mentor_numbers:
            raise ProblemError(place, f"there is no mentor {mentor!r}")
        return mentee_numbers[str(mentee)], mentor_numbers[str(mentor)]

    ruled_out: dict[tuple[int, int], str] = {}
    for position, (mentee, mentor, reason) in enumerate(forbidden):
        ruled_out.setdefault(both(f"forbidden[{position}]", mentee, mentor), reason)
    listed: dict[tuple[int, int], int] = {}
    for position, (mentee, mentor, score) in enumerate(pairs):
        pair = both(f"pairs[{position}]", mentee, mentor)
        if pair in listed:
            raise ProblemError(f"pairs[{position}]", f"the pair of {mentee!r} and {mentor!r} is listed twice")
        listed[pair] = score
    kept = {both(f"previous[{position}]", *pair) for position, pair in enumerate(previous)}

    capacities = by_number(mentors, mentor_numbers)
    fixed: dict[int, int] = {}
    for position, (mentee, mentor) in enumerate(pins):
        pair = both(f"pins[{position}]", mentee, mentor)
        rule = _broken_rule(pair, fixed, listed, ruled_out, capacities)
        if rule:
            raise ProblemError(f"pins[{position}]", f"{mentee!r} can't be fixed to {mentor!r}: {rule}")
        fixed[pair[0]] = pair[1]

    allowed = np.array(sorted(pair for pair in listed if pair not in ruled_out), dtype=np.int64).reshape(-1, 2)
    removed: dict[int, list[tuple[int, str]]] = {}
    for (row, column), reason in sorted(ruled_out.items()):
        removed.setdefault(row, []).append((column, reason))
    return Problem(
        mentors=in_order(mentors, mentor_numbers),
        capacities=capacities,
        mentees=in_order(mentees, mentee_numbers),
        priorities=by_number(mentees, mentee_numbers),
        rows=np.ascontiguousarray(allowed[:, 0]),
        columns=np.ascontiguousarray(allowed[:, 1]),
        scores=np.array([listed[row, column] for row, column in allowed.tolist()], dtype=np.int64),
        previous=np.array([(row, column) in kept for row, column in allowed.tolist()], dtype=np.bool_),
        pins=fixed,
        forbidden=removed,
        options=options,
    )


def number_by_id(place: str, ids: Sequence[Id]) -> dict[str, int]:
    """Numbers by id, in the order of the ids as text: 1 and "1" are one id, because JSON's keys are text."""
    seen: set[str] = set()
    for position, id_ in enumerate(ids):
        if str(id_) in seen:
            raise ProblemError(f"{place}[{position}].id", f"{id_!r} stands twice")
        seen.add(str(id_))
    return {name: number for number, name in enumerate(sorted(seen))}


def in_order(given: Sequence[tuple[Id, int]], numbers: Mapping[str, int]) -> tuple[Id, ...]:
    """The ids by their numbers."""
    return tuple(sorted((id_ for id_, _ in given), key=lambda id_: numbers[str(id_)]))


def by_number(given: Sequence[tuple[Id, int]], numbers: Mapping[str, int]) -> Ints:
    """What is given for each id, by its number."""
    values = np.zeros(len(given), dtype=np.int64)
    for id_, value in given:
        values[numbers[str(id_)]] = value
    return values


def _broken_rule(
    pair: tuple[int, int],
    fixed: Mapping[int, int],
    listed: Mapping[tuple[int, int], int],
    ruled_out: Mapping[tuple[int, int], str],
    capacities: Ints,
) -> str | None:
    row, column = pair
    if row in fixed:
        return "the mentee is fixed already"
    if pair in ruled_out:
        return f"forbidden ({ruled_out[pair]})"
    if pair not in listed:
        return "the pair is not among the allowed ones"
    if sum(other == column for other in fixed.values()) >= capacities[column]:
        return f"no place left (capacity {capacities[column]})"
    return None
