"""Tokens for Moodle's LTI services: asked for with an assertion signed by our key, kept in this process.

OAuth 2.0 client credentials with `private_key_jwt` (1EdTech Security Framework 1.0, 4.1; RFC 7523).
"""

import json
import re
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from moodle_mentorship.core.outgoing import AddressGuard
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.core.secrets import new_handle
from moodle_mentorship.moodle import errors, schemas
from moodle_mentorship.moodle.keys import sign
from moodle_mentorship.moodle.line import Answer, Line, Timeouts, strayed
from moodle_mentorship.moodle.platforms import list_platforms

MEMBERSHIPS = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"

_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
#: Moodle's clock may be that many seconds behind ours: it takes an `iat` of its own future for a fault.
_BEHIND = 30
#: Seconds that an assertion lives.
_LIFE = 60
#: A token is not used in its last seconds, and not kept longer than an hour, whatever the answer says.
_MARGIN, _LONGEST = 60, 3600

#: Moodle's error bodies are not always JSON: the text inside stands as it is, with its quotes and line breaks.
_ERROR = re.compile(r'"error"\s*:\s*"(.*)"', re.DOTALL)

NAME = "lti_token"

#: Many schools' Moodles are asked side by side, each for a short time.
_TEACHERS = 8
_TEACHING = Timeouts(connect=4.0, read=12.0, answer=15.0)


@dataclass(frozen=True)
class Client:
    """Who we are to one Moodle: what a registration gave us."""

    client_id: str
    token_url: str


class TokenStore:
    """Granted tokens of this process, by client and scope. Of two threads that ask at once, the later one's stays."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._tokens: dict[tuple[Client, str], tuple[str, float]] = {}

    def __repr__(self) -> str:
        return "<TokenStore>"

    def get(self, client: Client, scope: str) -> str | None:
        with self._lock:
            token, until = self._tokens.get((client, scope), ("", 0.0))
            return token if self._monotonic() < until else None

    def put(self, client: Client, scope: str, token: str, seconds: int) -> None:
        with self._lock:
            until = self._monotonic() + min(seconds, _LONGEST) - _MARGIN
            self._tokens[client, scope] = (token, until)

    def drop(self, client: Client, scope: str) -> None:
        """Moodle doesn't take it any more."""
        with self._lock:
            self._tokens.pop((client, scope), None)


#: Of this process; a token is for a client, whatever school asks.
STORE = TokenStore()


class ServiceTokens:
    """Gives tokens for one client."""

    def __init__(self, runtime: Runtime, line: Line, client: Client, store: TokenStore = STORE) -> None:
        self._runtime = runtime
        self._line = line
        self._client = client
        self._store = store

    def __repr__(self) -> str:
        return f"<ServiceTokens {self._client.token_url}>"

    def token(self, scope: str) -> str | errors.MoodleError:
        """A token that still lives; a new one is asked for outside of any transaction."""
        kept = self._store.get(self._client, scope)
        return kept if kept is not None else self._ask(scope)

    def renewed(self, scope: str) -> str | errors.MoodleError:
        """Another token than the one that Moodle has just refused."""
        self._store.drop(self._client, scope)
        return self._ask(scope)

    def _ask(self, scope: str) -> str | errors.MoodleError:
        form = [
            ("grant_type", "client_credentials"),
            ("client_assertion_type", _ASSERTION),
            ("client_assertion", self._assertion()),
            ("scope", scope),
        ]
        answer = self._line.ask(NAME, "POST", self._client.token_url, data=form)
        granted = answer if isinstance(answer, errors.MoodleError) else _granted(answer)
        if isinstance(granted, errors.MoodleError):
            return granted
        self._store.put(self._client, scope, granted["access_token"], granted["expires_in"])
        return str(granted["access_token"])

    def _assertion(self) -> str:
        now: datetime = self._runtime.clock.now()
        issued = int(now.timestamp()) - _BEHIND
        claims = {
            "iss": self._client.client_id,
            "sub": self._client.client_id,
            "aud": self._client.token_url,
            "iat": issued,
            "exp": issued + _BEHIND + _LIFE,
            "jti": new_handle(),
        }
        with self._runtime.db.unit_of_work() as session:
            return sign(session, self._runtime.box, claims, now)


def _granted(answer: Answer) -> Mapping[str, Any] | errors.MoodleError:
    if answer.status == 404 and "fix_jwks_alg" in answer.text:
        return errors.KeysUnreadable(NAME, "jwks_unreadable")
    if (stray := strayed(NAME, answer)) is not None:
        return stray
    if answer.status == 400:
        return _refused(answer.text)
    if answer.status != 200:
        return errors.UnexpectedStatus(NAME, answer.status)
    try:
        granted: Mapping[str, Any] = schemas.load(NAME, schemas.ServiceTokenSchema(), json.loads(answer.body))
    except errors.UnexpectedAnswer as error:
        return error
    except (ValueError, RecursionError):
        return errors.AnswerUnreadable(NAME)
    return granted


def _refused(text: str) -> errors.MoodleError:
    """The error of a refusal. Moodle's sentence goes no further than the page of who asked."""
    found = _ERROR.search(text)
    said = found[1][:300] if found else ""
    if said == "invalid_client":
        return errors.RegistrationUnknown(NAME, said)
    if said == "invalid_scope":
        return errors.RosterNotAllowed(NAME, said)
    if "Expired token" in said or "prior to" in said:
        return errors.ClocksDiffer(NAME, "clocks_differ", said=said)
    return errors.AssertionRefused(NAME, "assertion_refused", said=said)


def teach_key(runtime: Runtime) -> list[tuple[str, str]]:
    """Ask each registered Moodle for a token, so that it reads our JWKS anew and forgets a key that leaked.

    Returns issuer and error code of those that did not: there the leaked key is still good.
    """
    with runtime.db.unit_of_work(read_only=True) as session:
        platforms = list_platforms(session)
    working = [platform for platform in platforms if platform.disabled_at is None]
    with ThreadPoolExecutor(_TEACHERS) as pool:
        outcomes = pool.map(lambda platform: _taught(runtime, Client(platform.client_id, platform.token_url)), working)
        return [(platform.issuer, code) for platform, code in zip(working, outcomes, strict=True) if code is not None]


def _taught(runtime: Runtime, client: Client) -> str | None:
    line = Line(guard=AddressGuard.of(runtime.settings), timeouts=_TEACHING)
    try:
        outcome = ServiceTokens(runtime, line, client).renewed(MEMBERSHIPS)
    finally:
        line.close()
    # Whether we may read its members Moodle judges after it has verified the signature.
    if isinstance(outcome, errors.MoodleError) and not isinstance(outcome, errors.RosterNotAllowed):
        return outcome.code
    return None
