"""Random small problems, and the answers of an independent solver to them."""

from itertools import product
from typing import Any

import numpy as np
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from moodle_mentorship.matching.problem import Fairness, Options, Problem, build

Raw = dict[str, Any]


@st.composite
def raw_problems(draw: st.DrawFn, *, plain: bool = False) -> Raw:
    """Arguments of `build`: sparse and dense, tight and roomy, with many equal scores, pins and bans."""
    mentors = draw(st.lists(st.tuples(st.uuids().map(str), st.integers(0, 3)), max_size=6, unique_by=lambda m: m[0]))
    mentees = draw(st.lists(st.tuples(st.uuids().map(str), st.integers(0, 2)), max_size=9, unique_by=lambda m: m[0]))
    everybody = list(product([m[0] for m in mentees], [m[0] for m in mentors]))
    some = draw(st.lists(st.sampled_from(everybody), unique=True)) if everybody else []
    score = st.one_of(st.integers(0, 10_000), st.sampled_from([0, 5000, 10_000]))
    pairs = [(*pair, draw(score)) for pair in some]
    forbidden = draw(st.lists(st.sampled_from(everybody), max_size=3, unique=True)) if everybody else []
    previous = draw(st.lists(st.sampled_from(some), max_size=4, unique=True)) if some else []
    left = dict(mentors)
    pins: list[tuple[str, str]] = []
    for mentee, mentor in draw(st.lists(st.sampled_from(some), max_size=2, unique_by=lambda p: p[0])) if some else []:
        if left[mentor] and (mentee, mentor) not in forbidden:
            left[mentor] -= 1
            pins.append((mentee, mentor))
    options = Options()
    if not plain:
        options = Options(
            draw(st.sampled_from(Fairness)),
            tuple(sorted(draw(st.lists(st.integers(0, 2000), max_size=3)))),
            draw(st.sampled_from([0, 500, 1000])),
        )
    return {
        "mentors": mentors,
        "mentees": mentees,
        "pairs": pairs,
        "forbidden": [(*pair, "veto") for pair in forbidden],
        "pins": pins,
        "previous": previous,
        "options": options,
    }


def problems(*, plain: bool = False) -> st.SearchStrategy[Problem]:
    return raw_problems(plain=plain).map(lambda raw: build(**raw))


def best(problem: Problem) -> tuple[tuple[int, ...], int]:
    """Matches by priority and objective, by the Hungarian method on one column for each place, pins among them.

    Its priority weights are powers of ten, which nine mentees don't exceed; so it shares nothing with the solver's own.
    """
    rows, places = (
        len(problem.mentees),
        [
            (mentor, cost)
            for mentor, capacity in enumerate(problem.capacities.tolist())
            for cost in problem.place_costs(capacity).tolist()
        ],
    )
    if not rows or not places:
        return (0, 0, 0), 0
    step = 10_000_000
    value = np.full((rows, len(places) + rows), 0.0)
    allowed = {
        (row, column): worth
        for row, column, worth in zip(
            problem.rows.tolist(), problem.columns.tolist(), problem.worth.tolist(), strict=True
        )
    }
    for row, (number, (mentor, cost)) in product(range(rows), enumerate(places)):
        worth = allowed.get((row, mentor))
        pinned = problem.pins.get(row, mentor) == mentor
        if worth is None or not pinned:
            value[row, number] = -1e15
            continue
        weight = step * (10 ** (2 - int(problem.priorities[row])))
        value[row, number] = worth - cost + weight + (1e13 if row in problem.pins else 0)
    chosen = linear_sum_assignment(value, maximize=True)
    matched = [0, 0, 0]
    total = 0
    for row, number in zip(*chosen, strict=True):
        if number < len(places) and value[row, number] > 0:
            mentor, cost = places[number]
            matched[int(problem.priorities[row])] += 1
            total += allowed[int(row), mentor] - cost
    return tuple(matched), total
