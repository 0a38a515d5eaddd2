"""What a draft was calculated from, and what came out: data, and as JSON, so that it can be checked again."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date
from functools import cached_property
from typing import Any, TypeVar

from moodle_mentorship.matching.scale import FULL
from moodle_mentorship.matching.scoring import (
    Factor,
    Fit,
    Known,
    Mentee,
    Mentor,
    Rule,
    Side,
    broken_rules,
    fit,
)
from moodle_mentorship.pairs.board.enums import Keep

FORMAT = 1
#: By how many basis points a pair that stood before goes before an equal one.
BONUS = {Keep.NONE: 0, Keep.SOME: 500, Keep.STRONGLY: 1_000, Keep.FEW: FULL}

Couple = tuple[int, int]
Someone = TypeVar("Someone", bound=Side)


@dataclass(frozen=True)
class Snapshot:
    """People, what is known of couples, and the school's weights, on one day. Couples are (mentee, mentor)."""

    starts_on: date
    weights: Mapping[Factor, int]
    mentees: Mapping[int, Mentee]
    mentors: Mapping[int, Mentor]
    # Free places by mentor.
    places: Mapping[int, int]
    known: Known
    pins: frozenset[Couple]
    # Pairs that stood before, and what that is worth, in basis points.
    previous: frozenset[Couple] = frozenset()
    stability: int = 0

    def rules(self, mentee: int, mentor: int) -> list[Rule]:
        return broken_rules(self.mentees[mentee], self.mentors[mentor], self.known, self.starts_on)

    def fit(self, mentee: int, mentor: int) -> Fit:
        return fit(self.mentees[mentee], self.mentors[mentor], self.known, self.weights)

    @cached_property
    def holding_pins(self) -> list[Couple]:
        """Pins that can be kept: both are here, no rule forbids the pair, a place is left."""
        left = dict(self.places)
        held = []
        for mentee, mentor in sorted(self.pins):
            here = mentee in self.mentees and mentor in self.mentors
            if here and left[mentor] > 0 and not self.rules(mentee, mentor):
                left[mentor] -= 1
                held.append((mentee, mentor))
        return held

    def dump(self) -> str:
        """As JSON."""
        return json.dumps(
            {
                "format": FORMAT,
                "starts_on": self.starts_on,
                "weights": dict(self.weights),
                "mentees": [asdict(mentee) for mentee in self.mentees.values()],
                "mentors": [asdict(mentor) for mentor in self.mentors.values()],
                "places": list(self.places.items()),
                "wished": [[*couple, sides] for couple, sides in self.known.wished.items()],
                "last_year": self.known.last_year,
                "refused": self.known.refused,
                "forbidden": [[*couple, rule] for couple, rule in self.known.forbidden.items()],
                "training_required": self.known.training_required,
                "pins": self.pins,
                "previous": self.previous,
                "stability": self.stability,
            },
            default=_plain,
            ensure_ascii=False,
        )


def load(text: str) -> Snapshot:
    """From JSON that `Snapshot.dump` wrote."""
    raw = json.loads(text)
    mentees = [_side(Mentee, item) for item in raw["mentees"]]
    mentors = [_side(Mentor, item) for item in raw["mentors"]]
    return Snapshot(
        starts_on=date.fromisoformat(raw["starts_on"]),
        weights={Factor(name): weight for name, weight in raw["weights"].items()},
        mentees={mentee.id: mentee for mentee in mentees},
        mentors={mentor.id: mentor for mentor in mentors},
        places=dict(raw["places"]),
        known=Known(
            wished={(mentee, mentor): sides for mentee, mentor, sides in raw["wished"]},
            last_year=_couples(raw["last_year"]),
            refused=_couples(raw["refused"]),
            forbidden={(mentee, mentor): Rule(rule) for mentee, mentor, rule in raw["forbidden"]},
            # Drafts of earlier releases asked nobody for a training.
            training_required=raw.get("training_required", False),
        ),
        pins=_couples(raw["pins"]),
        # Drafts of earlier releases kept nothing of what stood before.
        previous=_couples(raw.get("previous", [])),
        stability=raw.get("stability", 0),
    )


@dataclass(frozen=True)
class Totals:
    """A draft in numbers; scores in basis points, None where there is no pair."""

    mentees: int
    matched: int
    mean: int | None
    weakest: int | None
    mentors: int
    # Mentors without a free place, once the draft is carried out.
    full: int


@dataclass(frozen=True)
class Result:
    """Mentor of each mentee, and the prices that prove that it is the best, by id."""

    assignment: Mapping[int, int | None]
    mentee_prices: Mapping[int, int]
    mentor_prices: Mapping[int, int]

    def dump(self) -> str:
        return json.dumps([list(part.items()) for part in (self.assignment, self.mentee_prices, self.mentor_prices)])


def load_result(text: str) -> Result:
    """From JSON that `Result.dump` wrote."""
    return Result(*(dict(part) for part in json.loads(text)))


def totals_of(snapshot: Snapshot, result: Result) -> Totals:
    scores = [snapshot.fit(mentee, mentor).score for mentee, mentor in result.assignment.items() if mentor is not None]
    left = dict(snapshot.places)
    for mentor in result.assignment.values():
        if mentor is not None:
            left[mentor] -= 1
    return Totals(
        mentees=len(snapshot.mentees),
        matched=len(scores),
        mean=round(sum(scores) / len(scores)) if scores else None,
        weakest=min(scores, default=None),
        mentors=len(snapshot.mentors),
        full=sum(places <= 0 for places in left.values()),
    )


def _side(kind: type[Someone], raw: dict[str, Any]) -> Someone:
    values = {**raw, "hired_on": date.fromisoformat(raw["hired_on"]) if raw["hired_on"] else None}
    sets = {field.name for field in fields(kind) if str(field.type).startswith("frozenset")}
    given: dict[str, Any] = {name: frozenset(value) if name in sets else value for name, value in values.items()}
    return kind(**given)


def _couples(raw: list[list[int]]) -> frozenset[Couple]:
    return frozenset((mentee, mentor) for mentee, mentor in raw)


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return sorted(value)
