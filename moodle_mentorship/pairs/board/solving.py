"""Between a snapshot and the solver. It takes 60 MB of libraries along, so it is imported where it is needed."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from moodle_mentorship.matching.certificate import faults
from moodle_mentorship.matching.explain import Explanation
from moodle_mentorship.matching.problem import Fairness, Options, Problem, build
from moodle_mentorship.matching.scoring import priority
from moodle_mentorship.matching.solver import NOBODY, Answer, free_of, priced, solve
from moodle_mentorship.pairs.board.enums import Keep
from moodle_mentorship.pairs.board.snapshot import BONUS, Result, Snapshot

#: The weakest pairs gain most, and a mentor's second and third place cost a little.
OPTIONS = Options(Fairness.CONCAVE, (0, 100, 300))


def problem_of(snapshot: Snapshot, watch: Callable[[int], None] = lambda done: None) -> Problem:
    """What the solver is asked; `watch` is told how many mentees are scored."""
    pairs: list[tuple[int, int, int]] = []
    forbidden: list[tuple[int, int, str]] = []
    for done, mentee in enumerate(snapshot.mentees):
        watch(done)
        for mentor in snapshot.mentors:
            broken = snapshot.rules(mentee, mentor)
            if broken:
                forbidden.append((mentee, mentor, broken[0]))
            else:
                pairs.append((mentee, mentor, snapshot.fit(mentee, mentor).score))
    return build(
        mentors=list(snapshot.places.items()),
        mentees=[(id_, priority(mentee)) for id_, mentee in snapshot.mentees.items()],
        pairs=pairs,
        forbidden=forbidden,
        pins=snapshot.holding_pins,
        previous=sorted(snapshot.previous),
        options=replace(OPTIONS, stability_bonus=snapshot.stability),
    )


def result_of(problem: Problem, answer: Answer) -> Result:
    """The solver's answer by people's ids."""
    chosen = [None if number == NOBODY else int(problem.mentors[number]) for number in answer.assignment.tolist()]
    mentees, mentors = ([int(id_) for id_ in ids] for ids in (problem.mentees, problem.mentors))
    return Result(
        dict(zip(mentees, chosen, strict=True)),
        dict(zip(mentees, answer.u.tolist(), strict=True)),
        dict(zip(mentors, answer.v.tolist(), strict=True)),
    )


def answer_of(problem: Problem, result: Result) -> Answer:
    """A kept result as the solver and the questions to it have it."""
    numbers = {id_: number for number, id_ in enumerate(problem.mentors)}
    mentors = [result.assignment[int(id_)] for id_ in problem.mentees]
    return Answer(
        np.array([NOBODY if mentor is None else numbers[mentor] for mentor in mentors], dtype=np.int64),
        np.array([result.mentee_prices[int(id_)] for id_ in problem.mentees], dtype=np.int64),
        np.array([result.mentor_prices[int(id_)] for id_ in problem.mentors], dtype=np.int64),
    )


def checked(snapshot: Snapshot, result: Result) -> list[str]:
    """What is wrong with a kept answer, by the check that knows nothing of the solver; empty when it is the best."""
    problem = problem_of(snapshot)
    return faults(problem, answer_of(problem, result))


def explained(snapshot: Snapshot, result: Result) -> Explanation:
    """For questions to a kept answer."""
    problem = problem_of(snapshot)
    return Explanation(problem, answer_of(problem, result))


def best_now(of: Explanation, snapshot: Snapshot, keep: Keep) -> Explanation:
    """The best answer when a draft that follows keeps the pairs of this one and of last year so much.

    It is the same answer, unless this one was made to keep more or less.
    """
    problem, answer, bonus = of.problem, of.answer, BONUS[keep]
    if bonus == problem.options.stability_bonus == 0:
        return of
    last_year = [
        (int(problem.mentees[row]), int(problem.mentors[column])) in snapshot.known.last_year
        for row, column in zip(problem.rows.tolist(), problem.columns.tolist(), strict=True)
    ]
    stands = answer.assignment[problem.rows] == problem.columns
    asked = replace(
        problem,
        previous=stands | np.array(last_year, dtype=np.bool_),
        options=replace(problem.options, stability_bonus=bonus),
    )
    if bonus == problem.options.stability_bonus:
        return Explanation(asked, priced(asked, free_of(asked), answer.assignment))
    return Explanation(asked, solve(asked))
