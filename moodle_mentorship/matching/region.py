"""A region: so many people that all pairs together fit into no memory. The same best answer, proved over every pair.

The scores are not a list but a function of some mentees at a time. The answer is found among candidates, the best few
mentors of each mentee; then its prices are held against every pair there is, and where a pair that was left out could
add something it becomes a candidate, too. When none is left, the prices prove the answer over all pairs (weak duality
knows no candidates), so which pairs were tried first costs time and never the answer.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from moodle_mentorship.matching import certificate, solver
from moodle_mentorship.matching.explain import Explanation, Totals
from moodle_mentorship.matching.problem import FULL, PRIORITIES, Id, Ints, Options, Problem, ProblemError
from moodle_mentorship.matching.solver import NOBODY, Answer

#: The score of a pair that a rule forbids.
NOT_ALLOWED = -1

#: Scores of some mentees (rows) with all mentors: 0 … 10,000, or `NOT_ALLOWED`. The same each time it is asked.
Scores = Callable[[slice], NDArray[np.integer]]

# How many pairs are added for a mentee at once: more of them make each search longer, fewer make more rounds.
_AT_ONCE = 12
# Pairs that are looked at together: a few arrays of them fit into the processor's cache.
_BLOCK = 1 << 15
# Below what any pair can be worth, and still a number when it is multiplied by a region's mentors.
_NEVER = -(1 << 40)


@dataclass(frozen=True)
class Region:
    """As `problem.Problem`, with a function in place of the listed pairs.

    `previous` and `forbidden` are rows of mentee, mentor by number. Raises `ProblemError` where it contradicts itself;
    the scores are looked at when they are asked for.
    """

    mentors: tuple[Id, ...]
    capacities: Ints
    mentees: tuple[Id, ...]
    priorities: Ints
    scores: Scores
    previous: Ints = field(default_factory=lambda: _no_pairs())
    forbidden: Ints = field(default_factory=lambda: _no_pairs())
    pins: Mapping[int, int] = field(default_factory=dict)
    options: Options = field(default_factory=Options)

    def __post_init__(self) -> None:
        for place, ids, numbers, name in (
            ("mentors", self.mentors, self.capacities, "capacities"),
            ("mentees", self.mentees, self.priorities, "priorities"),
        ):
            texts = [str(id_) for id_ in ids]
            if any(one >= other for one, other in pairwise(texts)):
                raise ProblemError(place, "are not in the order of their ids as text, each once")
            if numbers.shape != (len(ids),) or numbers.min(initial=0) < 0:
                raise ProblemError(name, f"a number from 0 is expected for each of the {place}")
        if self.priorities.max(initial=0) >= PRIORITIES:
            raise ProblemError("priorities", f"are 0 … {PRIORITIES - 1}")
        pinned = np.array(sorted(self.pins.items()), dtype=np.int64).reshape(-1, 2)
        for place, pairs in (("previous", self.previous), ("forbidden", self.forbidden), ("pins", pinned)):
            size = len(self.mentees), len(self.mentors)
            if pairs.ndim != 2 or pairs.shape[1] != 2 or ((pairs < 0) | (pairs >= size)).any():
                raise ProblemError(place, "(number of the mentee, number of the mentor) is expected")
        if (np.bincount(pinned[:, 1], minlength=len(self.mentors)) > self.capacities).any():
            raise ProblemError("pins", "a mentor has more pins than places")


@dataclass(frozen=True)
class Found:
    """The answer, what it reaches, and what it took: rounds of search and pricing, pairs that became candidates."""

    answer: Answer
    totals: Totals
    rounds: int
    candidates: int


def solve(region: Region) -> Found:
    """The same best answer as `solver.solve` finds among listed pairs; of equally good ones it may be another.

    Raises `ProblemError` for scores that are none and for a pin that is not allowed, `TooLarge` as `solver.solve` does.
    What else is asked of an answer (regret, shortage, equal choices) needs all pairs listed: ask it of one school.
    """
    rows, columns = len(region.mentees), len(region.mentors)
    # Before there are prices every allowed pair adds something, and a better one more.
    nothing = _Listed(*(np.zeros(0, dtype=np.int64) for _ in range(2)))
    listed = nothing.with_(_worth_adding(region, np.full(rows, -1, dtype=np.int64), np.zeros(columns, dtype=np.int64)))
    listed = listed.with_(_pinned(region))
    weights = _empty_problem(region).priority_weights[region.priorities]
    rounds = 0
    while True:
        rounds += 1
        problem = _problem(region, listed)
        answer = solver.solve_at_once(problem)
        more = _worth_adding(region, answer.u - weights, answer.v)
        if not len(more.keys):
            return Found(answer, Explanation(problem, answer).totals, rounds, len(listed.keys))
        listed = listed.with_(more)


def faults(region: Region, answer: Answer) -> list[str]:
    """As `certificate.faults`, over every pair of the region: nothing that `solve` kept is believed.

    For each mentee one pair is told whose prices are too low.
    """
    found: list[str] = []
    keys, scores = [], []
    weights = _empty_problem(region).priority_weights[region.priorities]
    for block in _blocks(region):
        matched = np.flatnonzero(answer.assignment[block.rows] != NOBODY)
        mentors = answer.assignment[block.rows][matched]
        allowed = block.scores[matched, mentors] != NOT_ALLOWED
        keys.append(((matched + block.rows.start) * len(region.mentors) + mentors)[allowed])
        scores.append(block.scores[matched, mentors][allowed])
        gains = block.gains(region, answer.u - weights, answer.v)
        for row in np.flatnonzero((gains > 0).any(axis=1)).tolist():
            mentee, mentor = region.mentees[row + block.rows.start], region.mentors[int(gains[row].argmax())]
            found.append(f"the prices of {mentee!r} and {mentor!r} are too low")
    none = [np.zeros(0, dtype=np.int64)]
    chosen = _problem(region, _Listed(np.concatenate([*keys, *none]), np.concatenate([*scores, *none])))
    return certificate.faults(chosen, answer) + found


# Blocks of pairs ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Block:
    """Some mentees with all mentors: their scores, rules applied, and where in it pairs of last year are."""

    rows: slice
    scores: Ints
    previous: Ints

    def gains(self, region: Region, u: Ints, v: Ints) -> Ints:
        """What each pair is worth beyond the prices; less than nothing if it isn't allowed, or the mentee is pinned."""
        gains = region.options.transformed(self.scores) - u[self.rows, np.newaxis]
        gains.flat[self.previous] += region.options.stability_bonus
        gains -= v
        np.putmask(gains, self.scores == NOT_ALLOWED, _NEVER)
        gains[[row - self.rows.start for row in region.pins if self.rows.start <= row < self.rows.stop]] = _NEVER
        return gains


