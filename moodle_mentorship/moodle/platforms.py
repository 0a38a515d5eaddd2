"""Registrations of schools' Moodles as LTI platforms: add, list, disable, find."""

import re
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import ColumnElement, bindparam, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from moodle_mentorship.core import audit
from moodle_mentorship.core.actor import Actor
from moodle_mentorship.core.errors import Conflict, DomainError, Invalid, NotFound
from moodle_mentorship.core.i18n import N_
from moodle_mentorship.core.schemas import storable
from moodle_mentorship.core.settings import Environment, is_loopback
from moodle_mentorship.moodle.models import MoodleSite, Platform

# What a browser may be told in a Content-Security-Policy: nothing that could end the directive.
_HOST = re.compile(r"[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\]")


class SchoolHasAnotherMoodle(Conflict):
    """People are joined by (school, Moodle id): a second Moodle would mix their ids up."""

    code = "school_has_another_moodle"
    title = N_("This school is connected to another Moodle")
    advice = N_("A school has one Moodle. Register the other Moodle's school as a school of its own.")


class RegistrationTaken(Conflict):
    """Issuer, client id and deployment id together belong to another school already."""

    code = "site_belongs_to_another_school"
    title = N_("This Moodle registration belongs to another school")
    advice = N_("Check the issuer, the client id and the deployment id, and whose invitation you use.")


class ConnectionDisabled(DomainError):
    """The operator has switched the school's Moodle off (`mentorship site disable`); the plugin ends its retries on
    this answer.
    """

    code = "connection_disabled"
    status = 410
    title = N_("This connection is switched off")
    advice = N_("Whoever runs the mentoring service has switched it off, and can switch it on again.")


@dataclass(frozen=True)
class Registration:
    """A registration as the launch needs it, detached from any session."""

    id: int
    school_id: int
    issuer: str
    client_id: str
    deployment_id: str
    auth_url: str
    jwks_url: str
    jwks: dict[str, Any] | None
    jwks_fetched_at: datetime | None
    jwks_tried_at: datetime | None

    @property
    def origin(self) -> str:
        return origin_of(self.issuer)


def origin_of(address: str) -> str:
    """Scheme, host and port of an http(s) address, as a browser writes them (no default port, lower case).

    Raises `ValueError` for anything else. The issuer of a Moodle in a folder (``https://host/moodle``) has a path,
    its origin has none.
    """
    parts = urlsplit(address)
    host, port = parts.hostname, parts.port
    if parts.scheme not in {"http", "https"} or host is None or "@" in parts.netloc or "\\" in address:
        raise ValueError("not an http(s) address")
    host = f"[{host}]" if ":" in host else host
    if not _HOST.fullmatch(host):
        raise ValueError("not a host name")
    standard = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{host}" + (f":{port}" if port is not None and port != standard else "")


def is_safe_address(address: str, environment: Environment) -> bool:
    """https; plain http only on this very machine, and never in production."""
    try:
        origin = urlsplit(origin_of(address))
    except ValueError:
        return False
    if any(character.isspace() or not character.isprintable() for character in address):
        return False
    return origin.scheme == "https" or (environment is not Environment.PRODUCTION and is_loopback(origin.hostname))


def normalise_issuer(issuer: str) -> str:
    """Moodle's `iss` is its wwwroot, which never ends with a slash; people type one."""
    return issuer.strip().rstrip("/")


