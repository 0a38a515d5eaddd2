"""Questions to the room's own rows, and what the connection page shows."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from moodle_mentorship.core.actor import Role
from moodle_mentorship.moodle.models import MoodleSite, Platform, WebhookDelivery
from moodle_mentorship.moodle.platforms import list_platforms
from moodle_mentorship.people.enums import StaffStatus
from moodle_mentorship.people.models import Person, RoleGrant
from moodle_mentorship.people.queries import named

#: Candidates shown at once; more than that and the search has to be narrowed.
CANDIDATES = 20


@dataclass(frozen=True)
class ConnectionView:
    """What the administrator sees of a school's connection."""

    platforms: list[Platform]
    site: MoodleSite | None
    last_webhook: datetime | None
    curators: list[Person]


def curators(session: Session, school_id: int) -> list[Person]:
    """Who is curator now and can log in, by name."""
    appointed = select(RoleGrant.person_id).where(
        RoleGrant.school_id == school_id, RoleGrant.role == Role.CURATOR, RoleGrant.revoked_at.is_(None)
    )
    people = session.scalars(select(Person).where(Person.school_id == school_id, Person.id.in_(appointed)))
    # Sorted here: an order by name would make SQLite read the whole staff by name to find the few.
    return sorted(
        (person for person in people if person.employed),
        key=lambda person: (person.last_name, person.first_name, person.id),
    )


def connection(session: Session, school_id: int) -> ConnectionView:
    """Everything about the school's Moodle."""
    return ConnectionView(
        platforms=list_platforms(session, school_id),
        site=session.scalars(select(MoodleSite).where(MoodleSite.school_id == school_id)).one_or_none(),
        last_webhook=session.scalar(
            select(func.max(WebhookDelivery.received_at)).where(WebhookDelivery.school_id == school_id)
        ),
        curators=curators(session, school_id),
    )


def candidates(session: Session, school_id: int, search: str) -> list[Person]:
    """Who could be the first curator: working people found by name, one more than is shown."""
    return list(
        session.scalars(
            select(Person)
            .where(
                Person.school_id == school_id,
                Person.status == StaffStatus.ACTIVE,
                Person.suspended.is_(False),
                Person.deleted_in_moodle.is_(False),
                named(search, Person.search_name),
            )
            .order_by(Person.last_name, Person.first_name, Person.id)
            .limit(CANDIDATES + 1)
        )
    )


def name_of(session: Session, school_id: int, moodle_user_id: int) -> str | None:
    """A Moodle user's name from the directory of staff; None for somebody who doesn't stand in it."""
    person = session.scalars(
        select(Person).where(Person.school_id == school_id, Person.moodle_user_id == moodle_user_id)
    ).one_or_none()
    return person.short_name if person is not None else None
