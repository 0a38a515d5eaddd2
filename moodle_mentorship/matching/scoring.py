"""How well two people fit, and which rules forbid them: pure functions of what they said of their work.

Nothing else comes in: who they are (sex, age, nationality, health, name) has no place in `Mentee` and `Mentor`. What is
not known of a factor counts half, so that who says nothing neither gains nor loses by it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from moodle_mentorship.matching.scale import FULL

HALF = FULL // 2
#: Levels of needs and strengths, 0 … 3; from the second of them on it is a real one.
MOST_LEVEL, REAL = 3, 2
#: Common free hours in a week and years between them that are quite enough: more of either says nothing more.
ENOUGH_HOURS, ENOUGH_YEARS = 3, 5
#: What one subject is worth when it is taught in quite different classes.
OTHER_STAGES = 7_000


class Factor(StrEnum):
    """What a score is made of."""

    NEEDS = "needs"
    SUBJECT = "subject"
    TIME = "time"
    EXPERIENCE = "experience"
    WISHES = "wishes"
    BUILDING = "building"
    LAST_YEAR = "last_year"


#: What each factor weighs unless the school says otherwise; together 100.
WEIGHTS: Mapping[Factor, int] = {
    Factor.NEEDS: 35,
    Factor.SUBJECT: 20,
    Factor.TIME: 15,
    Factor.EXPERIENCE: 10,
    Factor.WISHES: 10,
    Factor.BUILDING: 5,
    Factor.LAST_YEAR: 5,
}


class Rule(StrEnum):
    """Why two people can't be a pair at all. `VETO` is for the curator's eyes only."""

    ONESELF = "oneself"
    MENTEE_NO_GROUND = "mentee_no_ground"
    MENTOR_NO_GROUND = "mentor_no_ground"
    LEAVES = "leaves"
    LATER_HIRED = "later_hired"
    AWAY = "away"
    NOT_TRAINED = "not_trained"
    LINE_MANAGER = "line_manager"
    REFUSED = "refused"
    VETO = "veto"
    CURATOR = "curator"


@dataclass(frozen=True, kw_only=True)
class Side:
    """What counts of either side. None and empty: not known.

    `stages` are the classes they teach (primary, basic, upper). `free` are parts of the working week («1-after»),
    `years` whole years of work as a teacher, `category` the one of their attestation, 0 … 10,000. `lawful`: there is a
    ground to process the profile (152-ФЗ ст. 6); without one nothing of it is read, and no pair is proposed.
    """

    id: int
    subjects: frozenset[str] = frozenset()
    stages: frozenset[str] = frozenset()
    free: frozenset[str] = frozenset()
    years: int | None = None
    category: int | None = None
    building: str | None = None
    hired_on: date | None = None
    leaves: bool = False
    away: bool = False
    lawful: bool = True
    line_manager: int | None = None


@dataclass(frozen=True, kw_only=True)
class Mentee(Side):
    """`needs` by theme, 0 … 3; the themes that trouble them most are in `hardest`."""

    needs: Mapping[str, int] = field(default_factory=dict)
    hardest: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Mentor(Side):
    """`strengths` by theme, 0 … 3."""

    strengths: Mapping[str, int] = field(default_factory=dict)
    trained: bool = True


@dataclass(frozen=True)
class Known:
    """What is known of couples, as (mentee, mentor), and whether the school pairs trained mentors only.

    `wished` by one side once, by both sides twice; `forbidden` names the rule: `VETO` or `CURATOR`.
    """

    wished: Mapping[tuple[int, int], int] = field(default_factory=dict)
    last_year: Collection[tuple[int, int]] = frozenset()
    refused: Collection[tuple[int, int]] = frozenset()
    forbidden: Mapping[tuple[int, int], Rule] = field(default_factory=dict)
    training_required: bool = False


@dataclass(frozen=True)
class Part:
    """One factor of a score: how much of it is there, 0 … 10,000, and the data that say why.

    `known` is False where half was taken because nothing is known. `found` are themes, subjects, parts of the week or
    numbers, as the factor has them; `of` is out of how many.
    """

    factor: Factor
    value: int
    found: tuple[str, ...] = ()
    of: int = 0
    known: bool = True


@dataclass(frozen=True)
class Fit:
    """A score, 0 … 10,000, and its parts."""

    score: int
    parts: tuple[Part, ...]


def fit(mentee: Mentee, mentor: Mentor, known: Known, weights: Mapping[Factor, int] = WEIGHTS) -> Fit:
    """How well the two fit. With all weights at 0 every pair is as good as any other."""
    couple = mentee.id, mentor.id
    parts = (
        _needs(mentee, mentor),
        _subject(mentee, mentor),
        _time(mentee, mentor),
        _experience(mentee, mentor),
        _wishes(known.wished.get(couple, 0)),
        _building(mentee, mentor),
        Part(Factor.LAST_YEAR, FULL if couple in known.last_year else 0),
    )
    return Fit(_weighed(parts, weights), parts)


def group_fit(
    mentee: Mentee, mentor: Mentor, theme: str, known: Known, weights: Mapping[Factor, int] = WEIGHTS
) -> Fit | None:
    """How well a mentee fits into a mentor's group on one theme: how much they need it and how strong the mentor is in
    it; then common hours, wishes and the building, by the same weights. What a pair is for besides (a subject,
    experience, last year) doesn't count in a group.

    None: the theme is no real difficulty of the one, or no real strength of the other. Whoever says nothing of it is
    in no group, because a group is nothing but its theme.
    """
    need = min(mentee.needs.get(theme, 0) + (theme in mentee.hardest), MOST_LEVEL)
    strength = mentor.strengths.get(theme, 0)
    if theme not in real_needs(mentee) or strength < REAL:
        return None
    parts = (
        Part(Factor.NEEDS, need * strength * FULL // MOST_LEVEL**2, (theme,), 1),
        _time(mentee, mentor),
        _wishes(known.wished.get((mentee.id, mentor.id), 0)),
        _building(mentee, mentor),
    )
    return Fit(_weighed(parts, weights), parts)


def real_needs(mentee: Mentee) -> list[str]:
    """The themes that are a real difficulty: from the second level on, or named among the hardest."""
    return sorted({theme for theme, level in mentee.needs.items() if level >= REAL} | mentee.hardest)


def _weighed(parts: Sequence[Part], weights: Mapping[Factor, int]) -> int:
    whole = sum(weights[part.factor] for part in parts)
    total = sum(weights[part.factor] * part.value for part in parts)
    return (total + whole // 2) // whole if whole else 0


def broken_rules(mentee: Mentee, mentor: Mentor, known: Known, starts_on: date) -> list[Rule]:
    """Every rule that forbids the pair from `starts_on`; the first is told first. Places are the solver's affair."""
    couple = mentee.id, mentor.id
    found = {
        Rule.ONESELF: mentee.id == mentor.id,
        Rule.MENTEE_NO_GROUND: not mentee.lawful,
        Rule.MENTOR_NO_GROUND: not mentor.lawful,
        Rule.LEAVES: mentee.leaves or mentor.leaves,
        Rule.LATER_HIRED: any(side.hired_on is not None and side.hired_on > starts_on for side in (mentee, mentor)),
        Rule.AWAY: mentee.away or mentor.away,
        Rule.NOT_TRAINED: known.training_required and not mentor.trained,
        # The form «руководитель – педагог» is a pair that the curator makes knowingly, not a proposal.
        Rule.LINE_MANAGER: mentee.line_manager == mentor.id,
        Rule.REFUSED: couple in known.refused,
    }
    forbidden = known.forbidden.get(couple)
    return [rule for rule, breaks in found.items() if breaks] + ([forbidden] if forbidden is not None else [])


