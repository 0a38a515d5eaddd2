"""Roles: appointed and dismissed by the curator."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from moodle_mentorship.core.actor import Role, system_actor
from moodle_mentorship.core.audit import AuditEvent
from moodle_mentorship.core.db import Database
from moodle_mentorship.core.errors import NotFound
from moodle_mentorship.people import queries
from moodle_mentorship.people.enums import StaffStatus
from moodle_mentorship.people.errors import LastCurator, NotAppointable, NotEmployed
from moodle_mentorship.people.models import Person, RoleGrant
from moodle_mentorship.people.service.roles import APPOINTABLE, appoint, dismiss
from tests.conftest import NOW
from tests.factories import TestSchool, grant, make_person, make_school


def holders(session: Session, school: TestSchool) -> dict[Role, list[int]]:
    found = queries.holders(session, school.id)
    return {role: [person.id for person in people] for role, people in found.items()}


def journal(session: Session, school: TestSchool) -> list[tuple[str, int | None, object]]:
    events = session.scalars(select(AuditEvent).where(AuditEvent.school_id == school.id).order_by(AuditEvent.id))
    return [(event.action, event.object_id, event.details) for event in events]


def test_a_new_director_ends_the_former_ones_role(
    session: Session, school: TestSchool, other_school: TestSchool
) -> None:
    appoint(session, school.actor(), school.teachers[0].id, Role.DIRECTOR, NOW)
    assert holders(session, school) == {
        Role.CURATOR: [school.curator.id],
        Role.DIRECTOR: [school.teachers[0].id],
    }
    assert holders(session, other_school) == {
        Role.CURATOR: [other_school.curator.id],
        Role.DIRECTOR: [other_school.director.id],
    }
    assert journal(session, school) == [
        ("role.dismiss", school.director.id, {"role": "director"}),
        ("role.appoint", school.teachers[0].id, {"role": "director"}),
    ]


@pytest.mark.parametrize("role", [Role.CURATOR, Role.PSYCHOLOGIST, Role.CLERK])
def test_other_roles_can_be_held_by_several(session: Session, school: TestSchool, role: Role) -> None:
    first, second = school.teachers[0], school.teachers[1]
    appoint(session, school.actor(), first.id, role, NOW)
    appoint(session, school.actor(), second.id, role, NOW)
    assert holders(session, school)[role][-2:] == [first.id, second.id]


def test_appointing_again_changes_nothing(session: Session, school: TestSchool) -> None:
    first = appoint(session, school.actor(), school.teachers[0].id, Role.CLERK, NOW)
    again = appoint(session, school.actor(), school.teachers[0].id, Role.CLERK, NOW + timedelta(days=1))
    assert again is first
    assert first.granted_at == NOW
    assert first.granted_by == school.curator.id
    assert len(journal(session, school)) == 1


def test_who_named_a_role_without_being_in_the_directory_is_nobody(session: Session, school: TestSchool) -> None:
    granted = appoint(session, system_actor(school.id, "plugin"), school.teachers[0].id, Role.CURATOR, NOW)
    assert granted.granted_by is None


@pytest.mark.parametrize("role", sorted(set(Role) - set(APPOINTABLE)))
def test_roles_that_follow_from_elsewhere_are_not_given(session: Session, school: TestSchool, role: Role) -> None:
    with pytest.raises(NotAppointable):
        appoint(session, school.actor(), school.teachers[0].id, role, NOW)


@pytest.mark.parametrize(
    "change", [{"status": StaffStatus.LEFT}, {"suspended": True}, {"deleted_in_moodle": True}], ids=str
)
def test_only_people_who_can_come_in_take_roles(
    session: Session, school: TestSchool, change: dict[str, object]
) -> None:
    gone = make_person(session, school.id, 50, "Петрова Анна", now=NOW, **change)
    with pytest.raises(NotEmployed):
        appoint(session, school.actor(), gone.id, Role.CLERK, NOW)
    assert queries.granted_roles(session, school.id, gone.id) == []


def test_people_of_another_school_are_not_found(session: Session, school: TestSchool, other_school: TestSchool) -> None:
    with pytest.raises(NotFound):
        appoint(session, school.actor(), other_school.teachers[0].id, Role.CLERK, NOW)
    with pytest.raises(NotFound):
        dismiss(session, school.actor(), other_school.curator.id, Role.CURATOR, NOW)
    assert holders(session, other_school)[Role.CURATOR] == [other_school.curator.id]


def test_the_last_curator_stays(session: Session, school: TestSchool) -> None:
    with pytest.raises(LastCurator):
        dismiss(session, school.actor(), school.curator.id, Role.CURATOR, NOW)
    # Another curator who can't come in is no help.
    appoint(session, school.actor(), school.teachers[0].id, Role.CURATOR, NOW)
    school.teachers[0].suspended = True
    session.flush()
    with pytest.raises(LastCurator):
        dismiss(session, school.actor(), school.curator.id, Role.CURATOR, NOW)
    school.teachers[0].suspended = False
    session.flush()
    dismiss(session, school.actor(), school.curator.id, Role.CURATOR, NOW)
    assert holders(session, school)[Role.CURATOR] == [school.teachers[0].id]


def test_a_dismissed_role_keeps_its_history_and_can_be_given_again(session: Session, school: TestSchool) -> None:
    later = NOW + timedelta(days=3)
    appoint(session, school.actor(), school.teachers[0].id, Role.CLERK, NOW)
    dismiss(session, school.actor(), school.teachers[0].id, Role.CLERK, later)
    appoint(session, school.actor(), school.teachers[0].id, Role.CLERK, later)
    grants = session.scalars(select(RoleGrant).where(RoleGrant.role == Role.CLERK).order_by(RoleGrant.id)).all()
    assert [(row.granted_at, row.revoked_at) for row in grants] == [(NOW, later), (later, None)]


def test_what_a_person_does_not_hold_cannot_be_taken(session: Session, school: TestSchool) -> None:
    with pytest.raises(NotFound):
        dismiss(session, school.actor(), school.teachers[0].id, Role.CLERK, NOW)


def test_two_curators_who_dismiss_each_other_leave_one(fresh_url: str) -> None:
    database = Database(fresh_url)
    with database.unit_of_work() as session:
        school = make_school(session, "Лицей № 7", issuer="https://moodle.example", now=NOW)
        second = school.teachers[0]
        grant(session, second, Role.CURATOR, NOW)
        school_id, ids = school.id, (school.curator.id, second.id)
        actor = school.actor()
    start, refused = Barrier(2), []

    def take(person_id: int) -> None:
        start.wait()
        try:
            with database.unit_of_work() as session:
                dismiss(session, actor, person_id, Role.CURATOR, NOW)
        except LastCurator:
            refused.append(person_id)

    threads = [Thread(target=take, args=(person_id,)) for person_id in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.unit_of_work(read_only=True) as session:
        left = [person.id for person in queries.holders(session, school_id)[Role.CURATOR]]
    database.engine.dispose()
    assert left == refused
    assert len(left) == 1


def test_roles_of_a_visit_come_from_the_grants(session: Session, school: TestSchool) -> None:
    assert queries.granted_roles(session, school.id, school.director.id) == [Role.DIRECTOR]
    assert queries.granted_roles(session, school.id, school.teachers[0].id) == []
    assert isinstance(queries.person_of(session, school.id, school.director.id), Person)
