"""Erasure of a person: what it would do, doing it, and doing it again after a backup brought the person back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from moodle_mentorship.core.actor import Actor, system_actor
from moodle_mentorship.core.audit import record
from moodle_mentorship.core.holdings import Holdings, Part, Subject
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.people.enums import StaffStatus
from moodle_mentorship.people.models import Person
from moodle_mentorship.people.queries import person_of
from moodle_mentorship.personal_data import ledger
from moodle_mentorship.personal_data.enums import Outcome, RequestKind
from moodle_mentorship.personal_data.errors import StandsInTheWay
from moodle_mentorship.personal_data.models import DataRequest
from moodle_mentorship.personal_data.requests import unanswered
from moodle_mentorship.school.queries import school_of


@dataclass(frozen=True)
class Plan:
    """What an erasure would do now. `obstacles` (msgids) have to go first."""

    parts: Sequence[Part]
    obstacles: Sequence[str]
    employed: bool

    @property
    def gone(self) -> int:
        return sum(part.gone + part.blanked for part in self.parts)

    @property
    def kept(self) -> int:
        return sum(part.kept for part in self.parts)


def plan(session: Session, holdings: Holdings, school_id: int, person_id: int, *, for_oneself: bool = False) -> Plan:
    """In numbers, from the same conditions by which it is done. Raises `NotFound`.

    `for_oneself`: what a person is not told of is not counted for them either, since a number would give away that
    somebody does not want to work with them.
    """
    person = person_of(session, school_id, person_id)
    subject, employed = _subject(person), person.status is not StaffStatus.LEFT
    parts = holdings.plan(session, subject, employed=employed)
    if for_oneself:
        parts = [part for part in parts if part.holding.told is not None]
    return Plan(parts, holdings.obstacles(session, subject), employed)


def erase(
    session: Session, holdings: Holdings, folder: Path, actor: Actor, request_id: int, now: datetime
) -> DataRequest:
    """Carry out a request for erasure, all of it or nothing; `folder` takes the list of erasures (`ledger`).

    Who works here stays in the staff list, without everything else. Moodle is not touched. Raises `NotFound`,
    `AlreadyAnswered`, `OwnRequest`, `StandsInTheWay`.
    """
    request = unanswered(session, actor, request_id)
    person = person_of(session, actor.school_id, request.person_id)
    subject, employed = _subject(person), person.status is not StaffStatus.LEFT
    for obstacle in holdings.obstacles(session, subject):
        raise StandsInTheWay(obstacle)
    since = school_of(session, actor.school_id).created_at.isoformat()
    ledger.append(
        folder,
        ledger.Entry(
            school_id=actor.school_id,
            since=since,
            person_id=person.id,
            employed=employed,
            at=now.isoformat(),
            moodle_user_id=person.moodle_user_id,
        ),
    )
    done = holdings.erase(session, actor, subject, now, employed=employed)
    request.answered_at, request.answered_by, request.outcome = now, actor.person_id, Outcome.DONE
    request.erased = dict(done)
    record(session, actor, "data.erase", "person", person.id, now, employed=employed)
    session.flush()
    return request


@dataclass(frozen=True)
class Again:
    """Of the erasures in a list: how many were done again, and how many name nobody here."""

    done: int
    unknown: int


def erase_again(runtime: Runtime, file: Path, since: datetime) -> Again:
    """Erase whom the list names since then: a backup of that moment has brought them back. Safe to repeat.

    A transaction for each person. Raises `OSError` where there is no list.
    """
    done = unknown = 0
    for entry in ledger.entries(file):
        if entry.moment < since:
            continue
        with runtime.db.unit_of_work() as session:
            found = _named(session, entry)
            if found is None:
                unknown += 1
                continue
            actor = system_actor(entry.school_id, "cli")
            runtime.holdings.erase(session, actor, _subject(found), entry.moment, employed=entry.employed)
            _close(session, entry)
            record(session, actor, "data.erase", "person", entry.person_id, runtime.clock.now(), again=True)
            done += 1
    return Again(done, unknown)


def _named(session: Session, entry: ledger.Entry) -> Person | None:
    person = session.scalars(
        select(Person).where(Person.school_id == entry.school_id, Person.id == entry.person_id)
    ).one_or_none()
    if person is None or school_of(session, entry.school_id).created_at != _utc(entry.since):
        return None
    # Erased already and hired again as somebody new, the row has let go of Moodle's number; another number is another
    # person, who came after the backup.
    if entry.moodle_user_id is not None and person.moodle_user_id not in (entry.moodle_user_id, -person.id):
        return None
    return person


def _close(session: Session, entry: ledger.Entry) -> None:
    """The request may have come back as an open one."""
    open_ones = select(DataRequest).where(
        DataRequest.school_id == entry.school_id,
        DataRequest.person_id == entry.person_id,
        DataRequest.kind == RequestKind.ERASURE,
        DataRequest.answered_at.is_(None),
    )
    for request in session.scalars(open_ones):
        request.answered_at, request.outcome = entry.moment, Outcome.DONE


def _subject(person: Person) -> Subject:
    return Subject(person.school_id, person.id, person.moodle_user_id)


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