def _blocks(region: Region) -> Iterator[_Block]:
    """All pairs, some mentees at a time. Raises `ProblemError` for what is no score."""
    mentees, mentors = len(region.mentees), len(region.mentors)
    previous, forbidden = (_keys(region, pairs) for pairs in (region.previous, region.forbidden))
    step = max(1, _BLOCK // max(mentors, 1))
    for start in range(0, mentees, step):
        rows = slice(start, min(start + step, mentees))
        given = region.scores(rows)
        shape = rows.stop - rows.start, mentors
        if given.shape != shape or given.dtype.kind != "i":
            raise ProblemError("scores", f"whole numbers, {shape[0]} × {shape[1]}, are expected")
        if given.min(initial=0) < NOT_ALLOWED or given.max(initial=0) > FULL:
            raise ProblemError("scores", f"0 … {FULL}, or {NOT_ALLOWED} for a pair that is not allowed, is expected")
        scores = given.astype(np.int64)
        scores.flat[_within(forbidden, start * mentors, scores.size)] = NOT_ALLOWED
        yield _Block(rows, scores, _within(previous, start * mentors, scores.size))


def _worth_adding(region: Region, u: Ints, v: Ints) -> "_Listed":
    """Of each mentee the few pairs that are worth most beyond the prices."""
    mentors = len(region.mentors)
    # Of equal pairs each mentee takes others first, or all would crowd at the same mentors.
    turns = sliding_window_view(np.tile(np.arange(mentors), 2), mentors) if mentors else np.zeros((1, 0), np.int64)
    keys, scores = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
    for block in _blocks(region):
        gains = block.gains(region, u, v)
        adding = gains > 0
        many = np.flatnonzero(np.count_nonzero(adding, axis=1) > _AT_ONCE)
        if len(many):
            order = gains[many] * mentors + turns[(many + block.rows.start) * _AT_ONCE % mentors]
            adding[many] = order >= np.partition(order, mentors - _AT_ONCE, axis=1)[:, [mentors - _AT_ONCE]]
        rows, columns = np.nonzero(adding)
        keys.append((rows + block.rows.start) * mentors + columns)
        scores.append(block.scores[rows, columns])
    return _Listed(np.concatenate(keys), np.concatenate(scores))


# Listed pairs ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Listed:
    """Pairs as mentee · mentors + mentor, rising, and their scores."""

    keys: Ints
    scores: Ints

    def with_(self, more: "_Listed") -> "_Listed":
        keys, first = np.unique(np.concatenate([self.keys, more.keys]), return_index=True)
        return _Listed(keys, np.concatenate([self.scores, more.scores])[first])


def _pinned(region: Region) -> _Listed:
    """The pairs of the pins. Raises `ProblemError` for one that is not allowed."""
    pins = _keys(region, np.array(sorted(region.pins.items()), dtype=np.int64).reshape(-1, 2))
    mentors = len(region.mentors)
    scores = [
        block.scores.ravel()[_within(pins, block.rows.start * mentors, block.scores.size)]
        for block in (_blocks(region) if len(pins) else ())
    ]
    found = _Listed(pins, np.concatenate([*scores, np.zeros(0, dtype=np.int64)]))
    for key in found.keys[found.scores == NOT_ALLOWED].tolist():
        row, column = divmod(key, mentors)
        raise ProblemError("pins", f"{region.mentees[row]!r} can't be fixed to {region.mentors[column]!r}: not allowed")
    return found


def _problem(region: Region, listed: _Listed) -> Problem:
    """The problem in which only these pairs are allowed."""
    mentors = max(len(region.mentors), 1)
    return Problem(
        mentors=region.mentors,
        capacities=region.capacities,
        mentees=region.mentees,
        priorities=region.priorities,
        rows=listed.keys // mentors,
        columns=listed.keys % mentors,
        scores=listed.scores,
        previous=np.isin(listed.keys, _keys(region, region.previous)),
        pins=region.pins,
        forbidden={},
        options=region.options,
    )


def _empty_problem(region: Region) -> Problem:
    return _problem(region, _Listed(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)))


def _keys(region: Region, pairs: Ints) -> Ints:
    return np.unique(pairs[:, 0] * len(region.mentors) + pairs[:, 1])


def _within(keys: Ints, first: int, size: int) -> Ints:
    """Which of the keys lie in a block, as places in it."""
    return keys[slice(*np.searchsorted(keys, [first, first + size]).tolist())] - first


def _no_pairs() -> Ints:
    return np.zeros((0, 2), dtype=np.int64)
