"""The school's week in parts: «<day>-<part>», Monday being 1. What is free of it is kept in one line, by commas."""

import re
from collections.abc import Iterable

DAYS = range(1, 7)
#: Parts of a school day between the two below: lessons by number.
LESSONS = range(1, 9)
BEFORE, AFTER = "before", "after"
PARTS = (BEFORE, *(str(lesson) for lesson in LESSONS), AFTER)
#: All parts of the week in their order.
WEEK = tuple(f"{day}-{part}" for day in DAYS for part in PARTS)

_NAMES = (
    "пн|пон|понедельник|mon|monday",
    "вт|вторник|tue|tuesday",
    "ср|среда|wed|wednesday",
    "чт|четверг|thu|thursday",
    "пт|пятница|fri|friday",
    "сб|суббота|sat|saturday",
)
_DAY_OF = {name: day for day, names in zip(DAYS, _NAMES, strict=True) for name in names.split("|")}
_PART_OF = {"до": BEFORE, "до уроков": BEFORE, "before": BEFORE, "после": AFTER, "после уроков": AFTER, "after": AFTER}
_DAY = re.compile(r"([^\W\d]+)[.:]?\s*(.*)")
_RANGE = re.compile(r"(\d)(?:\s*[-–—]\s*(\d))?(?:\s*(?:урок|уроки|ур\.?))?")


def line(slots: Iterable[str]) -> str | None:
    """These parts of the week in one line, each once and in order; None: none of them."""
    said = set(slots)
    return ",".join(slot for slot in WEEK if slot in said) or None


def parts_of(text: str | None) -> list[str]:
    """The parts that `line` wrote."""
    return text.split(",") if text else []


def read(text: str) -> str | None:
    """A line from what people write: «пн 1-3, 5; ср 2, после уроков». Days by their short or full names, lessons by
    numbers. None for an empty text; raises `ValueError` for what is no such list."""
    found: set[str] = set()
    for said in re.split(r"[;\n]", text.lower().replace("ё", "е")):
        if not said.strip():
            continue
        match = _DAY.fullmatch(said.strip())
        if match is None or match[1] not in _DAY_OF or not match[2]:
            raise ValueError(f"no day: {said!r}")
        found.update(f"{_DAY_OF[match[1]]}-{part}" for word in match[2].split(",") for part in _parts(word.strip()))
    return line(found)


def _parts(word: str) -> list[str]:
    if word in _PART_OF:
        return [_PART_OF[word]]
    match = _RANGE.fullmatch(word)
    lessons = range(int(match[1]), int(match[2] or match[1]) + 1) if match is not None else ()
    if not lessons or lessons[0] not in LESSONS or lessons[-1] not in LESSONS:
        raise ValueError(f"no part of a day: {word!r}")
    return [str(lesson) for lesson in lessons]
