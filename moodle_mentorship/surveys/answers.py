"""Answers to the items of a content: what a form or a program says becomes typed values; pure functions.

A value by the item's type: text str; single the option's code; multiple a list of codes; scale int; matrix theme ->
level 0 to 3; slots a list of «<day>-<part>»; file {"file": id of its row, "name", "size" in bytes}. An item that is not
answered has no value.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MultiDict

from moodle_mentorship.core.i18n import N_
from moodle_mentorship.core.schemas import NOT_OFFERED, NOT_TEXT, REQUIRED, TOO_LONG, storable
from moodle_mentorship.people.enums import PersonField
from moodle_mentorship.school.week import WEEK, line
from moodle_mentorship.surveys.content import (
    Content,
    File,
    Item,
    Matrix,
    Multiple,
    Scale,
    Single,
    Slots,
    Text,
)

Value = str | int | list[str] | dict[str, Any]
Values = dict[str, Value]

TOO_MANY = N_("Mark fewer answers: how many are allowed is written under the question")
ATTACHED_APART = N_("The file is not attached yet. Choose it once more and press “Attach”, then send")
UNKNOWN = N_("This version of the questionnaire has no such question")

#: Name of an item's fields in a form.
FIELD = "a."


class Unfit(Exception):
    """An answer that doesn't fit its item; the message is a msgid."""


@dataclass(frozen=True)
class Progress:
    """How far a person has come. `seconds` is what the rest will take."""

    asked: int
    answered: int
    seconds: int

    @property
    def minutes(self) -> int:
        return -(-self.seconds // 60)


def typed(item: Item, raw: Any) -> Value | None:
    """`raw` as a value of the item; None: nothing was said. Raises `Unfit`."""
    if raw is None or raw in ("", [], {}):
        return None
    match item:
        case Text():
            return _text(item, raw)
        case Single():
            return _one_of(raw, item.words)
        case Multiple():
            chosen = _some_of(raw, [option.code for option in item.options])
            if item.most is not None and len(chosen) > item.most:
                raise Unfit(TOO_MANY)
            return chosen or None
        case Scale():
            return int(_one_of(_number(raw), item.words))
        case Matrix():
            if not isinstance(raw, dict):
                raise Unfit(NOT_OFFERED)
            themes = {theme.code for theme in item.themes}
            said = {theme: _number(level) for theme, level in raw.items() if level not in (None, "")}
            if not said.keys() <= themes:
                raise Unfit(NOT_OFFERED)
            given = [theme.code for theme in item.themes if theme.code in said]
            return {theme: int(_one_of(said[theme], item.words)) for theme in given} or None
        case Slots():
            return _some_of(raw, list(WEEK)) or None
        case File():
            raise Unfit(ATTACHED_APART)
    raise TypeError(item)


def _text(item: Text, raw: Any) -> str | None:
    if not isinstance(raw, str) or not storable(raw):
        raise Unfit(NOT_TEXT)
    text = raw.replace("\r\n", "\n").strip()
    if len(text) > item.longest:
        raise Unfit(TOO_LONG)
    return text or None


def _number(raw: Any) -> str:
    # JSON's true is Python's 1.
    if isinstance(raw, bool) or not isinstance(raw, str | int):
        raise Unfit(NOT_OFFERED)
    return str(raw)


def _one_of(raw: Any, words: Iterable[str]) -> str:
    if not isinstance(raw, str) or raw not in words:
        raise Unfit(NOT_OFFERED)
    return raw


def _some_of(raw: Any, words: list[str]) -> list[str]:
    """Each once, in the order in which they are offered."""
    if not isinstance(raw, list) or not all(isinstance(word, str) and word in words for word in raw):
        raise Unfit(NOT_OFFERED)
    return [word for word in words if word in raw]


def read(content: Content, raw: Mapping[str, Any]) -> tuple[dict[str, Value | None], dict[str, list[str]]]:
    """Values of the items that `raw` names (None: taken back), and messages about the answers that don't fit."""
    items = {item.code: item for item in content.items}
    values: dict[str, Value | None] = {}
    errors: dict[str, list[str]] = {}
    for code, said in raw.items():
        if code not in items:
            errors[code] = [UNKNOWN]
            continue
        try:
            values[code] = typed(items[code], said)
        except Unfit as unfit:
            errors[code] = [str(unfit)]
    return values, errors


def from_form(content: Content, form: MultiDict[str, str]) -> dict[str, Any]:
    """What a whole form says about each item, unchecked; for `read`."""
    said: dict[str, Any] = {}
    for item in content.items:
        name = FIELD + item.code
        match item:
            case Matrix():
                levels = {theme.code: form.get(f"{name}.{theme.code}", "") for theme in item.themes}
                said[item.code] = {theme: level for theme, level in levels.items() if level}
            case Multiple() | Slots():
                said[item.code] = form.getlist(name)
            case File():
                # What is attached stands in the draft; a name here is of a file that was chosen and not attached.
                if form.get(name):
                    said[item.code] = form[name]
            case _:
                said[item.code] = form.get(name, "")
    return said


def _words(value: Value) -> set[str]:
    """What a condition compares with."""
    if isinstance(value, dict):
        return {str(level) for level in value.values()}
    return set(value) if isinstance(value, list) else {str(value)}


def asked(content: Content, values: Mapping[str, Value]) -> list[Item]:
    """The items that these answers lead to: a hidden item's own answer shows nothing further."""
    shown: list[Item] = []
    kept: set[str] = set()
    for item in content.items:
        condition = item.show_if
        if condition is None or (condition.item in kept and _words(values[condition.item]) & set(condition.values)):
            shown.append(item)
            if item.code in values:
                kept.add(item.code)
    return shown


def settled(content: Content, values: Mapping[str, Value]) -> Values:
    """The answers that count: those to items that are asked."""
    return {item.code: values[item.code] for item in asked(content, values) if item.code in values}


def files(content: Content, values: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Of these answers the attached files."""
    return {item.code: values[item.code] for item in content.items if isinstance(item, File) and item.code in values}


def filling(content: Content, values: Mapping[str, Value]) -> dict[PersonField, str]:
    """What these answers say of the person's work, in words, by the field that it fills. Private ones stay private."""
    said: dict[PersonField, str] = {}
    for item in content.items:
        value = values.get(item.code)
        if item.fills is None or item.private:
            continue
        if isinstance(item, Slots) and isinstance(value, list):
            said[item.fills] = line(value) or ""
        if not isinstance(value, str | int):
            continue
        titles = {option.code: option.title for option in getattr(item, "options", ())}
        said[item.fills] = titles.get(str(value), str(value))
    return said


def missing(content: Content, values: Mapping[str, Value]) -> dict[str, list[str]]:
    """Messages about required items without an answer."""
    return {item.code: [REQUIRED] for item in asked(content, values) if item.required and item.code not in values}


def progress(content: Content, values: Mapping[str, Value]) -> Progress:
    """Counted over the items that are asked now."""
    shown = asked(content, values)
    left = [item for item in shown if item.code not in values]
    return Progress(len(shown), len(shown) - len(left), sum(item.effort for item in left))


def unlike(content: Content, mine: Mapping[str, Value | None], kept: Mapping[str, Value]) -> list[Item]:
    """Items that two windows answer differently."""
    return [item for item in content.items if item.code in mine and mine[item.code] != kept.get(item.code)]
