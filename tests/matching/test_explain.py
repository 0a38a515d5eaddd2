"""Each alternative costs what a new answer with that pair fixed would lose; shortages are real ones."""

from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from moodle_mentorship.matching.certificate import faults
from moodle_mentorship.matching.explain import Explanation, Totals
from moodle_mentorship.matching.problem import FULL, Id, Problem, build
from moodle_mentorship.matching.solver import NOBODY, free_of, priced, solve
from tests.matching.instances import Raw, problems, raw_problems


def forced(raw: Raw, mentee: str, mentor: str) -> Problem:
    pins = [pin for pin in raw["pins"] if pin[0] != mentee]
    changed: dict[str, Any] = raw | {"pins": [*pins, (mentee, mentor)]}
    return build(**changed)


def worth(totals: Totals) -> Totals:
    """By what answers are compared. The plain score is no part of it: where the objective is concave, 9930 and 9931
    count the same."""
    return replace(totals, score=0)


@settings(max_examples=300)
@given(raw_problems())
def test_regret_is_what_a_new_answer_loses(raw: Raw) -> None:
    problem = build(**raw)
    answer = solve(problem)
    explanation = Explanation(problem, answer)
    before = explanation.totals
    for row in range(len(problem.mentees)):
        alternatives = explanation.alternatives(row)
        for one in alternatives.all():
            other = forced(raw, str(problem.mentees[row]), str(problem.mentors[one.mentor]))
            after = Explanation(other, solve(other)).totals
            assert one.matched_lost == (
                before.matched_by_priority[0] - after.matched_by_priority[0],
                before.matched_by_priority[1] - after.matched_by_priority[1],
                before.matched - after.matched,
            )
            assert one.regret == before.objective - after.objective
            changed = answer.assignment.copy()
            for move in alternatives.moves(one.mentor):
                assert changed[move.mentee] == move.before
                changed[move.mentee] = move.after
            # The chain leads to an answer of just that worth, in which the mentee has the mentor.
            assert changed[row] == one.mentor
            assert worth(explanation.totals_of(changed)) == worth(after)


@settings(max_examples=300)
@given(raw_problems())
def test_few_moves_are_fewer_dearer_and_valid(raw: Raw) -> None:
    problem = build(**raw)
    answer = solve(problem)
    explanation = Explanation(problem, answer)
    assert faults(explanation.few_moves.problem, explanation.few_moves.answer) == []
    standing = [
        (mentee, problem.mentors[column])
        for mentee, column in zip(problem.mentees, answer.assignment.tolist(), strict=True)
        if column != NOBODY
    ]
    for row, mentee in enumerate(problem.mentees):
        alternatives = explanation.alternatives(row)
        fewer = alternatives.fewer()
        kept_most = {one.mentor: one.regret for one in explanation.few_moves.alternatives(row).all()}
        for one in alternatives.all():
            mentor = problem.mentors[one.mentor]
            # The same question, asked anew: the pair pinned, and a whole score for each pair that stays.
            kept = raw | {"previous": standing, "options": replace(raw["options"], stability_bonus=FULL)}
            again = forced(kept, str(mentee), str(mentor))
            asked = Explanation(again, solve(again))
            assert kept_most[one.mentor] == explanation.few_moves.totals.objective - asked.totals.objective
            if one.mentor not in fewer:
                continue
            few = fewer[one.mentor]
            assert len(few.moves) < len(alternatives.moves(one.mentor))
            assert few.regret >= one.regret
            changed = answer.assignment.copy()
            for move in few.moves:
                assert changed[move.mentee] == move.before
                changed[move.mentee] = move.after
            assert changed[row] == one.mentor
            after = explanation.totals_of(changed)
            assert after.objective == explanation.totals.objective - few.regret
            lost = [
                before - now
                for before, now in zip(explanation.totals.matched_by_priority, after.matched_by_priority, strict=True)
            ]
            assert (lost[0], lost[1], sum(lost)) == one.matched_lost
            assert worth(asked.totals_of(changed)) == worth(asked.totals)
            # Allowed pairs, places and pins are those of the question.
            assert faults(again, replace(asked.answer, assignment=changed)) == []


@settings(max_examples=200)
@given(problems(), st.integers(0, 2_000))
def test_an_answer_stays_the_best_when_its_own_pairs_count_as_earlier_ones(problem: Problem, more: int) -> None:
    """The board prices a change on it: the next draft keeps the pairs of this one and what this one was to keep."""
    answer = solve(problem)
    stands = answer.assignment[problem.rows] == problem.columns
    for previous, bonus in ((stands | problem.previous, 0), (stands, more)):
        options = replace(problem.options, stability_bonus=problem.options.stability_bonus + bonus)
        following = replace(problem, previous=previous, options=options)
        assert faults(following, priced(following, free_of(following), answer.assignment)) == []


