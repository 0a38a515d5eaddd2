"""What all documents of a school say in the same way: head, signer, people in the case that a sentence needs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from moodle_mentorship.core.actor import Role
from moodle_mentorship.documents.kinds import Composed, Doubt, Params
from moodle_mentorship.documents.queries import Checked, checked_forms
from moodle_mentorship.documents.rendering import in_words
from moodle_mentorship.grammar.cases import Case, Declined, undeclined
from moodle_mentorship.grammar.cases import Sex as GrammaticalSex
from moodle_mentorship.grammar.names import decline_name, sex_of, with_initials
from moodle_mentorship.grammar.numbers import quantity
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
        self._doubtful: dict[str, Doubt] = {}
        self._checked: Checked | None = None

    @property
    def doubtful(self) -> Sequence[Doubt]:
        return list(self._doubtful.values())

    def task(self, person: Person | None, what: str) -> "Sentence":
        """«Беловой Марине Павловне, методисту, ознакомить …»: who has to do it, and `what`, an infinitive with a
        deadline, without a full stop; nobody named: «Ознакомить …»."""
        if person is None:
            return say(capital(ended(what)))
        return say(self.named(person, Case.DATIVE), ", " if person.position else " ", ended(what))

    def named(self, person: Person, case: Case) -> Named:
        """«Сидорова Петра Ильича, учителя физики»."""
        return self._with_post(person, self.name(person), case)

    def shortly(self, person: Person, case: Case) -> Named:
        """«Сидорова П. И., учителя физики»: no line ends between a surname and its initials."""
        whole = self.name(person)
        short = with_initials(whole, person.last_name, person.first_name, person.middle_name or "")
        return self._with_post(person, short, case)

    def titled(self, person: Person, case: Case, otherwise: str) -> Named:
        """«директора Громова Андрея Николаевича»; of who has no post, `otherwise`."""
        name, post = self.name(person), self.post(person.position or otherwise)
        return self._given(person, f"{post[case]} {name[case]}", name.sure and post.sure)

    def name(self, person: Person) -> Declined:
        """As the curator has checked it, or else as the grammar says."""
        checked = self._forms().names.get(person.id)
        return declined_name(person) if checked is None or checked.name != person.full_name else _as(checked.forms)

    def post(self, post: str) -> Declined:
        """The same of a post, written small."""
        checked = self._forms().posts.get(small(post))
        return decline_title(small(post)) if checked is None else _as(checked.forms)

    def _forms(self) -> Checked:
        if self._checked is None:
            self._checked = checked_forms(self._session, self._school_id)
        return self._checked

    def _with_post(self, person: Person, name: Declined, case: Case) -> Named:
        if not person.position:
            return self._given(person, name[case], name.sure)
        post = self.post(person.position)
        return self._given(person, f"{name[case]}, {post[case]}", name.sure and post.sure)

    def _given(self, person: Person, text: str, sure: bool) -> Named:
        if not sure:
            self._doubtful[text] = Doubt(text, person.id)
        return Named(text, sure)


def declined_name(person: Person) -> Declined:
    """What the grammar says of a person's name."""
    sex = sex_in_grammar(person)
    if sex is None:
        return undeclined(person.full_name, sure=False)
    return decline_name(person.last_name, person.first_name, person.middle_name or "", sex)


def _as(forms: Sequence[str]) -> Declined:
    return Declined(tuple(forms))


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


def sample_head() -> dict[str, Any]:
    """The same of an invented school, for a template that is tried."""
    return {
        "organisation": "Муниципальное бюджетное общеобразовательное учреждение «Лицей № 7»",
        "short_name": "МБОУ «Лицей № 7»",
        "place": "г. Светлоозёрск",
        "year": "2026/27",
        "director": {"post": "Директор", "name": "А.\u00a0Н.\u00a0Громов"},
        "executor": "Соколова Елена Викторовна, заместитель директора по УВР",
        "visas": [{"post": "Специалист по кадрам", "name": "О.\u00a0И.\u00a0Миронова"}],
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


def comma(person: Person) -> str:
    """What a sentence goes on with behind a name that has its post with it."""
    return "," if person.position else ""


#: Name of the deadline in a draft's `params`, and its working days where the draft says no day.
ACQUAINTED, ACQUAINT_DAYS = "acquaint_until", 3


def acquaint(session: Session, school_id: int, namer: Namer, params: Params) -> Sentence:
    """The point by which the curator has everybody read the order and sign the acquaintance sheet."""
    what = f"ознакомить работников с настоящим приказом под подпись {until(params, ACQUAINTED, ACQUAINT_DAYS)}"
    return namer.task(officials(session, school_id).curator, what)


def order(
    head: Mapping[str, Any],
    heading: str,
    preamble: Sentence,
    sentences: Sequence[Sentence],
    people: Sequence[Person],
    namer: Namer,
    *,
    annex: tuple[str, Sequence[str]] | None = None,
) -> Composed:
    """An order as the layout `order` asks for it. `people` are to be acquainted with it; `annex`: title and lines."""
    values = {
        **head,
        "heading": heading,
        "preamble": preamble.runs(),
        "points": points(sentences),
        "annex": {"title": annex[0], "lines": list(annex[1])} if annex else None,
        "acquainted": sheet(people),
    }
    return Composed(heading, values, [person.id for person in by_name(people)], namer.doubtful)


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
    days = quantity(working_days, "рабочий день", Case.GENITIVE)
    return f"в течение {days} со дня подписания настоящего приказа"


def sex_in_grammar(person: Person) -> GrammaticalSex | None:
    """What the directory says, or else the patronymic, or the first name; None where nothing tells."""
    if person.sex is not None:
        return GrammaticalSex(person.sex.value)
    return sex_of(person.first_name, person.middle_name or "")


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
    """In the middle of a sentence; «МО» and other abbreviations stay, but for «и. о.»."""
    return post[0].lower() + post[1:] if post[1:2].islower() or post.startswith("И.") else post


def capital(post: str) -> str:
    """At the beginning of a line."""
    return post[0].upper() + post[1:]
