"""Verbs and answers about everything that is held of one person."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from moodle_mentorship.core.holdings import Fact, Holdings, Reading, Subject
from moodle_mentorship.core.secrets import SecretBox
from moodle_mentorship.personal_data import queries
from moodle_mentorship.personal_data.queries import Looked


@dataclass(frozen=True)
class Section:
    """What one table tells about a person. `more`: there are more records than these."""

    code: str
    title: str
    records: Sequence[Sequence[Fact]]
    more: bool


@dataclass(frozen=True)
class Everything:
    """All that is held of a person, and who looked at it; sections without a record are there, too."""

    sections: Sequence[Section]
    looks: Sequence[Looked]
    more_looks: bool


def everything(
    session: Session, box: SecretBox, holdings: Holdings, subject: Subject, timezone: str, most: int | None = None
) -> Everything:
    """Told in the language of the request, newest first; of each section at most so many records (None: all).

    One statement for each section, however much there is. What other people said in confidence is theirs and stands in
    none of them.
    """
    reading = Reading(session, box, subject, timezone)
    more = None if most is None else most + 1
    sections = []
    for holding in holdings.held:
        if holding.told is None:
            continue
        rows = holdings.rows(session, holding, subject, more)
        records = [list(holding.told(row, reading)) for row in rows[:most]]
        sections.append(Section(holding.model.__tablename__, holding.title, records, len(records) < len(rows)))
    looks = queries.looks_at(session, subject, more)
    return Everything(sections, looks[:most], len(looks) > len(looks[:most]))
