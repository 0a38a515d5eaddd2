"""Why this answer and not another: what each alternative costs, who is moved, what is equal, what is missing.

All of it lives on the residual graph of the mentors. An edge a → j means: a place too many was taken at a, so one
mentee of a moves to j; node 0 is the outside: mentees without a mentor, and free places. A length is what such a move
loses. With the prices as potentials no length is negative, so Dijkstra finds the cheapest chain.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, dijkstra

from moodle_mentorship.matching.problem import FULL, PRIORITIES, Ints, Problem
from moodle_mentorship.matching.solver import (
    NOBODY,
    Answer,
    best_move_numbers,
    free_of,
    last_costs,
    load_of,
    next_costs,
    own_weights,
    priced,
)

_NO_MENTEE = -1


@dataclass(frozen=True)
class Totals:
    """`objective` is the worth of all pairs (transformed scores and bonuses) less the load costs."""

    matched_by_priority: tuple[int, ...]
    matched: int
    score: int
    objective: int


@dataclass(frozen=True)
class Move:
    """A mentee who changes in a chain; `NOBODY` stands for no mentor."""

    mentee: int
    before: int
    after: int


@dataclass(frozen=True)
class Alternative:
    """The best answer in which the mentee has this mentor: what is lost against the present one, exactly.

    `matched_lost` are matches of priority 0, of priority 1 and of all; `regret` is objective in basis points.
    """

    mentor: int
    matched_lost: tuple[int, int, int]
    regret: int


@dataclass(frozen=True)
class Shortage:
    """Too many mentees for the mentors who are allowed to them: why one of them has nobody."""

    mentees: tuple[int, ...]
    mentors: tuple[int, ...]
    places: int


@dataclass(frozen=True)
class Help:
    """What would be enough for an unmatched mentee to get a mentor without anybody losing theirs: one place more at any
    of these mentors, or one more allowed pair (mentee, mentor) of these, the mentee's own first."""

    places: tuple[int, ...]
    couples: tuple[tuple[int, int], ...]


