"""What a space's group in Moodle should be, what it is, and whose the difference is: ours to make good, or a human's,
which is shown and not fought. Nothing here reads or writes.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Self

from moodle_mentorship.core.i18n import N_, translate
from moodle_mentorship.moodle.results import Group, GroupState, GroupStates
from moodle_mentorship.pairs.enums import FIXED_STATES, Mark, Noticed, PairState
from moodle_mentorship.pairs.models import Pair, Space
from moodle_mentorship.people.enums import StaffStatus
from moodle_mentorship.people.models import NBSP, Person
from moodle_mentorship.school.models import SchoolYear

#: Moodle's `groups.name` holds 254 characters.
LONGEST_NAME = 254

NAME = N_("Pair: %(mentor)s — %(mentee)s")
NAME_OF_GROUP = N_("Group: %(theme)s — %(mentor)s")
ARCHIVED = N_("Archive. %(name)s")

_NUMBER = re.compile(r" \((\d{1,9})\)\Z")


@dataclass(frozen=True)
class Kept:
    """A space with its pairs and what we know of its people, detached; pairs without an order are no part of it."""

    space: Space
    at_work: Sequence[Pair]
    ended: Sequence[Pair]
    marks: Mapping[int, Mark]
    # Of a mentoring group, as the school calls it.
    theme: str | None
    locale: str

    @classmethod
    def of(cls, pairs: Iterable[Pair], marks: Mapping[int, Mark], theme: str | None, locale: str) -> Self:
        """The space of these pairs."""
        sharing = list(pairs)
        at_work = [pair for pair in sharing if pair.state in FIXED_STATES]
        ended = [pair for pair in sharing if pair.state is PairState.ENDED]
        return cls(sharing[0].space, at_work, ended, marks, theme, locale)

    @property
    def name(self) -> str:
        """What the group is to be called, but for a number behind it."""
        pair = (self.at_work or self.ended)[0]
        mentor, mentee = (person.short_name.replace(NBSP, " ") for person in (pair.mentor, pair.mentee))
        if self.theme is not None:
            plain = translate(self.locale, NAME_OF_GROUP, mentor=mentor, theme=self.theme)
        else:
            plain = translate(self.locale, NAME, mentor=mentor, mentee=mentee)
        return plain if self.at_work else translate(self.locale, ARCHIVED, name=plain)

    @property
    def year(self) -> SchoolYear:
        return SchoolYear.of((self.at_work or self.ended)[0].starts_on)

    @cached_property
    def ours(self) -> Mapping[int, Person]:
        """The people of the pairs at work, by Moodle's ids."""
        return _people(self.at_work)

    @cached_property
    def wanted(self) -> frozenset[int]:
        """Who of them belongs into the group now. Moodle enrols no suspended account; and whose departure is not
        decided yet was taken out of the course by Moodle."""
        return frozenset(
            id_ for id_, person in self.ours.items() if person.status is StaffStatus.ACTIVE and person.employed
        )

    @property
    def leaving(self) -> frozenset[int]:
        """Whose pairs have ended, and whom we have put in. Whom people put back in afterwards is theirs."""
        settled = self.space.settled_at
        fresh = [pair for pair in self.ended if settled is None or (pair.closed_at and pair.closed_at > settled)]
        placed = {id_ for id_, person in _people(self.ended).items() if self.marks.get(person.id) is Mark.PLACED}
        return frozenset((placed | _people(fresh).keys()) - self.ours.keys())


@dataclass(frozen=True)
class Seen:
    """What Moodle shows of a space. `states` is None without our plugin; `grouping_id` where the year has none."""

    course_id: int
    group: Group | None
    members: frozenset[int] = frozenset()
    states: GroupStates | None = None
    grouping_id: int | None = None

    @property
    def state(self) -> GroupState | None:
        return None if self.states is None or self.group is None else self.states.groups.get(self.group.id)


@dataclass(frozen=True)
class Difference:
    """Between what should be and what is. The first part is ours to do, the second was done by a human's hand."""

    make: bool = False
    rename: bool = False
    missing: frozenset[int] = frozenset()
    leaving: frozenset[int] = frozenset()
    group_it: bool = False
    converse: bool = False

    gone: bool = False
    found_name: str | None = None
    taken_out: frozenset[int] = frozenset()
    guests: frozenset[int] = frozenset()
    ungrouped: bool = False
    silenced: bool = False

    @property
    def to_do(self) -> bool:
        return bool(self.make or self.rename or self.missing or self.leaving or self.group_it or self.converse)

    @property
    def noticed(self) -> list[Noticed]:
        found: dict[Noticed, object] = {
            Noticed.GONE: self.gone,
            Noticed.RENAMED: self.found_name is not None,
            Noticed.TAKEN_OUT: self.taken_out,
            Noticed.GUESTS: self.guests,
            Noticed.UNGROUPED: self.ungrouped,
            Noticed.SILENCED: self.silenced,
        }
        return [code for code, there in found.items() if there]


def compare(kept: Kept, seen: Seen) -> Difference:
    """How the group of pairs at work differs from what it should be."""
    space = kept.space
    # Of another course that the school was connected with before, nothing counts.
    here = space.moodle_course_id in (None, seen.course_id)
    if seen.group is None:
        made = here and space.moodle_group_id is not None
        return Difference(make=not made, gone=made)
    named = is_named(seen.group.name, kept.name)
    absent = kept.wanted - seen.members
    taken_out = frozenset(id_ for id_ in absent if here and _by_hand(kept, seen, id_))
    leaving = kept.leaving & seen.members
    in_grouping = seen.state is None or seen.grouping_id in seen.state.groupings
    talks = seen.state is None or seen.states is None or not seen.states.messaging or seen.state.conversation
    return Difference(
        rename=not named and seen.group.name == space.moodle_name,
        missing=absent - taken_out,
        leaving=leaving,
        group_it=not in_grouping and not (here and space.grouped),
        converse=not talks and not (here and space.conversing),
        found_name=None if named or seen.group.name == space.moodle_name else seen.group.name,
        taken_out=taken_out,
        guests=seen.members - kept.ours.keys() - leaving,
        ungrouped=not in_grouping and here and space.grouped,
        silenced=not talks and here and space.conversing,
    )


def _by_hand(kept: Kept, seen: Seen, moodle_user_id: int) -> bool:
    """Whether somebody took this member out, and not Moodle itself.

    Moodle takes out of all groups whoever loses the last enrolment, as when the staff list loses them for an hour, and
    puts nobody back in: then the enrolment is younger than our last look. Without our plugin nobody can tell.
    """
    if seen.states is None or kept.space.settled_at is None:
        return False
    since = seen.states.enrolled.get(moodle_user_id)
    known = kept.marks.get(kept.ours[moodle_user_id].id) in (Mark.PLACED, Mark.TAKEN_OUT)
    return known and since is not None and datetime.fromtimestamp(since, UTC) < kept.space.settled_at


def is_named(name: str, plain: str) -> bool:
    """Whether a group bears this name, with a number behind it or without."""
    found = _NUMBER.search(name)
    return name == numbered(plain, 1) or (found is not None and name == numbered(plain, int(found[1])))


def numbered(plain: str, number: int) -> str:
    """Moodle wants names to be unique in their course."""
    suffix = f" ({number})" if number > 1 else ""
    return plain[: LONGEST_NAME - len(suffix)] + suffix


def _people(pairs: Iterable[Pair]) -> dict[int, Person]:
    return {person.moodle_user_id: person for pair in pairs for person in (pair.mentor, pair.mentee)}
