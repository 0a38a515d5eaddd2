"""Reads what Moodle's fields hold: texts that people typed anywhere, a sex in words, a date in one of three shapes."""

import html
import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

from moodle_mentorship.people.enums import Category, PersonField, Sex
from moodle_mentorship.school.week import read

# As many characters as the columns hold; `subjects` is a text without a limit, kept readable.
LONGEST: Mapping[PersonField, int] = {
    PersonField.LAST_NAME: 200,
    PersonField.FIRST_NAME: 200,
    PersonField.MIDDLE_NAME: 200,
    PersonField.POSITION: 300,
    PersonField.SUBJECTS: 2000,
    PersonField.EMAIL: 320,
    PersonField.BUILDING: 200,
    PersonField.LINE_MANAGER: 600,
}

_SEXES = {
    Sex.FEMALE: ("ж", "жен", "женский", "женщина", "f", "female", "w", "woman"),
    Sex.MALE: ("м", "муж", "мужской", "мужчина", "m", "male", "man"),
}
_SEX_OF = {word: sex for sex, words in _SEXES.items() for word in words}

_CATEGORIES = {
    Category.NONE: (
        "нет|без категории|не имеет|сзд|соответствие занимаемой должности|соответствует занимаемой должности|none"
    ),
    Category.FIRST: "первая|1|i|1 я|первая квалификационная категория|первая категория|first",
    Category.HIGHEST: "высшая|высшая квалификационная категория|высшая категория|highest",
    Category.METHODIST: "педагог методист|methodist",
    Category.MENTOR: "педагог наставник|mentor",
}
_CATEGORY_OF = {word: category for category, words in _CATEGORIES.items() for word in words.split("|")}

_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
_YEARS = re.compile(r"(\d{1,2})(?:[.,]\d+)?(?:\s*(?:год|года|лет|г|л|years?)\.?)?", re.IGNORECASE)
_UNIX = re.compile(r"-?\d{5,12}")
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ].*)?")
_RUSSIAN = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})(?:\s*г\.?|\s+\d{1,2}:\d{2}(?::\d{2})?)?")
_MD5 = re.compile(r"[0-9a-f]{32}")


def clean(text: str, longest: int) -> str | None:
    """One line of `longest` characters at most: NFC, spaces collapsed, nothing invisible; None when nothing is left.

    Control characters would break the database (NUL) and logs, direction marks could turn a name around on a page.
    Markup stays what it is, characters: templates escape it.
    """
    visible = unicodedata.normalize("NFC", text)
    # Nearly all texts hold none of what is taken out, and a pass cleans seven of each person's.
    if not visible.isprintable():
        visible = "".join(map(_shown, visible))
    return " ".join(visible.split())[:longest].rstrip() or None


def _shown(character: str) -> str:
    """A character as a page may show it. Category C: control, format (zero width, direction marks), surrogate,
    private use, unassigned."""
    category = unicodedata.category(character)
    if character.isspace() or category == "Cc":
        return " "
    return "" if category[0] == "C" else character


def clean_profile(text: str, longest: int) -> str | None:
    """A custom profile field: of type "textarea" it comes as HTML, of which only the words are kept."""
    return clean(html.unescape(_TAG.sub(" ", text)), longest)


def free_of(text: str) -> str | None:
    """The free parts of the week that people write («пн 1-3, 5; ср 2»); None for an empty text and for what is none."""
    try:
        return read(clean_profile(text.replace("\n", ";"), 2000) or "")
    except ValueError:
        return None


def manager_of(text: str) -> str | None:
    """A colleague as a list names them; None for an empty text and for a dash that stands in for nobody."""
    written = clean_profile(text, LONGEST[PersonField.LINE_MANAGER]) or ""
    return written if re.search(r"\w", written) else None


def sex_of(text: str) -> Sex | None:
    """The sex that a word names («ж», «Мужской», "female"); None for an empty or unknown one."""
    return _SEX_OF.get((clean_profile(text, 50) or "").lower().rstrip("."))


def category_of(text: str) -> Category | None:
    """The qualification category that words name («высшая», «СЗД»); None for an empty or unknown one."""
    return _CATEGORY_OF.get(" ".join(re.findall(r"\w+", (clean_profile(text, 100) or "").lower())))


def since_of(text: str, zone: ZoneInfo, now: datetime) -> date | None:
    """The day from which years of work count: a date as in `day_of`, or a number of years («12», «12 лет»)."""
    return years_ago(clean_profile(text, 50) or "", now.astimezone(zone).date()) or day_of(text, zone)


def years_ago(text: str, today: date) -> date | None:
    """The 1 September so many whole years before the present school year's; None for what is no number of years.

    A list says «12» all year long, so all year long it means one and the same day.
    """
    match = _YEARS.fullmatch(text)
    if match is None or text == "0":
        return None
    return date(today.year - (today.month < 9) - int(match[1]), 9, 1)


def day_of(text: str, zone: ZoneInfo) -> date | None:
    """A date: Unix seconds (Moodle's datetime field; the day where the school is), ISO 8601 or «01.09.2024».

    None for an empty field (Moodle writes "" or "0"), and for what is no date.
    """
    written = clean_profile(text, 50) or ""
    try:
        if _UNIX.fullmatch(written):
            return datetime.fromtimestamp(int(written), zone).date()
    except (ValueError, OverflowError, OSError):
        return None
    return written_day(written)


def written_day(text: str) -> date | None:
    """A date as people and programs write it: ISO 8601 or «01.09.2024», a time of day behind it left aside."""
    try:
        if match := _ISO.fullmatch(text):
            return date(int(match[1]), int(match[2]), int(match[3]))
        if match := _RUSSIAN.fullmatch(text):
            return date(int(match[3]), int(match[2]), int(match[1]))
    except ValueError:
        return None
    return None


def is_deleted_email(email: str) -> bool:
    """Moodle puts an md5 in the place of a deleted account's e-mail."""
    return _MD5.fullmatch(email) is not None
