"""What is done with the school's details and sites."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from moodle_mentorship.core import audit
from moodle_mentorship.core.actor import Actor, system_actor
from moodle_mentorship.school.errors import SiteExists
from moodle_mentorship.school.models import School, Site
from moodle_mentorship.school.queries import school_of, site_of

# A school year begins on 1 September; from this month on, "the current year" is the one that begins in it.
FIRST_MONTH_OF_NEW_YEAR = 7


def create_school(
    session: Session,
    full_name: str,
    short_name: str,
    now: datetime,
    *,
    locale: str = "ru",
    timezone: str = "Europe/Moscow",
) -> School:
    """Make a school, ready to be connected. In July and August its school year is already the coming one."""
    school = School(
        full_name=full_name,
        short_name=short_name,
        working_days=5,
        year_start=now.year if now.month >= FIRST_MONTH_OF_NEW_YEAR else now.year - 1,
        locale=locale,
        timezone=timezone,
        created_at=now,
    )
    session.add(school)
    session.flush()
    audit.record(session, system_actor(school.id, "cli"), "school.create", "school", school.id, now)
    return school


def update_school(session: Session, actor: Actor, details: Mapping[str, Any], now: datetime) -> School:
    """Write the organisation's details (the fields of `SchoolDetailsSchema`).

    Saving what already stands changes nothing, not even the journal.
    """
    school = school_of(session, actor.school_id)
    changed = sorted(name for name, value in details.items() if getattr(school, name) != value)
    for name in changed:
        setattr(school, name, details[name])
    if changed:
        session.flush()
        audit.record(session, actor, "school.update", "school", school.id, now, fields=changed)
    return school


def add_site(session: Session, actor: Actor, name: str, address: str | None, now: datetime) -> Site:
    """Add a building. Raises `SiteExists`."""
    _refuse_twin(session, actor.school_id, name)
    site = Site(school_id=actor.school_id, name=name, address=address)
    session.add(site)
    session.flush()
    audit.record(session, actor, "site.add", "site", site.id, now)
    return site


def rename_site(session: Session, actor: Actor, site_id: int, name: str, address: str | None, now: datetime) -> Site:
    """Give a building another name or address. Raises `NotFound`, `SiteExists`."""
    site = site_of(session, actor.school_id, site_id)
    _refuse_twin(session, actor.school_id, name, site_id)
    site.name, site.address = name, address
    session.flush()
    audit.record(session, actor, "site.rename", "site", site.id, now)
    return site


def remove_site(session: Session, actor: Actor, site_id: int, now: datetime) -> None:
    """Take a building off the list. Raises `NotFound`."""
    site = site_of(session, actor.school_id, site_id)
    session.delete(site)
    session.flush()
    audit.record(session, actor, "site.remove", "site", site_id, now)


def _refuse_twin(session: Session, school_id: int, name: str, own_id: int | None = None) -> None:
    twin = session.scalars(select(Site.id).where(Site.school_id == school_id, Site.name == name)).one_or_none()
    if twin is not None and twin != own_id:
        raise SiteExists(f"site {twin}")
