"""Tokens that no library would write."""

import base64
import hmac
import json
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc.jwk import RSAKey

from tests.lti.platform import KEY


def b64(value: Any) -> str:
    """base64url without padding; what isn't bytes becomes JSON first."""
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def number(value: int) -> str:
    """An integer as JSON Web Keys spell it (RFC 7518, 6.3.1)."""
    return b64(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def signed(header: Any, payload: Any, key: RSAKey = KEY) -> str:
    """A good RS256 signature over any header and any payload (JSON, or bytes as they are)."""
    protected, claims = b64(header), b64(payload)
    return f"{protected}.{claims}.{b64(signature_over(f'{protected}.{claims}'.encode(), key))}"


def signature_over(message: bytes, key: RSAKey = KEY) -> bytes:
    private = key.private_key
    assert private is not None
    return private.sign(message, PKCS1v15(), SHA256())


def header(**changes: Any) -> dict[str, Any]:
    return {"typ": "JWT", "alg": "RS256", "kid": KEY.kid, **changes}


def unsigned(claims: Mapping[str, Any], alg: Any) -> str:
    return f"{b64(header(alg=alg))}.{b64(dict(claims))}."


def signed_with_public_key(claims: Mapping[str, Any]) -> str:
    """RS256 taken for HS256: the public key is the shared secret."""
    message = f"{b64(header(alg='HS256'))}.{b64(dict(claims))}"
    return f"{message}.{b64(hmac.digest(KEY.as_pem(private=False), message.encode(), 'sha256'))}"


def tampered(token: str, claims: Mapping[str, Any]) -> str:
    """Other claims under a good token's signature."""
    protected, _, signature = token.split(".")
    return f"{protected}.{b64(dict(claims))}.{signature}"
