"""How answers are put into words. Called inside a request, in the reader's language."""

from flask_babel import format_decimal
from flask_babel import gettext as _

from moodle_mentorship.core.i18n import N_
from moodle_mentorship.school.words import by_day
from moodle_mentorship.surveys.answers import Value
from moodle_mentorship.surveys.content import File, Item, Matrix, Multiple, Scale, Single, Slots
from moodle_mentorship.surveys.enums import ItemType, Kind

KINDS = {
    Kind.NEED: N_("needs of a mentee"),
    Kind.OFFER: N_("offer of a mentor"),
    Kind.PULSE: N_("once a month"),
    Kind.FINISH: N_("end of the year"),
    Kind.OWN: N_("the school's own"),
}

TYPES = {
    ItemType.TEXT: N_("free answer"),
    ItemType.SINGLE: N_("one of several answers"),
    ItemType.MULTIPLE: N_("several answers"),
    ItemType.SCALE: N_("scale"),
    ItemType.MATRIX: N_("themes, each with a level from 0 to 3"),
    ItemType.SLOTS: N_("free time in the week"),
    ItemType.FILE: N_("file"),
}


def told(item: Item, value: Value | None) -> list[str]:
    """The answer, a line each; empty where there is none."""
    if value is None:
        return []
    match item:
        case Single() | Multiple():
            chosen = value if isinstance(value, list) else [value]
            return [option.title for option in item.options if option.code in chosen]
        case Scale():
            return [str(_("%(number)s of %(most)s", number=value, most=item.greatest))]
        case Matrix() if isinstance(value, dict):
            return [
                f"{theme.title}: {value[theme.code]} — {item.levels[value[theme.code]]}"
                for theme in item.themes
                if theme.code in value
            ]
        case Slots() if isinstance(value, list):
            return by_day(value)
        case File() if isinstance(value, dict):
            return [f"{value['name']}, {_size(value['size'])}"]
    return str(value).splitlines()


def _size(size: int) -> str:
    """Bytes in the unit that people say."""
    if size < 1024 * 1024:
        return str(_("%(number)s KB", number=-(-size // 1024)))
    return str(_("%(number)s MB", number=format_decimal(round(size / 1024 / 1024, 1))))


def choices(item: Item) -> list[tuple[str, str]]:
    """What a condition may name of the item's answer: code and words."""
    match item:
        case Single() | Multiple():
            return [(option.code, option.title) for option in item.options]
        case Scale():
            return [(str(number), str(number)) for number in item.numbers]
        case Matrix():
            return [(str(level), f"{level} — {said}") for level, said in enumerate(item.levels)]
    return []


def condition(item: Item, items: dict[str, Item]) -> str:
    """When a question is asked, for those whose browser doesn't hide it: «Ответьте, если выше отмечено: «3»»."""
    if item.show_if is None:
        return ""
    asked = items[item.show_if.item]
    named = [option.title for option in getattr(asked, "options", ()) if option.code in item.show_if.values] or [
        asked.levels[int(value)] if isinstance(asked, Matrix) else value for value in item.show_if.values
    ]
    return str(_("Answer this if you marked above: %(answers)s", answers=", ".join(f"«{text}»" for text in named)))
