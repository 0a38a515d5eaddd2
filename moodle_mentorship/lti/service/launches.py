"""What a verified launch leads to: the login used up, the launch journalled, a browser session or a kind refusal."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from moodle_mentorship.core.actor import Actor, Role
from moodle_mentorship.core.errors import Forbidden
from moodle_mentorship.lti.errors import (
    AccessEnded,
    AdministratorElsewhere,
    Fault,
    LaunchRefused,
    NotInDirectory,
    NotLetIn,
)
from moodle_mentorship.lti.models import BrowserSession, ConsumedState, Launch
from moodle_mentorship.lti.queries import curators
from moodle_mentorship.lti.sessions import Carrier, open_session, stored_hash
from moodle_mentorship.lti.state import LoginState
from moodle_mentorship.lti.verifier import LaunchClaims
from moodle_mentorship.moodle.models import Platform
from moodle_mentorship.moodle.platforms import Registration
from moodle_mentorship.moodle.roster import remember_address
from moodle_mentorship.moodle.sites import site_of
from moodle_mentorship.people.models import Person
from moodle_mentorship.school.models import School

# What every launch of a morning asks and writes: put together once, and written without the session's book-keeping.
_WHO = (
    select(Platform.jwks, Platform.jwks_fetched_at, Person.id, Person.employed)
    .outerjoin(
        Person, (Person.school_id == Platform.school_id) & (Person.moodle_user_id == bindparam("moodle_user_id"))
    )
    .where(
        Platform.school_id == bindparam("school_id"),
        Platform.id == bindparam("platform_id"),
        Platform.disabled_at.is_(None),
    )
)
_USED = insert(ConsumedState)
_JOURNALLED = insert(Launch).returning(Launch.id)
_REPLACED = delete(BrowserSession).where(BrowserSession.handle_hash == bindparam("handle_hash"))


class RegistrationChanged(Exception):
    """The registration by which the token was verified is not as it stands now: nothing was written."""


@dataclass(frozen=True)
class Outcome:
    """A handle, or a refusal: that one is returned, not raised, because its journal row has to be committed."""

    launch_id: int
    handle: str | None = None
    refusal: NotLetIn | None = None


def accept(
    session: Session,
    registration: Registration,
    state: LoginState,
    claims: LaunchClaims,
    old_handle: str | None,
    now: datetime,
    carrier: Carrier = Carrier.COOKIE,
) -> Outcome:
    """Use the login up and let the person in, if the school's own records say so.

    A launch grants nothing by its role names, except that a site administrator may see the administrator's pages, and
    that only from the course that the plugin connected (see `_heard_as_administrator`).
    The session in this browser's cookie (`old_handle`) is ended. Raises `LaunchRefused` when the state was used before,
    `RegistrationChanged` when the registration was disabled meanwhile, or its platform's keys were read anew.
    """
    connection = session.connection()
    who = {
        "school_id": registration.school_id,
        "platform_id": registration.id,
        "moodle_user_id": claims.moodle_user_id,
    }
    found = connection.execute(_WHO, who).one_or_none()
    verified_by = (registration.jwks, registration.jwks_fetched_at)
    if found is None or (found.jwks, found.jwks_fetched_at) != verified_by:
        raise RegistrationChanged()
    _consume(session, registration.school_id, state)
    administrator = claims.site_administrator and _heard_as_administrator(session, registration.school_id, claims)
    let_in = administrator or bool(found.employed)
    refusal = None if let_in else _refusal(session, registration.school_id, found.id is not None, claims)
    launch = Launch(
        school_id=registration.school_id,
        platform_id=registration.id,
        moodle_user_id=claims.moodle_user_id,
        # A refused person is named in the journal. A site administrator who left comes in as nobody's person.
        person_id=found.id if found.employed or refusal is not None else None,
        at=now,
        site_administrator=administrator,
        roles=list(claims.roles),
        context_id=claims.context_id,
        resource_link_id=claims.resource_link_id,
        refused=refusal.code if refusal is not None else None,
    )
    launch.id = connection.execute(_JOURNALLED, _values(launch)).scalar_one()
    if claims.memberships_url is not None and claims.context_id is not None:
        remember_address(session, registration.school_id, registration.id, claims.context_id, claims.memberships_url)
    if old_handle:
        # By the handle alone: the browser's former session may have been one of another school.
        connection.execute(_REPLACED, {"handle_hash": stored_hash(old_handle, Carrier.COOKIE)})
    if refusal is not None:
        return Outcome(launch.id, refusal=refusal)
    return Outcome(launch.id, handle=open_session(session, launch, registration.origin, now, carrier))


def _values(launch: Launch) -> dict[str, Any]:
    return {column.name: getattr(launch, column.name) for column in Launch.__table__.columns if column.name != "id"}


def _consume(session: Session, school_id: int, state: LoginState) -> None:
    """The unique key decides between two launches with one state, also at the same moment."""
    used = {"school_id": school_id, "state_id": state.state_id, "expires_at": state.expires_at}
    try:
        session.connection().execute(_USED, used)
    except IntegrityError:
        session.rollback()
        raise LaunchRefused(Fault.STATE_REPLAYED) from None


def _heard_as_administrator(session: Session, school_id: int, claims: LaunchClaims) -> bool:
    """Moodle says "administrator" of everybody who holds `mod/lti:admin` where the link stands (`lti_get_ims_role`),
    and the manager of any category can give that right in their own courses. In the course that the plugin connected
    this takes a manager above it, whom the site trusts anyway; elsewhere the word means nothing to us.

    Without the plugin no course is told apart, and the platform's word is all there is.
    """
    site = site_of(session, school_id)
    return site is None or claims.context_id == str(site.course_id)


def _refusal(session: Session, school_id: int, in_directory: bool, claims: LaunchClaims) -> NotLetIn:
    school = session.scalars(select(School).where(School.id == school_id)).one()
    names = ", ".join(curator.short_name for curator in curators(session, school_id))
    if claims.site_administrator:
        return AdministratorElsewhere(school.short_name, names)
    return (AccessEnded if in_directory else NotInDirectory)(school.short_name, names)


def switch_role(session: Session, actor: Actor, session_id: int, role: str) -> None:
    """Show the tabs of another role that the person holds. Raises `Forbidden` for a role that they don't."""
    if role not in actor.roles:
        raise Forbidden("role is not held")
    session.execute(
        update(BrowserSession)
        .where(BrowserSession.school_id == actor.school_id, BrowserSession.id == session_id)
        .values(active_role=Role(role).value)
    )
