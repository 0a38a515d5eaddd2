"""Marks English msgids outside of views. Rooms below `web` name texts, `web` translates them when it renders."""

from functools import lru_cache
from importlib.resources import files

from babel.support import NullTranslations, Translations


def N_(message: str) -> str:
    """Mark `message` for extraction and return it unchanged."""
    return message


def translate(locale: str, message: str, **params: object) -> str:
    """`message` in the language of a school, where no request tells the reader's: what jobs write into Moodle."""
    return _catalogue(locale).ugettext(message) % params


@lru_cache
def _catalogue(locale: str) -> NullTranslations:
    return Translations.load(str(files("moodle_mentorship") / "translations"), [locale])
