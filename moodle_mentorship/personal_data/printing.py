"""Everything that is held of a person as a Word document, for reading and for the shelf."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from flask_babel import gettext as _

from moodle_mentorship.core.holdings import Fact
from moodle_mentorship.files import docx
from moodle_mentorship.personal_data import words
from moodle_mentorship.personal_data.queries import Looked
from moodle_mentorship.personal_data.service import Everything
from moodle_mentorship.web.formats import long_date, moment


def paper(found: Everything, school: str, name: str, today: date) -> bytes:
    """The document; what is empty is left out."""
    return docx.fill(
        docx.layout("my_data"), {**_values(found), "title": _("My data"), "about": _about(school, name, today)}
    )


def _about(school: str, name: str, today: date) -> str:
    return f"{name} · {school} · {long_date(today)}"


def _values(found: Everything) -> Mapping[str, Any]:
    sections = [
        {"title": words.text(section.title), "records": [list(_lines(record)) for record in section.records]}
        for section in found.sections
        if section.records
    ]
    if found.looks:
        looks = [[_looked(looked)] for looked in found.looks]
        sections.append({"title": _("Who looked at your data"), "records": looks})
    note = _(
        "What colleagues told the curator in confidence is theirs and is not shown here. Moodle holds data of its own: "
        "ask its administrator about them."
    )
    return {"sections": sections, "note": note}


def _lines(record: Any) -> Iterator[str]:
    told: list[Fact] = [fact for fact in record if fact.value is not None]
    for fact in told:
        value = "; ".join(words.lines(fact))
        yield f"{words.text(fact.label)}: {value}" + (f" ({fact.source})" if fact.source else "")


def _looked(looked: Looked) -> str:
    return f"{moment(looked.look.last_at)}: {looked.reader} — {words.seen(looked.look.what)}"
