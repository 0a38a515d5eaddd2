"""What rooms above `people` know about a member of staff, shown in the staff list: chips, and registers to filter by."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Select
from sqlalchemy.orm import Session

MarkSource = Callable[[Session, int, Sequence[int]], dict[int, list[str]]]


@dataclass(frozen=True)
class Register:
    """A register of people (such as the bank of mentees) that the staff list can be narrowed to.

    `code` stands in the address, `label` is a msgid; `ids` selects the ids of the people of a school who stand in
    it now.
    """

    code: str
    label: str
    ids: Callable[[int], Select[int]]


class Marks:
    """Registry filled by the rooms."""

    def __init__(self) -> None:
        self._sources: list[MarkSource] = []
        self.registers: dict[str, Register] = {}

    def add(self, source: MarkSource) -> None:
        """`source` (session, school id, person ids) gives the words about each person, as msgids.

        It asks once for all people of a page, so the number of statements doesn't grow with the list.
        """
        self._sources.append(source)

    def add_register(self, code: str, label: str, ids: Callable[[int], Select[int]]) -> None:
        self.registers[code] = Register(code, label, ids)

    def of(self, session: Session, school_id: int, person_ids: Sequence[int]) -> dict[int, list[str]]:
        """All words about each of these people, in the order in which the rooms were wired."""
        words: dict[int, list[str]] = {person_id: [] for person_id in person_ids}
        for source in self._sources:
            for person_id, marks in source(session, school_id, person_ids).items():
                words[person_id].extend(marks)
        return words
