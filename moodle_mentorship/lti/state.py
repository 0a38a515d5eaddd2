"""The login state: sealed, carried by the browser, stored nowhere until it is used (docs/decisions/0003)."""

import base64
import enum
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from moodle_mentorship.core.secrets import handle_hash, new_handle, same
from moodle_mentorship.lti.errors import Fault, LaunchRefused

#: From the click in the course to the launch; Moodle answers within a second, a person may have to sign in first.
LIFETIME = timedelta(minutes=10)

_INFO = b"moodle-mentorship lti login state"


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
    """Seals states with keys derived from the installation's encryption keys (the first seals, all open)."""

    def __init__(self, encryption_keys: Sequence[str]) -> None:
        self._fernet = MultiFernet([Fernet(_derive(key)) for key in encryption_keys])

    def seal(self, state: LoginState) -> str:
        return self._fernet.encrypt(json.dumps(asdict(state)).encode()).decode()

    def open(self, sealed: str) -> LoginState:
        """Raises `LaunchRefused` for a state that we didn't make, and for one of a version with other fields."""
        if not sealed:
            raise LaunchRefused(Fault.STATE_MISSING)
        try:
            values = json.loads(self._fernet.decrypt(sealed.encode()))
            return LoginState(**values | {"bound_by": Binding(values["bound_by"])})
        except (InvalidToken, ValueError, KeyError, TypeError):
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


def _derive(key: str) -> bytes:
    """A key of its own for states, so that nothing sealed for the database is ever taken for a state."""
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=_INFO).derive(base64.urlsafe_b64decode(key))
    return base64.urlsafe_b64encode(derived)
