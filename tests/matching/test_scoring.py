"""A score is made of what people said of their work, and of nothing else; rules are told by name."""

import dataclasses
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moodle_mentorship.matching.scoring import (
    HALF,
    WEIGHTS,
    Factor,
    Known,
    Mentee,
    Mentor,
    Rule,
    Side,
    broken_rules,
    fit,
    group_fit,
    priority,
)

THEMES = ("planning", "discipline", "parents")
STARTS = date(2026, 12, 1)

MENTEE = Mentee(
    id=1,
    subjects=frozenset({"математика"}),
    free=frozenset({"1-after", "2-3", "4-after"}),
    years=0,
    building="Садовая",
    needs={"discipline": 3, "planning": 2, "parents": 1},
)
MENTOR = Mentor(
    id=2,
    subjects=frozenset({"математика", "физика"}),
    free=frozenset({"2-3", "4-after", "5-1"}),
    years=17,
    building="Садовая",
    strengths={"discipline": 3, "planning": 1},
    category=10_000,
)


def values(mentee: Mentee = MENTEE, mentor: Mentor = MENTOR, known: Known = Known()) -> dict[Factor, int]:  # noqa: B008
    return {part.factor: part.value for part in fit(mentee, mentor, known).parts}


def test_each_factor_has_its_value_and_its_reasons() -> None:
    found = fit(MENTEE, MENTOR, Known(wished={(1, 2): 1}, last_year={(1, 2)}))
    assert {part.factor: (part.value, part.found, part.of, part.known) for part in found.parts} == {
        # 3·3 + 2·1 of (3 + 2 + 1)·3.
        Factor.NEEDS: (6111, ("discipline",), 2, True),
        Factor.SUBJECT: (10_000, ("математика",), 0, True),
        Factor.TIME: (6666, ("2-3", "4-after"), 0, True),
        Factor.EXPERIENCE: (10_000, ("17",), 0, True),
        Factor.WISHES: (7500, (), 1, True),
        Factor.BUILDING: (10_000, ("Садовая",), 0, True),
        Factor.LAST_YEAR: (10_000, (), 0, True),
    }
    # 35·6111 + 20·10,000 + 15·6666 + 10·10,000 + 10·7500 + 5·10,000 + 5·10,000 of 100.
    assert found.score == 7889


def test_what_troubles_most_counts_more() -> None:
    hardest = dataclasses.replace(MENTEE, hardest=frozenset({"discipline"}))
    assert values(hardest)[Factor.NEEDS] == (4 * 3 + 2 * 1) * 10_000 // (7 * 3) > values()[Factor.NEEDS]


def test_who_said_nothing_neither_gains_nor_loses() -> None:
    found = fit(Mentee(id=1), Mentor(id=2), Known())
    unknown = {part.factor for part in found.parts if not part.known}
    assert unknown == set(Factor) - {Factor.LAST_YEAR}
    assert {part.value for part in found.parts if not part.known} == {HALF}


def test_weights_decide_and_none_at_all_makes_all_pairs_equal() -> None:
    only_time = {factor: 100 if factor is Factor.TIME else 0 for factor in Factor}
    assert fit(MENTEE, MENTOR, Known(), only_time).score == 6666
    assert fit(MENTEE, MENTOR, Known(), dict.fromkeys(Factor, 0)).score == 0


def test_less_experience_than_the_mentee_is_none() -> None:
    assert (
        values(dataclasses.replace(MENTEE, years=20), dataclasses.replace(MENTOR, category=None))[Factor.EXPERIENCE]
        == 0
    )


@pytest.mark.parametrize(
    ("mentee", "mentor", "expected"),
    [
        (set(), {"upper"}, 10_000),
        ({"basic", "upper"}, {"upper"}, 10_000),
        ({"basic"}, {"upper"}, 7_000),
    ],
)
def test_one_subject_in_other_classes_is_not_quite_one(mentee: set[str], mentor: set[str], expected: int) -> None:
    teach = frozenset({"математика"})
    sides = (
        dataclasses.replace(MENTEE, stages=frozenset(mentee), subjects=teach),
        dataclasses.replace(MENTOR, stages=frozenset(mentor), subjects=teach),
    )
    assert values(*sides)[Factor.SUBJECT] == expected


@pytest.mark.parametrize(("mentees", "expected"), [(None, 7_000), (7_000, 7_000), (10_000, 0)])
def test_a_category_below_the_mentees_own_counts_nothing(mentees: int | None, expected: int) -> None:
    sides = dataclasses.replace(MENTEE, category=mentees), dataclasses.replace(MENTOR, years=None, category=7_000)
    assert values(*sides)[Factor.EXPERIENCE] == expected


@pytest.mark.parametrize(("years", "expected"), [(None, 0), (0, 0), (1, 1), (2, 1), (3, 2), (30, 2)])
def test_beginners_come_first(years: int | None, expected: int) -> None:
    assert priority(Mentee(id=1, years=years)) == expected


