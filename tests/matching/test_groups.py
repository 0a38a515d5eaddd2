"""Groups keep the size and the leaders' limits, and no other choice of groups is better."""

from itertools import combinations, product

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from moodle_mentorship.matching.groups import GroupProblem, Groups, form_groups, matched_by_priority
from moodle_mentorship.pairs.board.group_solving import SECONDS

LEAST, MOST = 2, 3


@st.composite
def group_problems(draw: st.DrawFn) -> GroupProblem:
    """Small enough for every choice to be tried."""
    mentors, mentees, themes = draw(st.integers(0, 2)), draw(st.integers(0, 5)), draw(st.integers(1, 2))
    everything = list(product(range(mentees), range(mentors), range(themes)))
    some = draw(st.lists(st.sampled_from(everything), unique=True)) if everything else []
    return GroupProblem(
        mentors=[f"m{number}" for number in range(mentors)],
        most_groups=np.array(draw(st.lists(st.integers(0, 2), min_size=mentors, max_size=mentors)), dtype=np.int64),
        mentees=[f"a{number}" for number in range(mentees)],
        priorities=np.array(draw(st.lists(st.integers(0, 2), min_size=mentees, max_size=mentees)), dtype=np.int64),
        themes=[f"t{number}" for number in range(themes)],
        fits=np.array([(*fit, draw(st.integers(0, 10_000))) for fit in sorted(some)], dtype=np.int64).reshape(-1, 4),
        least=LEAST,
        most=MOST,
    )


def worth(problem: GroupProblem, members: dict[tuple[int, int], tuple[int, ...]]) -> tuple[int, ...]:
    people = [row for group in members.values() for row in group]
    scores = {(row, mentor, theme): score for row, mentor, theme, score in problem.fits.tolist()}
    return (
        *(sum(problem.priorities[row] == priority for row in people) for priority in (0, 1)),
        len(people),
        sum(scores[row, *group] for group, rows in members.items() for row in rows),
    )


def every_choice(problem: GroupProblem) -> list[dict[tuple[int, int], tuple[int, ...]]]:
    """All sets of groups that keep the rules."""
    possible: dict[tuple[int, int], list[int]] = {}
    for row, mentor, theme, _ in problem.fits.tolist():
        possible.setdefault((mentor, theme), []).append(row)
    choices: list[dict[tuple[int, int], tuple[int, ...]]] = [{}]
    for group, rows in possible.items():
        for choice in list(choices):
            taken = {row for members in choice.values() for row in members}
            leads = sum(mentor == group[0] for mentor, _ in choice)
            if leads < problem.most_groups[group[0]]:
                free = [row for row in rows if row not in taken]
                for size in range(problem.least, problem.most + 1):
                    choices += [choice | {group: members} for members in combinations(free, size)]
    return choices


@settings(max_examples=150)
@given(group_problems())
def test_no_other_groups_are_better(problem: GroupProblem) -> None:
    groups = form_groups(problem, seconds=10)
    choices = every_choice(problem)
    assert dict(groups.members) in choices
    reached = worth(problem, dict(groups.members))
    assert reached == max(worth(problem, choice) for choice in choices)
    assert tuple(aim.reached for aim in groups.aims) == reached
    assert groups.optimal
    assert matched_by_priority(problem, groups)[:2] == list(reached[:2])


def test_a_search_that_is_cut_off_says_so() -> None:
    generator = np.random.default_rng(7)
    fits = [(row, mentor, theme) for row, mentor, theme in product(range(120), range(30), range(4))]
    problem = GroupProblem(
        mentors=list(range(30)),
        most_groups=np.ones(30, dtype=np.int64),
        mentees=list(range(120)),
        priorities=generator.integers(0, 3, 120),
        themes=["a", "b", "c", "d"],
        fits=np.array([(*fit, generator.integers(0, 10_001)) for fit in fits], dtype=np.int64),
        least=3,
        most=6,
    )
    groups = form_groups(problem, seconds=0.01)
    assert not groups.optimal
    assert all(aim.reached <= aim.bound for aim in groups.aims)
    assert_rules(problem, groups)


def assert_rules(problem: GroupProblem, groups: Groups) -> None:
    people = [row for members in groups.members.values() for row in members]
    assert len(people) == len(set(people))
    assert all(problem.least <= len(members) <= problem.most for members in groups.members.values())
    leaders = [mentor for mentor, _ in groups.members]
    assert all(leaders.count(mentor) <= problem.most_groups[mentor] for mentor in leaders)


def test_a_school_of_sixty_is_solved_and_proved_in_time() -> None:
    """Eight themes, sixty mentees with several difficulties each, fifteen mentors with a place or two."""
    generator = np.random.default_rng(3)
    strong = generator.random((15, 8)) < 0.6
    hard = generator.random((60, 8)) < 0.45
    fits = [
        (row, mentor, theme, generator.integers(3_000, 10_000))
        for row, mentor, theme in product(range(60), range(15), range(8))
        if hard[row, theme] and strong[mentor, theme]
    ]
    problem = GroupProblem(
        mentors=list(range(15)),
        most_groups=generator.integers(1, 3, 15),
        mentees=list(range(60)),
        priorities=generator.integers(0, 3, 60),
        themes=[str(theme) for theme in range(8)],
        fits=np.array(fits, dtype=np.int64),
        least=3,
        most=6,
    )
    done: list[int] = []
    groups = form_groups(problem, SECONDS, done.append)
    assert (groups.optimal, done) == (True, [1, 2, 3, 4])