def add_platform(
    session: Session,
    actor: Actor,
    *,
    issuer: str,
    client_id: str,
    deployment_id: str,
    auth_url: str,
    token_url: str,
    jwks_url: str,
    environment: Environment,
    now: datetime,
) -> Platform:
    """Register the actor's school with a Moodle. The same three ids again: the addresses are brought up to date
    and a disabled registration works again.

    Raises `Invalid` (naming each address that isn't https, or not on the issuer's host: people are sent to one of them
    and our keys' word to another), `SchoolHasAnotherMoodle`, `RegistrationTaken`.
    """
    issuer, client_id, deployment_id = normalise_issuer(issuer), client_id.strip(), deployment_id.strip()
    addresses = {"auth_url": auth_url.strip(), "token_url": token_url.strip(), "jwks_url": jwks_url.strip()}
    errors: dict[str, object] = {
        name: [N_("It must be an https address.")]
        for name, address in {"issuer": issuer, **addresses}.items()
        if not is_safe_address(address, environment) or len(address) > 500
    }
    if "issuer" not in errors:
        errors |= {
            name: [N_("It must be on the issuer's host.")]
            for name, address in addresses.items()
            if name not in errors and origin_of(address) != origin_of(issuer)
        }
    errors |= {
        name: [N_("It must not be empty.")]
        for name, value in {"client_id": client_id, "deployment_id": deployment_id}.items()
        if not value or len(value) > 255 or not storable(value)
    }
    if errors:
        raise Invalid(errors)
    refuse_switched_off(session, actor.school_id)
    refuse_second_moodle(session, actor.school_id, issuer)
    # Asked across schools on purpose: the three ids are unique in the whole installation.
    platform = session.scalars(
        select(Platform).where(
            Platform.issuer == issuer, Platform.client_id == client_id, Platform.deployment_id == deployment_id
        )
    ).one_or_none()
    if platform is not None and platform.school_id != actor.school_id:
        raise RegistrationTaken()
    if platform is None:
        platform = Platform(
            school_id=actor.school_id,
            issuer=issuer,
            client_id=client_id,
            deployment_id=deployment_id,
            created_at=now,
        )
        session.add(platform)
    elif platform.jwks_url != addresses["jwks_url"]:
        platform.jwks, platform.jwks_fetched_at, platform.jwks_tried_at = None, None, None
    platform.auth_url = addresses["auth_url"]
    platform.token_url = addresses["token_url"]
    platform.jwks_url = addresses["jwks_url"]
    platform.disabled_at = None
    session.flush()
    audit.record(session, actor, "platform.add", "platform", platform.id, now)
    return platform


def refuse_second_moodle(session: Session, school_id: int, issuer: str) -> None:
    """Raises `SchoolHasAnotherMoodle` when the school knows people by the ids of another Moodle than `issuer`."""
    issuers = set(session.scalars(select(Platform.issuer).where(Platform.school_id == school_id)))
    issuers |= set(session.scalars(select(MoodleSite.issuer).where(MoodleSite.school_id == school_id)))
    if issuers - {issuer}:
        raise SchoolHasAnotherMoodle()


def refuse_switched_off(session: Session, school_id: int) -> None:
    """Raises `ConnectionDisabled` while the school's Moodle is switched off: nothing that comes from there, and no
    invitation that lies about, brings it back.
    """
    off = select(MoodleSite.id).where(MoodleSite.school_id == school_id, MoodleSite.disabled_at.is_not(None))
    if session.scalars(off).first() is not None:
        raise ConnectionDisabled()


def list_platforms(session: Session, school_id: int | None = None) -> list[Platform]:
    """The registrations of one school; without a school those of the whole installation (for the command line)."""
    query = select(Platform).order_by(Platform.school_id, Platform.id)
    if school_id is not None:
        query = query.where(Platform.school_id == school_id)
    return list(session.scalars(query))


def disable_platform(session: Session, actor: Actor, platform_id: int, now: datetime) -> Platform:
    """End launches through a registration. Doing it twice changes nothing. Raises `NotFound`."""
    platform = session.scalars(
        select(Platform).where(Platform.school_id == actor.school_id, Platform.id == platform_id)
    ).one_or_none()
    if platform is None:
        raise NotFound("platform")
    if platform.disabled_at is None:
        platform.disabled_at = now
        audit.record(session, actor, "platform.disable", "platform", platform.id, now)
        session.flush()
    return platform


def find_registrations(
    session: Session, issuer: str, client_id: str | None, deployment_id: str | None
) -> list[Registration]:
    """The working registrations that a login may mean, whatever school's; the launch's token decides between them.

    `client_id` and `deployment_id` are optional in LTI's login request; Moodle sends both.
    """
    meant = {"issuer": normalise_issuer(issuer), "client_id": client_id, "deployment_id": deployment_id}
    return [Registration(**row) for row in session.execute(_MEANT, meant).mappings()]


def _or_any(column: InstrumentedAttribute[str]) -> ColumnElement[bool]:
    wanted = bindparam(column.key, type_=column.type)
    return wanted.is_(None) | (column == wanted)


# Asked twice in every launch, so it is put together once.
_MEANT = (
    select(*(getattr(Platform, column.name) for column in fields(Registration)))
    .where(
        Platform.issuer == bindparam("issuer"),
        Platform.disabled_at.is_(None),
        _or_any(Platform.client_id),
        _or_any(Platform.deployment_id),
    )
    .order_by(Platform.id)
)
