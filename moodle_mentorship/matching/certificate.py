"""The proof that an answer is the best: checked from the problem and the numbers alone, knowing nothing of the solver.

Weak duality: whatever u, v ≥ 0 with u[i] + v[j] ≥ weight(i, j) for every allowed pair, no assignment of the free
mentees to the free places is worth more than Σu + Σ over free places of max(0, v[j] − cost of the place). So an
assignment that reaches this sum is optimal, and anybody can add it up.
"""

import numpy as np

from moodle_mentorship.matching.problem import Problem
from moodle_mentorship.matching.solver import NOBODY, Answer


def faults(problem: Problem, answer: Answer) -> list[str]:
    """Why the answer is no optimal assignment; empty when it is proved to be one."""
    found: list[str] = []
    assignment = answer.assignment
    free = np.array([row not in problem.pins for row in range(len(problem.mentees))], dtype=np.bool_)
    weights = problem.worth + problem.priority_weights[problem.priorities[problem.rows]]
    chosen = problem.columns == assignment[problem.rows]

    taken = np.bincount(assignment[assignment != NOBODY], minlength=len(problem.mentors))
    allowed = np.bincount(problem.rows[chosen], minlength=len(problem.mentees)) > 0
    for row in np.flatnonzero((assignment != NOBODY) & ~allowed).tolist():
        found.append(f"mentee {problem.mentees[row]!r} stands in a pair that is not allowed")
    for column in np.flatnonzero(taken > problem.capacities).tolist():
        found.append(f"mentor {problem.mentors[column]!r} has {taken[column]} mentees")
    for row, column in problem.pins.items():
        if assignment[row] != column:
            found.append(f"the pin of mentee {problem.mentees[row]!r} is broken")
    if found:
        return found

    if min(answer.u.min(initial=0), answer.v.min(initial=0)) < 0:
        found.append("a price is negative")
    low = answer.u[problem.rows] + answer.v[problem.columns] < weights
    for pair in np.flatnonzero(low & free[problem.rows]).tolist():
        mentee, mentor = problem.mentees[problem.rows[pair]], problem.mentors[problem.columns[pair]]
        found.append(f"the prices of {mentee!r} and {mentor!r} are too low")
    fixed = np.bincount(assignment[~free], minlength=len(problem.mentors))
    # Whole numbers of Python, which no sum exceeds.
    reached = sum(weights[chosen & free[problem.rows]].tolist())
    bound = sum(answer.u[free].tolist())
    for column, capacity in enumerate(problem.capacities.tolist()):
        costs, price = problem.place_costs(capacity).tolist(), int(answer.v[column])
        reached -= sum(costs[fixed[column] : taken[column]])
        bound += sum(max(0, price - cost) for cost in costs[fixed[column] :])
    if reached != bound:
        found.append(f"the assignment is worth {reached}, the prices allow {bound}")
    return found
