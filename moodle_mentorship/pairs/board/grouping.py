"""Groups of mentees on one theme: what is asked for, who could join whom, what came out, why somebody is in none."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace

from moodle_mentorship.matching.scoring import REAL, Fit, Rule, group_fit, real_needs
from moodle_mentorship.pairs.board.enums import Alone
from moodle_mentorship.pairs.board.snapshot import Snapshot


@dataclass(frozen=True)
class Asked:
    """Which themes, how many mentees in a group, and who is to stay out of this calculation."""

    themes: tuple[str, ...]
    least: int
    most: int
    without: tuple[int, ...] = ()

    def without_one(self, person_id: int) -> "Asked":
        """The same without somebody's name in it."""
        return replace(self, without=tuple(id_ for id_ in self.without if id_ != person_id))

    def dump(self) -> str:
        return json.dumps(asdict(self))


def load_asked(text: str) -> Asked:
    """From JSON that `Asked.dump` wrote."""
    raw = json.loads(text)
    return Asked(tuple(raw["themes"]), raw["least"], raw["most"], tuple(raw["without"]))


@dataclass(frozen=True)
class Join:
    """A mentee who could join a mentor's group on a theme."""

    mentee: int
    mentor: int
    theme: str
    fit: Fit


@dataclass(frozen=True)
class Group:
    """A group that came out."""

    theme: str
    mentor: int
    members: tuple[int, ...]

    @property
    def key(self) -> str:
        """Its name in a form: a draft has no two groups of one mentor on one theme."""
        return f"{self.mentor}-{self.theme}"


@dataclass(frozen=True)
class Aim:
    """What a search reached, and what no answer exceeds that reaches the aims before it."""

    name: str
    reached: int
    bound: int


@dataclass(frozen=True)
class Formed:
    """The groups, and how good they are proved to be: the first aim below its bound says how much may be missing.
    `sent` are the keys of those that were proposed."""

    groups: tuple[Group, ...]
    aims: tuple[Aim, ...]
    sent: tuple[str, ...] = ()

    @property
    def unproved(self) -> Aim | None:
        return next((aim for aim in self.aims if aim.reached < aim.bound), None)

    def dump(self) -> str:
        return json.dumps(asdict(self))


def load_formed(text: str) -> Formed:
    """From JSON that `Formed.dump` wrote."""
    raw = json.loads(text)
    groups = (Group(one["theme"], one["mentor"], tuple(one["members"])) for one in raw["groups"])
    return Formed(tuple(groups), tuple(Aim(**aim) for aim in raw["aims"]), tuple(raw["sent"]))


@dataclass(frozen=True)
class Totals:
    """Groups in numbers; the mean score in basis points, None where there is no group."""

    mentees: int
    grouped: int
    groups: int
    mean: int | None


def totals_of(snapshot: Snapshot, formed: Formed) -> Totals:
    scores = [fit.score for group in formed.groups for fit in fits_of(snapshot, group).values()]
    return Totals(
        len(snapshot.mentees), len(scores), len(formed.groups), round(sum(scores) / len(scores)) if scores else None
    )


def fits_of(snapshot: Snapshot, group: Group) -> Mapping[int, Fit]:
    """How each member fits into the group."""
    found = {}
    for mentee in group.members:
        fit = _fit(snapshot, mentee, group.mentor, group.theme)
        if fit is not None:
            found[mentee] = fit
    return found


def places_for_groups(snapshot: Snapshot) -> Mapping[int, int]:
    """How many groups each mentor can lead: a group holds one place, and pinned pairs have theirs before it."""
    pinned = Counter(mentor for _mentee, mentor in snapshot.holding_pins)
    return {mentor: max(places - pinned[mentor], 0) for mentor, places in snapshot.places.items()}


def joins(snapshot: Snapshot, asked: Asked) -> Iterator[Join]:
    """Who could join whom, on which theme: a real difficulty of one and a real strength of the other, a place, no rule
    against the two. Whoever is pinned stays for a pair."""
    kept = {mentee for mentee, _mentor in snapshot.pins} | set(asked.without)
    leaders = [mentor for mentor, places in places_for_groups(snapshot).items() if places]
    for mentee in snapshot.mentees:
        if mentee in kept:
            continue
        for mentor in leaders:
            fits = [
                (theme, fit) for theme in asked.themes if (fit := _fit(snapshot, mentee, mentor, theme)) is not None
            ]
            if fits and not snapshot.rules(mentee, mentor):
                yield from (Join(mentee, mentor, theme, fit) for theme, fit in fits)


def demand(snapshot: Snapshot) -> Mapping[str, tuple[int, int]]:
    """By theme: how many who wait have a real difficulty with it, how many mentors with a place are strong in it."""
    needed = Counter(theme for mentee in snapshot.mentees.values() for theme in real_needs(mentee))
    places = places_for_groups(snapshot)
    strong = Counter(
        theme
        for id_, mentor in snapshot.mentors.items()
        if places[id_]
        for theme, level in mentor.strengths.items()
        if level >= REAL
    )
    return {theme: (needed[theme], strong[theme]) for theme in needed.keys() | strong.keys()}


@dataclass(frozen=True)
class Reason:
    """Why somebody is in no group; `barred`: strong mentors whom a rule forbids, with the first rule of each."""

    why: Alone
    barred: Sequence[tuple[int, Rule]] = ()


def reasons(snapshot: Snapshot, asked: Asked, formed: Formed) -> Mapping[int, Reason]:
    """Why each mentee who is in no group is in none."""
    possible: dict[int, set[tuple[int, str]]] = {}
    sizes: Counter[tuple[int, str]] = Counter()
    for join in joins(snapshot, asked):
        possible.setdefault(join.mentee, set()).add((join.mentor, join.theme))
        sizes[join.mentor, join.theme] += 1
    grouped = {mentee for group in formed.groups for mentee in group.members}
    places = places_for_groups(snapshot)

    def reason(id_: int) -> Reason:
        mentee, themes = snapshot.mentees[id_], set(asked.themes)
        if id_ in asked.without:
            return Reason(Alone.TAKEN_OUT)
        if any(id_ == pinned for pinned, _mentor in snapshot.pins):
            return Reason(Alone.PINNED)
        if not mentee.lawful:
            return Reason(Alone.NO_GROUND)
        if not mentee.needs:
            return Reason(Alone.SILENT)
        wanted = themes & set(real_needs(mentee))
        if not wanted:
            return Reason(Alone.OTHER_THEMES)
        strong = [
            mentor
            for mentor, side in snapshot.mentors.items()
            if places[mentor] and any(side.strengths.get(theme, 0) >= REAL for theme in wanted)
        ]
        if not strong:
            return Reason(Alone.NOBODY_STRONG)
        if id_ not in possible:
            return Reason(Alone.BARRED, [(mentor, snapshot.rules(id_, mentor)[0]) for mentor in strong])
        if all(sizes[group] < asked.least for group in possible[id_]):
            return Reason(Alone.FEW)
        return Reason(Alone.FULL)

    return {id_: reason(id_) for id_ in snapshot.mentees if id_ not in grouped}


def _fit(snapshot: Snapshot, mentee: int, mentor: int, theme: str) -> Fit | None:
    return group_fit(snapshot.mentees[mentee], snapshot.mentors[mentor], theme, snapshot.known, snapshot.weights)
