"""Questions about who looked at whose data."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from moodle_mentorship.core.errors import NotFound
from moodle_mentorship.core.holdings import Subject
from moodle_mentorship.core.looks import Look
from moodle_mentorship.core.paging import Page, SortKey, page
from moodle_mentorship.people.models import Person
from moodle_mentorship.people.queries import person_of
from moodle_mentorship.personal_data.enums import Shown
from moodle_mentorship.personal_data.models import DataRequest

PAGE_SIZE = 50


def requests(session: Session, school_id: int, shown: Shown, cursor: str | None) -> Page[DataRequest]:
    """A page of the curators' list: open ones with the nearest term first, answered ones with the newest first. Raises
    `core.errors.Invalid` for a cursor that is none of ours."""
    number = SortKey[DataRequest](
        DataRequest.id.expression, lambda row: row.id, descending=shown is Shown.ANSWERED, load=int
    )
    due = SortKey[DataRequest](
        DataRequest.due_on.expression, lambda row: row.due_on, load=date.fromisoformat, dump=date.isoformat
    )
    answered = DataRequest.answered_at.is_not(None) if shown is Shown.ANSWERED else DataRequest.answered_at.is_(None)
    listed = select(DataRequest).where(DataRequest.school_id == school_id, answered)
    return page(session, listed, [number] if shown is Shown.ANSWERED else [due, number], cursor, PAGE_SIZE)


def request_of(session: Session, school_id: int, request_id: int) -> DataRequest:
    """Raises `NotFound`, also for another school's."""
    request = session.scalars(
        select(DataRequest).where(DataRequest.school_id == school_id, DataRequest.id == request_id)
    ).one_or_none()
    if request is None:
        raise NotFound(f"request {request_id}")
    return request


def requests_of(session: Session, school_id: int, person_id: int) -> Sequence[DataRequest]:
    """A person's own, newest first."""
    return session.scalars(
        select(DataRequest)
        .where(DataRequest.school_id == school_id, DataRequest.person_id == person_id)
        .order_by(DataRequest.id.desc())
        .limit(PAGE_SIZE)
    ).all()


def open_requests(session: Session, school_id: int) -> tuple[int, date | None]:
    """How many requests wait for an answer, and the nearest term."""
    number, nearest = session.execute(
        select(func.count(DataRequest.id), func.min(DataRequest.due_on)).where(
            DataRequest.school_id == school_id, DataRequest.answered_at.is_(None)
        )
    ).one()
    return number, nearest


@dataclass(frozen=True)
class Looked:
    """A look, and who looked."""

    look: Look
    reader: str


def subject_of(session: Session, school_id: int, person_id: int) -> Subject:
    """Raises `NotFound`."""
    return Subject(school_id, person_id, person_of(session, school_id, person_id).moodle_user_id)


def looks_at(session: Session, subject: Subject, most: int | None = None) -> Sequence[Looked]:
    """Who looked at a person's data, newest first: at theirs alone, and at lists that name many."""
    rows = session.execute(
        select(Look, Person)
        .join(Person, and_(Person.school_id == Look.school_id, Person.id == Look.reader_id))
        .where(
            Look.school_id == subject.school_id,
            or_(Look.person_id == subject.person_id, Look.person_id.is_(None)),
            # What they did themselves stands in the journal.
            Look.reader_id != subject.person_id,
        )
        .order_by(Look.id.desc())
        .limit(most)
    )
    return [Looked(look, reader.short_name) for look, reader in rows]
