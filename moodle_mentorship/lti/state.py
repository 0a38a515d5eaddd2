"""The login state: signed, carried by the browser, stored nowhere until it is used (docs/decisions/0003)."""

import base64
import enum
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from moodle_mentorship.core.secrets import handle_hash, new_handle, same
from moodle_mentorship.lti.errors import Fault, LaunchRefused

#: From the click in the course to the launch; Moodle answers within a second, a person may have to sign in first.
LIFETIME = timedelta(minutes=10)

_INFO = b"moodle-mentorship lti login state, signed"


class Binding(enum.StrEnum):
    """What ties a login to the browser that began it (docs/decisions/0007)."""

    # A cookie that the browser was seen to keep.
    COOKIE = "cookie"
    # A secret that our page put into `sessionStorage`; where that is closed too, a click of the person.
    PAGE = "page"


@dataclass(frozen=True)
class LoginState:
    """What the login decided and the launch must find again."""

    state_id: str
    issuer: str
    client_id: str
    # Null: the platform did not say; the token's (verified) deployment decides.
    deployment_id: str | None
    nonce: str
    target: str
    bound_by: Binding
    # Hash of the secret that the browser keeps: a state works in the browser that began the login.
    binding: str
    # Unix time, whole seconds.
    expires: int

    @property
    def expires_at(self) -> datetime:
        return datetime.fromtimestamp(self.expires, UTC)


def new_state(
    *,
    issuer: str,
    client_id: str,
    deployment_id: str | None,
    target: str,
    bound_by: Binding,
    binding_secret: str,
    now: datetime,
) -> LoginState:
    """A fresh state with an id and a nonce of its own."""
    return LoginState(
        state_id=new_handle(),
        issuer=issuer,
        client_id=client_id,
        deployment_id=deployment_id,
        nonce=new_handle(),
        target=target,
        bound_by=bound_by,
        binding=handle_hash(binding_secret),
        expires=int((now + LIFETIME).timestamp()),
    )


class StateSeal:
    """Signs states with keys derived from the installation's encryption keys (the first signs, all verify).

    Nothing in a state is a secret: the nonce stands beside it in the same address, the binding is a hash.
    """

    def __init__(self, encryption_keys: Sequence[str]) -> None:
        self._keys = [_derive(key) for key in encryption_keys]

    def seal(self, state: LoginState) -> str:
        """The state as text of which an address needs to escape nothing."""
        return self.sign(json.dumps(vars(state), separators=(",", ":")).encode())

    def sign(self, content: bytes) -> str:
        text = base64.urlsafe_b64encode(content).rstrip(b"=").decode()
        return f"{text}.{_signature(self._keys[0], text)}"

    def open(self, sealed: str) -> LoginState:
        """Raises `LaunchRefused` for a state that we didn't make, and for one of a version with other fields."""
        if not sealed:
            raise LaunchRefused(Fault.STATE_MISSING)
        text, _, signature = sealed.partition(".")
        if not any(same(_signature(key, text), signature) for key in self._keys):
            raise LaunchRefused(Fault.STATE_INVALID)
        try:
            values = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
            return LoginState(**values | {"bound_by": Binding(values["bound_by"])})
        except (ValueError, KeyError, TypeError):
            raise LaunchRefused(Fault.STATE_INVALID) from None


def check_fresh(state: LoginState, now: datetime) -> None:
    if now >= state.expires_at:
        raise LaunchRefused(Fault.STATE_EXPIRED)


def check_binding(state: LoginState, binding_secret: str | None) -> None:
    """Against login CSRF: a launch begun in somebody else's browser is not completed in this one."""
    if not binding_secret:
        raise LaunchRefused(Fault.BINDING_MISSING)
    if not same(handle_hash(binding_secret), state.binding):
        raise LaunchRefused(Fault.BINDING_WRONG)


def _signature(key: bytes, text: str) -> str:
    return base64.urlsafe_b64encode(hmac.digest(key, text.encode(), "sha256")).rstrip(b"=").decode()


def _derive(key: str) -> bytes:
    """A key of its own for states, so that nothing sealed for the database is ever taken for a state."""
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=_INFO).derive(base64.urlsafe_b64decode(key))
