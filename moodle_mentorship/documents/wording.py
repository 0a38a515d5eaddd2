"""What all documents of a school say in the same way: head, signer, people in the case that a sentence needs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from moodle_mentorship.core.actor import Role
from moodle_mentorship.grammar.cases import Case, Declined, undeclined
from moodle_mentorship.grammar.names import decline_name, sex_of
from moodle_mentorship.grammar.titles import decline_title
from moodle_mentorship.people.models import NBSP, Person
from moodle_mentorship.people.queries import holders
from moodle_mentorship.school.queries import school_of


@dataclass(frozen=True)
class Named:
    """A person as a document names them in one case; `sure` is False where somebody should read the form first."""

    text: str
    sure: bool

    def plain(self) -> dict[str, Any]:
        """As `Composed.values` keep it."""
        return {"text": self.text, "sure": self.sure}


class Namer:
    """Names a school's people, and remembers which of the forms it gave somebody should read."""

    def __init__(self, session: Session, school_id: int) -> None:
        self._session = session
        self._school_id = school_id
        self._doubtful: dict[str, None] = {}

    @property
    def doubtful(self) -> Sequence[str]:
        return list(self._doubtful)

    def named(self, person: Person, case: Case) -> Named:
        """«Сидорова Петра Ильича, учителя физики»."""
        sex = sex_of(person.first_name, person.middle_name or "")
        if sex is None:
            name: Declined = undeclined(person.full_name, sure=False)
        else:
            name = decline_name(person.last_name, person.first_name, person.middle_name or "", sex)
        found = Named(name[case], name.sure)
        if person.position:
            post = decline_title(small(person.position))
            found = Named(f"{name[case]}, {post[case]}", name.sure and post.sure)
        if not found.sure:
            self._doubtful[found.text] = None
        return found


def letterhead(session: Session, school_id: int) -> dict[str, Any]:
    """What the head and the foot of every document ask for: organisation, school year, who signs.

    Requisites after ГОСТ Р 7.0.97-2025; date and number come with the stamp (`documents.rendering`).
    """
    school = school_of(session, school_id)
    directors = holders(session, school_id).get(Role.DIRECTOR, [])
    director = directors[0] if directors else None
    return {
        "organisation": school.full_name,
        "short_name": school.short_name,
        "year": school.year_label,
        "director": {
            "post": capital(director.position or "Директор") if director is not None else "Директор",
            "name": initials_first(director) if director is not None else "____________________",
        },
    }


def sheet(people: Sequence[Person]) -> list[dict[str, str]]:
    """The rows of an acquaintance sheet (лист ознакомления), by name."""
    return [{"name": person.full_name, "post": person.position or ""} for person in by_name(people)]


def by_name(people: Sequence[Person]) -> list[Person]:
    """Each once, by surname."""
    return sorted({person.id: person for person in people}.values(), key=lambda person: (person.search_name, person.id))


def with_post(person: Person) -> str:
    """«Тихонов Илья Сергеевич, учитель математики»."""
    return f"{person.full_name}, {small(person.position)}" if person.position else person.full_name


def initials_first(person: Person) -> str:
    """«М. П. Иванова»: so a signature is deciphered."""
    initials = [f"{part[0]}." for part in (person.first_name, person.middle_name) if part]
    return NBSP.join([*initials, person.last_name])


def small(post: str) -> str:
    """In the middle of a sentence; «МО» and other abbreviations stay."""
    return post[0].lower() + post[1:] if post[1:2].islower() else post


def capital(post: str) -> str:
    """At the beginning of a line."""
    return post[0].upper() + post[1:]
