"""Papers ready for the pen: one person's, or all that are missing in one file."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date

from flask import Response
from sqlalchemy.orm import Session

from moodle_mentorship.consents import queries
from moodle_mentorship.consents.enums import ConsentKind
from moodle_mentorship.consents.wording import Paper, fill_in
from moodle_mentorship.files import docx
from moodle_mentorship.people.models import Person
from moodle_mentorship.school.queries import school_of


def papers(session: Session, school_id: int, kind: ConsentKind, people: Sequence[Person], today: date) -> list[Paper]:
    """The document of today's wording for each person, in three statements however many they are."""
    school = school_of(session, school_id)
    wording = queries.text_in_force(session, school_id, kind, today)
    urls = [address.url for address in queries.addresses(session, school_id)]
    return [fill_in(wording, school, person, urls) for person in people]


def download(ready: Sequence[Paper], name: str) -> Response:
    """One DOCX, each paper on pages of its own."""
    return Response(
        docx.fill(docx.layout("consent"), {"papers": [asdict(paper) for paper in ready]}),
        mimetype=docx.MEDIA_TYPE,
        headers={"Content-Disposition": f'attachment; filename="{name}.docx"'},
    )
