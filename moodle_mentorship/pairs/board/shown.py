"""What the board shows of a draft: columns, one opened pair, and why somebody has no mentor."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from moodle_mentorship.banks.models import MAX_CAPACITY, Mentor
from moodle_mentorship.matching.scale import FULL
from moodle_mentorship.matching.scoring import Factor, Fit, Rule, priority
from moodle_mentorship.pairs.board import words
from moodle_mentorship.pairs.board.enums import Keep, MarkKind
from moodle_mentorship.pairs.board.models import Draft, Mark
from moodle_mentorship.pairs.board.queries import Opened
from moodle_mentorship.people.models import Person

if TYPE_CHECKING:
    from moodle_mentorship.matching.explain import Explanation, Move

#: Cards of one column; beyond that a person finds nobody on a page.
MOST = 200
#: Rules that a school can do something about, the least trouble first. What one of the two said, a veto or a refusal in
#: this year, is theirs and never offered to be lifted.
LIFTABLE = (
    Rule.CURATOR,
    Rule.NOT_TRAINED,
    Rule.LATER_HIRED,
    Rule.AWAY,
    Rule.MENTEE_NO_GROUND,
    Rule.MENTOR_NO_GROUND,
    Rule.LINE_MANAGER,
)
#: Mentees without a mentor who are explained one by one, the most urgent first.
EXPLAINED = 5
_CHIPS, _REAL, _LIFTS = 3, 2, 3


@dataclass(frozen=True)
class MenteeCard:
    """A mentee of the left column; `year` is the year of work, None where no hire date is known."""

    person: Person
    subjects: str
    year: int | None
    needs: Sequence[tuple[str, int]]
    answered: bool
    alone: bool


@dataclass(frozen=True)
class PairCard:
    """A proposed pair."""

    mentee: Person
    mentor: Person
    fit: Fit
    why: str
    pin: Mark | None

    @property
    def percent(self) -> int:
        return words.percent(self.fit.score)


@dataclass(frozen=True)
class MentorCard:
    """A mentor of the right column: places that pairs hold already, and those that the draft gives."""

    person: Person
    subjects: str
    capacity: int
    held: int
    given: int
    trained: bool

    @property
    def free(self) -> int:
        return max(self.capacity - self.held - self.given, 0)


@dataclass(frozen=True)
class FactorRow:
    """One factor of a score in points of its weight."""

    title: str
    weight: int
    points: int
    why: str
    heaviest: int

    @property
    def track(self) -> int:
        """Length of the bar in per cent: the weight, the heaviest of all being whole."""
        return round(100 * self.weight / self.heaviest)

    @property
    def fill(self) -> int:
        return round(100 * self.points / self.heaviest)


@dataclass(frozen=True)
class Way:
    """One way to another mentor: what it costs, who else is moved, and how much the draft's pairs are kept for it."""

    keep: Keep
    price: str
    others: str
    moves: Sequence[tuple[Person, Person | None]]


@dataclass(frozen=True)
class Alternative:
    """Another mentor for the mentee: the best answer with the two, and beside it, where it is another one, the answer
    that moves fewer."""

    mentor: Person
    ways: Sequence[Way]
    order: tuple[int, int]


@dataclass(frozen=True)
class Barred:
    """A mentor who can't be had, and the first rule that says so."""

    mentor: Person
    why: str
    mark: Mark | None


@dataclass(frozen=True)
class Details:
    """A pair, or a mentee without one, opened."""

    factors: Sequence[FactorRow]
    alternatives: Sequence[Alternative]
    barred: Sequence[Barred]


@dataclass(frozen=True)
class Lift:
    """A rule without which one mentee more would have a mentor, the only one that forbids these two. `mark` is the
    curator's own, which is taken back here; the others are lifted where the fact behind them stands."""

    mentee: Person
    mentor: Person
    rule: Rule
    mark: Mark | None


@dataclass(frozen=True)
class Lack:
    """Why a mentee has nobody: so many share so few places; whom a rule took; who could take one more, and which rule
    stands in the way. Each helper and each lift is enough by itself, and nobody loses their mentor for it."""

    person: Person
    urgent: bool
    mentees: Sequence[Person]
    mentors: Sequence[Person]
    places: int
    barred: Sequence[tuple[str, Sequence[Person]]]
    helpers: Sequence[MentorCard]
    lifts: Sequence[Lift]


