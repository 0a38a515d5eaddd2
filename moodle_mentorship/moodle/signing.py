"""How a message from the plugin proves itself (docs/plugin-protocol.md, section 1)."""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from moodle_mentorship.core.errors import DomainError
from moodle_mentorship.core.i18n import N_

TIMESTAMP = "X-Mentorship-Timestamp"
DELIVERY = "X-Mentorship-Delivery"
SIGNATURE = "X-Mentorship-Signature"
INVITATION = "X-Mentorship-Invitation"

#: Seconds by which the two clocks may differ; a captured message is of no use after them.
WINDOW = 300

_DELIVERY = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


class SignatureInvalid(DomainError):
    """The signature (or the delivery id, without which it means nothing) is missing or wrong."""

    code = "signature_invalid"
    status = 401
    title = N_("The message's signature is wrong")
    advice = N_("Run the plugin's connection command again, with a new invitation.")


class SignatureOutdated(SignatureInvalid):
    """Signed as plugins before 2026112800 did, without the delivery id: nobody can tell a replay from a new message."""

    code = "signature_outdated"
    title = N_("The plugin signs in an outdated way")
    advice = N_("Update the plugin, then run its connection command again.")


class TimestampOutOfWindow(DomainError):
    """The message is too old, or one of the two clocks is wrong."""

    code = "timestamp_out_of_window"
    status = 401
    title = N_("The message is too old")
    advice = N_("Compare the clocks of the two servers: they may differ by five minutes at most.")


@dataclass(frozen=True)
class SignedMessage:
    """What a message's headers say. `delivery` stays the same when the message is sent once more."""

    delivery: str
    timestamp: int


def signature_of(secret: str, timestamp: int, delivery: str, body: bytes) -> str:
    """The value of the signature header; `secret` is taken as its ASCII characters, not as the bytes they spell.

    The delivery id is signed with the rest, because it decides whether a message is a replay.
    """
    signed = f"v2.{timestamp}.{delivery}.".encode() + body
    return f"v2={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}"


def signed_headers(secret: str, body: bytes, *, delivery: str, now: datetime) -> dict[str, str]:
    """The headers that a sender puts beside `body`."""
    timestamp = int(now.timestamp())
    return {
        TIMESTAMP: str(timestamp),
        DELIVERY: delivery,
        SIGNATURE: signature_of(secret, timestamp, delivery, body),
    }


def verify_signature(headers: Mapping[str, str], body: bytes, secret: str, now: datetime) -> SignedMessage:
    """Check a message against `secret`.

    Raises `TimestampOutOfWindow`, `SignatureInvalid`, `SignatureOutdated`. Whether the delivery was seen before is the
    caller's to look up: only the caller knows whose message it is.
    """
    timestamp = headers.get(TIMESTAMP, "")
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        raise TimestampOutOfWindow("no timestamp")
    if abs(now.timestamp() - int(timestamp)) > WINDOW:
        raise TimestampOutOfWindow("outside the window")
    delivery = headers.get(DELIVERY, "").lower()
    if not _DELIVERY.fullmatch(delivery):
        raise SignatureInvalid("no delivery id")
    given = headers.get(SIGNATURE, "")
    if given.startswith("v1="):
        raise SignatureOutdated("first version")
    # Compared as bytes: a header may hold characters outside ASCII, on which the text comparison would raise.
    expected = signature_of(secret, int(timestamp), delivery, body).encode()
    if not hmac.compare_digest(given.encode(), expected):
        raise SignatureInvalid("mismatch")
    return SignedMessage(delivery, int(timestamp))
