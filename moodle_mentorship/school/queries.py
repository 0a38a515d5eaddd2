"""Questions about the school."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from moodle_mentorship.core.errors import NotFound
from moodle_mentorship.school.models import School, Site


def school_of(session: Session, school_id: int) -> School:
    """The school itself. Raises `NotFound`."""
    school = session.get(School, school_id)
    if school is None:
        raise NotFound(f"school {school_id}")
    return school


def schools(session: Session) -> Sequence[School]:
    """All schools of this installation, for its administrator's command."""
    return session.scalars(select(School).order_by(School.id)).all()


def sites_of(session: Session, school_id: int) -> Sequence[Site]:
    """The school's buildings, by name."""
    return session.scalars(select(Site).where(Site.school_id == school_id).order_by(Site.name, Site.id)).all()


def site_of(session: Session, school_id: int, site_id: int) -> Site:
    """One building of this school. Raises `NotFound`, also for another school's."""
    site = session.scalars(select(Site).where(Site.school_id == school_id, Site.id == site_id)).one_or_none()
    if site is None:
        raise NotFound(f"site {site_id}")
    return site
