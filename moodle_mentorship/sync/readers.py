"""Where a pass reads: pages of one shape from the plugin's full list, its journal, core's cohort functions, or the
roster of a course (ADR 0009).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from moodle_mentorship.moodle.client import BATCH, MoodleClient
from moodle_mentorship.moodle.results import ChangeKind, ChangesPage, RosterPerson, RosterRole, StaffPerson
from moodle_mentorship.moodle.roster import RosterClient
from moodle_mentorship.sync.errors import IncompleteAnswer

# Pages of one reading: more are in no Moodle, and one that always names a next page would keep a worker for ever.
MOST_PAGES = 2_000

# People a page; 0.11 s in a Moodle of 5,000, and a transaction short enough for others to pass between two.
PAGE = 500


class JournalLost(Exception):
    """The journal was pruned beyond our place in it, or is another one: only a full pass helps."""


@dataclass(frozen=True)
class Page:
    """What one read brought. `cursor` is where the next page begins, `last` says that there is none.

    `total`, `sequence` and `journal` are None where the source doesn't tell them.
    """

    people: Sequence[StaffPerson]
    cursor: int
    last: bool
    left: Sequence[int] = ()
    deleted: Sequence[int] = ()
    total: int | None = None
    sequence: int | None = None
    journal: str | None = None
    # Everybody whom the source names, on its first page alone; None where that isn't known beforehand.
    everybody: Sequence[int] | None = None


class Reader(Protocol):
    """Reads the page that begins at a cursor. Raises `MoodleError`, `IncompleteAnswer`, `JournalLost`."""

    def read(self, cursor: int) -> Page: ...


@dataclass
class PluginReader:
    """The full list by keyset on Moodle's user id.

    The first page also brings who was deleted since `known_sequence`: the list itself doesn't show them, and after
    the pass the journal is read from a later place.
    """

    client: MoodleClient
    fields: Sequence[str]
    known_sequence: int | None
    known_journal: str | None

    def read(self, cursor: int) -> Page:
        deleted, journal = self._journal() if cursor == 0 else ((), None)
        answer = self.client.get_staff(cursor, PAGE, self.fields)
        ids = [person.id for person in answer.people]
        ascending = all(before < after for before, after in zip([cursor, *ids], ids, strict=False))
        if not ascending or (answer.next and (not ids or answer.next < ids[-1])):
            raise IncompleteAnswer("the pages of the staff list don't follow each other")
        return Page(
            answer.people,
            answer.next or (ids[-1] if ids else cursor),
            not answer.next,
            deleted=deleted,
            total=answer.total,
            sequence=answer.sequence,
            journal=journal,
        )

    def _journal(self) -> tuple[Sequence[int], str]:
        if self.known_sequence is None:
            return (), self.client.get_changes(0, 1).journal
        deleted: list[int] = []
        cursor = self.known_sequence
        for _ in range(MOST_PAGES):
            answer = self.client.get_changes(cursor, PAGE)
            if answer.journal != self.known_journal:
                return (), answer.journal
            deleted += (change.user_id for change in answer.changes if change.kind is ChangeKind.DELETED)
            cursor = _next(answer, cursor)
            if not answer.more:
                return deleted, answer.journal
        raise IncompleteAnswer("the journal has no end")


@dataclass
class JournalReader:
    """The delta: what the plugin's journal names after a number."""

    client: MoodleClient
    fields: Sequence[str]
    known_journal: str

    def read(self, cursor: int) -> Page:
        answer = self.client.get_changes(cursor, PAGE, self.fields)
        if answer.journal != self.known_journal or cursor < answer.oldest - 1:
            raise JournalLost()
        return Page(
            [change.person for change in answer.changes if change.person is not None],
            _next(answer, cursor),
            not answer.more,
            left=[change.user_id for change in answer.changes if change.kind is ChangeKind.LEFT],
            deleted=[change.user_id for change in answer.changes if change.kind is ChangeKind.DELETED],
        )


def _next(answer: ChangesPage, cursor: int) -> int:
    if answer.next < cursor or (answer.more and (answer.next == cursor or not answer.changes)):
        raise IncompleteAnswer("the pages of the journal don't follow each other")
    return answer.next


@dataclass
class CohortReader:
    """The full list where there is no plugin: members of the cohort, then the people by id, in batches.

    Core tells no patronymic (`middle_name` is None) and no delta. A batch that comes back shorter than asked for
    means a missing capability, which Moodle doesn't report.
    """

    client: MoodleClient
    cohort_id: int
    _members: tuple[int, ...] | None = field(default=None, init=False)

    def read(self, cursor: int) -> Page:
        if self._members is None:
            self._members = self.client.cohort_members(self.cohort_id)
        left = [member for member in self._members if member > cursor]
        batch = left[:BATCH]
        people = self.client.users_by_id(batch) if batch else ()
        if len(people) != len(batch):
            raise IncompleteAnswer(f"{len(people)} people instead of {len(batch)}")
        return Page(people, batch[-1] if batch else cursor, len(left) <= BATCH, total=len(self._members))


#: Members of a course: more are no school's staff, and a roster is held in memory.
MOST_MEMBERS = 20_000

# A site's administrator and its service accounts are enrolled in courses for other reasons than teaching here.
_STAFF_ROLES = frozenset({RosterRole.INSTRUCTOR, RosterRole.LEARNER})


@dataclass
class RosterReader:
    """The course's members, where nothing else answers. It is read as a whole first: its pages are counted by place
    in a list that may move meanwhile, so they are put into the order of ids here.

    A roster tells no patronymic and no custom field, and as much of names and e-mails as the tool's settings in Moodle
    allow; a member without a name is left out.
    """

    client: RosterClient
    context_id: str
    _people: list[StaffPerson] | None = field(default=None, init=False)

    def read(self, cursor: int) -> Page:
        if self._people is None:
            self._people = self._all()
        left = [person for person in self._people if person.id > cursor]
        some = left[:PAGE]
        return Page(
            some,
            some[-1].id if some else cursor,
            len(left) <= PAGE,
            total=len(self._people),
            everybody=[person.id for person in self._people] if cursor == 0 else None,
        )

    def _all(self) -> list[StaffPerson]:
        people: dict[int, StaffPerson] = {}
        address: str | None = None
        asked: set[str] = set()
        for _ in range(MOST_PAGES):
            page = self.client.page(address)
            if page.context_id != self.context_id:
                raise IncompleteAnswer("the roster of another course")
            people.update((member.id, _as_staff(member)) for member in page.people if _may_be_staff(member))
            address = page.next
            if address is None:
                return [people[member_id] for member_id in sorted(people)]
            if address in asked or len(people) > MOST_MEMBERS:
                break
            asked.add(address)
        raise IncompleteAnswer("the roster has no end")


def _may_be_staff(member: RosterPerson) -> bool:
    named = bool(member.last_name.strip() or member.first_name.strip())
    teaches = bool(member.roles & _STAFF_ROLES) and RosterRole.ADMINISTRATOR not in member.roles
    return member.active and named and teaches


def _as_staff(member: RosterPerson) -> StaffPerson:
    return StaffPerson(member.id, member.last_name, member.first_name, member.middle_name, member.email, False, {})
