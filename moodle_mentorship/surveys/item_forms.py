"""A question as a form of the builder: from the form to the JSON that `content` reads, and back."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from marshmallow import ValidationError
from werkzeug.datastructures import MultiDict

from moodle_mentorship.core.errors import Invalid
from moodle_mentorship.surveys.content import Content, Item, Option, dump_item, load_item, new_code
from moodle_mentorship.surveys.enums import ItemType

#: Empty lines below the answers, to write further ones into.
SPARE = 3
#: Answers that a new question has lines for.
FIRST = 4


@dataclass(frozen=True)
class ItemForm:
    """What stands in the form. `said` is the question as JSON, perhaps not holding yet; `rows` are the lines of the
    offered answers, code and words, the empty ones too."""

    type: ItemType
    code: str
    said: Mapping[str, Any]
    rows: Sequence[tuple[str, str]] = field(default_factory=list)

    @property
    def asked_after(self) -> tuple[str, Sequence[str]]:
        """Of the condition: code of the earlier question ("": none), and its answers."""
        condition = self.said.get("show_if") or {}
        return condition.get("item", ""), condition.get("values", [])


def blank(kind: ItemType, themes: Sequence[Option], levels: Sequence[str]) -> ItemForm:
    """A new question: a matrix begins with all the school's themes and the usual words of levels."""
    said: dict[str, Any] = {"type": kind.value, "title": ""}
    if kind is ItemType.MATRIX:
        said |= {"themes": [{"code": one.code, "title": one.title} for one in themes], "levels": list(levels)}
    return ItemForm(kind, "", said, [("", "")] * FIRST)


def of_item(item: Item) -> ItemForm:
    """A question that is there."""
    said = dump_item(item)
    rows = [(option["code"], option["title"]) for option in said.get("options", [])]
    return ItemForm(item.type, item.code, said, rows)


def read(kind: ItemType, code: str, form: MultiDict[str, str], themes: Sequence[Option]) -> ItemForm:
    """What was typed. `themes` are those that a matrix may be about."""
    said: dict[str, Any] = {
        "type": kind.value,
        "title": form.get("title", ""),
        "hint": form.get("hint", ""),
        "required": "required" in form,
        "private": "private" in form,
        "show_if": None,
        "fills": form.get("fills") or None,
    }
    parent = form.get("if_item", "")
    if parent:
        prefix = f"{parent}:"
        marked = [word.removeprefix(prefix) for word in form.getlist("if_values") if word.startswith(prefix)]
        said["show_if"] = {"item": parent, "values": marked}
    rows = list(zip(form.getlist("option_code"), form.getlist("option_title"), strict=False))
    said |= dict(_particular(kind, form, rows, themes))
    return ItemForm(kind, code, said, rows)


def _particular(
    kind: ItemType, form: MultiDict[str, str], rows: Sequence[tuple[str, str]], themes: Sequence[Option]
) -> Iterator[tuple[str, Any]]:
    match kind:
        case ItemType.TEXT:
            if form.get("longest", "").strip():
                yield "longest", form["longest"]
        case ItemType.SINGLE | ItemType.MULTIPLE:
            yield "options", [{"code": code or new_code("o"), "title": title} for code, title in rows if title.strip()]
            if kind is ItemType.MULTIPLE:
                yield "most", form.get("most", "").strip() or None
        case ItemType.SCALE:
            yield from ((name, form.get(name, "")) for name in ("least", "greatest", "least_label", "greatest_label"))
        case ItemType.MATRIX:
            marked = form.getlist("themes")
            yield "themes", [{"code": one.code, "title": one.title} for one in themes if one.code in marked]
            yield "levels", form.getlist("levels")


def step(asked: str, form: ItemForm) -> ItemForm:
    """What a button does that saves nothing yet: one more handful of lines («more»), a line upwards («up:2»)."""
    rows = list(form.rows)
    word, _sep, number = asked.partition(":")
    if word == "more":
        rows += [("", "")] * SPARE
    elif word == "up" and number.isdecimal() and 0 < int(number) < len(rows):
        place = int(number)
        rows[place - 1], rows[place] = rows[place], rows[place - 1]
    return ItemForm(form.type, form.code, form.said, rows)


def item(form: ItemForm) -> Item:
    """The question. Raises `Invalid` with messages by field; those about one line stand at all of them."""
    try:
        return load_item({**form.said, "code": form.code or new_code("q")})
    except ValidationError as error:
        raise Invalid({name: flat(said) for name, said in error.messages_dict.items()}) from error


def flat(messages: Any) -> list[str]:
    """Messages of any depth in one list, each once."""
    if isinstance(messages, Mapping):
        messages = [line for said in messages.values() for line in flat(said)]
    return list(dict.fromkeys(messages))


def earlier(content: Content, code: str) -> list[Item]:
    """The questions that can lead to this one: those before it with answers to name; of a new one, all."""
    found = []
    for known in content.items:
        if known.code == code:
            break
        if known.words:
            found.append(known)
    return found
