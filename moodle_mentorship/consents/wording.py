"""Texts of consents: what comes with the product, the names in braces, and how they are filled in."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from importlib.resources import files

from babel.dates import format_date

from moodle_mentorship.consents.enums import Category, ConsentKind
from moodle_mentorship.people.models import NBSP, Person
from moodle_mentorship.school.models import School

_BRACES = re.compile(r"\{([^{}]*)\}")

#: Stands in the kept words in place of somebody who was erased; papers are Russian.
ERASED = "(удалено)"
#: A line for the pen, where a detail is not filled in.
PEN = "_" * 30

# What may stand in braces; the last two stand on a line of their own and become several.
BLANKS = (
    "ФИО",
    "должность",
    "организация",
    "адрес организации",
    "ИНН",
    "ОГРН",
    "действует до",
    "поручение обработки",
    "адреса",
    "категории",
)
PROCESSOR = "{поручение обработки}"
_ADDRESSES, _CATEGORIES = "{адреса}", "{категории}"

# Papers are Russian, whatever the language of the pages.
CATEGORIES_ON_PAPER = {
    Category.NAME: "фамилия, имя, отчество",
    Category.POSITION: "должность, преподаваемые предметы, место работы",
    Category.PHOTO: "фотографическое изображение",
    Category.VIDEO: "видеозапись, голос",
    Category.ACHIEVEMENTS: "профессиональные достижения, описание опыта и методические материалы",
    Category.CONTACTS: "рабочий телефон, рабочий адрес электронной почты",
}


@dataclass(frozen=True)
class Wording:
    """A text as it reads before it is filled in. Version 1 may not stand in the database yet."""

    kind: ConsentKind
    version: int
    title: str
    body: str
    in_force_from: date | None = None


@dataclass(frozen=True)
class Paper:
    """A text filled in for one person, ready to be shown or printed."""

    kind: ConsentKind
    version: int
    title: str
    paragraphs: Sequence[str]
    signer: str
    # What stands small below the signature.
    note: str


@dataclass(frozen=True)
class Agreed:
    """What somebody agreed to by the mark, filled in as it was then. Their own name and position stand apart, so that
    an erasure takes them out and leaves what was agreed to."""

    title_in_braces: str
    paragraphs_in_braces: Sequence[str]
    own: Mapping[str, str]

    @property
    def title(self) -> str:
        return _filled(self.title_in_braces, self.own)

    @property
    def paragraphs(self) -> Sequence[str]:
        return [_filled(line, self.own) for line in self.paragraphs_in_braces]

    def without_person(self) -> "Agreed":
        """The same, of nobody any more."""
        return replace(self, own=dict.fromkeys(self.own, ERASED))

    def dump(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)


def load(dumped: str) -> Agreed:
    """What `Agreed.dump` wrote."""
    return Agreed(**json.loads(dumped))


def shipped(kind: ConsentKind) -> Wording:
    """The wording that comes with the product."""
    text = (files(__package__) / "texts" / f"{kind.value}.txt").read_text(encoding="utf-8")
    title, _, body = text.strip().partition("\n")
    return Wording(kind, 1, title, body)


def unknown_blanks(*texts: str) -> list[str]:
    """Names in braces that nothing is filled in for, and single braces."""
    names = [name for text in texts for name in _BRACES.findall(text) if name not in BLANKS]
    return names + [brace for text in texts for brace in re.findall(r"[{}]", _BRACES.sub("", text))]


def fill_in(wording: Wording, school: School, person: Person, addresses: Sequence[str]) -> Paper:
    """The paper of one person: names in the nominative («Я, Иванова …»), lines for the pen where nothing is known."""
    agreed = agreed_to(wording, school, person, addresses)
    return Paper(
        wording.kind,
        wording.version,
        agreed.title,
        agreed.paragraphs,
        person.short_name,
        f"Текст согласия: редакция {wording.version}",
    )


def agreed_to(wording: Wording, school: School, person: Person, addresses: Sequence[str]) -> Agreed:
    """What the paper of one person says, to be kept with the mark."""
    values = {
        "организация": school.full_name,
        "адрес организации": school.address or PEN,
        "ИНН": school.inn or PEN,
        "ОГРН": school.ogrn or PEN,
        "поручение обработки": _assignment(school),
        "действует до": format_date(school.year_ends, "long", locale="ru").replace(" ", NBSP),
    }
    paragraphs: list[str] = []
    for line in wording.body.splitlines():
        if line.strip() == _ADDRESSES:
            paragraphs += [_tick(f"{url}") for url in addresses] or [PEN]
        elif line.strip() == _CATEGORIES:
            paragraphs += [_tick(words) for words in CATEGORIES_ON_PAPER.values()]
        elif line.strip():
            paragraphs.append(_filled(line, values))
    own = {"ФИО": person.full_name, "должность": _within(person.position) if person.position else PEN}
    return Agreed(_filled(wording.title, values), paragraphs, own)


def _assignment(school: School) -> str:
    """Who processes by the school's assignment (152-ФЗ ст. 9 ч. 4 п. 6)."""
    if school.processor_name is None:
        return "Обработка другому лицу не поручается."
    return f"Обработка поручается другому лицу: {school.processor_name}, адрес: {school.processor_address}."


def _within(position: str) -> str:
    """«Учитель химии» within a sentence: «учитель химии»; an abbreviation stays as it is."""
    return position if position[:2].isupper() else position[0].lower() + position[1:]


def _filled(line: str, values: Mapping[str, str]) -> str:
    return _BRACES.sub(lambda found: values.get(found[1], found[0]), line)


def _tick(words: str) -> str:
    return f"☐{NBSP}разрешаю  ☐{NBSP}не{NBSP}разрешаю: {words}"
