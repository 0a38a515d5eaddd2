"""The order's text, from the pairs and the school: Russian, whatever language its reader has."""

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy.orm import Session

from moodle_mentorship.core.i18n import translate
from moodle_mentorship.documents.kinds import Composed
from moodle_mentorship.documents.wording import Namer, letterhead, sheet, with_post
from moodle_mentorship.grammar.cases import Case
from moodle_mentorship.pairs.models import Pair
from moodle_mentorship.pairs.words import FORMS, KINDS, theme


def order_on(session: Session, school_id: int, pairs: Sequence[Pair], themes: Mapping[str, str]) -> Composed:
    """What the layout `pairs_order` asks for. `themes` are the titles of groups' themes by code."""
    namer = Namer(session, school_id)
    mentors = {pair.mentor_person_id: pair.mentor for pair in pairs}
    people = [person for pair in pairs for person in (pair.mentor, pair.mentee)]
    head = letterhead(session, school_id)
    heading = f"О закреплении наставнических пар и групп на {head['year']} учебный год"
    values = {
        **head,
        "heading": heading,
        "mentors": [namer.named(mentor, Case.ACCUSATIVE).plain() for mentor in mentors.values()],
        "rows": [_row(number, pair, themes) for number, pair in enumerate(pairs, 1)],
        "acquainted": sheet(people),
    }
    return Composed(heading, values, [person.id for person in people], namer.doubtful)


def _row(number: int, pair: Pair, themes: Mapping[str, str]) -> dict[str, str]:
    kinds = ", ".join(translate("ru", KINDS[kind]) for kind in pair.kinds)
    of_group = [f"группа по теме «{title}»"] if (title := theme(pair, themes)) else []
    return {
        "number": str(number),
        "mentor": with_post(pair.mentor),
        "mentee": with_post(pair.mentee),
        "form": "; ".join([translate("ru", FORMS[pair.form]), kinds, *of_group]),
        "period": f"{_date(pair.starts_on)} – {_date(pair.ends_on)}",
    }


def _date(day: date) -> str:
    return f"{day:%d.%m.%Y}"
