"""The installation's own keys: they sign what we say to Moodle, which reads their public halves from /lti/jwks.

Moodle asks for the JWKS again whenever a signature can't be verified with what it has, and keeps the last good answer
for ever (`lti_verify_with_keyset`, cache `mod_lti/keyset`, no lifetime; docs/decisions/0008). So an exchange has three
steps, for which nobody has to be on time: the new key is announced, an hour later it signs, and the old one stays in
the JWKS for what was signed last with it.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from joserfc import jwt
from joserfc.jwk import RSAKey
from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from moodle_mentorship.core.errors import Conflict
from moodle_mentorship.core.i18n import N_
from moodle_mentorship.core.logging import get_logger
from moodle_mentorship.core.secrets import SecretBox
from moodle_mentorship.moodle.models import ToolKey

#: How long caches between us and a platform may keep our JWKS.
JWKS_LIFE = timedelta(minutes=5)
#: From the announcement of a key to its first signature: many times the life of a cached JWKS.
LEAD = timedelta(hours=1)
#: How long a replaced key stays in the JWKS, unless the command says otherwise. Nothing that we sign lives an hour.
KEEP = timedelta(days=7)

log = get_logger("moodle")


class KeyState(StrEnum):
    """Where a key is in its life."""

    ANNOUNCED = "announced"
    SIGNING = "signing"
    KEPT = "kept"
    RETIRED = "retired"


class RotationUnderWay(Conflict):
    """A key is announced already: it begins to sign by itself."""

    code = "rotation_under_way"
    title = N_("A new key is announced already and signs from %(signs_from)s")
    advice = N_("There is nothing to do: the exchange finishes by itself.")

    def __init__(self, signs_from: datetime) -> None:
        super().__init__(signs_from=f"{signs_from:%Y-%m-%d %H:%M} UTC")


def sign(session: Session, box: SecretBox, claims: dict[str, Any], now: datetime) -> str:
    """A JWT (RS256) with the key that signs now; the installation's first use makes its first key."""
    ensure_key(session, box, now)
    row = session.scalars(
        select(ToolKey).where(ToolKey.signs_from <= now).order_by(ToolKey.signs_from.desc(), ToolKey.id.desc()).limit(1)
    ).one()
    header = {"typ": "JWT", "alg": "RS256", "kid": row.kid}
    return jwt.encode(header, claims, RSAKey.import_key(box.open(row.sealed_private_key)))


def public_keys(session: Session, box: SecretBox, now: datetime) -> list[dict[str, Any]]:
    """The public halves of all keys that are not retired, newest first, as JSON Web Keys."""
    keys = session.scalars(
        select(ToolKey)
        .where(or_(ToolKey.retires_at.is_(None), ToolKey.retires_at > now))
        .order_by(ToolKey.signs_from.desc(), ToolKey.id.desc())
    )
    return [
        RSAKey.import_key(box.open(key.sealed_private_key)).as_dict(private=False)
        | {"kid": key.kid, "alg": "RS256", "use": "sig"}
        for key in keys
    ]


def ensure_key(session: Session, box: SecretBox, now: datetime) -> None:
    """Make the first key, which signs at once, where there is none."""
    if _newest(session):
        return
    try:
        with session.begin_nested():
            _add(session, box, now, after=0, signs_from=now)
    except IntegrityError:
        # Another process was faster by a moment; its key is committed by now.
        return


def rotate(session: Session, box: SecretBox, now: datetime, keep: timedelta = KEEP) -> ToolKey:
    """Announce a new key. It signs after `LEAD`; the one that signs now stays in the JWKS for `keep` longer.

    Raises `RotationUnderWay` while an announced key has not begun to sign, also for the later one of two that rotate
    at the same moment.
    """
    newest = _newest(session)
    announced = session.scalars(select(ToolKey.signs_from).where(ToolKey.signs_from > now)).first()
    if announced is not None:
        raise RotationUnderWay(announced)
    # The very first key replaces nothing: there is nobody to whom it would have to be announced.
    signs_from = now + LEAD if newest else now
    session.execute(update(ToolKey).where(ToolKey.retires_at.is_(None)).values(retires_at=signs_from + keep))
    return _add_alone(session, box, now, after=newest, signs_from=signs_from)


def replace_leaked(session: Session, box: SecretBox, now: datetime) -> ToolKey:
    """A new key that signs at once; all others are gone at once.

    No announcement because of Moodle's cache: it forgets the leaked key only when something signed with an unknown one
    makes it read a JWKS without the old. What is under way (a page being placed) has to be repeated by its person.
    """
    newest = _newest(session)
    session.execute(delete(ToolKey))
    return _add_alone(session, box, now, after=newest, signs_from=now)


def delete_retired(session: Session, now: datetime) -> None:
    """The night's tidying: a retired key's private half is of no more use to anybody honest."""
    for kid in session.scalars(delete(ToolKey).where(ToolKey.retires_at <= now).returning(ToolKey.kid)):
        log.info("tool_key_retired", kid=kid)


def list_keys(session: Session, now: datetime) -> list[tuple[ToolKey, KeyState]]:
    """All keys, newest first."""
    rows = session.scalars(select(ToolKey).order_by(ToolKey.signs_from.desc(), ToolKey.id.desc())).all()
    signing = next((row.id for row in rows if row.signs_from <= now), None)
    return [(row, _state(row, signing, now)) for row in rows]


def _state(key: ToolKey, signing: int | None, now: datetime) -> KeyState:
    if key.signs_from > now:
        return KeyState.ANNOUNCED
    if key.id == signing:
        return KeyState.SIGNING
    return KeyState.RETIRED if key.retires_at is not None and key.retires_at <= now else KeyState.KEPT


def _newest(session: Session) -> int:
    return session.scalar(select(func.max(ToolKey.id))) or 0


def _add_alone(session: Session, box: SecretBox, now: datetime, *, after: int, signs_from: datetime) -> ToolKey:
    try:
        key = _add(session, box, now, after=after, signs_from=signs_from)
    except IntegrityError:
        session.rollback()
        raise RotationUnderWay(signs_from) from None
    log.info("tool_key_added", kid=key.kid)
    return key


def _add(session: Session, box: SecretBox, now: datetime, *, after: int, signs_from: datetime) -> ToolKey:
    """`after` is the newest id as it was read: of two that add a key at the same moment, one violates the primary key
    instead of replacing what it never saw."""
    private = RSAKey.generate_key(2048)
    key = ToolKey(
        id=after + 1,
        kid=private.thumbprint(),
        sealed_private_key=box.seal(private.as_pem(private=True).decode()),
        created_at=now,
        signs_from=signs_from,
        retires_at=None,
    )
    session.add(key)
    session.flush()
    return key
