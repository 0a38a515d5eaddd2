"""The plugin's signature: what is accepted, and that each change of a message breaks it."""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest

from moodle_mentorship.core.errors import DomainError
from moodle_mentorship.moodle.signing import SignedMessage, signed_headers, verify_signature

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
SECRET = "5e" * 32
DELIVERY = "0f8fad5b-d9cb-469f-a165-70867728950e"
BODY = '{"event":"ping","имя":"да"}'.encode()


def headers(**changes: str) -> dict[str, str]:
    return signed_headers(SECRET, BODY, delivery=DELIVERY, now=NOW) | {
        key.replace("_", "-"): value for key, value in changes.items()
    }


def test_the_signature_is_what_the_protocol_page_says() -> None:
    timestamp = str(int(NOW.timestamp()))
    expected = hmac.new(
        SECRET.encode("ascii"), f"v2.{timestamp}.{DELIVERY}.".encode() + BODY, hashlib.sha256
    ).hexdigest()
    assert headers()["X-Mentorship-Signature"] == f"v2={expected}"


@pytest.mark.parametrize("seconds", [-300, 0, 300])
def test_a_message_inside_the_window_is_accepted(seconds: int) -> None:
    message = verify_signature(headers(), BODY, SECRET, NOW + timedelta(seconds=seconds))
    assert message == SignedMessage(DELIVERY, int(NOW.timestamp()))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        pytest.param({"X_Mentorship_Timestamp": ""}, "timestamp_out_of_window", id="no timestamp"),
        pytest.param({"X_Mentorship_Timestamp": "yesterday"}, "timestamp_out_of_window", id="timestamp in words"),
        pytest.param({"X_Mentorship_Timestamp": "٣٤٥"}, "timestamp_out_of_window", id="timestamp in other digits"),
        pytest.param(
            {"X_Mentorship_Timestamp": str(int(NOW.timestamp()) + 1)}, "signature_invalid", id="timestamp changed"
        ),
        pytest.param({"X_Mentorship_Delivery": ""}, "signature_invalid", id="no delivery id"),
        pytest.param(
            {"X_Mentorship_Delivery": DELIVERY.replace("0", "1")}, "signature_invalid", id="another delivery id"
        ),
        pytest.param({"X_Mentorship_Signature": "v1=" + "0" * 64}, "signature_outdated", id="first version"),
        pytest.param({"X_Mentorship_Delivery": "1' OR 1"}, "signature_invalid", id="delivery id is no UUID"),
        pytest.param({"X_Mentorship_Signature": ""}, "signature_invalid", id="no signature"),
        pytest.param({"X_Mentorship_Signature": "v2=" + "0" * 64}, "signature_invalid", id="wrong signature"),
        pytest.param({"X_Mentorship_Signature": "v2=«да»"}, "signature_invalid", id="signature outside ASCII"),
    ],
)
def test_a_message_that_does_not_hold_is_refused(changes: dict[str, str], code: str) -> None:
    with pytest.raises(DomainError) as refusal:
        verify_signature(headers(**changes), BODY, SECRET, NOW)
    assert (refusal.value.code, refusal.value.status) == (code, 401)


@pytest.mark.parametrize("seconds", [-301, 301])
def test_an_old_or_early_message_is_refused(seconds: int) -> None:
    with pytest.raises(DomainError) as refusal:
        verify_signature(headers(), BODY, SECRET, NOW + timedelta(seconds=seconds))
    assert refusal.value.code == "timestamp_out_of_window"


def test_another_body_or_another_secret_is_refused() -> None:
    for body, secret in ((BODY + b" ", SECRET), (BODY, "6f" * 32)):
        with pytest.raises(DomainError) as refusal:
            verify_signature(headers(), body, secret, NOW)
        assert refusal.value.code == "signature_invalid"
