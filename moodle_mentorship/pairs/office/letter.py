"""Letters and invitations: one text, a page for each of those it is written to."""

from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from moodle_mentorship.core.i18n import N_
from moodle_mentorship.documents.enums import RegisterCode
from moodle_mentorship.documents.errors import NothingToSay
from moodle_mentorship.documents.fields import Field, FieldType, people_of
from moodle_mentorship.documents.kinds import Composed, DocumentKind, Params
from moodle_mentorship.documents.rendering import in_words
from moodle_mentorship.documents.wording import Namer, by_name, ended, letterhead, sex_in_grammar
from moodle_mentorship.grammar.cases import Case, Sex
from moodle_mentorship.grammar.numbers import NBSP
from moodle_mentorship.pairs.office.samples import sample_letter
from moodle_mentorship.people.models import Person
from moodle_mentorship.school.queries import school_of

_DEAR = {Sex.MALE: "Уважаемый", Sex.FEMALE: "Уважаемая", None: "Уважаемый(ая)"}


def letter(session: Session, school_id: int, params: Params, _today: date) -> Composed:
    """To each of the people the same; when and where, if it is said, in a sentence of its own."""
    people = by_name(people_of(session, school_id, params["to"]))
    if not people:
        raise NothingToSay("nobody to write to")
    namer = Namer(session, school_id)
    paragraphs = [line.strip() for line in params["text"].splitlines() if line.strip()]
    if when := _when(params):
        paragraphs.append(when)
    values = {
        **letterhead(session, school_id),
        "heading": params["about"],
        "address": school_of(session, school_id).address or "",
        "letters": [_page(namer, person, paragraphs) for person in people],
    }
    return Composed(params["about"], values, [], namer.doubtful)


def _page(namer: Namer, person: Person, paragraphs: list[str]) -> dict[str, Any]:
    name = f"{person.first_name} {person.middle_name}" if person.middle_name else person.first_name
    return {
        "to": [namer.named(person, Case.DATIVE).plain()],
        "greeting": f"{_DEAR[sex_in_grammar(person)]} {name}!",
        "paragraphs": paragraphs,
    }


def _when(params: Params) -> str:
    day = in_words(date.fromisoformat(params["day"])) if params["day"] else ""
    hour = f" в{NBSP}{params['time']}" if day and params["time"] else ""
    told = [f"Дата: {day}{hour}"] * bool(day) + [f"Место: {params['place']}"] * bool(params["place"])
    return " ".join(ended(each) for each in told)


KIND = DocumentKind(
    code="invitation",
    title=N_("Letter or invitation"),
    about=N_("To one teacher or to several, a page for each; for the closing event too."),
    layout="letter",
    register=RegisterCode.LETTERS,
    compose=letter,
    sample=sample_letter,
    stage=6,
    fields=(
        Field("to", N_("To whom"), FieldType.PEOPLE, required=True),
        Field("about", N_("Heading"), hint=N_("Answers “about what?”: «О приглашении на конкурс»."), required=True),
        Field("text", N_("Text"), FieldType.PROSE, required=True),
        Field("day", N_("Day"), FieldType.DAY),
        Field("time", N_("Time"), hint=N_("Such as 14:00."), longest=20),
        Field("place", N_("Venue")),
    ),
)
