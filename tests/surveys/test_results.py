"""Answers of many added up."""

from typing import Any

from moodle_mentorship.surveys import results
from moodle_mentorship.surveys.content import (
    Content,
    Item,
    Matrix,
    Multiple,
    Option,
    Scale,
    Section,
    Single,
    Slots,
    Text,
)
from moodle_mentorship.surveys.results import Bar, Row

A, B = Option("a", "Первое"), Option("b", "Второе")
ITEMS: tuple[Item, ...] = (
    Text(code="text", title="Что?"),
    Text(code="secret", title="Кто?", private=True),
    Single(code="single", title="Одно", options=(A, B)),
    Multiple(code="multiple", title="Несколько", options=(A, B)),
    Scale(code="scale", title="Сколько", least=1, greatest=3),
    Matrix(code="matrix", title="Темы", themes=(A, B), levels=("0", "1", "2", "3")),
    Slots(code="slots", title="Когда"),
)
SAID: list[tuple[int, dict[str, Any]]] = [
    (1, {"text": "Да", "single": "a", "multiple": ["a", "b"], "scale": 1, "matrix": {"a": 3, "b": 0}}),
    (2, {"single": "a", "multiple": ["b"], "scale": 3, "matrix": {"a": 2}, "slots": ["1-3", "2-after"]}),
    (3, {"single": "b", "slots": ["1-3"]}),
]


def test_each_kind_of_item_is_added_up() -> None:
    items = results.items_of([Content("", (Section("Всё", ITEMS),))])
    by = {tally.item.code: tally for tally in results.tally(items, SAID)}
    assert list(by) == ["text", "single", "multiple", "scale", "matrix", "slots"]
    assert (by["text"].answered, by["text"].texts) == (1, [(1, "Да")])
    assert by["single"].bars == [Bar("Первое", 2, 67), Bar("Второе", 1, 33)]
    assert by["multiple"].bars == [Bar("Первое", 1, 50), Bar("Второе", 2, 100)]
    assert (by["scale"].bars, by["scale"].mean) == ([Bar("1", 1, 50), Bar("2", 0, 0), Bar("3", 1, 50)], 2.0)
    assert by["matrix"].rows == [Row("Первое", (0, 0, 1, 1), 2.5), Row("Второе", (1, 0, 0, 0), 0.0)]
    assert (by["slots"].answered, by["slots"].slots) == (2, {"1-3": 2, "2-after": 1})


def test_nobody_has_answered() -> None:
    empty = results.tally(ITEMS[2:5], [])
    assert [(tally.answered, tally.mean, [bar.percent for bar in tally.bars]) for tally in empty] == [
        (0, None, [0, 0]),
        (0, None, [0, 0]),
        (0, None, [0, 0, 0]),
    ]


def test_an_item_stands_once_as_its_newest_version_asks_it() -> None:
    newer = Content("", (Section("Новая", (Text(code="text", title="Что именно?"),)),))
    older = Content("", (Section("Старая", ITEMS[:3]),))
    assert [(item.code, item.title) for item in results.items_of([newer, older])] == [
        ("text", "Что именно?"),
        ("single", "Одно"),
    ]


def test_cells_stand_under_their_heads() -> None:
    heads = [head for item in ITEMS for head in results.headings(item)]
    cells = [
        cell
        for item in ITEMS
        for cell in results.cells(item, SAID[1][1].get(item.code), lambda item, value: list(value or ()))
    ]
    assert dict(zip(heads, cells, strict=True)) == {
        "Что?": None,
        "Кто?": None,
        "Одно": "Первое",
        "Несколько": "Второе",
        "Сколько": 3,
        "Темы Первое": 2,
        "Темы Второе": None,
        "Когда": "1-3; 2-after",
    }
