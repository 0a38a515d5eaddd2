"""What higher rooms know about a member of staff, shown in the staff list: chips, registers to filter by."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, literal, select, union_all
from sqlalchemy.orm import Session

MarkSource = Callable[[Session, int, Sequence[int]], dict[int, list[str]]]


# What ends when this person's departure is confirmed, in the reader's words and in numbers («1 open pair»).
Consequence = Callable[[Session, int, int], Sequence[str]]


@dataclass(frozen=True)
class Register:
    """A register of people (such as the bank of mentees) that the staff list can be narrowed to.

    `code` stands in the address, `label` is a msgid; `ids` selects the ids of the people of a school who stand in
    it now. `endpoint` takes a POST of `person_id` and `back` that enters a person, on a button that reads `button`
    (a msgid); with `capacities` there is one button for each number of places, sent as `capacity`. `closed` selects
    the ids of the people to whom no button is offered, where these are more than `ids`. With `marked` (a msgid) people
    can be marked in the list and entered together by that button: `endpoint` takes `person_ids` then, several or one.
    """

    code: str
    label: str
    ids: Callable[[int], Select[int]]
    endpoint: str
    button: str
    capacities: tuple[int, ...] = ()
    closed: Callable[[int], Select[int]] | None = None
    marked: str = ""


class Marks:
    """Registry filled by the rooms."""

    def __init__(self) -> None:
        self._sources: list[MarkSource] = []
        self._consequences: list[Consequence] = []
        self.registers: dict[str, Register] = {}

    def add(self, source: MarkSource) -> None:
        """`source` (session, school id, person ids) gives the words about each person, as msgids.

        It asks once for all people of a page, so the number of statements doesn't grow with the list.
        """
        self._sources.append(source)

    def add_register(self, register: Register) -> None:
        self.registers[register.code] = register

    def add_consequence(self, consequence: Consequence) -> None:
        """`consequence` (session, school id, person id) is asked inside a request, so it translates its own words."""
        self._consequences.append(consequence)

    def consequences(self, session: Session, school_id: int, person_id: int) -> list[str]:
        """All that ends with a confirmed departure."""
        return [text for source in self._consequences for text in source(session, school_id, person_id)]

    def of(self, session: Session, school_id: int, person_ids: Sequence[int]) -> dict[int, list[str]]:
        """All words about each of these people, in the order in which the rooms were wired."""
        words: dict[int, list[str]] = {person_id: [] for person_id in person_ids}
        for source in self._sources:
            for person_id, marks in source(session, school_id, person_ids).items():
                words[person_id].extend(marks)
        return words

    def closed(self, session: Session, school_id: int, person_ids: Sequence[int]) -> dict[str, frozenset[int]]:
        """Which of these people can't be entered into which register, by its code: they stand in it, or are told so."""
        found: dict[str, set[int]] = {code: set() for code in self.registers}
        asked = []
        for code, register in self.registers.items():
            column = next(iter((register.closed or register.ids)(school_id).subquery().columns))
            asked.append(select(literal(code), column).where(column.in_(person_ids)))
        for code, person_id in session.execute(union_all(*asked)) if asked else ():
            found[code].add(person_id)
        return {code: frozenset(ids) for code, ids in found.items()}
