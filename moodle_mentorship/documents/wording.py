"""What all documents of a school say in the same way: head, signer, people in the case that a sentence needs."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from moodle_mentorship.core.actor import Role
from moodle_mentorship.documents.kinds import Params
from moodle_mentorship.documents.rendering import in_words
from moodle_mentorship.grammar.cases import Case, Declined, undeclined
from moodle_mentorship.grammar.names import decline_name, sex_of
from moodle_mentorship.grammar.titles import decline_title
from moodle_mentorship.law.workdays import YearUnknown, after_working_days
from moodle_mentorship.people.models import NBSP, Person
from moodle_mentorship.people.queries import holders
from moodle_mentorship.school.models import School
from moodle_mentorship.school.queries import school_of

#: For the pen, where the school has not said it.
BLANK_PLACE = "____________________________"
BLANK_NAME = "____________________"


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

    def task(self, person: Person | None, what: str) -> "Sentence":
        """«Беловой Марине Павловне, методисту, ознакомить …»: who has to do it, and `what`, an infinitive with a
        deadline, without a full stop; nobody named: «Ознакомить …»."""
        if person is None:
            return say(capital(ended(what)))
        return say(self.named(person, Case.DATIVE), ", " if person.position else " ", ended(what))

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


@dataclass(frozen=True)
class Officials:
    """Who does what with a school's documents: signs, prepares, keeps the staff's papers; None: nobody is appointed."""

    director: Person | None
    curator: Person | None
    clerk: Person | None


def officials(session: Session, school_id: int) -> Officials:
    """Of several holders of a role the one who has held it longest."""
    found = holders(session, school_id)
    first = {role: people[0] for role, people in found.items() if people}
    return Officials(first.get(Role.DIRECTOR), first.get(Role.CURATOR), first.get(Role.CLERK))


def letterhead(session: Session, school_id: int) -> dict[str, Any]:
    """What the head and the foot of every document ask for: organisation, place, school year, who signs, who has
    prepared it and whose visas it needs.

    Requisites after ГОСТ Р 7.0.97-2025; date and number come with the stamp (`documents.rendering`).
    """
    school, who = school_of(session, school_id), officials(session, school_id)
    return {
        "organisation": school.full_name,
        "short_name": school.short_name,
        "place": school.place or BLANK_PLACE,
        "year": school.year_label,
        "director": _signs(who.director, "Директор"),
        "executor": with_post(who.curator) if who.curator else "",
        "visas": [
            _signs(person, post)
            for person, post in ((who.curator, "Куратор наставничества"), (who.clerk, "Специалист по кадрам"))
            if person is not None
        ],
    }


def _signs(person: Person | None, otherwise: str) -> dict[str, str]:
    return {
        "post": capital(person.position) if person is not None and person.position else otherwise,
        "name": initials_first(person) if person is not None else BLANK_NAME,
    }


@dataclass(frozen=True)
class Sentence:
    """A sentence of a document, of plain words and of people's names; `items` are listed below it."""

    parts: Sequence[str | Named]
    items: Sequence["Sentence"] = field(default=())

    def runs(self) -> list[dict[str, Any]]:
        """As `Composed.values` keep it."""
        return [(Named(part, sure=True) if isinstance(part, str) else part).plain() for part in self.parts if part]


def say(*parts: str | Named, items: Sequence[Sentence] = ()) -> Sentence:
    return Sentence(parts, items)


def ended(sentence: str) -> str:
    """With a full stop, unless «г.» or another abbreviation has brought one."""
    return sentence if sentence.endswith(".") else f"{sentence}."


def points(sentences: Sequence[Sentence]) -> list[dict[str, Any]]:
    """The numbered points of an order, as layouts ask for them."""
    return [
        {"number": number, "runs": sentence.runs(), "list": [item.runs() for item in sentence.items]}
        for number, sentence in enumerate(sentences, 1)
    ]


#: The last point of an order that the director controls.
CONTROL = say("Контроль за исполнением настоящего приказа оставляю за собой.")

_GENITIVE = {3: "трёх", 5: "пяти", 10: "десяти"}


def due(school: School, today: date, working_days: int) -> str | None:
    """The day (ISO 8601) until which something is to be done when a document gives so many working days from today;
    None where the production calendar of that year is not known."""
    try:
        # The last of these days itself.
        last = after_working_days(today, working_days, school.working_days) - timedelta(days=1)
    except YearUnknown:
        return None
    return last.isoformat()


def until(params: Params, name: str, working_days: int) -> str:
    """«в срок до 30 сентября 2026 г.», where the draft says the day, or so many working days from the document on."""
    if day := params.get(name):
        return f"в срок до{NBSP}{in_words(date.fromisoformat(day))}"
    return (
        f"в течение {working_days}{NBSP}({_GENITIVE[working_days]}) рабочих дней со дня подписания настоящего приказа"
    )


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
