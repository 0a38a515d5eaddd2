"""Secrets at rest and in hand: Fernet encryption of stored secrets, hashing of handles that only we issue."""

import hashlib
import hmac
import secrets
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from moodle_mentorship.core.errors import DomainError
from moodle_mentorship.core.i18n import N_


class SealUnreadable(DomainError):
    """None of the installation's keys opens a stored secret: a key was taken out too early, or came from elsewhere."""

    code = "seal_unreadable"
    status = 500
    title = N_("A stored secret can't be opened")
    advice = N_(
        "Tell the service's administrator: the earlier key has to be put back into MENTORSHIP_ENCRYPTION_KEYS, then "
        "`mentorship keys reseal` shows what else depends on it."
    )


class SecretBox:
    """Encrypts what must be readable again (tokens, private keys).

    The first key encrypts, all of them decrypt, so a key is exchanged by putting the new one in front.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        self._first = Fernet(keys[0])
        self._fernet = MultiFernet([Fernet(key) for key in keys])
        self._single = {hashlib.sha256(key.encode()).hexdigest()[:12]: Fernet(key) for key in keys}

    def seal(self, plain: str) -> str:
        return self._fernet.encrypt(plain.encode()).decode()

    def open(self, sealed: str) -> str:
        """Raises `SealUnreadable` when none of the keys fits."""
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise SealUnreadable() from None

    def is_current(self, sealed: str) -> bool:
        """Whether the first key sealed it, so that the others are not needed for it."""
        try:
            self._first.decrypt(sealed.encode())
        except InvalidToken:
            return False
        return True

    @property
    def fingerprints(self) -> list[str]:
        """A short name of each key, the first one's first; a key is random, so nothing leads back from it."""
        return list(self._single)

    def opened_by(self, sealed: str) -> str | None:
        """The fingerprint of the key that opens it, None when none does."""
        for fingerprint, key in self._single.items():
            try:
                key.decrypt(sealed.encode())
            except InvalidToken:
                continue
            return fingerprint
        return None


def new_handle() -> str:
    """A 256-bit random handle, safe in URLs and cookies."""
    return secrets.token_urlsafe(32)


def handle_hash(handle: str) -> str:
    """What is stored of a handle. Handles are random, so a plain SHA-256 (no salt) can't be guessed back."""
    return hashlib.sha256(handle.encode()).hexdigest()


def same(left: str, right: str) -> bool:
    """Comparison whose time says nothing about where the strings differ."""
    return hmac.compare_digest(left.encode(), right.encode())
