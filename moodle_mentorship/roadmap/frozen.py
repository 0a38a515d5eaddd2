"""Lines as versions keep them, and what differs between two versions: pure functions."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from moodle_mentorship.core.actor import Role
from moodle_mentorship.roadmap.enums import Timing
from moodle_mentorship.roadmap.models import Line


@dataclass(frozen=True)
class FrozenLine:
    """A line at the moment in which it was laid before the director. `number` as people read it: 1.1."""

    id: int
    stage: int
    number: str
    content: str
    timing: Timing
    starts_on: date
    ends_on: date
    role: Role | None
    person_id: int | None
    words: str | None
    product: str | None

    def plain(self) -> dict[str, Any]:
        """As JSON keeps it."""
        return self.__dict__ | {"starts_on": self.starts_on.isoformat(), "ends_on": self.ends_on.isoformat()}


@dataclass(frozen=True)
class Change:
    """What one version says of a line and what the other: `before` None is a new line, `after` None one taken out.
    `fields` names what differs, as `words.FIELDS` does."""

    before: FrozenLine | None
    after: FrozenLine | None
    fields: tuple[str, ...] = ()


def numbers(lines: Iterable[Line]) -> dict[int, str]:
    """The number of each line, which stand in their order: 1.1, 1.2, 2.1."""
    counted: dict[int, int] = {}
    found = {}
    for line in lines:
        counted[line.stage] = counted.get(line.stage, 0) + 1
        found[line.id] = f"{line.stage}.{counted[line.stage]}"
    return found


def frozen(lines: Sequence[Line]) -> list[FrozenLine]:
    """The lines as they stand now, in their order."""
    number = numbers(lines)
    return [
        FrozenLine(
            line.id,
            line.stage,
            number[line.id],
            line.content,
            line.timing,
            line.starts_on,
            line.ends_on,
            line.responsible_role,
            line.responsible_person_id,
            line.responsible_words,
            line.product,
        )
        for line in lines
    ]


def thawed(kept: Iterable[dict[str, Any]]) -> list[FrozenLine]:
    """What `FrozenLine.plain` wrote."""
    return [
        FrozenLine(
            **row
            | {
                "timing": Timing(row["timing"]),
                "starts_on": date.fromisoformat(row["starts_on"]),
                "ends_on": date.fromisoformat(row["ends_on"]),
                "role": Role(row["role"]) if row["role"] is not None else None,
            }
        )
        for row in kept
    ]


def changes(before: Sequence[FrozenLine], after: Sequence[FrozenLine]) -> list[Change]:
    """What has to be approved to come from one to the other: lines in the order of `after`, then those taken out.

    A number that moved only because lines around it came or went is no change; another place among the same lines is.
    """
    was, now = {line.id: line for line in before}, {line.id: line for line in after}
    moved = _moved([line.id for line in before if line.id in now], [line.id for line in after if line.id in was])
    found = []
    for line in after:
        old = was.get(line.id)
        if old is None:
            found.append(Change(None, line))
        elif fields := (*_differ(old, line), *(("place",) if line.id in moved else ())):
            found.append(Change(old, line, fields))
    return [*found, *(Change(line, None) for line in before if line.id not in now)]


def _differ(old: FrozenLine, new: FrozenLine) -> tuple[str, ...]:
    said = [
        ("stage", old.stage != new.stage),
        ("content", old.content != new.content),
        ("timing", (old.timing, old.starts_on, old.ends_on) != (new.timing, new.starts_on, new.ends_on)),
        ("responsible", (old.role, old.person_id, old.words) != (new.role, new.person_id, new.words)),
        ("product", old.product != new.product),
    ]
    return tuple(name for name, differs in said if differs)


def _moved(before: Sequence[int], after: Sequence[int]) -> set[int]:
    """Of the same lines in two orders, the fewest that were moved: all but a longest run that kept its order."""
    place = {line: number for number, line in enumerate(before)}
    # The longest increasing run that ends at each line, and the line before it in that run.
    best: list[tuple[int, int | None]] = []
    for number, line in enumerate(after):
        longest: tuple[int, int | None] = (1, None)
        for earlier in range(number):
            if place[after[earlier]] < place[line] and best[earlier][0] + 1 > longest[0]:
                longest = (best[earlier][0] + 1, earlier)
        best.append(longest)
    kept: set[int] = set()
    at = max(range(len(best)), key=lambda number: best[number][0], default=None)
    while at is not None:
        kept.add(after[at])
        at = best[at][1]
    return set(after) - kept
