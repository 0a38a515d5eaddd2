"""Whom of the staff a text means: by e-mail, by name, by the address of a profile in Moodle. Nobody is guessed."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from moodle_mentorship.core.i18n import N_
from moodle_mentorship.people.enums import StaffStatus
from moodle_mentorship.people.models import Person, search_name_of

# Why nobody is meant for sure, about the text `name`.
NOT_ON_THE_STAFF = N_("line manager “%(name)s” is not found in the staff list")
SEVERAL = N_("line manager “%(name)s” may be several colleagues")
ONESELF = N_("line manager “%(name)s”: nobody is their own line manager")

_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—−", "-") | {"ʼ": "'", "’": "'"})
_LETTERS = re.compile(r"\w+")
_STOPS = str.maketrans(dict.fromkeys(".,", " "))
# Moodle's number as people can copy it. A number alone would be a personnel number, which is not kept (ADR 0009).
_PROFILE = re.compile(r"https?://\S+/user/(?:profile|view)\.php\?(?:\S*&)?id=(\d{1,9})(?:&\S*)?")


def key(text: str | None) -> str:
    """A text as it is compared: lower case, ё as е, dashes and apostrophes of one kind, single spaces."""
    plain = search_name_of(unicodedata.normalize("NFC", text or ""), "", None).translate(_DASHES)
    return "-".join(part.strip() for part in " ".join(plain.split()).split("-"))


@dataclass(frozen=True, slots=True)
class Meant:
    """The colleague whom a text means, by id, or a msgid that says why nobody is meant for sure."""

    id: int | None
    problem: str | None = None


class Colleagues:
    """Those who work at a school. They are read at the first question, in one statement, however many follow."""

    def __init__(self, session: Session, school_id: int) -> None:
        self._session, self._school_id = session, school_id

    def meant(self, text: str, person_id: int) -> Meant:
        """Whom `text` means as the line manager of this person.

        It is an e-mail, the address of a profile in Moodle, or a name: «Иванова Мария Петровна», «Иванова Мария»,
        «Иванова М. П.», «Иванова М.».
        """
        found = self._found(text)
        if not found:
            return Meant(None, NOT_ON_THE_STAFF)
        if len(found) > 1:
            return Meant(None, SEVERAL)
        return Meant(None, ONESELF) if found[0] == person_id else Meant(found[0])

    def _found(self, text: str) -> Sequence[int]:
        if match := _PROFILE.fullmatch(text):
            return self._known.by_moodle_id.get(int(match[1]), ())
        if "@" in text:
            return self._known.by_email.get(text.lower(), ())
        words = _words(text)
        namesakes = map(_Named.of, self._known.by_surname.get(_head(" ".join(words)), ()))
        fitting = [(each.fits(words), each.id) for each in namesakes]
        # Whose patronymic is not known here is meant where nobody has the very one.
        best = max((fits for fits, _ in fitting), default=0)
        return [person_id for fits, person_id in fitting if fits == best] if best else ()

    @cached_property
    def _known(self) -> "_Known":
        known = _Known()
        rows = self._session.execute(
            select(
                *(Person.id, Person.last_name, Person.first_name, Person.middle_name),
                *(Person.search_name, Person.moodle_user_id, Person.email),
            ).where(Person.school_id == self._school_id, Person.status != StaffStatus.LEFT)
        )
        for person_id, last, first, middle, search_name, moodle_user_id, email in rows:
            known.by_moodle_id[moodle_user_id] = (person_id,)
            if email:
                known.by_email[email.lower()].append(person_id)
            # A page asks for few of the thousands: names are taken apart when they are asked for.
            known.by_surname[_head(search_name)].append((person_id, last, first, middle))
        return known


def may_mean(text: str, person: Person) -> bool:
    """Whether `text`, as `Colleagues.meant` reads it, may mean this person, who perhaps works here no more."""
    if match := _PROFILE.fullmatch(text):
        return int(match[1]) == person.moodle_user_id
    if "@" in text:
        return text.lower() == (person.email or "").lower()
    name = (person.id, person.last_name, person.first_name, person.middle_name)
    return _Named.of(name).fits(_words(text)) > 0


def _words(text: str) -> list[str]:
    return key(text.translate(_STOPS)).split()


def _head(name: str) -> str:
    """The letters that a name begins with, up to a space, a dash or an apostrophe."""
    match = _LETTERS.match(name)
    return match[0] if match else ""


@dataclass(frozen=True, slots=True)
class _Named:
    """A colleague's name as it is compared; of a surname and a first name the words."""

    id: int
    last: list[str]
    first: list[str]
    middle: str

    @classmethod
    def of(cls, name: Sequence[Any]) -> "_Named":
        person_id, last, first, middle = name
        return cls(person_id, key(last).split(), key(first).split(), key(middle))

    def fits(self, words: Sequence[str]) -> int:
        """2: the words are this name, perhaps with initials; 1: but for a patronymic unknown here; 0: another name."""
        given = words[len(self.last) :]
        if words[: len(self.last)] != self.last or not given or not self.first:
            return 0
        if given[: len(self.first)] == self.first:
            middle = given[len(self.first) :]
        elif given[0] == self.first[0][0]:
            middle = given[1:]
        else:
            return 0
        if middle and not self.middle:
            return 1
        return 2 if not middle or " ".join(middle) in (self.middle, self.middle[0]) else 0


@dataclass
class _Known:
    by_moodle_id: dict[int, tuple[int]] = field(default_factory=dict)
    by_email: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    # By what a surname begins with: id, last name, first name, patronymic.
    by_surname: dict[str, list[Sequence[Any]]] = field(default_factory=lambda: defaultdict(list))