class Explanation:
    """Questions to one answer. The graph is built once; each question after that is one search on the mentors."""

    def __init__(self, problem: Problem, answer: Answer) -> None:
        self.problem, self.answer = problem, answer
        self.free = free_of(problem)
        self._own = own_weights(problem, self.free, answer.assignment)

    @cached_property
    def totals(self) -> Totals:
        return self.totals_of(self.answer.assignment)

    def alternatives(self, mentee: int) -> "Alternatives":
        """What each mentor who is allowed to the mentee, and can be had, would cost."""
        return Alternatives(self, mentee)

    @cached_property
    def few_moves(self) -> "Explanation":
        """The same answer, as if each pair of it that stays were worth a whole score more: the alternatives to it move
        few people, and match as many.

        An answer stays the best when its own pairs gain at least as much as pairs of last year did, so only the prices
        are computed anew. A regret to it counts these gains; `quality_lost` doesn't.
        """
        problem = self.problem
        bonus = max(FULL, problem.options.stability_bonus)
        standing = replace(
            problem,
            previous=self.answer.assignment[problem.rows] == problem.columns,
            options=replace(problem.options, stability_bonus=bonus),
        )
        return Explanation(standing, priced(standing, free_of(standing), self.answer.assignment))

    def bonus_lost(self, moves: Sequence[Move]) -> int:
        """What these moves lose in bonuses of pairs that stood before."""
        gone = [(move.mentee, move.before) in self._previous for move in moves]
        come = [(move.mentee, move.after) in self._previous for move in moves]
        return (sum(gone) - sum(come)) * self.problem.options.stability_bonus

    def equal_choices(self) -> list[tuple[int, int]]:
        """(mentee, mentor) pairs that aren't chosen, and could be without any loss, by number.

        These lie on a circle of length 0: mentors that reach one another at no cost are one component.
        """
        free, answer = self.free, self.answer
        graph = self.graph
        level = csr_array(graph, copy=True)
        # 1 and 0 are exact in floating point; what costs nothing is kept as an edge, everything else is dropped.
        level.data = (level.data == 0).astype(np.float64)
        level.eliminate_zeros()
        _, component = connected_components(level, directed=True, connection="strong")
        now = answer.assignment[free.rows]
        slack = answer.u[free.rows] + answer.v[free.columns] - free.weights
        equal = (
            (slack == 0)
            & (now != free.columns)
            & (free.places[free.columns] > 0)
            & (component[now + 1] == component[free.columns + 1])
        )
        return list(zip(free.rows[equal].tolist(), free.columns[equal].tolist(), strict=True))

    def shortage(self, mentee: int) -> Shortage:
        """The smallest set around an unmatched mentee in which places are one too few (Hall's theorem): their mentors,
        those mentors' other mentees, these mentees' mentors and so on."""
        free, assignment = self.free, self.answer.assignment
        mentees, mentors, ask = {mentee}, set[int](), [mentee]
        while ask:
            wanted = {
                mentor
                for row in ask
                for mentor in free.columns[self._pairs_of(row)].tolist()
                if free.places[mentor] > 0
            } - mentors
            mentors |= wanted
            ask = [
                row
                for row in np.flatnonzero(np.isin(assignment, list(wanted))).tolist()
                if row not in self.problem.pins and row not in mentees
            ]
            mentees.update(ask)
        return Shortage(
            tuple(sorted(mentees)), tuple(sorted(mentors)), int(free.places[sorted(mentors)].sum()) if mentors else 0
        )

    def helping(self, mentee: int) -> Help:
        """Each single change that ends the mentee's shortage, and no other one does.

        A place helps where the shortage's people may go, also at a mentor who has none; of the forbidden pairs those of
        the shortage's mentees with a mentor who can take one more: who has a place left, or whose mentee can move on to
        one (an augmenting path either way).
        """
        free, short = self.free, self.shortage(mentee)
        within = free.columns[np.isin(free.rows, short.mentees)]
        couples = [
            (row, mentor)
            for row in short.mentees
            for mentor, _why in self.problem.forbidden.get(row, ())
            if self._can_take[mentor] and row not in self.problem.pins
        ]
        return Help(
            tuple(np.unique(within).tolist()), tuple(sorted(couples, key=lambda couple: (couple[0] != mentee, couple)))
        )

    @cached_property
    def _can_take(self) -> NDArray[np.bool_]:
        """By mentor: whether one more could come without anybody losing their mentor."""
        free, assignment = self.free, self.answer.assignment
        able = load_of(self.problem, assignment) < self.problem.capacities
        now = assignment[free.rows]
        moves = now != NOBODY
        sources, targets = now[moves], free.columns[moves]
        while True:
            more = sources[able[targets]]
            if able[more].all():
                return able
            able[more] = True

    def removed(self, mentee: int) -> list[tuple[int, str]]:
        """Mentors whom a rule takes from the mentee: by name of the rule, or because others hold all their places."""
        problem = self.problem
        full = [
            (mentor, "no_place")
            for mentor in problem.columns[problem.rows == mentee].tolist()
            if self.free.places[mentor] <= 0 and self.answer.assignment[mentee] != mentor
        ]
        return sorted([*problem.forbidden.get(mentee, ()), *full])

    # The graph --------------------------------------------------------------------------------------------------------

    @cached_property
    def _edges(self) -> tuple[Ints, Ints, Ints, Ints]:
        """From, to (nodes), length without potentials, the mentee who moves (or nobody: a place changes hands)."""
        problem, free, assignment = self.problem, self.free, self.answer.assignment
        mentors = len(problem.mentors)
        now = assignment[free.rows]
        moves = now != free.columns
        rows, columns = free.rows[moves], free.columns[moves]
        matched = np.flatnonzero((assignment != NOBODY) & ~np.isin(np.arange(len(assignment)), list(problem.pins)))
        load = load_of(problem, assignment)
        spare = np.flatnonzero(load < problem.capacities)
        busy = np.flatnonzero(load > 0)

        def outside(numbers: Ints) -> Ints:
            return np.zeros(len(numbers), dtype=np.int64)

        def nobody(numbers: Ints) -> Ints:
            return np.full(len(numbers), _NO_MENTEE, dtype=np.int64)

        sources = np.concatenate([now[moves] + 1, assignment[matched] + 1, spare + 1, outside(busy)])
        targets = np.concatenate([columns + 1, outside(matched), outside(spare), busy + 1])
        lengths = np.concatenate(
            [
                self._own[rows] - free.weights[moves],
                self._own[matched],
                next_costs(problem, assignment)[spare],
                -last_costs(problem, assignment)[busy],
            ]
        )
        movers = np.concatenate([rows, matched, nobody(spare), nobody(busy)])
        chosen = best_move_numbers(sources, targets, -lengths, mentors + 1)
        return sources[chosen], targets[chosen], lengths[chosen], movers[chosen]

    @cached_property
    def _potentials(self) -> Ints:
        return np.concatenate([np.zeros(1, dtype=np.int64), self.answer.v])

    @cached_property
    def graph(self) -> csr_array:
        """Turned round, so that one search from a mentee's present mentor finds the chains from all others to it."""
        sources, targets, lengths, _ = self._edges
        reduced = lengths + self._potentials[targets] - self._potentials[sources]
        size = len(self.problem.mentors) + 1
        return csr_array((reduced.astype(np.float64), (targets, sources)), shape=(size, size))

    def mover(self, source: int, target: int) -> int:
        """The mentee who moves along an edge of a cheapest chain."""
        return self._movers[source, target]

    @cached_property
    def _movers(self) -> dict[tuple[int, int], int]:
        sources, targets, _, movers = self._edges
        return dict(zip(zip(sources.tolist(), targets.tolist(), strict=True), movers.tolist(), strict=True))

    @cached_property
    def _previous(self) -> set[tuple[int, int]]:
        problem = self.problem
        return set(
            zip(problem.rows[problem.previous].tolist(), problem.columns[problem.previous].tolist(), strict=True)
        )

    def _pairs_of(self, mentee: int) -> slice:
        """The free pairs are in the order of mentees."""
        return slice(*np.searchsorted(self.free.rows, [mentee, mentee + 1]).tolist())

    def quality_of(self, assignment: Ints) -> int:
        """Transformed scores less load costs, whatever stood before."""
        kept = int(self.problem.previous[assignment[self.problem.rows] == self.problem.columns].sum())
        return self.totals_of(assignment).objective - kept * self.problem.options.stability_bonus

    def unlike(self, standing: Ints, moves: Sequence[Move]) -> list[Move]:
        """Who has another mentor than in an answer that stands, when these moves are made in this one."""
        after = self.answer.assignment.copy()
        for move in moves:
            after[move.mentee] = move.after
        return [Move(row, int(standing[row]), int(after[row])) for row in np.flatnonzero(after != standing).tolist()]

    def totals_of(self, assignment: Ints) -> Totals:
        problem = self.problem
        matched = assignment != NOBODY
        chosen = assignment[problem.rows] == problem.columns
        by_priority = np.bincount(problem.priorities[matched], minlength=PRIORITIES)
        costs = sum(int(problem.place_costs(count).sum()) for count in load_of(problem, assignment).tolist())
        return Totals(
            tuple(by_priority.tolist()),
            int(matched.sum()),
            int(problem.scores[chosen].sum()),
            int(problem.worth[chosen].sum()) - costs,
        )


