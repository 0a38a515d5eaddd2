"""Secrets at rest and in hand: Fernet encryption of stored secrets, hashing of handles that only we issue."""

import hashlib
import hmac
import secrets
from collections.abc import Sequence

from cryptography.fernet import Fernet, MultiFernet


class SecretBox:
    """Encrypts what must be readable again (tokens, private keys).

    The first key encrypts, all of them decrypt, so a key is exchanged by putting the new one in front.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        self._fernet = MultiFernet([Fernet(key) for key in keys])

    def seal(self, plain: str) -> str:
        return self._fernet.encrypt(plain.encode()).decode()

    def open(self, sealed: str) -> str:
        """Raises `cryptography.fernet.InvalidToken` when none of the keys fits."""
        return self._fernet.decrypt(sealed.encode()).decode()


def new_handle() -> str:
    """A 256-bit random handle, safe in URLs and cookies."""
    return secrets.token_urlsafe(32)


def handle_hash(handle: str) -> str:
    """What is stored of a handle. Handles are random, so a plain SHA-256 (no salt) can't be guessed back."""
    return hashlib.sha256(handle.encode()).hexdigest()


def same(left: str, right: str) -> bool:
    """Comparison whose time says nothing about where the strings differ."""
    return hmac.compare_digest(left.encode(), right.encode())
