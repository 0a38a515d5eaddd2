"""The best assignment, and the prices that prove it is the best.

A minimum-cost flow (OR-Tools) finds the assignment; it tells no prices, so these are computed on the mentors' residual
graph: v[j] is what one more place of mentor j would be worth, u[i] what mentee i brings beyond the place they take.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

from moodle_mentorship.matching.problem import FULL, Ints, Problem

#: Number of "nobody" in an assignment, and of the outside world in the residual graph.
NOBODY = -1

# Beyond that OR-Tools answers BAD_COST_RANGE (it multiplies costs by the number of nodes).
_LARGEST_COST = 10**15

# So many pairs are solved at once; of more, so many of each mentee's best are tried first.
_FEW = 10_000
_TRIED = 20


class TooLarge(Exception):
    """More people than the solver's whole numbers hold."""


@dataclass(frozen=True)
class Answer:
    """`assignment[i]` is the mentor's number or `NOBODY`; `u` and `v` are the prices (0 for pinned mentees)."""

    assignment: Ints
    u: Ints
    v: Ints


@dataclass(frozen=True)
class Free:
    """What the pins leave: the allowed pairs of free mentees, and the places of the mentors."""

    # Numbers into the problem's list of pairs.
    pairs: Ints
    rows: Ints
    columns: Ints
    # What a pair weighs with its priority.
    weights: Ints
    # Places of each mentor, and how many of them pins have taken.
    places: Ints
    pinned: Ints


def free_of(problem: Problem) -> Free:
    """The problem without its pins."""
    pinned = np.bincount(np.array(list(problem.pins.values()), dtype=np.int64), minlength=len(problem.mentors))
    places = problem.capacities - pinned
    fixed = np.zeros(len(problem.mentees), dtype=np.bool_)
    fixed[list(problem.pins)] = True
    pairs = np.flatnonzero(~fixed[problem.rows])
    rows, columns = problem.rows[pairs], problem.columns[pairs]
    weights = problem.worth[pairs] + problem.priority_weights[problem.priorities[rows]]
    return Free(pairs, rows, columns, weights, places, pinned.astype(np.int64))


def solve(problem: Problem) -> Answer:
    """The most mentees of priority 0, then of 1, then of all; among these the largest worth less load costs.

    Most pairs could never be chosen, and the flow would look at each again and again. So only the best pairs of
    each mentee are tried at first; a pair that was left out and is worth more than its prices is tried, too. When there
    is none, the prices prove the answer over all pairs.
    """
    if len(problem.rows) <= _FEW:
        return solve_at_once(problem)
    free = free_of(problem)
    tried = _best_of_each(problem)
    tried[np.isin(problem.rows, list(problem.pins))] = True
    while True:
        answer = solve_at_once(problem.only(tried))
        more = free.weights > answer.u[free.rows] + answer.v[free.columns]
        if not more.any():
            return answer
        tried[free.pairs[more]] = True


def solve_at_once(problem: Problem) -> Answer:
    """As `solve`, from all pairs: for few of them, or chosen ones."""
    free = free_of(problem)
    return priced(problem, free, assign(problem, free))


def _best_of_each(problem: Problem) -> NDArray[np.bool_]:
    """Which pairs are among their mentee's best few, equal ones with them."""
    worth = problem.worth
    keys = (problem.rows + 1) * (worth.max() + 1) - worth
    # Pairs stand by mentee, of which the stable way of sorting makes use.
    order = np.sort(keys, kind="stable")
    counts = np.bincount(problem.rows)
    last = np.cumsum(counts) - np.maximum(counts - _TRIED, 0) - 1
    among: NDArray[np.bool_] = keys <= order[last][problem.rows]
    return among


def priced(problem: Problem, free: Free, assignment: Ints) -> Answer:
    """The best assignment with the prices that prove it.

    A mentor whose places are all fixed is in nobody's reach: a price above every pair says so, and adds to no sum.
    """
    above = problem.priority_weights[0] + FULL + problem.options.stability_bonus
    v = np.where(free.places > 0, _prices(problem, free, assignment), above)
    u = np.zeros(len(problem.mentees), dtype=np.int64)
    chosen = assignment[free.rows] == free.columns
    u[free.rows[chosen]] = free.weights[chosen] - v[free.columns[chosen]]
    return Answer(assignment, u, v)


@dataclass(frozen=True)
class Network:
    """What OR-Tools is asked: arcs from, to, width, cost; node 0 takes what the nodes `sources` give, one unit each.

    The first arcs are the pairs `rows`, `columns`.
    """

    rows: Ints
    columns: Ints
    tails: Ints
    heads: Ints
    widths: Ints
    costs: Ints
    sources: Ints


def network(problem: Problem, free: Free) -> Network:
    """Each mentee is one unit that runs through a mentor's place, or past all of them, to the sink (node 0)."""
    first_mentee = len(problem.mentors) + 1
    open_ = free.places[free.columns] > 0
    rows, columns, weights = free.rows[open_], free.columns[open_], free.weights[open_]
    some = np.flatnonzero(np.bincount(rows, minlength=len(problem.mentees)))
    holders, costs, widths = _places(problem, free)
    return Network(
        rows,
        columns,
        np.concatenate([rows + first_mentee, some + first_mentee, holders + 1]),
        np.concatenate([columns + 1, np.zeros(len(some) + len(holders), dtype=np.int64)]),
        np.concatenate([np.ones(len(rows) + len(some), dtype=np.int64), widths]),
        np.concatenate([-weights, np.zeros(len(some), dtype=np.int64), costs]),
        some + first_mentee,
    )


