"""Questions about grounds of processing."""

from collections.abc import Sequence

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from moodle_mentorship.consents.enums import GroundKind
from moodle_mentorship.consents.models import ProcessingGround
from moodle_mentorship.core.grounds import Purpose

_STRENGTH = list(GroundKind)


def open_ground(session: Session, school_id: int, person_id: int, purpose: Purpose) -> ProcessingGround | None:
    """The strongest ground on which the profile may be processed now (in the order of `GroundKind`).

    For reading; who writes profile data takes `service.require_ground`.
    """
    return strongest(session.scalars(open_grounds(school_id, person_id, purpose)).all())


def open_grounds(school_id: int, person_id: int, purpose: Purpose) -> Select[ProcessingGround]:
    """All grounds of this purpose that are open now: at most one of each kind."""
    return select(ProcessingGround).where(
        ProcessingGround.school_id == school_id,
        ProcessingGround.person_id == person_id,
        ProcessingGround.purpose == purpose,
        ProcessingGround.closed_at.is_(None),
    )


def people_with_ground(school_id: int, purpose: Purpose) -> Select[int]:
    """Ids of the people of a school whose profile may be processed now, for lists and filters."""
    return (
        select(ProcessingGround.person_id)
        .where(
            ProcessingGround.school_id == school_id,
            ProcessingGround.purpose == purpose,
            ProcessingGround.closed_at.is_(None),
        )
        .distinct()
    )


def strongest(grounds: Sequence[ProcessingGround]) -> ProcessingGround | None:
    """The first in the order of `GroundKind`; None of none."""
    return min(grounds, key=lambda ground: _STRENGTH.index(ground.kind), default=None)