def priority(mentee: Mentee) -> int:
    """0 up to a year of work, 1 up to three, 2 after that; who is not known to have any is a beginner."""
    years = mentee.years or 0
    return 0 if years < 1 else 1 if years < 3 else 2


def _needs(mentee: Mentee, mentor: Mentor) -> Part:
    """Of the help that is needed, how much is offered; what troubles most counts one level more."""
    wanted = {theme: level + (theme in mentee.hardest) for theme, level in mentee.needs.items() if level}
    if not wanted or not mentor.strengths:
        return Part(Factor.NEEDS, HALF, known=False)
    offered = sum(level * mentor.strengths.get(theme, 0) for theme, level in wanted.items())
    real = [theme for theme in wanted if mentee.needs[theme] >= REAL or theme in mentee.hardest]
    met = tuple(sorted(theme for theme in real if mentor.strengths.get(theme, 0) >= REAL))
    return Part(Factor.NEEDS, offered * FULL // (sum(wanted.values()) * MOST_LEVEL), met, len(real))


def _subject(mentee: Mentee, mentor: Mentor) -> Part:
    """One subject is shared, and it is taught in the same classes as far as that is known; `of` 1: in other ones."""
    if not mentee.subjects or not mentor.subjects:
        return Part(Factor.SUBJECT, HALF, known=False)
    shared = tuple(sorted(mentee.subjects & mentor.subjects))
    if not shared:
        return Part(Factor.SUBJECT, 0)
    if mentee.stages and mentor.stages and not mentee.stages & mentor.stages:
        return Part(Factor.SUBJECT, OTHER_STAGES, shared, of=1)
    return Part(Factor.SUBJECT, FULL, shared)


def _time(mentee: Mentee, mentor: Mentor) -> Part:
    if not mentee.free or not mentor.free:
        return Part(Factor.TIME, HALF, known=False)
    common = tuple(sorted(mentee.free & mentor.free))
    return Part(Factor.TIME, min(len(common), ENOUGH_HOURS) * FULL // ENOUGH_HOURS, common)


def _experience(mentee: Mentee, mentor: Mentor) -> Part:
    """Years between them, and the mentor's category, which counts nothing below the mentee's own: the mean of what is
    known."""
    behind = (mentor.category or 0) < (mentee.category or 0)
    known = [0 if behind else mentor.category] if mentor.category is not None else []
    years: tuple[str, ...] = ()
    if mentor.years is not None:
        ahead = max(mentor.years - (mentee.years or 0), 0)
        known.append(min(ahead, ENOUGH_YEARS) * FULL // ENOUGH_YEARS)
        years = (str(mentor.years),)
    if not known:
        return Part(Factor.EXPERIENCE, HALF, known=False)
    return Part(Factor.EXPERIENCE, sum(known) // len(known), years)


def _wishes(sides: int) -> Part:
    if not sides:
        return Part(Factor.WISHES, HALF, known=False)
    return Part(Factor.WISHES, FULL if sides > 1 else (HALF + FULL) // 2, of=sides)


def _building(mentee: Mentee, mentor: Mentor) -> Part:
    if mentee.building is None or mentor.building is None:
        return Part(Factor.BUILDING, HALF, known=False)
    return Part(
        Factor.BUILDING,
        FULL if mentee.building == mentor.building else 0,
        (mentee.building,) if mentee.building == mentor.building else (),
    )
