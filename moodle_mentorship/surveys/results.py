"""Answers of many added up, item by item; pure functions."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from moodle_mentorship.surveys.content import LEVELS, Content, File, Item, Matrix, Multiple, Scale, Single, Slots, Text


@dataclass(frozen=True)
class Bar:
    """So many have said so. `percent` of those who answered the item."""

    title: str
    number: int
    percent: int


@dataclass(frozen=True)
class Row:
    """A theme of a matrix: how many have chosen each level, and the mean of these levels."""

    title: str
    numbers: tuple[int, ...]
    mean: float | None


@dataclass
class Tally:
    """What was said to one item. Which of the parts is filled follows from the item's type."""

    item: Item
    answered: int = 0
    bars: list[Bar] = field(default_factory=list)
    mean: float | None = None
    rows: list[Row] = field(default_factory=list)
    slots: Counter[str] = field(default_factory=Counter)
    # Who wrote what, by the person's id.
    texts: list[tuple[int, str]] = field(default_factory=list)


def items_of(contents: Sequence[Content]) -> list[Item]:
    """The items of several versions, the newest first: one of each code, as its newest version asks it. Private ones
    are nobody's statistics."""
    found: dict[str, Item] = {}
    for content in contents:
        for item in content.items:
            found.setdefault(item.code, item)
    return [item for item in found.values() if not item.private]


def tally(items: Iterable[Item], said: Sequence[tuple[int, Mapping[str, Any]]]) -> list[Tally]:
    """All items with what was said to them: person and answers of each response."""
    return [_one(item, [(person, given[item.code]) for person, given in said if item.code in given]) for item in items]


def _one(item: Item, said: list[tuple[int, Any]]) -> Tally:
    found, values = Tally(item, len(said)), [value for _person, value in said]
    match item:
        case Text():
            found.texts = said
        case Single() | Multiple():
            chosen = Counter(code for value in values for code in (value if isinstance(value, list) else [value]))
            found.bars = [_bar(option.title, chosen[option.code], len(said)) for option in item.options]
        case Scale():
            numbers = Counter(values)
            found.bars = [_bar(str(number), numbers[number], len(said)) for number in item.numbers]
            found.mean = _mean(values)
        case Matrix():
            found.rows = [
                _row(theme.title, [value[theme.code] for value in values if theme.code in value])
                for theme in item.themes
            ]
        case Slots():
            found.slots = Counter(slot for value in values for slot in value)
    return found


def _bar(title: str, number: int, of: int) -> Bar:
    return Bar(title, number, round(100 * number / of) if of else 0)


def _row(title: str, levels: list[int]) -> Row:
    numbers = Counter(levels)
    return Row(title, tuple(numbers[level] for level in LEVELS), _mean(levels))


def _mean(numbers: Sequence[int]) -> float | None:
    return round(sum(numbers) / len(numbers), 1) if numbers else None


def cells(item: Item, value: Any, told: Callable[[Item, Any], list[str]]) -> Iterator[str | int | None]:
    """The answer as cells of a table: a matrix has one for each theme, everything else one.

    `told` puts the free parts of a week into words.
    """
    match item:
        case Matrix():
            for theme in item.themes:
                yield (value or {}).get(theme.code)
        case Single() | Multiple():
            chosen = value if isinstance(value, list) else [value]
            yield "; ".join(option.title for option in item.options if option.code in chosen) or None
        case Slots():
            yield "; ".join(told(item, value)) or None
        case File():
            yield value["name"] if value is not None else None
        case _:
            yield value


def headings(item: Item) -> Iterator[str]:
    """The heads of these cells."""
    if isinstance(item, Matrix):
        for theme in item.themes:
            yield f"{item.title} {theme.title}"
    else:
        yield item.title
