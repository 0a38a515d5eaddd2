"""Who holds which role: appointed and dismissed by the curator."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from moodle_mentorship.core import audit
from moodle_mentorship.core.actor import Actor, Role
from moodle_mentorship.core.errors import NotFound
from moodle_mentorship.moodle.sites import drop_pending_curator
from moodle_mentorship.people.errors import LastCurator, NotAppointable, NotEmployed
from moodle_mentorship.people.models import Person, RoleGrant
from moodle_mentorship.people.queries import person_of
from moodle_mentorship.school.models import School

APPOINTABLE = (Role.CURATOR, Role.DIRECTOR, Role.PSYCHOLOGIST, Role.CLERK)


def appoint(session: Session, actor: Actor, person_id: int, role: Role, now: datetime) -> RoleGrant:
    """Give a person a role. Who holds it already keeps it as it is.

    A school has one director: appointing the new one ends the former one's role in the same act. Raises `NotFound`,
    `NotAppointable`, `NotEmployed`.
    """
    if role not in APPOINTABLE:
        raise NotAppointable(role)
    lock(session, actor.school_id)
    if not person_of(session, actor.school_id, person_id).employed:
        raise NotEmployed(f"person {person_id}")
    current = _current(session, actor.school_id, role)
    held = next((grant for grant in current if grant.person_id == person_id), None)
    if held is not None:
        return held
    if role is Role.DIRECTOR:
        for former in current:
            _end(session, actor, former, now)
    grant = RoleGrant(
        school_id=actor.school_id, person_id=person_id, role=role, granted_at=now, granted_by=actor.person_id
    )
    session.add(grant)
    session.flush()
    if role is Role.CURATOR:
        drop_pending_curator(session, actor.school_id)
    audit.record(session, actor, "role.appoint", "person", person_id, now, role=role.value)
    return grant


def appoint_first_curator(session: Session, actor: Actor, moodle_user_id: int, now: datetime) -> None:
    """Make the curator whom Moodle's set-up command named, in a school that never had one.

    Whoever came first stays the only one whom Moodle names: a word that was said long ago, or is said again while the
    curator is away, makes no second one (those are the curator's, or an administrator's, to appoint). Nothing happens
    while the person is not in the directory, or suspended.
    """
    lock(session, actor.school_id)
    ever = select(RoleGrant.id).where(RoleGrant.school_id == actor.school_id, RoleGrant.role == Role.CURATOR)
    if session.scalars(ever.limit(1)).first() is not None:
        drop_pending_curator(session, actor.school_id)
        return
    person = session.scalars(
        select(Person).where(Person.school_id == actor.school_id, Person.moodle_user_id == moodle_user_id)
    ).one_or_none()
    if person is not None and person.employed:
        appoint(session, actor, person.id, Role.CURATOR, now)


def dismiss(session: Session, actor: Actor, person_id: int, role: Role, now: datetime) -> None:
    """End a person's role. The last curator who can still log in keeps it (`LastCurator`); raises `NotFound` when
    the person doesn't hold the role."""
    lock(session, actor.school_id)
    current = _current(session, actor.school_id, role)
    grant = next((grant for grant in current if grant.person_id == person_id), None)
    if grant is None:
        raise NotFound(f"person {person_id} is not {role}")
    if role is Role.CURATOR:
        others = [other.person_id for other in current if other is not grant]
        people = session.scalars(select(Person).where(Person.school_id == actor.school_id, Person.id.in_(others)))
        if not any(person.employed for person in people):
            raise LastCurator(f"person {person_id}")
    _end(session, actor, grant, now)
    session.flush()


def _end(session: Session, actor: Actor, grant: RoleGrant, now: datetime) -> None:
    grant.revoked_at = now
    audit.record(session, actor, "role.dismiss", "person", grant.person_id, now, role=grant.role.value)


def _current(session: Session, school_id: int, role: Role) -> list[RoleGrant]:
    return list(
        session.scalars(
            select(RoleGrant)
            .where(RoleGrant.school_id == school_id, RoleGrant.role == role, RoleGrant.revoked_at.is_(None))
            .order_by(RoleGrant.id)
        )
    )


def lock(session: Session, school_id: int) -> None:
    """Two people who appoint (or dismiss each other) at the same moment take turns; SQLite has one writer anyway."""
    session.execute(select(School.id).where(School.id == school_id).with_for_update())