@pytest.mark.parametrize(
    ("mentee", "mentor", "known", "expected"),
    [
        ({}, {}, {}, []),
        ({"id": 2}, {}, {}, [Rule.ONESELF]),
        ({"lawful": False}, {}, {}, [Rule.MENTEE_NO_GROUND]),
        ({}, {"lawful": False}, {}, [Rule.MENTOR_NO_GROUND]),
        ({"leaves": True}, {}, {}, [Rule.LEAVES]),
        ({}, {"hired_on": date(2026, 12, 2)}, {}, [Rule.LATER_HIRED]),
        ({}, {"hired_on": STARTS}, {}, []),
        ({}, {"away": True}, {}, [Rule.AWAY]),
        # A warning, or a rule by the school's choice.
        ({}, {"trained": False}, {}, []),
        ({}, {"trained": False}, {"training_required": True}, [Rule.NOT_TRAINED]),
        ({}, {}, {"training_required": True}, []),
        ({"line_manager": 2}, {}, {}, [Rule.LINE_MANAGER]),
        # Being led by the mentee is no rule: that is how colleagues learn from each other.
        ({}, {"line_manager": 1}, {}, []),
        ({}, {}, {"refused": {(1, 2)}}, [Rule.REFUSED]),
        ({}, {}, {"refused": {(2, 1)}}, []),
        ({}, {}, {"forbidden": {(1, 2): Rule.VETO}}, [Rule.VETO]),
        ({"leaves": True}, {}, {"forbidden": {(1, 2): Rule.CURATOR}}, [Rule.LEAVES, Rule.CURATOR]),
    ],
)
def test_rules_by_name(
    mentee: dict[str, Any], mentor: dict[str, Any], known: dict[str, Any], expected: list[Rule]
) -> None:
    sides = dataclasses.replace(MENTEE, **mentee), dataclasses.replace(MENTOR, **mentor)
    assert broken_rules(*sides, Known(**known), STARTS) == expected


def test_nothing_of_who_somebody_is_comes_in() -> None:
    """Sex, age, nationality, health, names: there is no field through which they could."""
    side = {"id", "subjects", "stages", "free", "years", "category", "building", "hired_on", "leaves", "away", "lawful"}
    side |= {"line_manager"}
    assert {field.name for field in dataclasses.fields(Side)} == side
    assert {field.name for field in dataclasses.fields(Mentee)} == side | {"needs", "hardest"}
    assert {field.name for field in dataclasses.fields(Mentor)} == side | {"strengths", "trained"}


def test_a_group_is_its_theme_and_what_helps_to_meet() -> None:
    found = group_fit(MENTEE, MENTOR, "discipline", Known(wished={(1, 2): 2}))
    assert found is not None
    assert {part.factor: (part.value, part.found, part.known) for part in found.parts} == {
        # Needed at 3 of 3, offered at 3 of 3.
        Factor.NEEDS: (10_000, ("discipline",), True),
        Factor.TIME: (6666, ("2-3", "4-after"), True),
        Factor.WISHES: (10_000, (), True),
        Factor.BUILDING: (10_000, ("Садовая",), True),
    }
    # 35·10,000 + 15·6666 + 10·10,000 + 5·10,000 of 65.
    assert found.score == 9231
    lighter = group_fit(dataclasses.replace(MENTEE, needs={"discipline": 2}), MENTOR, "discipline", Known())
    assert lighter is not None
    assert lighter.parts[0].value == 6666
    only_building = dict.fromkeys(Factor, 0) | {Factor.BUILDING: 1}
    elsewhere = dataclasses.replace(MENTOR, building="Речная")
    scores = [group_fit(MENTEE, side, "discipline", Known(), only_building) for side in (MENTOR, elsewhere)]
    assert [fit and fit.score for fit in scores] == [10_000, 0]


@pytest.mark.parametrize(
    ("needs", "hardest", "strength", "joins"),
    [
        ({"discipline": 2}, set(), 2, True),
        ({"discipline": 1}, set(), 3, False),
        ({"discipline": 3}, set(), 1, False),
        ({"discipline": 1}, {"discipline"}, 3, True),
        ({}, {"discipline"}, 3, True),
        ({}, set(), 3, False),
    ],
)
def test_a_group_is_joined_for_a_real_difficulty_and_a_real_strength(
    needs: dict[str, int], hardest: set[str], strength: int, joins: bool
) -> None:
    mentee = dataclasses.replace(MENTEE, needs=needs, hardest=frozenset(hardest))
    mentor = dataclasses.replace(MENTOR, strengths={"discipline": strength})
    assert (group_fit(mentee, mentor, "discipline", Known()) is not None) == joins


def test_what_a_pair_is_for_besides_changes_no_group() -> None:
    """Subject, experience and last year's pair; and, as for a pair, nothing of who somebody is has a field."""
    other = dataclasses.replace(MENTOR, subjects=frozenset({"химия"}), years=0, category=0, stages=frozenset({"upper"}))
    assert group_fit(MENTEE, other, "discipline", Known(last_year={(1, 2)})) == group_fit(
        MENTEE, MENTOR, "discipline", Known()
    )


levels = st.dictionaries(st.sampled_from(THEMES), st.integers(0, 3))
slots = st.frozensets(st.sampled_from(["1-after", "2-3", "4-after", "5-1"]))
years = st.none() | st.integers(0, 40)


@given(levels, levels, slots, slots, years, years, st.dictionaries(st.sampled_from(list(Factor)), st.integers(0, 100)))
def test_a_score_keeps_its_bounds_and_more_help_never_lowers_it(
    needs: dict[str, int],
    strengths: dict[str, int],
    free: frozenset[str],
    others: frozenset[str],
    young: int | None,
    old: int | None,
    some: dict[Factor, int],
) -> None:
    weights = {**WEIGHTS, **some}
    mentee = Mentee(id=1, needs=needs, free=free, years=young)
    mentor = Mentor(id=2, strengths=strengths, free=others, years=old)
    found = fit(mentee, mentor, Known(), weights)
    assert 0 <= found.score <= 10_000
    assert all(0 <= part.value <= 10_000 for part in found.parts)
    if strengths:
        stronger = dataclasses.replace(
            mentor, strengths={theme: min(level + 1, 3) for theme, level in strengths.items()}
        )
        assert fit(mentee, stronger, Known(), weights).score >= found.score
