"""From whom a group is made: who waits and how hard its theme is for them; who has a place, and how strong they are in
it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from sqlalchemy.orm import Session

from moodle_mentorship.banks import queries as banks
from moodle_mentorship.banks.enums import MenteeState
from moodle_mentorship.banks.queries import FREE, ListedMentee, ListedMentor
from moodle_mentorship.core.secrets import SecretBox
from moodle_mentorship.matching.scoring import Rule
from moodle_mentorship.pairs.board import queries as board
from moodle_mentorship.surveys.queries import latest_of
from moodle_mentorship.surveys.ready import HELP_NEEDED, LEVELS, NEED, OFFER

#: So many are looked at, and so many of them shown, whom it concerns most.
LOOKED_AT, SHOWN = 200, 40

Entry = TypeVar("Entry", ListedMentee, ListedMentor)


@dataclass(frozen=True)
class Choice(Generic[Entry]):
    """Somebody who could be in the group. `level` is what they have said of the theme, 0 to 3; None: nothing. `barred`:
    what stands on the board between them and the mentor."""

    entry: Entry
    level: int | None
    barred: Rule | None = None


def waiting(session: Session, school_id: int) -> Sequence[ListedMentee]:
    """Mentees who wait, those who have waited longest."""
    return banks.mentees(
        session, school_id, search="", state=MenteeState.WAITING, sort="since", cursor=None, limit=LOOKED_AT
    ).rows


def needs(session: Session, school_id: int, entries: Sequence[ListedMentee]) -> Mapping[int, Mapping[str, int]]:
    """What they have said of the themes, by person."""
    said = latest_of(session, school_id, [entry.person_id for entry in entries], NEED)
    return {person_id: answers.values.get(LEVELS, {}) for person_id, answers in said.items()}


def in_need(said: Mapping[int, Mapping[str, int]], theme: str) -> int:
    """How many of them need help with a theme."""
    return sum(levels.get(theme, 0) >= HELP_NEEDED for levels in said.values())


def mentees(
    entries: Sequence[ListedMentee],
    said: Mapping[int, Mapping[str, int]],
    theme: str,
    barred: Mapping[int, Rule],
) -> Sequence[Choice[ListedMentee]]:
    """Whom the theme troubles most come first; of equal ones who has waited longer."""
    choices = [Choice(entry, _level(said, entry, theme), barred.get(entry.person_id)) for entry in entries]
    return sorted(choices, key=_by_level)[:SHOWN]


def mentors(session: Session, school_id: int, theme: str, search: str) -> Sequence[Choice[ListedMentor]]:
    """Mentors with a free place, the strongest in the theme first."""
    entries = banks.mentors(
        session, school_id, search=search, state=FREE, sort="places", cursor=None, limit=LOOKED_AT
    ).rows
    offers = latest_of(session, school_id, [entry.person_id for entry in entries], OFFER)
    said = {person_id: answers.values.get("strengths", {}) for person_id, answers in offers.items()}
    return sorted((Choice(entry, _level(said, entry, theme)) for entry in entries), key=_by_level)[:SHOWN]


def barred(
    session: Session, box: SecretBox, school_id: int, mentor_person_id: int, reader_id: int | None
) -> dict[int, Rule]:
    """Whom the board keeps apart from this mentor, for curators; not of the reader, whom the other may have named."""
    if reader_id == mentor_person_id:
        return {}
    found = board.forbidden(session, box, school_id)
    return {
        mentee: rule for (mentee, mentor), rule in found.items() if mentor == mentor_person_id and mentee != reader_id
    }


def _level(said: Mapping[int, Mapping[str, int]], entry: Entry, theme: str) -> int | None:
    return said.get(entry.person_id, {}).get(theme)


def _by_level(choice: Choice[Entry]) -> int:
    return 0 if choice.level is None else -choice.level - 1