def assign(problem: Problem, free: Free) -> Ints:
    """The best assignment, without its proof."""
    assignment = np.full(len(problem.mentees), NOBODY, dtype=np.int64)
    for row, column in problem.pins.items():
        assignment[row] = column
    net = network(problem, free)
    if not len(net.rows):
        return assignment
    mentors, mentees = len(problem.mentors), len(problem.mentees)
    if -int(net.costs.min()) * (mentors + mentees + 1) > _LARGEST_COST:
        raise TooLarge(f"{mentees} mentees and {mentors} mentors")
    flow = SimpleMinCostFlow()
    arcs = flow.add_arcs_with_capacity_and_unit_cost(
        net.tails.astype(np.int32), net.heads.astype(np.int32), net.widths, net.costs
    )
    flow.set_nodes_supplies(net.sources.astype(np.int32), np.ones(len(net.sources), dtype=np.int64))
    flow.set_node_supply(0, -len(net.sources))
    status = flow.solve()
    if status != flow.OPTIMAL:
        raise RuntimeError(f"the solver answered {status}")
    used = flow.flows(arcs[: len(net.rows)]) > 0
    assignment[net.rows[used]] = net.columns[used]
    return assignment


def _places(problem: Problem, free: Free) -> tuple[Ints, Ints, Ints]:
    """Arcs from mentors to the sink: mentor, cost, width. Places that cost the same are one arc."""
    if not problem.options.load_costs:
        holders = np.flatnonzero(free.places > 0)
        return holders, np.zeros(len(holders), dtype=np.int64), free.places[holders]
    holders = np.repeat(np.arange(len(problem.mentors)), np.maximum(free.places, 0))
    costs = [
        problem.place_costs(int(whole))[int(taken) :]
        for whole, taken in zip(problem.capacities, free.pinned, strict=True)
    ]
    together = np.concatenate([*costs, np.zeros(0, dtype=np.int64)])
    return holders, together, np.ones(len(holders), dtype=np.int64)


def _prices(problem: Problem, free: Free, assignment: Ints) -> Ints:
    """The least prices that fit the assignment: longest paths, because nobody may gain by moving.

    A matched mentee keeps their mentor: v[j] ≥ v[a] + weight(i, j) − weight(i, a); one without a mentor gains nowhere:
    v[j] ≥ weight(i, j); and the last place taken is worth what it costs.
    """
    v = last_costs(problem, assignment)
    mine = assignment[free.rows]
    waiting = mine == NOBODY
    np.maximum.at(v, free.columns[waiting], free.weights[waiting])
    own = own_weights(problem, free, assignment)
    moves = ~waiting & (mine != free.columns)
    sources, targets, gains = best_moves(
        mine[moves], free.columns[moves], free.weights[moves] - own[free.rows[moves]], len(problem.mentors)
    )
    if not len(sources):
        return v
    starts = np.flatnonzero(np.r_[True, targets[1:] != targets[:-1]])
    heads = targets[starts]
    # An optimal assignment has no gaining circle, so no path is longer than there are mentors.
    for _ in range(len(problem.mentors) + 1):
        offers = np.maximum.reduceat(v[sources] + gains, starts)
        if not (offers > v[heads]).any():
            return v
        v[heads] = np.maximum(v[heads], offers)
    raise RuntimeError("the assignment is not optimal: a circle of moves would gain")


def best_moves(sources: Ints, targets: Ints, gains: Ints, mentors: int) -> tuple[Ints, Ints, Ints]:
    """Of all moves between two mentors the one that gains most, ordered by target."""
    chosen = best_move_numbers(sources, targets, gains, mentors)
    return sources[chosen], targets[chosen], gains[chosen]


def best_move_numbers(sources: Ints, targets: Ints, gains: Ints, mentors: int) -> Ints:
    """The numbers of these moves; of equal ones the first, so that the answer doesn't depend on chance."""
    keys = targets * mentors + sources
    order = np.lexsort((np.arange(len(keys)), -gains, keys))
    first = np.r_[True, keys[order][1:] != keys[order][:-1]] if len(order) else np.zeros(0, dtype=np.bool_)
    return order[first]


def own_weights(problem: Problem, free: Free, assignment: Ints) -> Ints:
    """By mentee: the weight of the pair in which they stand (0 for nobody and for the pinned)."""
    own = np.zeros(len(problem.mentees), dtype=np.int64)
    chosen = assignment[free.rows] == free.columns
    own[free.rows[chosen]] = free.weights[chosen]
    return own


def load_of(problem: Problem, assignment: Ints) -> Ints:
    """How many mentees each mentor has, the pinned ones among them."""
    matched = assignment[assignment != NOBODY]
    return np.bincount(matched, minlength=len(problem.mentors)).astype(np.int64)


def last_costs(problem: Problem, assignment: Ints) -> Ints:
    """By mentor: the cost of the dearest place that is taken (0 where none is)."""
    given = np.array(problem.options.load_costs or (0,), dtype=np.int64)
    load = load_of(problem, assignment)
    return np.where(load > 0, given[np.clip(load - 1, 0, len(given) - 1)], 0)


def next_costs(problem: Problem, assignment: Ints) -> Ints:
    """By mentor: what one place more would cost."""
    given = np.array(problem.options.load_costs or (0,), dtype=np.int64)
    return given[np.clip(load_of(problem, assignment), 0, len(given) - 1)]