@dataclass(frozen=True)
class Fewer:
    """An alternative that moves fewer people than the best one with the same pair, and what it loses."""

    regret: int
    moves: list[Move]


class Alternatives:
    """All alternatives of one mentee: one search from the present mentor over the turned graph finds them all."""

    def __init__(self, explanation: Explanation, mentee: int) -> None:
        self._of = explanation
        self._mentee = mentee
        self._now = int(explanation.answer.assignment[mentee])
        self._lengths, steps = dijkstra(explanation.graph, indices=_node(self._now), return_predecessors=True)
        # From each node the next one on its cheapest chain to the goal.
        self._steps: list[int] = steps.tolist()

    def all(self) -> list[Alternative]:
        """By number of the mentor."""
        of, problem = self._of, self._of.problem
        pairs = slice(*np.searchsorted(problem.rows, [self._mentee, self._mentee + 1]).tolist())
        mentors = problem.columns[pairs]
        weights = problem.worth_at(pairs) + problem.priority_weights[problem.priorities[self._mentee]]
        present = weights[mentors == self._now].sum()
        v = of.answer.v
        towards = v[self._now] if self._now != NOBODY else 0
        can = ((of.free.places[mentors] > 0) & np.isfinite(self._lengths[mentors + 1])) | (mentors == self._now)
        losses = present - weights[can] + self._lengths[mentors[can] + 1].astype(np.int64) + v[mentors[can]] - towards
        return [self._one(mentor, loss) for mentor, loss in zip(mentors[can].tolist(), losses.tolist(), strict=True)]

    def moves(self, mentor: int) -> list[Move]:
        """Who changes if the mentee gets this mentor, the mentee first; empty for the present one."""
        if mentor == self._now:
            return []
        found = [Move(self._mentee, self._now, mentor)]
        node, goal = _node(mentor), _node(self._now)
        while node != goal:
            following = self._steps[node]
            mover = self._of.mover(node, following)
            if mover != _NO_MENTEE:
                found.append(Move(mover, node - 1, following - 1))
            node = following
        return found

    def quality_lost(self, one: Alternative) -> int:
        """Its regret without the bonuses: transformed scores less load costs."""
        return one.regret - self._of.bonus_lost(self.moves(one.mentor))

    def fewer(self) -> dict[int, Fewer]:
        """By mentor, where moving fewer people is possible: the best answer of those that keep the most pairs.

        As many mentees are matched as by the best alternative; the regret is counted as its is, and never smaller.
        """
        few = self._of.few_moves.alternatives(self._mentee)
        found = {}
        for one in few.all():
            moves = few.moves(one.mentor)
            if len(moves) < len(self.moves(one.mentor)):
                found[one.mentor] = Fewer(few.quality_lost(one) + self._of.bonus_lost(moves), moves)
        return found

    def _one(self, mentor: int, loss: int) -> Alternative:
        """Only three people of a chain gain or lose a mentor: the mentee, who leaves for the outside, who comes in."""
        if mentor == self._now:
            return Alternative(mentor, (0, 0, 0), loss)
        lost = [0] * PRIORITIES
        priorities = self._of.problem.priorities
        if self._now == NOBODY:
            lost[priorities[self._mentee]] -= 1
        leaving = self._exits[_node(mentor)]
        if leaving:
            crossings = [(self._of.mover(leaving, 0), 1)]
            if self._now != NOBODY:
                crossings.append((self._of.mover(0, self._steps[0]), -1))
            for mover, change in crossings:
                if mover != _NO_MENTEE:
                    lost[priorities[mover]] += change
        weighed = sum(weight * count for weight, count in zip(self._weights, lost, strict=True))
        return Alternative(mentor, (lost[0], lost[1], sum(lost)), loss - weighed)

    @cached_property
    def _weights(self) -> list[int]:
        return list(self._of.problem.priority_weights.tolist())

    @cached_property
    def _exits(self) -> list[int]:
        """By node: the last one on its chain before the outside, 0 where the chain doesn't pass there."""
        unknown = -1
        exits = [unknown] * len(self._steps)
        exits[0] = exits[_node(self._now)] = 0
        for node in np.flatnonzero(np.isfinite(self._lengths)).tolist():
            chain = []
            while exits[node] == unknown:
                chain.append(node)
                node = self._steps[node]
            for passed in reversed(chain):
                exits[passed] = passed if self._steps[passed] == 0 else exits[self._steps[passed]]
        return exits


def _node(mentor: int) -> int:
    """Node 0 is the outside, so `NOBODY` (−1) is it, too."""
    return mentor + 1
