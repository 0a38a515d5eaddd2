"""How the week is put into words. Called inside a request, in the reader's language."""

from collections.abc import Iterable

from babel.dates import get_day_names
from flask_babel import get_locale
from flask_babel import gettext as _

from moodle_mentorship.school.week import AFTER, BEFORE, DAYS, LESSONS, PARTS, parts_of


def days(working_days: int) -> list[tuple[int, str, str]]:
    """Number, short and full name of each working day; 1 is Monday."""
    short = get_day_names("abbreviated", "stand-alone", get_locale())
    full = get_day_names("wide", "stand-alone", get_locale())
    return [(day + 1, _capital(short[day]), _capital(full[day])) for day in range(working_days)]


def parts() -> list[tuple[str, str]]:
    """Code and name of each part of a school day."""
    return [(part, part_name(part)) for part in PARTS]


def part_name(part: str) -> str:
    if part == BEFORE:
        return str(_("Before lessons"))
    if part == AFTER:
        return str(_("After lessons"))
    return str(_("Lesson %(number)s", number=part))


def by_day(slots: Iterable[str]) -> list[str]:
    """«Понедельник: 3 урок, после уроков», a line for each day."""
    return [f"{full}: {', '.join(part_name(part).lower() for part in said)}" for full, _s, said in _by_day(slots)]


def week_line(line: str | None) -> str:
    """«Пн 1–3, 5; Ср 2, после уроков», as a file may hold it, of what `week.line` wrote."""
    return "; ".join(f"{short} {', '.join(_runs(said))}" for _f, short, said in _by_day(parts_of(line)))


def _by_day(slots: Iterable[str]) -> list[tuple[str, str, list[str]]]:
    found: dict[int, list[str]] = {}
    for slot in slots:
        day, _sep, part = slot.partition("-")
        found.setdefault(int(day), []).append(part)
    return [(full, short, found[day]) for day, short, full in days(len(DAYS)) if day in found]


def _runs(said: list[str]) -> list[str]:
    """Lessons that follow each other as one range."""
    if BEFORE in said:
        return [part_name(BEFORE).lower(), *_runs([part for part in said if part != BEFORE])]
    lessons = [lesson for lesson in LESSONS if str(lesson) in said]
    runs: list[list[int]] = []
    for lesson in lessons:
        if runs and runs[-1][-1] == lesson - 1:
            runs[-1].append(lesson)
        else:
            runs.append([lesson])
    told = [str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs]
    return [*told, *[part_name(AFTER).lower()] * (AFTER in said)]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
