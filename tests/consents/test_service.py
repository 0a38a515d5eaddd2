"""Grounds of processing: opened, asked for, closed, with the rooms above listening; a second school beside."""

from datetime import datetime, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from moodle_mentorship.consents import queries, service
from moodle_mentorship.consents.enums import ClosedWhy, GroundKind
from moodle_mentorship.consents.errors import NoGround
from moodle_mentorship.consents.models import ProcessingGround
from moodle_mentorship.core.actor import Actor
from moodle_mentorship.core.audit import AuditEvent
from moodle_mentorship.core.db import Database
from moodle_mentorship.core.errors import NotFound
from moodle_mentorship.core.grounds import Grounds, Purpose
from tests.conftest import NOW
from tests.factories import TestSchool, make_ground, make_school

LATER = NOW + timedelta(days=3)
MENTEE, MENTOR = Purpose.MENTEE_PROFILE, Purpose.MENTOR_PROFILE
PAPER, MARK, DUTY = GroundKind.PAPER_CONSENT, GroundKind.ELECTRONIC_MARK, GroundKind.LABOUR_DUTY
CONSENTS = (PAPER, MARK)


class Heard(Grounds):
    """Listeners that write down what they were told."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[tuple[str, int, Purpose, datetime]] = []
        self.on_given(self._hear("given"))
        self.on_withdrawn(self._hear("withdrawn"))

    def _hear(self, what: str) -> Any:
        def listener(session: Session, actor: Actor, person_id: int, purpose: Purpose, now: datetime) -> None:
            # The row is there already, or no longer: a listener may ask.
            held = queries.open_ground(session, actor.school_id, person_id, purpose) is not None
            assert held is (what == "given")
            self.told.append((what, person_id, purpose, now))

        return listener


@pytest.fixture
def heard() -> Heard:
    return Heard()


def journal(session: Session) -> list[tuple[str, int | None, dict[str, Any]]]:
    rows = session.scalars(select(AuditEvent).order_by(AuditEvent.id))
    return [(row.action, row.object_id, row.details) for row in rows]


def test_the_first_ground_makes_processing_lawful(
    session: Session, school: TestSchool, other_school: TestSchool, heard: Heard
) -> None:
    person = school.teachers[0]
    with pytest.raises(NoGround):
        service.require_ground(session, school.id, person.id, MENTEE)
    ground = service.open_processing(session, heard, school.actor(), person.id, MENTEE, MARK, NOW)
    assert service.require_ground(session, school.id, person.id, MENTEE) is ground
    for school_id, person_id, purpose in (
        (school.id, person.id, MENTOR),
        (school.id, school.teachers[1].id, MENTEE),
        (other_school.id, person.id, MENTEE),
    ):
        with pytest.raises(NoGround):
            service.require_ground(session, school_id, person_id, purpose)
    assert heard.told == [("given", person.id, MENTEE, NOW)]
    assert journal(session) == [("ground.open", person.id, {"purpose": "mentee_profile", "kind": "electronic_mark"})]


def test_opening_again_keeps_the_ground_and_tells_nobody(session: Session, school: TestSchool, heard: Heard) -> None:
    person = school.teachers[0]
    first = service.open_processing(session, heard, school.actor(), person.id, MENTEE, MARK, NOW)
    again = service.open_processing(session, heard, school.actor(), person.id, MENTEE, MARK, LATER)
    assert (again.id, again.opened_at) == (first.id, NOW)
    assert len(heard.told) == len(journal(session)) == 1


def test_the_strongest_ground_speaks(session: Session, school: TestSchool, heard: Heard) -> None:
    person = school.teachers[0]
    for kind, expected in ((MARK, MARK), (PAPER, PAPER), (DUTY, DUTY)):
        service.open_processing(session, heard, school.actor(), person.id, MENTOR, kind, NOW)
        found = queries.open_ground(session, school.id, person.id, MENTOR)
        assert found is not None
        assert found.kind is expected
    assert heard.told == [("given", person.id, MENTOR, NOW)]


def test_withdrawing_the_last_consent_stops_processing(session: Session, school: TestSchool, heard: Heard) -> None:
    person = school.teachers[0]
    for kind in CONSENTS:
        make_ground(session, person, NOW, MENTEE, kind)
    make_ground(session, person, NOW, MENTOR)
    remaining = service.close_processing(
        session, heard, school.actor(), person.id, MENTEE, CONSENTS, ClosedWhy.WITHDRAWN, LATER
    )
    assert remaining is None
    rows = session.scalars(select(ProcessingGround).order_by(ProcessingGround.id)).all()
    assert [(row.closed_at, row.closed_why) for row in rows] == [(LATER, ClosedWhy.WITHDRAWN)] * 2 + [(None, None)]
    assert heard.told == [("withdrawn", person.id, MENTEE, LATER)]
    closed = {"purpose": "mentee_profile", "why": "withdrawn"}
    assert journal(session) == [
        ("ground.close", person.id, closed | {"kind": "paper_consent"}),
        ("ground.close", person.id, closed | {"kind": "electronic_mark"}),
    ]
    assert (
        service.close_processing(
            session, heard, school.actor(), person.id, MENTEE, CONSENTS, ClosedWhy.WITHDRAWN, LATER
        )
        is None
    )
    assert len(heard.told) == 1


def test_withdrawing_a_consent_leaves_the_ground_of_labour_law(
    session: Session, school: TestSchool, heard: Heard
) -> None:
    person = school.teachers[0]
    make_ground(session, person, NOW, MENTOR)
    duty = make_ground(session, person, NOW, MENTOR, DUTY)
    remaining = service.close_processing(
        session, heard, school.actor(), person.id, MENTOR, CONSENTS, ClosedWhy.WITHDRAWN, LATER
    )
    assert remaining is duty
    assert heard.told == []
    assert service.require_ground(session, school.id, person.id, MENTOR) is duty


def test_nobody_of_another_school_is_found(
    session: Session, school: TestSchool, other_school: TestSchool, heard: Heard
) -> None:
    stranger = other_school.teachers[0]
    make_ground(session, stranger, NOW)
    with pytest.raises(NotFound):
        service.open_processing(session, heard, school.actor(), stranger.id, MENTEE, PAPER, NOW)
    with pytest.raises(NotFound):
        service.close_processing(
            session, heard, school.actor(), stranger.id, MENTEE, CONSENTS, ClosedWhy.WITHDRAWN, NOW
        )
    assert queries.open_ground(session, other_school.id, stranger.id, MENTEE) is not None


def test_people_with_a_ground_are_listed_once(
    session: Session, school: TestSchool, other_school: TestSchool, heard: Heard
) -> None:
    person, former, mentor = school.teachers[:3]
    for kind in CONSENTS:
        make_ground(session, person, NOW, MENTEE, kind)
    make_ground(session, former, NOW)
    service.close_processing(session, heard, school.actor(), former.id, MENTEE, CONSENTS, ClosedWhy.EXPIRED, LATER)
    make_ground(session, mentor, NOW, MENTOR)
    make_ground(session, other_school.teachers[0], NOW)
    assert session.scalars(queries.people_with_ground(school.id, MENTEE)).all() == [person.id]


def test_of_two_last_grounds_closed_at_once_one_is_the_last(fresh_url: str) -> None:
    """Each of the two would see the other's ground still open, and nobody would be told that processing must stop."""
    database = Database(fresh_url)
    with database.unit_of_work() as session:
        school = make_school(session, "Лицей № 7", issuer="https://moodle.example", now=NOW)
        person_id, actor = school.teachers[0].id, school.actor()
        for kind in CONSENTS:
            make_ground(session, school.teachers[0], NOW, MENTEE, kind)
    told: list[int] = []
    grounds = Grounds()
    grounds.on_withdrawn(lambda _session, _actor, person, _purpose, _now: told.append(person))
    start = Barrier(2)

    def close(kind: GroundKind) -> None:
        start.wait()
        with database.unit_of_work() as session:
            service.close_processing(session, grounds, actor, person_id, MENTEE, [kind], ClosedWhy.WITHDRAWN, LATER)

    threads = [Thread(target=close, args=(kind,)) for kind in CONSENTS]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    database.engine.dispose()
    assert told == [person_id]