@settings(max_examples=200)
@given(problems())
def test_every_allowed_mentor_who_can_be_had_is_an_alternative(problem: Problem) -> None:
    explanation = Explanation(problem, solve(problem))
    pinned = list(problem.pins.values())
    for row in range(len(problem.mentees)):
        wanted = [
            column
            for column in problem.columns[problem.rows == row].tolist()
            if problem.capacities[column] > pinned.count(column) or explanation.answer.assignment[row] == column
        ]
        assert [one.mentor for one in explanation.alternatives(row).all()] == wanted


@settings(max_examples=200)
@given(problems())
def test_equal_choices_are_the_alternatives_that_lose_nothing(problem: Problem) -> None:
    explanation = Explanation(problem, solve(problem))
    free = [
        (row, one.mentor)
        for row in range(len(problem.mentees))
        if row not in problem.pins
        for one in explanation.alternatives(row).all()
        if one.matched_lost == (0, 0, 0) and one.regret == 0 and explanation.answer.assignment[row] != one.mentor
    ]
    assert explanation.equal_choices() == free


@settings(max_examples=200)
@given(problems())
def test_a_shortage_has_one_place_too_few(problem: Problem) -> None:
    answer = solve(problem)
    explanation = Explanation(problem, answer)
    pinned = list(problem.pins.values())
    places = [capacity - pinned.count(column) for column, capacity in enumerate(problem.capacities.tolist())]
    for row in [row for row, column in enumerate(answer.assignment.tolist()) if column == NOBODY]:
        shortage = explanation.shortage(row)
        assert row in shortage.mentees
        allowed = {
            column
            for mentee, column in zip(problem.rows.tolist(), problem.columns.tolist(), strict=True)
            if mentee in shortage.mentees and places[column] > 0
        }
        assert allowed == set(shortage.mentors)
        assert shortage.places == sum(places[column] for column in allowed) == len(shortage.mentees) - 1


def test_rules_that_took_a_mentor_are_named() -> None:
    problem = build(
        mentors=[("full", 1), ("line", 1)],
        mentees=[("a", 0), ("b", 0)],
        pairs=[("a", "full", 5000), ("b", "full", 5000)],
        forbidden=[("a", "line", "line_manager")],
        pins=[("b", "full")],
    )
    explanation = Explanation(problem, solve(problem))
    assert explanation.removed(0) == [(0, "no_place"), (1, "line_manager")]


@settings(max_examples=300)
@given(raw_problems())
def test_what_would_help_is_just_what_a_new_answer_finds(raw: Raw) -> None:
    """One place more, or one forbidden pair less: the mentee has a mentor beside all who have one, or it is no help."""
    problem = build(**raw)
    answer = solve(problem)
    explanation = Explanation(problem, answer)
    matched = {problem.mentees[row] for row in np.flatnonzero(answer.assignment != NOBODY).tolist()}

    def all_matched(changed: Raw, mentee: Id) -> bool:
        asked = {*matched, mentee}
        only = {
            name: [item for item in changed[name] if item[0] in asked]
            for name in ("mentees", "pairs", "forbidden", "pins", "previous")
        }
        found = solve(build(**(changed | only)))
        return bool((found.assignment != NOBODY).all())

    for row in np.flatnonzero(answer.assignment == NOBODY).tolist():
        mentee, help_ = problem.mentees[row], explanation.helping(row)
        for number, mentor in enumerate(problem.mentors):
            places = [(id_, places + (id_ == mentor)) for id_, places in raw["mentors"]]
            assert (number in help_.places) == all_matched(raw | {"mentors": places}, mentee)
        couples = [(row, mentor) for row, of in problem.forbidden.items() for mentor, _why in of]
        for couple in couples:
            names = (problem.mentees[couple[0]], problem.mentors[couple[1]])
            allowed = raw | {
                "forbidden": [ban for ban in raw["forbidden"] if ban[:2] != names],
                "pairs": [pair for pair in raw["pairs"] if pair[:2] != names] + [(*names, FULL)],
            }
            assert (couple in help_.couples) == all_matched(allowed, mentee)
        assert [own for own, _ in help_.couples] == sorted(
            (own for own, _ in help_.couples), key=lambda own: own != row
        )
