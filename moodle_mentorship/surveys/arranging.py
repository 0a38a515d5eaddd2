"""Changes to what a questionnaire asks: pure functions from one `Content` to the next. `content` says if it holds."""

from collections.abc import Sequence
from dataclasses import replace

from moodle_mentorship.core.errors import NotFound
from moodle_mentorship.surveys.content import Content, Item, Section


def place_of(content: Content, code: str) -> tuple[int, int]:
    """Section and place within it of a question. Raises `NotFound`."""
    for number, section in enumerate(content.sections):
        for place, item in enumerate(section.items):
            if item.code == code:
                return number, place
    raise NotFound(f"question {code}")


def item_of(content: Content, code: str) -> Item:
    """Raises `NotFound`."""
    number, place = place_of(content, code)
    return content.sections[number].items[place]


def section_of(content: Content, number: int) -> Section:
    """Counted from 0. Raises `NotFound`."""
    if not 0 <= number < len(content.sections):
        raise NotFound(f"section {number}")
    return content.sections[number]


def with_item(content: Content, item: Item, number: int) -> Content:
    """The question takes the place of the one with its code; a new one stands last in that section."""
    if any(known.code == item.code for known in content.items):
        number, place = place_of(content, item.code)
        kept = content.sections[number].items
        return _with_items(content, number, [*kept[:place], item, *kept[place + 1 :]])
    return _with_items(content, number, [*section_of(content, number).items, item])


def without_item(content: Content, code: str) -> Content:
    number, _place = place_of(content, code)
    return _with_items(content, number, [item for item in content.sections[number].items if item.code != code])


def moved_item(content: Content, code: str, step: int) -> Content:
    """One place up (-1) or down (1), from the border of a section into the next; at either end it stays."""
    number, place = place_of(content, code)
    items = list(content.sections[number].items)
    if 0 <= place + step < len(items):
        items[place], items[place + step] = items[place + step], items[place]
        return _with_items(content, number, items)
    if not 0 <= number + step < len(content.sections):
        return content
    item = items.pop(place)
    there = content.sections[number + step].items
    joined = [item, *there] if step > 0 else [*there, item]
    return _with_items(_with_items(content, number, items), number + step, joined)


def with_intro(content: Content, intro: str) -> Content:
    return replace(content, intro=intro)


def with_section(content: Content, title: str) -> Content:
    """A new one, last and empty."""
    return replace(content, sections=(*content.sections, Section(title, ())))


def renamed_section(content: Content, number: int, title: str) -> Content:
    renamed = replace(section_of(content, number), title=title)
    return replace(content, sections=(*content.sections[:number], renamed, *content.sections[number + 1 :]))


def without_section(content: Content, number: int) -> Content:
    """With all that it asks."""
    section_of(content, number)
    return replace(content, sections=(*content.sections[:number], *content.sections[number + 1 :]))


def moved_section(content: Content, number: int, step: int) -> Content:
    """One place up (-1) or down (1); at either end it stays."""
    section_of(content, number)
    sections = list(content.sections)
    if 0 <= number + step < len(sections):
        sections[number], sections[number + step] = sections[number + step], sections[number]
    return replace(content, sections=tuple(sections))


def _with_items(content: Content, number: int, items: Sequence[Item]) -> Content:
    changed = replace(section_of(content, number), items=tuple(items))
    return replace(content, sections=(*content.sections[:number], changed, *content.sections[number + 1 :]))
