"""Mentoring groups: one mentor, one theme, three to six mentees. Which groups to open, and who joins which.

A mixed-integer program (SciPy's HiGHS) in which only "this mentor opens a group on this theme" is a whole-number
choice: once the groups are open, filling them is a flow, whose best answers are whole by themselves.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array, csr_array, vstack

from moodle_mentorship.matching.problem import PRIORITIES, Id, Ints

Floats = NDArray[np.float64]

# What rounding errors of the search may add up to; every aim is a whole number.
_SLACK = 1e-5


@dataclass(frozen=True)
class GroupProblem:
    """`fits` are rows of mentee, mentor, theme, score by number; `most_groups[j]` is how many mentor j can lead."""

    mentors: Sequence[Id]
    most_groups: Ints
    mentees: Sequence[Id]
    priorities: Ints
    themes: Sequence[str]
    fits: Ints
    least: int
    most: int


@dataclass(frozen=True)
class Aim:
    """One of the aims in their order: what was reached, and what no answer exceeds that reaches the aims before it."""

    name: str
    reached: int
    bound: int


@dataclass(frozen=True)
class Groups:
    """`members` by (mentor, theme). The answer is the best one when every aim reached its bound."""

    members: Mapping[tuple[int, int], tuple[int, ...]]
    aims: tuple[Aim, ...]

    @property
    def optimal(self) -> bool:
        return all(aim.reached == aim.bound for aim in self.aims)


def form_groups(problem: GroupProblem, seconds: float, watch: Callable[[int], None] = lambda done: None) -> Groups:
    """The most mentees of priority 0 in a group, then of 1, then of all, then the largest sum of scores.

    Each aim is a search of its own, at most `seconds` long; what an earlier aim reached binds the later ones. A search
    that is cut off leaves the best answer it found, and the bound says how far from the best that may be. `watch` is
    told how many searches are done.
    """
    mentees, mentors, themes, scores = problem.fits.T
    joins = len(mentees)
    # A possible group is a mentor with a theme.
    groups, group_of = np.unique(mentors * len(problem.themes) + themes, return_inverse=True)
    rules = _rules(problem, mentees, group_of, groups // max(len(problem.themes), 1))
    priorities = problem.priorities[mentees]
    values = {
        "matched_0": priorities == 0,
        "matched_1": priorities == 1,
        "matched": np.ones(joins, dtype=np.bool_),
        "score": scores,
    }
    aims: list[Aim] = []
    chosen = np.zeros(joins + len(groups))
    for name, value in values.items():
        objective = np.concatenate([value.astype(np.float64), np.zeros(len(groups))])
        chosen, bound = _search(objective, rules, joins, seconds, chosen)
        reached = round(float(objective @ chosen))
        aims.append(Aim(name, reached, bound))
        # Hardly less than reached: the best fillings are a face of what is possible, whose corners are whole people; a
        # cut through the middle would have halves.
        watch(len(aims))
        rules = [*rules, LinearConstraint(csr_array(objective[np.newaxis]), reached - _SLACK, np.inf)]
    members: dict[tuple[int, int], list[int]] = {}
    for join in np.flatnonzero(chosen[:joins] > 0.5).tolist():
        members.setdefault((int(mentors[join]), int(themes[join])), []).append(int(mentees[join]))
    return Groups({group: tuple(sorted(people)) for group, people in sorted(members.items())}, tuple(aims))


def matched_by_priority(problem: GroupProblem, groups: Groups) -> list[int]:
    """How many mentees of each priority are in a group."""
    people = [row for members in groups.members.values() for row in members]
    return list(np.bincount(problem.priorities[people], minlength=PRIORITIES).tolist()) if people else [0] * PRIORITIES


def _rules(problem: GroupProblem, mentees: Ints, group_of: Ints, leaders: Ints) -> list[LinearConstraint]:
    """Each mentee in one group at most; a group is empty or has the right size; nobody leads too many.

    That nobody joins a closed group follows from the size; said for each person it makes the bounds much tighter.
    """
    joins, opened = len(mentees), len(leaders)
    if not joins:
        return []
    number, open_ = np.arange(joins), np.arange(opened)

    def matrix(rows: Ints, columns: Ints, height: int, factor: int = 1) -> csr_array:
        values = np.full(len(rows), float(factor))
        return csr_array(coo_array((values, (rows, columns)), shape=(height, joins + opened)))

    size = matrix(group_of, number, opened)
    once = matrix(mentees, number, len(problem.mentees))
    too_many = size - matrix(open_, joins + open_, opened, problem.most)
    too_few = matrix(open_, joins + open_, opened, problem.least) - size
    closed = matrix(number, number, joins) - matrix(number, joins + group_of, joins)
    leading = matrix(leaders, joins + open_, len(problem.mentors))
    limits = [np.ones(len(problem.mentees)), np.zeros(2 * opened + joins), problem.most_groups.astype(np.float64)]
    return [LinearConstraint(vstack([once, too_many, too_few, closed, leading]), -np.inf, np.concatenate(limits))]


def _search(
    objective: Floats, rules: list[LinearConstraint], joins: int, seconds: float, known: Floats
) -> tuple[Floats, int]:
    """The best answer found within the time, in whole people, and the bound. `known` is one that keeps all rules."""
    if not rules or not len(objective):
        return known, 0
    whole = np.concatenate([np.zeros(joins), np.ones(len(objective) - joins)])
    options = {"time_limit": seconds, "mip_rel_gap": 0.0}
    found = milp(-objective, integrality=whole, bounds=Bounds(0, 1), constraints=rules, options=options)
    bound = int(np.floor((objective.sum() if found.mip_dual_bound is None else -found.mip_dual_bound) + _SLACK))
    if found.x is None:
        return known, bound
    if np.abs(found.x - found.x.round()).max() > _SLACK:
        # A mixture of equally good fillings: fill these groups once more, by whole people.
        limits = Bounds(0, np.concatenate([np.ones(joins), found.x[joins:].round()]))
        found = milp(-objective, integrality=np.ones(len(objective)), bounds=limits, constraints=rules, options=options)
    return (known if found.x is None else found.x.round()), bound
