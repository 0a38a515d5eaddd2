"""How often somebody whom we don't know yet may knock in a minute (docs/decisions/0010).

Counted in this process, or in Redis where there is one. Nothing that names a person or an address is kept: keys are
keyed hashes, and they live a minute.
"""

import hashlib
import ipaddress
import time
from dataclasses import dataclass

from flask import Flask, current_app, request
from limits import RateLimitItemPerMinute
from limits.errors import StorageError
from limits.storage import storage_from_string
from limits.strategies import FixedWindowRateLimiter

from moodle_mentorship.core.errors import DomainError
from moodle_mentorship.core.i18n import N_
from moodle_mentorship.core.logging import get_logger
from moodle_mentorship.core.settings import Settings

log = get_logger("web")

#: Seconds without a question to a Redis that did not answer; so long nothing is limited.
BLIND = 5.0


@dataclass(frozen=True)
class Ladder:
    """Requests a minute: the first number for an address alone, each further one for it and one more word about the
    request. All of a school's people, or a region's, may come from one address, so the words carry the weight.
    """

    name: str
    steps: tuple[int, ...]


#: Words: issuer, login hint. A browser without our cookie asks twice. The address stands in every step: otherwise a
#: stranger could keep a teacher out.
LOGIN = Ladder("login", (12_000, 1_200, 60))
#: Word: the platform's origin, as the browser says it.
LAUNCH = Ladder("launch", (12_000, 1_200))
#: Each registration makes us ask a Moodle, which may take seconds.
REGISTER = Ladder("register", (60,))
CONNECT = Ladder("connect", (60,))
#: For a Moodle that has proven who it is, from whatever address: each connection makes us ask it, which takes as long
#: as it likes within fifteen seconds, and there are eight threads for all schools.
CALL_BACK = Ladder("call_back", (6,))
#: Word: the connection. Many schools' Moodles may stand on one address.
WEBHOOK = Ladder("webhook", (6_000, 120))
JWKS = Ladder("jwks", (1_200,))
#: Papers in one office are looked at one by one; guessing a code takes longer than the sun shines.
CHECK = Ladder("check", (120,))


class TooManyRequests(DomainError):
    """The minute's share is used up; `seconds` until the next one."""

    code = "too_many_requests"
    status = 429
    title = N_("Too many requests at once")
    advice = N_("Wait a minute, then click the mentoring link once more. Nothing is lost.")

    def __init__(self, step: str, seconds: int) -> None:
        super().__init__(step)
        self.seconds = seconds


class Limits:
    """The counters of one installation. `settings.rate_limits` multiplies all numbers; 0 counts nothing."""

    def __init__(self, settings: Settings) -> None:
        self._factor = settings.rate_limits
        self._key = hashlib.sha256(settings.encryption_keys[0].encode()).digest()
        if settings.redis_url:
            # A Redis that doesn't answer must not hold up a login.
            storage = storage_from_string(
                settings.redis_url, wrap_exceptions=True, socket_timeout=0.3, socket_connect_timeout=0.3
            )
        else:
            storage = storage_from_string("memory://", wrap_exceptions=True)
        self._windows = FixedWindowRateLimiter(storage)
        self._blind_until = 0.0

    def count(self, ladder: Ladder, address: str, *words: str) -> None:
        """One request more. Raises `TooManyRequests`. When Redis is down, everybody may go on."""
        if not self._factor or time.monotonic() < self._blind_until:
            return
        about = (_network(address), *words)
        try:
            # The narrowest first: who is refused there doesn't use up the others' share.
            for number in reversed(range(len(ladder.steps))):
                self._step(f"{ladder.name}.{number}", ladder.steps[number] * self._factor, about[: number + 1])
        except StorageError:
            self._blind_until = time.monotonic() + BLIND
            log.warning("limits_unavailable", seconds=BLIND)

    def _step(self, name: str, most: int, about: tuple[str, ...]) -> None:
        item = RateLimitItemPerMinute(most)
        digest = hashlib.blake2b("\0".join(about).encode(errors="replace"), key=self._key, digest_size=16).hexdigest()
        if not self._windows.hit(item, name, digest):
            left = self._windows.get_window_stats(item, name, digest).reset_time - time.time()
            raise TooManyRequests(name, max(1, min(60, int(left) + 1)))


def _network(address: str) -> str:
    """Whom an address stands for: with IPv6 a household, or an attacker, has 2^64 of them."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    return str(ipaddress.ip_network((ip, 64), strict=False)) if ip.version == 6 else str(ip)


def install(app: Flask, settings: Settings) -> None:
    app.extensions["mentorship.limits"] = Limits(settings)


def count_proven(ladder: Ladder, who: str) -> None:
    """Count the request under way by who it was proven to be from, not by its address."""
    limits: Limits = current_app.extensions["mentorship.limits"]
    limits.count(ladder, who)


def count(ladder: Ladder, *words: str) -> None:
    """Count the request under way. The address is that of the client as far as MENTORSHIP_TRUSTED_PROXIES trusts it."""
    limits: Limits = current_app.extensions["mentorship.limits"]
    limits.count(ladder, request.remote_addr or "", *words)
