"""The proof that an answer is the best: checked from the problem and the numbers alone, knowing nothing of the solver.

Weak duality: whatever u, v ≥ 0 with u[i] + v[j] ≥ weight(i, j) for every allowed pair, no assignment of the free
mentees to the free places is worth more than Σu + Σ over free places of max(0, v[j] − cost of the place). So an
assignment that reaches this sum is optimal, and anybody can add it up.
"""

from moodle_mentorship.matching.problem import Problem
from moodle_mentorship.matching.solver import NOBODY, Answer


def faults(problem: Problem, answer: Answer) -> list[str]:
    """Why the answer is no optimal assignment; empty when it is proved to be one."""
    found: list[str] = []
    assignment = answer.assignment.tolist()
    u, v = answer.u.tolist(), answer.v.tolist()
    weights = problem.priority_weights.tolist()
    priorities = problem.priorities.tolist()
    allowed: dict[tuple[int, int], int] = {}
    for row, column, worth in zip(problem.rows.tolist(), problem.columns.tolist(), problem.worth.tolist(), strict=True):
        allowed[row, column] = worth + weights[priorities[row]]

    taken = [0] * len(problem.mentors)
    for row, column in enumerate(assignment):
        if column == NOBODY:
            continue
        taken[column] += 1
        if (row, column) not in allowed:
            found.append(f"mentee {problem.mentees[row]!r} stands in a pair that is not allowed")
    for column, count in enumerate(taken):
        if count > problem.capacities[column]:
            found.append(f"mentor {problem.mentors[column]!r} has {count} mentees")
    for row, column in problem.pins.items():
        if assignment[row] != column:
            found.append(f"the pin of mentee {problem.mentees[row]!r} is broken")
    if found:
        return found

    fixed = [0] * len(problem.mentors)
    for column in problem.pins.values():
        fixed[column] += 1
    if min(u, default=0) < 0 or min(v, default=0) < 0:
        found.append("a price is negative")
    for (row, column), weight in allowed.items():
        if row not in problem.pins and u[row] + v[column] < weight:
            found.append(f"the prices of {problem.mentees[row]!r} and {problem.mentors[column]!r} are too low")
    reached = sum(
        allowed[row, column] for row, column in enumerate(assignment) if column != NOBODY and row not in problem.pins
    )
    bound = sum(u[row] for row in range(len(u)) if row not in problem.pins)
    for column, capacity in enumerate(problem.capacities.tolist()):
        costs = problem.place_costs(capacity).tolist()
        reached -= sum(costs[fixed[column] : taken[column]])
        bound += sum(max(0, v[column] - cost) for cost in costs[fixed[column] :])
    if reached != bound:
        found.append(f"the assignment is worth {reached}, the prices allow {bound}")
    return found
