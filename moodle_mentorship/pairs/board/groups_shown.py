"""What the page «Группы» shows of a draft: the groups, why each member is there, and why somebody is in none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from moodle_mentorship.pairs.board import words
from moodle_mentorship.pairs.board.enums import Alone
from moodle_mentorship.pairs.board.grouping import Group, fits_of, reasons
from moodle_mentorship.pairs.board.queries import OpenedGroups
from moodle_mentorship.pairs.board.snapshot import Snapshot
from moodle_mentorship.people.models import Person

#: People in no group who are told one by one.
MOST = 200


@dataclass(frozen=True)
class Member:
    """A mentee of a group, and why they are there."""

    person: Person
    why: str


@dataclass(frozen=True)
class GroupCard:
    """A group: its hours are free for all of whom they are known; `silent` have not said when they are free."""

    key: str
    theme: str
    mentor: Person
    percent: int
    strength: int
    members: Sequence[Member]
    hours: str
    silent: Sequence[Person]
    sent: bool


@dataclass(frozen=True)
class Left:
    """A mentee in no group."""

    person: Person
    why: str
    taken_out: bool


class GroupsShown:
    """One draft of groups, with the people in it as they are called today."""

    def __init__(self, opened: OpenedGroups, people: Mapping[int, Person], themes: Mapping[str, str]) -> None:
        self.draft, self.asked = opened.draft, opened.asked
        self.snapshot, self.formed = opened.snapshot, opened.formed
        self._people, self._themes = people, themes

    @cached_property
    def groups(self) -> list[GroupCard]:
        """By theme in the school's order, then by mentor."""
        order = list(self._themes)
        found = sorted(
            self.formed.groups,
            key=lambda group: (
                order.index(group.theme) if group.theme in order else len(order),
                self._people[group.mentor].search_name,
            ),
        )
        return [self._card(group) for group in found]

    @cached_property
    def left(self) -> list[Left]:
        """Those whom a curator took out first, then by name."""
        found = [
            Left(
                self._people[id_],
                words.alone(
                    reason, [(self._people[who].short_name, rule) for who, rule in reason.barred], self.asked.least
                ),
                reason.why is Alone.TAKEN_OUT,
            )
            for id_, reason in reasons(self.snapshot, self.asked, self.formed).items()
        ]
        return sorted(found, key=lambda one: (not one.taken_out, one.person.search_name))

    @property
    def told(self) -> list[Left]:
        return self.left[:MOST]

    @property
    def verdict(self) -> str:
        return words.verdict(self.formed.unproved)

    def changed(self, now: Snapshot) -> list[Person]:
        """People of the groups of whom it is no longer true: they don't wait any more or are pinned to a mentor, take
        nobody now, or may not be together since."""
        free = now.mentees.keys() - {mentee for mentee, _mentor in now.pins}
        gone = set()
        for group in self.formed.groups:
            gone |= {id_ for id_ in group.members if id_ not in free or (id_, group.mentor) in now.known.forbidden}
            gone |= {group.mentor} - now.mentors.keys()
        return sorted((self._people[id_] for id_ in gone), key=lambda person: person.search_name)

    def _card(self, group: Group) -> GroupCard:
        fits = fits_of(self.snapshot, group)
        mentor = self.snapshot.mentors[group.mentor]
        members = sorted(group.members, key=lambda id_: self._people[id_].search_name)
        sides = [(group.mentor, mentor.free), *((id_, self.snapshot.mentees[id_].free) for id_ in members)]
        known = [free for _id, free in sides if free]
        return GroupCard(
            group.key,
            self._themes.get(group.theme, group.theme),
            self._people[group.mentor],
            words.percent(sum(fit.score for fit in fits.values()) // len(fits)),
            mentor.strengths[group.theme],
            [
                Member(self._people[id_], words.member(fits[id_], self.snapshot.mentees[id_].needs.get(group.theme, 0)))
                for id_ in members
            ],
            words.hours(sorted(frozenset.intersection(*known))) if known else "",
            [self._people[id_] for id_, free in sides if not free],
            group.key in self.formed.sent,
        )
