"""Platforms' public keys: cached on the platform's row, asked for anew seldom, never inside a write transaction."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, update

from moodle_mentorship.core.logging import get_logger
from moodle_mentorship.core.outgoing import AddressGuard
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.lti.errors import Fault, LaunchRefused
from moodle_mentorship.lti.fetching import FetchFailed, fetch_json
from moodle_mentorship.moodle.models import Platform
from moodle_mentorship.moodle.platforms import Registration

#: Unknown key ids make us ask at most that often, however many tokens come.
PAUSE = timedelta(seconds=30)
#: A key that Moodle withdrew is forgotten after that time at the latest.
FRESH = timedelta(hours=1)

_MOST_KEYS = 50

log = get_logger("lti")


def keyset_for(runtime: Runtime, registration: Registration, kid: str, now: datetime) -> dict[str, Any]:
    """The platform's keys, fetched when `kid` isn't among the cached ones, or these are old.

    When the platform's JWKS is down, the cached keys go on. Raises `LaunchRefused` when there are none at all.
    """
    cached = registration.jwks
    known = cached is not None and any(key.get("kid") == kid for key in cached["keys"])
    fetched_at = registration.jwks_fetched_at
    if not known or fetched_at is None or now - fetched_at > FRESH:
        fetched = _refetch(runtime, registration, now)
        if fetched is not None:
            return fetched
    if cached is None:
        raise LaunchRefused(Fault.KEYS_UNAVAILABLE)
    return cached


def _refetch(runtime: Runtime, registration: Registration, now: datetime) -> dict[str, Any] | None:
    if not _may_ask(runtime, registration, now):
        return None
    try:
        keyset = _keys_of(fetch_json(registration.jwks_url, AddressGuard.of(runtime.settings)))
    except FetchFailed as failure:
        log.warning("jwks_unavailable", platform=registration.id, school=registration.school_id, reason=failure.reason)
        return None
    with runtime.db.unit_of_work() as session:
        session.execute(
            update(Platform)
            .where(Platform.school_id == registration.school_id, Platform.id == registration.id)
            .values(jwks=keyset, jwks_fetched_at=now)
        )
    return keyset


def _may_ask(runtime: Runtime, registration: Registration, now: datetime) -> bool:
    """Claims the next question in one statement, so that of many processes one asks.

    Looked at before, so that a flood of forged tokens does not even take the write lock.
    """
    if registration.jwks_tried_at is not None and registration.jwks_tried_at > now - PAUSE:
        return False
    with runtime.db.unit_of_work() as session:
        claimed = session.execute(
            update(Platform)
            .where(
                Platform.school_id == registration.school_id,
                Platform.id == registration.id,
                or_(Platform.jwks_tried_at.is_(None), Platform.jwks_tried_at <= now - PAUSE),
            )
            .values(jwks_tried_at=now)
            .returning(Platform.id)
        )
        return claimed.first() is not None


def _keys_of(answer: dict[str, Any]) -> dict[str, Any]:
    """Only RSA keys, and of each only what verifying needs."""
    keys = answer.get("keys")
    if not isinstance(keys, list):
        raise FetchFailed("no_keys")
    names = ("kty", "kid", "alg", "use", "n", "e")
    kept = [
        {name: key[name] for name in names if isinstance(key.get(name), str)}
        for key in keys[:_MOST_KEYS]
        if isinstance(key, dict) and key.get("kty") == "RSA"
    ]
    if not kept:
        raise FetchFailed("no_keys")
    return {"keys": kept}
