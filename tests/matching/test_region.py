"""A region's answer is what the solver finds when every pair is listed, and its proof holds over all of them."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moodle_mentorship.matching import certificate, region
from moodle_mentorship.matching.explain import Explanation
from moodle_mentorship.matching.problem import Fairness, Ints, Options, Problem, ProblemError
from moodle_mentorship.matching.region import NOT_ALLOWED, Region
from moodle_mentorship.matching.solver import NOBODY, solve


@st.composite
def regions(draw: st.DrawFn) -> Region:
    """More mentors than are tried at once, scores with many equals; rules, pins, bans and pairs of last year."""
    chance = np.random.default_rng(draw(st.integers(0, 2**32)))
    mentees, mentors = draw(st.integers(0, 40)), draw(st.integers(0, 40))
    scores = chance.integers(0, draw(st.sampled_from([1, 4, 10_001])), (mentees, mentors))
    scores[chance.random(scores.shape) < draw(st.sampled_from([0, 0.5, 0.95]))] = NOT_ALLOWED
    capacities = chance.integers(0, draw(st.integers(1, 4)), mentors)
    couples = np.argwhere(chance.random(scores.shape) < 0.1)
    banned, kept = couples[::2], couples[1::2]
    left = capacities.copy()
    pins: dict[int, int] = {}
    for row, column in np.argwhere(scores != NOT_ALLOWED)[::7].tolist():
        if row not in pins and left[column] and chance.random() < 0.2 and [row, column] not in banned.tolist():
            pins[row] = column
            left[column] -= 1
    return Region(
        mentors=tuple(f"m{number:02}" for number in range(mentors)),
        capacities=capacities,
        mentees=tuple(f"a{number:02}" for number in range(mentees)),
        priorities=chance.integers(0, 3, mentees),
        scores=lambda rows: scores[rows],
        previous=kept,
        forbidden=banned,
        pins=pins,
        options=Options(
            draw(st.sampled_from(Fairness)),
            tuple(sorted(draw(st.lists(st.integers(0, 2000), max_size=3)))),
            draw(st.sampled_from([0, 500])),
        ),
    )


def listed(whole: Region) -> Problem:
    """The same with every pair in a list."""
    scores = whole.scores(slice(0, len(whole.mentees))).astype(np.int64)
    scores[tuple(whole.forbidden.T)] = NOT_ALLOWED
    kept = np.zeros(scores.shape, dtype=np.bool_)
    kept[tuple(whole.previous.T)] = True
    rows, columns = np.nonzero(scores != NOT_ALLOWED)
    return Problem(
        mentors=whole.mentors,
        capacities=whole.capacities,
        mentees=whole.mentees,
        priorities=whole.priorities,
        rows=rows,
        columns=columns,
        scores=scores[rows, columns],
        previous=kept[rows, columns],
        pins=whole.pins,
        forbidden={},
        options=whole.options,
    )


@settings(max_examples=80)
@given(regions(), st.integers(1, 3), st.sampled_from([50, 1 << 15]))
def test_a_region_is_answered_as_if_every_pair_were_listed(whole: Region, at_once: int, block: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        # Few enough for several rounds and blocks.
        patch.setattr(region, "_AT_ONCE", at_once)
        patch.setattr(region, "_BLOCK", block)
        found = region.solve(whole)
        assert region.faults(whole, found.answer) == []
        assert region.solve(whole).answer.assignment.tolist() == found.answer.assignment.tolist()
    every = listed(whole)
    assert certificate.faults(every, found.answer) == []
    assert found.totals == Explanation(every, found.answer).totals
    best = Explanation(every, solve(every)).totals
    assert (found.totals.matched_by_priority, found.totals.objective) == (best.matched_by_priority, best.objective)


def of(scores: Any, **others: Any) -> Region:
    table = np.array(scores)
    return Region(
        mentors=tuple("mnopq"[: table.shape[1]]),
        capacities=others.pop("capacities", np.ones(table.shape[1], dtype=np.int64)),
        mentees=tuple("abcde"[: table.shape[0]]),
        priorities=np.zeros(table.shape[0], dtype=np.int64),
        scores=lambda rows: table[rows],
        **others,
    )


def test_what_was_left_out_at_first_is_found() -> None:
    """All want the mentors who have one place; the others are nobody's first choice, and each mentee gets one."""
    mentees, wanted, others = 30, 20, 40
    table = np.concatenate([np.full((mentees, wanted), 9000), np.full((mentees, others), 10)], axis=1)
    table[:, :wanted] += np.arange(wanted)
    whole = Region(
        mentors=tuple(f"m{number:02}" for number in range(wanted + others)),
        capacities=np.ones(wanted + others, dtype=np.int64),
        mentees=tuple(f"a{number:02}" for number in range(mentees)),
        priorities=np.zeros(mentees, dtype=np.int64),
        scores=lambda rows: table[rows],
    )
    found = region.solve(whole)
    assert found.rounds > 1
    assert found.candidates < table.size
    assert found.totals.matched == mentees
    assert found.totals.score == wanted * 9000 + sum(range(wanted)) + (mentees - wanted) * 10


def test_a_wrong_proof_is_seen() -> None:
    whole = of([[9000, 8000], [8500, NOT_ALLOWED]])
    answer = region.solve(whole).answer
    assert answer.assignment.tolist() == [1, 0]

    def with_(assignment: Any = answer.assignment, u: Ints = answer.u, v: Ints = answer.v) -> list[str]:
        return region.faults(whole, type(answer)(np.array(assignment), u, v))

    assert with_() == []
    assert with_(assignment=[0, 1]) == ["mentee 'b' stands in a pair that is not allowed"]
    assert any("the prices allow" in fault for fault in with_(assignment=[0, NOBODY]))
    assert any("too low" in fault for fault in with_(v=answer.v - 1))
    # The best answer to a region without the better pair, proved there.
    assert region.faults(of([[9000, 8000]]), region.solve(of([[NOT_ALLOWED, 8000]])).answer) == [
        "the prices of 'a' and 'm' are too low"
    ]


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        ({"scores": [[10_001]]}, "scores"),
        ({"scores": [[-2]]}, "scores"),
        ({"scores": [[0.5]]}, "scores"),
        ({"scores": [[NOT_ALLOWED]], "pins": {0: 0}}, "pins"),
        ({"scores": [[5]], "pins": {0: 0}, "forbidden": np.array([[0, 0]])}, "pins"),
        ({"scores": [[5], [5]], "pins": {0: 0, 1: 0}}, "pins"),
        ({"scores": [[5]], "pins": {0: 1}}, "pins"),
        ({"scores": [[5]], "previous": np.array([[1, 0]])}, "previous"),
        ({"scores": [[5]], "capacities": np.array([1, 2])}, "capacities"),
        ({"scores": [[5]], "capacities": np.array([-1])}, "capacities"),
    ],
)
def test_what_contradicts_itself_is_refused(wrong: dict[str, Any], place: str) -> None:
    with pytest.raises(ProblemError) as refused:
        region.solve(of(**wrong))
    assert refused.value.place == place


def test_ids_out_of_order_are_refused() -> None:
    """The answer would depend on the order."""
    with pytest.raises(ProblemError):
        Region(
            ("n", "m"),
            np.ones(2, dtype=np.int64),
            (),
            np.zeros(0, dtype=np.int64),
            lambda rows: np.zeros((0, 2), np.int64),
        )
