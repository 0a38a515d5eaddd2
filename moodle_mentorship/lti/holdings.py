"""What the room holds about a person."""

from sqlalchemy import ColumnElement, exists, or_, select

from moodle_mentorship.consents.models import Consent
from moodle_mentorship.core.holdings import Holding, Holdings, Subject, column, columns
from moodle_mentorship.core.i18n import N_
from moodle_mentorship.lti.models import BrowserSession, ConsumedState, Invitation, Launch, Placing

#: A mark rests on the launch that it came from.
_EVIDENCE = exists().where(Consent.school_id == Launch.school_id, Consent.launch_id == Launch.id)


def register(holdings: Holdings) -> None:
    holdings.add(
        Holding(
            Launch,
            N_("Visits from Moodle"),
            about=_launches,
            told=columns(column("at", N_("When")), column("roles", N_("Roles that Moodle named"))),
            goes=~_EVIDENCE,
            stays=N_("A consent by the mark in Moodle rests on it"),
        ),
        Holding(
            BrowserSession,
            N_("Open sessions"),
            about=lambda who: BrowserSession.person_id == who.person_id,
            told=columns(
                column("created_at", N_("From")),
                column("last_seen_at", N_("Last seen")),
                column("expires_at", N_("Until")),
            ),
        ),
        # Moodle's question which page to place: gone when it is answered.
        Holding(
            Placing,
            N_("Questions of Moodle without an answer"),
            about=lambda who: Placing.launch_id.in_(
                select(Launch.id).where(Launch.school_id == who.school_id, _launches(who))
            ),
            told=columns(column("asked_at", N_("When"))),
        ),
    )
    holdings.nothing(Invitation)
    holdings.nothing(ConsumedState)


def _launches(who: Subject) -> ColumnElement[bool]:
    """Also from before the person stood in the staff list."""
    return or_(Launch.person_id == who.person_id, Launch.moodle_user_id == who.moodle_user_id)
