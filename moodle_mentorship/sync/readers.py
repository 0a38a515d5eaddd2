"""Where a pass reads: pages of one shape from the plugin's full list, its journal, or core's cohort functions."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from moodle_mentorship.moodle.client import BATCH, MoodleClient
from moodle_mentorship.moodle.results import ChangeKind, ChangesPage, StaffPerson
from moodle_mentorship.sync.errors import IncompleteAnswer

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
        cursor, more = self.known_sequence, True
        journal = self.known_journal or ""
        while more:
            answer = self.client.get_changes(cursor, PAGE)
            if answer.journal != self.known_journal:
                return (), answer.journal
            deleted += (change.user_id for change in answer.changes if change.kind is ChangeKind.DELETED)
            cursor, more = _next(answer, cursor), answer.more
        return deleted, journal


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
    if answer.next < cursor or (answer.more and answer.next == cursor):
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
