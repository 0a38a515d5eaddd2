"""The order's text, from the pairs and the school: Russian, whatever language its reader has.

Requisites after ГОСТ Р 7.0.97-2025 (docs and domain: organisation, kind, blanks for date, number and place, heading,
preamble, points, control, signature, annex, acquaintance sheet). Date and number stay blank: they come with the
signature.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from moodle_mentorship.core.i18n import translate
from moodle_mentorship.grammar.cases import Case, Declined, undeclined
from moodle_mentorship.grammar.names import decline_name, sex_of
from moodle_mentorship.grammar.titles import decline_title
from moodle_mentorship.pairs.models import Pair
from moodle_mentorship.pairs.words import FORMS, KINDS, theme
from moodle_mentorship.people.models import NBSP, Person
from moodle_mentorship.school.models import School


@dataclass(frozen=True)
class Named:
    """A person as the order names them in one case; `sure` is False where somebody should read the form first."""

    text: str
    sure: bool


def named(person: Person, case: Case) -> Named:
    """«Сидорова Петра Ильича, учителя физики»."""
    sex = sex_of(person.first_name, person.middle_name or "")
    if sex is None:
        name: Declined = undeclined(person.full_name, sure=False)
    else:
        name = decline_name(person.last_name, person.first_name, person.middle_name or "", sex)
    if not person.position:
        return Named(name[case], name.sure)
    post = decline_title(_small(person.position))
    return Named(f"{name[case]}, {post[case]}", name.sure and post.sure)


def doubtful(pairs: Sequence[Pair]) -> list[Named]:
    """Whom the order names in a form that a person should read before it is signed, each once."""
    return [mentor for mentor in _mentors(pairs) if not mentor.sure]


def order_values(
    school: School, director: Person | None, pairs: Sequence[Pair], themes: Mapping[str, str]
) -> dict[str, Any]:
    """What the layout `pairs_order` asks for. `themes` are the titles of groups' themes by code."""
    people = {person.id: person for pair in pairs for person in (pair.mentor, pair.mentee)}
    return {
        "organisation": school.full_name,
        "year": school.year_label,
        "mentors": _mentors(pairs),
        "rows": [_row(number, pair, themes) for number, pair in enumerate(pairs, 1)],
        "director": {
            "post": _capital(director.position or "Директор") if director is not None else "Директор",
            "name": _initials_first(director) if director is not None else "____________________",
        },
        "acquainted": [
            {"name": person.full_name, "post": person.position or ""}
            for person in sorted(people.values(), key=lambda person: person.full_name.lower().replace("ё", "е"))
        ],
    }


def _mentors(pairs: Sequence[Pair]) -> list[Named]:
    """Each mentor once, in the pairs' order."""
    people = {pair.mentor_person_id: pair.mentor for pair in pairs}
    return [named(person, Case.ACCUSATIVE) for person in people.values()]


def _row(number: int, pair: Pair, themes: Mapping[str, str]) -> dict[str, str]:
    kinds = ", ".join(translate("ru", KINDS[kind]) for kind in pair.kinds)
    of_group = [f"группа по теме «{title}»"] if (title := theme(pair, themes)) else []
    return {
        "number": str(number),
        "mentor": _with_post(pair.mentor),
        "mentee": _with_post(pair.mentee),
        "form": "; ".join([translate("ru", FORMS[pair.form]), kinds, *of_group]),
        "period": f"{_date(pair.starts_on)} – {_date(pair.ends_on)}",
    }


def _date(day: date) -> str:
    return f"{day:%d.%m.%Y}"


def _with_post(person: Person) -> str:
    return f"{person.full_name}, {_small(person.position)}" if person.position else person.full_name


def _initials_first(person: Person) -> str:
    """«М. П. Иванова»: so a signature is deciphered."""
    initials = [f"{part[0]}." for part in (person.first_name, person.middle_name) if part]
    return NBSP.join([*initials, person.last_name])


def _small(post: str) -> str:
    """In the middle of a sentence; «МО» and other abbreviations stay."""
    return post[0].lower() + post[1:] if post[1:2].islower() else post


def _capital(post: str) -> str:
    return post[0].upper() + post[1:]
