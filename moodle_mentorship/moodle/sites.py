"""The connection to a school's Moodle: which one it is, a client that speaks to it, the first curator it named."""

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from moodle_mentorship.core.outgoing import AddressGuard
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.moodle.client import MoodleClient
from moodle_mentorship.moodle.line import Retries, Timeouts
from moodle_mentorship.moodle.models import MoodleSite

_TIMEOUTS, _RETRIES = Timeouts(), Retries()


def site_of(session: Session, school_id: int) -> MoodleSite | None:
    """The school's connected Moodle; None when it has none, or when the connection is switched off."""
    return session.scalars(
        select(MoodleSite).where(MoodleSite.school_id == school_id, MoodleSite.disabled_at.is_(None))
    ).one_or_none()


def client_for(
    runtime: Runtime, site: MoodleSite, *, timeouts: Timeouts = _TIMEOUTS, retries: Retries = _RETRIES
) -> MoodleClient:
    """A client with the site's token. It holds pooled connections: use it in a `with`, outside of transactions."""
    return MoodleClient(
        site.rest_url,
        runtime.box.open(site.sealed_token),
        guard=AddressGuard.of(runtime.settings),
        timeouts=timeouts,
        retries=retries,
    )


def drop_pending_curator(session: Session, school_id: int) -> None:
    """Whom the set-up command named is not waited for any more: the school has, or had, a curator."""
    session.execute(
        update(MoodleSite)
        .where(MoodleSite.school_id == school_id, MoodleSite.first_curator_moodle_id.is_not(None))
        .values(first_curator_moodle_id=None)
    )
