"""The plugin's one call that hands everything over (docs/plugin-protocol.md, section 3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from moodle_mentorship.core import audit
from moodle_mentorship.core.actor import system_actor
from moodle_mentorship.core.jobs import Jobs
from moodle_mentorship.core.secrets import SecretBox
from moodle_mentorship.core.settings import Environment
from moodle_mentorship.lti.errors import InvitationInvalid, InvitationUsed
from moodle_mentorship.lti.service.curators import name_first_curator
from moodle_mentorship.lti.service.invitations import invited_school, use_invitation
from moodle_mentorship.moodle import signing
from moodle_mentorship.moodle.models import MoodleSite
from moodle_mentorship.moodle.platforms import (
    RegistrationTaken,
    SchoolHasAnotherMoodle,
    add_platform,
    refuse_switched_off,
)
from moodle_mentorship.school.models import School
from moodle_mentorship.sync.enums import PassKind
from moodle_mentorship.sync.service import request_pass


@dataclass(frozen=True, repr=False)
class Handover:
    """What the plugin hands over; `repr` shows nothing of it, there are secrets in it."""

    site_url: str
    site_name: str
    moodle_version: str
    plugin_version: str
    issuer: str
    client_id: str
    deployment_id: str
    auth_url: str
    token_url: str
    jwks_url: str
    token: str
    rest_url: str
    webhook_secret: str
    course_id: int
    course_url: str
    cohort_id: int
    cohort_name: str
    student_role_id: int
    profile_fields: list[dict[str, str]]
    curator_user_id: int | None
    warnings: list[str]


@dataclass(frozen=True)
class Connected:
    """`fresh` is False for a message that was acted upon before: nothing was changed this time."""

    site_id: int
    school_id: int
    school_name: str
    fresh: bool


def connect(
    session: Session,
    jobs: Jobs,
    box: SecretBox,
    handover: Handover,
    headers: Mapping[str, str],
    body: bytes,
    environment: Environment,
    now: datetime,
) -> Connected:
    """Bind a school to its Moodle, or bring the connection up to date.

    A first call needs an unused invitation, which is used up in the same transaction. A site that we know proves
    itself by the webhook secret that we hold for it, so that a command whose answer got lost is simply run again; a
    new secret (the plugin was installed anew) needs a new invitation. Each connection asks for a full pass over the
    directory: a repeat often brings another cohort. Raises what docs/plugin-protocol.md names.
    """
    proof = prove(session, box, handover, headers, body, now)
    site, message, school_id = proof.site, proof.message, proof.school_id
    if proof.invitation is not None:
        use_invitation(session, proof.invitation, now)
    signed_at = datetime.fromtimestamp(message.timestamp, UTC)
    fresh = site is None or not _acted_upon(site, message.delivery, signed_at)
    if fresh:
        site = _store(session, box, handover, site, school_id, environment, now)
        site.connect_delivery, site.connect_signed_at = message.delivery, signed_at
        session.flush()
        # `again`: a pass that runs right now reads with the old token and the old cohort.
        request_pass(session, jobs, school_id=school_id, kind=PassKind.FULL, now=now, again=True)
    assert site is not None
    school = session.scalars(select(School).where(School.id == school_id)).one()
    return Connected(site_id=site.id, school_id=school_id, school_name=school.short_name, fresh=fresh)


@dataclass(frozen=True)
class Proof:
    """Who a message is from. `invitation`: the code by which it proves itself; None, where our secret does."""

    school_id: int
    site: MoodleSite | None
    message: signing.SignedMessage
    invitation: str | None


def prove(
    session: Session, box: SecretBox, handover: Handover, headers: Mapping[str, str], body: bytes, now: datetime
) -> Proof:
    """Check a message without writing anything, so that a stranger's never takes SQLite's only writer.

    A connection that the operator has switched off stays so, whatever its Moodle says. Raises as `connect`.
    """
    site = session.scalars(select(MoodleSite).where(MoodleSite.issuer == handover.issuer)).one_or_none()
    code = headers.get(signing.INVITATION, "").strip()
    message = _by_known_secret(site, box, headers, body, now)
    if site is not None and message is not None:
        _refuse_foreign_invitation(session, code, site.school_id, now)
        proof = Proof(site.school_id, site, message, None)
    else:
        # Who knows no secret of ours proves at least that body and secret belong together, and shows an invitation.
        message = signing.verify_signature(headers, body, handover.webhook_secret, now)
        if not code:
            raise InvitationInvalid("missing") if site is None else signing.SignatureInvalid("unknown secret")
        school_id = invited_school(session, code, now).id
        if site is not None and site.school_id != school_id:
            raise RegistrationTaken()
        proof = Proof(school_id, site, message, code)
    refuse_switched_off(session, proof.school_id)
    return proof


def _by_known_secret(
    site: MoodleSite | None, box: SecretBox, headers: Mapping[str, str], body: bytes, now: datetime
) -> signing.SignedMessage | None:
    if site is None or site.sealed_webhook_secret is None:
        return None
    try:
        return signing.verify_signature(headers, body, box.open(site.sealed_webhook_secret), now)
    except signing.SignatureInvalid:
        return None


def _refuse_foreign_invitation(session: Session, code: str, school_id: int, now: datetime) -> None:
    """A known site with another school's invitation wants to move; with its own, used or not, it repeats itself."""
    if not code:
        return
    try:
        invited = invited_school(session, code, now)
    except (InvitationInvalid, InvitationUsed):
        return
    if invited.id != school_id:
        raise RegistrationTaken()


def _acted_upon(site: MoodleSite, delivery: str, signed_at: datetime) -> bool:
    if site.connect_delivery == delivery:
        return True
    return site.connect_signed_at is not None and signed_at < site.connect_signed_at


def _store(
    session: Session,
    box: SecretBox,
    handover: Handover,
    site: MoodleSite | None,
    school_id: int,
    environment: Environment,
    now: datetime,
) -> MoodleSite:
    actor = system_actor(school_id, "plugin")
    if site is None:
        other = session.scalars(select(MoodleSite.id).where(MoodleSite.school_id == school_id)).first()
        if other is not None:
            raise SchoolHasAnotherMoodle()
        site = MoodleSite(school_id=school_id, issuer=handover.issuer, connected_at=now, field_map={})
        session.add(site)
    values: dict[str, Any] = {
        "url": handover.site_url,
        "name": handover.site_name,
        "moodle_version": handover.moodle_version,
        "plugin_version": handover.plugin_version,
        "rest_url": handover.rest_url,
        "sealed_token": box.seal(handover.token),
        "sealed_webhook_secret": box.seal(handover.webhook_secret),
        "course_id": handover.course_id,
        "course_url": handover.course_url,
        "cohort_id": handover.cohort_id,
        "cohort_name": handover.cohort_name,
        "student_role_id": handover.student_role_id,
        "profile_fields": handover.profile_fields,
        "warnings": handover.warnings,
    }
    for name, value in values.items():
        setattr(site, name, value)
    session.flush()
    add_platform(
        session,
        actor,
        issuer=handover.issuer,
        client_id=handover.client_id,
        deployment_id=handover.deployment_id,
        auth_url=handover.auth_url,
        token_url=handover.token_url,
        jwks_url=handover.jwks_url,
        environment=environment,
        now=now,
    )
    if handover.curator_user_id is not None:
        name_first_curator(session, actor, site, handover.curator_user_id, now)
    audit.record(session, actor, "site.connect", "moodle_site", site.id, now, warnings=handover.warnings)
    return site