class Shown:
    """One draft, with the people on it as they are called today."""

    def __init__(
        self,
        opened: Opened,
        people: Mapping[int, Person],
        entries: Mapping[int, Mentor],
        marks: Sequence[Mark],
        themes: Mapping[str, str],
        keep: Keep,
    ) -> None:
        self.draft: Draft = opened.draft
        self.snapshot, self.result = opened.snapshot, opened.result
        self._keep = keep
        self._people, self._entries, self._themes = people, entries, dict(themes)
        self._marks = {(mark.mentee_person_id, mark.mentor_person_id): mark for mark in marks}

    @property
    def weights(self) -> dict[Factor, int]:
        return dict(self.snapshot.weights)

    @cached_property
    def mentees(self) -> list[MenteeCard]:
        """Those without a mentor first, then by name."""
        cards = []
        for id_, mentee in self.snapshot.mentees.items():
            levels = sorted(mentee.needs.items(), key=lambda need: (need[0] not in mentee.hardest, -need[1], need[0]))
            needs = [
                (self._themes.get(theme, theme).lower(), level)
                for theme, level in levels
                if level >= _REAL or theme in mentee.hardest
            ]
            cards.append(
                MenteeCard(
                    self._people[id_],
                    ", ".join(sorted(mentee.subjects)),
                    None if mentee.years is None else mentee.years + 1,
                    needs[:_CHIPS],
                    bool(mentee.needs),
                    self.result.assignment[id_] is None,
                )
            )
        return sorted(cards, key=lambda card: (not card.alone, card.person.search_name))[:MOST]

    @cached_property
    def pairs(self) -> list[PairCard]:
        """The best fitting first."""
        cards = []
        for mentee, mentor in self.result.assignment.items():
            if mentor is None:
                continue
            fit = self.snapshot.fit(mentee, mentor)
            mark = self._marks.get((mentee, mentor))
            cards.append(
                PairCard(
                    self._people[mentee],
                    self._people[mentor],
                    fit,
                    words.summary(fit, self.weights, self._themes),
                    mark if mark is not None and mark.kind is MarkKind.PIN else None,
                )
            )
        return sorted(cards, key=lambda card: (-card.fit.score, card.mentee.search_name))[:MOST]

    @cached_property
    def vetoes(self) -> list[tuple[Person, Person]]:
        """Mentee and mentor of whom one said so themselves; what a curator marked stands among the marks."""
        return [
            (self._people[mentee], self._people[mentor])
            for (mentee, mentor), rule in self.snapshot.known.forbidden.items()
            if rule is Rule.VETO and (mentee, mentor) not in self._marks
        ]

    @cached_property
    def mentors(self) -> list[MentorCard]:
        return sorted(self._mentor_cards.values(), key=lambda card: card.person.search_name)[:MOST]

    @cached_property
    def _mentor_cards(self) -> dict[int, MentorCard]:
        given: dict[int, int] = {}
        for mentor in self.result.assignment.values():
            if mentor is not None:
                given[mentor] = given.get(mentor, 0) + 1
        cards = {}
        for id_, side in self.snapshot.mentors.items():
            entry, places = self._entries.get(id_), self.snapshot.places[id_]
            capacity = entry.capacity if entry is not None else places
            cards[id_] = MentorCard(
                self._people[id_],
                ", ".join(sorted(side.subjects)),
                capacity,
                capacity - places,
                given.get(id_, 0),
                side.trained,
            )
        return cards

    @property
    def places(self) -> int:
        return sum(self.snapshot.places.values())

    def changed(self, waiting: set[int]) -> list[Person]:
        """People of the draft of whom it is no longer true: they don't wait any more, or take nobody now."""
        gone = (self.snapshot.mentees.keys() - waiting) | (self.snapshot.mentors.keys() - self._entries.keys())
        return sorted((self._people[id_] for id_ in gone), key=lambda person: person.search_name)

    def unanswered(self) -> list[Person]:
        """Who has not filled in the questionnaire, so that half is taken for what is not known."""
        silent = [id_ for id_, mentee in self.snapshot.mentees.items() if not mentee.needs]
        silent += [id_ for id_, mentor in self.snapshot.mentors.items() if not mentor.strengths]
        return sorted((self._people[id_] for id_ in silent), key=lambda person: person.search_name)

    def unlike(self, other: Opened) -> int:
        """In how many mentees another draft decides otherwise."""
        ours, theirs = self.result.assignment, other.result.assignment
        return sum(ours.get(mentee) != theirs.get(mentee) for mentee in ours.keys() | theirs.keys())

    # What is asked of the solver ------------------------------------------------------------------------------------

    @cached_property
    def lacks(self) -> list[Lack]:
        """The most urgent mentees without a mentor, explained."""
        alone = [id_ for id_, mentor in self.result.assignment.items() if mentor is None]
        alone.sort(key=lambda id_: (priority(self.snapshot.mentees[id_]), self._people[id_].search_name))
        return [self._lack(id_) for id_ in alone[:EXPLAINED]]

    @property
    def alone(self) -> int:
        return sum(mentor is None for mentor in self.result.assignment.values())

    def details(self, mentee: int) -> Details | None:
        """None where the mentee doesn't stand in the draft."""
        if mentee not in self.snapshot.mentees:
            return None
        problem, row = self._explanation.problem, self._row(mentee)
        now = self.result.assignment[mentee]
        asked, few = self._best.alternatives(row), self._explanation.few_moves.alternatives(row)
        alternatives = []
        for best, fewest in zip(asked.all(), few.all(), strict=True):
            mentor = int(problem.mentors[best.mentor])
            if mentor == now:
                continue
            lost = asked.quality_lost(best) - self._gain
            ways = [self._way(self._keep, lost, best.matched_lost[2], self._changes(asked.moves(best.mentor), row))]
            kept = self._way(Keep.FEW, few.quality_lost(fewest), best.matched_lost[2], few.moves(best.mentor)[1:])
            if len(kept.moves) < len(ways[0].moves):
                ways.append(kept)
            alternatives.append(Alternative(self._people[mentor], ways, (sum(best.matched_lost), lost)))
        return Details(
            self._factors(self.snapshot.fit(mentee, now)) if now is not None else [],
            sorted(alternatives, key=lambda one: (one.order, one.mentor.search_name)),
            [self._barred(mentee, problem.mentors[number], why) for number, why in self._explanation.removed(row)],
        )

    def _way(self, keep: Keep, lost: int, unmatched: int, moves: "Sequence[Move]") -> Way:
        mentees = self._explanation.problem.mentees
        moved = [(self._person(mentees[move.mentee]), self._mentor(move.after)) for move in moves]
        return Way(keep, words.price(lost, unmatched), words.others(len(moved)), moved)

    def _factors(self, fit: Fit) -> list[FactorRow]:
        weights = self.weights
        return [
            FactorRow(
                words.FACTORS[part.factor],
                weights[part.factor],
                round(weights[part.factor] * part.value / FULL),
                words.part(part, self._themes),
                max(weights.values()),
            )
            for part in fit.parts
            if weights[part.factor]
        ]

    def _lack(self, mentee: int) -> Lack:
        row, problem = self._row(mentee), self._explanation.problem
        shortage, help_ = self._explanation.shortage(row), self._explanation.helping(row)
        mentors = [int(problem.mentors[number]) for number in shortage.mentors]
        barred: dict[str, list[Person]] = {}
        for number, why in self._explanation.removed(row):
            barred.setdefault(words.RULES[why], []).append(self._person(problem.mentors[number]))
        return Lack(
            self._people[mentee],
            priority(self.snapshot.mentees[mentee]) == 0,
            [self._person(problem.mentees[number]) for number in shortage.mentees],
            [self._people[mentor] for mentor in mentors],
            shortage.places,
            list(barred.items()),
            [
                card
                for number in help_.places
                if (card := self._mentor_cards[int(problem.mentors[number])]).capacity < MAX_CAPACITY
                and card.person.id in self._entries
            ],
            self._lifts([(int(problem.mentees[row]), int(problem.mentors[number])) for row, number in help_.couples]),
        )

    def _lifts(self, couples: Sequence[tuple[int, int]]) -> list[Lift]:
        """Of pairs that would help those that one rule alone forbids; a rule that is about one of the two once."""
        found: dict[tuple[Rule, int | None, int | None], Lift] = {}
        for mentee, mentor in couples:
            rules = self.snapshot.rules(mentee, mentor)
            mark = self._marks.get((mentee, mentor))
            if len(rules) > 1 or rules[0] not in LIFTABLE or (rules[0] is Rule.CURATOR and mark is None):
                continue
            key = (
                rules[0],
                None if rules[0] in (Rule.NOT_TRAINED, Rule.MENTOR_NO_GROUND) else mentee,
                None if rules[0] is Rule.MENTEE_NO_GROUND else mentor,
            )
            found.setdefault(key, Lift(self._people[mentee], self._people[mentor], rules[0], mark))
        return sorted(found.values(), key=lambda lift: LIFTABLE.index(lift.rule))[:_LIFTS]

    def _barred(self, mentee: int, mentor: int | str, why: str) -> Barred:
        return Barred(self._person(mentor), words.RULES[why], self._marks.get((mentee, int(mentor))))

    @cached_property
    def _explanation(self) -> "Explanation":
        # Pages that ask nothing of the solver do without its libraries.
        from moodle_mentorship.pairs.board.solving import explained

        return explained(self.snapshot, self.result)

    @cached_property
    def _best(self) -> "Explanation":
        """The best answer as the school wants it now; other than this draft where that was to move few people."""
        from moodle_mentorship.pairs.board.solving import best_now

        return best_now(self._explanation, self.snapshot, self._keep)

    @cached_property
    def _gain(self) -> int:
        """By how much quality the best answer exceeds this draft."""
        if self._best.answer is self._explanation.answer:
            return 0
        ours, best = self._explanation, self._best
        return best.quality_of(best.answer.assignment) - ours.quality_of(ours.answer.assignment)

    def _changes(self, moves: "Sequence[Move]", row: int) -> "list[Move]":
        """Who else has another mentor than in this draft, when these moves are made in the best answer."""
        if self._best.answer is self._explanation.answer:
            # In the order of the chain, each into the place that the one before leaves.
            return list(moves[1:])
        return [move for move in self._best.unlike(self._explanation.answer.assignment, moves) if move.mentee != row]

    def _row(self, mentee: int) -> int:
        return int(self._explanation.problem.mentees.index(mentee))

    def _person(self, id_: int | str) -> Person:
        return self._people[int(id_)]

    def _mentor(self, number: int) -> Person | None:
        return None if number < 0 else self._person(self._explanation.problem.mentors[number])
