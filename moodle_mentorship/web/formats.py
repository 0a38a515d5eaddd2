"""How values are written: dates, names, numbers. Used by templates as filters."""

from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_time
from flask import Flask, g
from flask_babel import get_locale

NBSP = "\u00a0"
EMPTY = "—"


def long_date(value: date | datetime | None) -> str:
    """«1 сентября 2026 г.»"""
    if value is None:
        return EMPTY
    if isinstance(value, datetime):
        value = _local(value).date()
    return _written(value, "long", str(get_locale())).replace(" ", NBSP)


def day(value: date | datetime | None) -> str:
    """«1 сентября», for dates of the current year."""
    if value is None:
        return EMPTY
    if isinstance(value, datetime):
        value = _local(value).date()
    locale = str(get_locale())
    return _written(value, "d MMMM" if locale == "ru" else "MMMM d", locale).replace(" ", NBSP)


def weekday(value: date) -> str:
    """«Вторник, 24 ноября 2026 г.»"""
    text = f"{_written(value, 'EEEE', str(get_locale()))}, {long_date(value)}"
    return text[0].upper() + text[1:]


def moment(value: datetime | None) -> str:
    """Day and time where the school is: «24 ноября, 14:32»."""
    if value is None:
        return EMPTY
    local = _local(value)
    return f"{day(local.date())}, {format_time(local, 'HH:mm', locale=get_locale())}"


def iso(value: datetime) -> str:
    return format_datetime(_local(value), "yyyy-MM-dd'T'HH:mm:ssZZZZZ", locale="en")


# A day's pages show the same few dates.
@lru_cache(maxsize=1024)
def _written(value: date, pattern: str, locale: str) -> str:
    return format_date(value, pattern, locale=locale)


def _local(value: datetime) -> datetime:
    visit = g.get("visit")
    return value.astimezone(ZoneInfo(visit.school.timezone)) if visit is not None else value


def install(app: Flask) -> None:
    app.jinja_env.filters.update(long_date=long_date, day=day, weekday=weekday, moment=moment, iso=iso)
