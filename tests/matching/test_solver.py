"""The answer is the best, is proved to be, and depends on nothing but the problem."""

import dataclasses
import random

import pytest
from hypothesis import given, settings

from moodle_mentorship.matching import solver
from moodle_mentorship.matching.certificate import faults
from moodle_mentorship.matching.explain import Explanation
from moodle_mentorship.matching.problem import Options, Problem, build
from moodle_mentorship.matching.solver import NOBODY, solve
from tests.matching.instances import Raw, best, problems, raw_problems


@settings(max_examples=500)
@given(problems())
def test_no_assignment_is_better(problem: Problem) -> None:
    answer = solve(problem)
    totals = Explanation(problem, answer).totals
    assert (totals.matched_by_priority, totals.objective) == best(problem)
    assert faults(problem, answer) == []


@settings(max_examples=200)
@given(problems())
def test_nothing_is_lost_by_trying_few_pairs_first(problem: Problem) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(solver, "_FEW", 0)
        patch.setattr(solver, "_TRIED", 1)
        answer = solve(problem)
    totals = Explanation(problem, answer).totals
    assert (totals.matched_by_priority, totals.objective) == best(problem)
    assert faults(problem, answer) == []


@settings(max_examples=200)
@given(raw_problems())
def test_the_order_of_the_input_changes_nothing(raw: Raw) -> None:
    shuffled: Raw = {
        name: value if name == "options" else random.Random(7).sample(value, len(value)) for name, value in raw.items()
    }
    first, second = build(**raw), build(**shuffled)
    assert solve(first).assignment.tolist() == solve(second).assignment.tolist()


@settings(max_examples=200)
@given(problems(plain=True))
def test_the_certificate_is_the_one_of_the_format(problem: Problem) -> None:
    """The sum as the issue words it: Σu + Σ free places·v = Σ(score + weight) of the unpinned matches."""
    answer = solve(problem)
    weights = problem.priority_weights
    free = problem.capacities.copy()
    for column in problem.pins.values():
        free[column] -= 1
    scores = {
        (row, column): score
        for row, column, score in zip(
            problem.rows.tolist(), problem.columns.tolist(), problem.scores.tolist(), strict=True
        )
    }
    primal = sum(
        scores[row, column] + int(weights[problem.priorities[row]])
        for row, column in enumerate(answer.assignment.tolist())
        if column != NOBODY and row not in problem.pins
    )
    dual = sum(int(price) for row, price in enumerate(answer.u) if row not in problem.pins) + int(free @ answer.v)
    assert primal == dual
    assert (answer.u >= 0).all()
    assert (answer.v >= 0).all()
    for (row, column), score in scores.items():
        if row not in problem.pins:
            assert answer.u[row] + answer.v[column] >= score + weights[problem.priorities[row]]


def test_a_wrong_certificate_is_seen() -> None:
    problem = build(mentors=[("m", 1)], mentees=[("a", 0), ("b", 0)], pairs=[("a", "m", 9000), ("b", "m", 4000)])
    answer = solve(problem)
    assert answer.assignment.tolist() == [0, NOBODY]
    worse = dataclasses.replace(answer, assignment=answer.assignment[::-1].copy())
    assert any("the prices allow" in fault for fault in faults(problem, worse))
    cheap = dataclasses.replace(answer, u=answer.u * 0, v=answer.v * 0)
    assert any("too low" in fault for fault in faults(problem, cheap))
    both = dataclasses.replace(answer, assignment=answer.assignment * 0)
    assert faults(problem, both) == ["mentor 'm' has 2 mentees"]


def test_the_urgent_one_gets_the_only_place() -> None:
    problem = build(mentors=[("m", 1)], mentees=[("a", 2), ("b", 0)], pairs=[("a", "m", 10_000), ("b", "m", 0)])
    assert solve(problem).assignment.tolist() == [NOBODY, 0]


def test_nobody_to_match() -> None:
    for empty in (build(mentors=[], mentees=[], pairs=[]), build(mentors=[("m", 3)], mentees=[], pairs=[])):
        assert solve(empty).assignment.tolist() == []
        assert faults(empty, solve(empty)) == []
    lonely = build(mentors=[], mentees=[("a", 1)], pairs=[])
    assert solve(lonely).assignment.tolist() == [NOBODY]


def test_a_load_cost_spreads_the_mentees() -> None:
    school: Raw = {
        "mentors": [("m", 3), ("n", 3)],
        "mentees": [("a", 1), ("b", 1)],
        "pairs": [("a", "m", 6000), ("b", "m", 6000), ("a", "n", 5800), ("b", "n", 5800)],
    }
    assert solve(build(**school)).assignment.tolist() == [0, 0]
    assert sorted(solve(build(**school, options=Options(load_costs=(0, 300)))).assignment.tolist()) == [0, 1]
