"""The line to one Moodle: how a question goes out and how much of an answer is read, whatever is asked.

Guarded (`core.outgoing`), bounded in time and size, without redirects, cookies, or credentials other than the caller's.
"""

import random
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypedDict, TypeVar
from urllib.parse import urljoin, urlsplit

import requests
from requests.adapters import BaseAdapter

from moodle_mentorship import __version__
from moodle_mentorship.core.logging import get_logger
from moodle_mentorship.core.outgoing import AddressGuard, AddressRefused, GuardedAdapter, GuardedSession, exchange
from moodle_mentorship.moodle import errors
from moodle_mentorship.moodle.platforms import origin_of

USER_AGENT = f"moodle-mentorship/{__version__}"

_MAINTENANCE = re.compile(r"maintenance|техническ\w+ (?:обслуживан|работ)|на обслуживании", re.IGNORECASE)

T = TypeVar("T")

log = get_logger("moodle")


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds: to connect, between two bytes of an answer, and for one whole exchange."""

    connect: float = 5.0
    read: float = 60.0
    answer: float = 120.0


@dataclass(frozen=True, slots=True)
class Retries:
    """How often an idempotent call is tried, and how the delay before a repeat grows (seconds).

    The delay is drawn evenly from 0 to `base * 2^n`, at most `cap` ("full jitter": many schools on one recovering
    Moodle host must not come back at once). No repeat starts after `total` seconds.
    """

    attempts: int = 4
    base: float = 0.5
    cap: float = 8.0
    total: float = 60.0


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer, whatever its status."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", errors="replace")


#: Where nothing is said.
_PUBLIC = AddressGuard()


class LineOptions(TypedDict, total=False):
    """The keywords of `Line`, for those that make one of their own."""

    guard: AddressGuard
    timeouts: Timeouts
    retries: Retries
    max_bytes: int
    adapter: BaseAdapter | None
    sleep: Callable[[float], None]
    uniform: Callable[[float, float], float]
    monotonic: Callable[[], float]


class Line:
    """Pooled connections to one Moodle. Safe to share between threads that only ask.

    `guard` says which addresses may be connected to (public ones, if nothing is said). `adapter` stands in for the
    network in tests; `sleep`, `uniform` and `monotonic` for time and chance.
    """

    def __init__(
        self,
        *,
        guard: AddressGuard = _PUBLIC,
        timeouts: Timeouts = Timeouts(),
        retries: Retries = Retries(),
        max_bytes: int = 16 * 1024 * 1024,
        adapter: BaseAdapter | None = None,
        sleep: Callable[[float], None] = time.sleep,
        uniform: Callable[[float, float], float] = random.uniform,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._guard = guard
        self._timeouts = timeouts
        self._retries = retries
        self._max_bytes = max_bytes
        self._sleep = sleep
        self._uniform = uniform
        self._monotonic = monotonic
        self._session = GuardedSession(adapter or GuardedAdapter(pool_connections=1, pool_maxsize=8, max_retries=0))
        self._session.headers["User-Agent"] = USER_AGENT
        self._session.headers["Accept"] = "application/json"

    def close(self) -> None:
        """Give the pooled connections back."""
        self._session.close()

    def repeat(self, name: str, attempt: Callable[[], T | errors.MoodleError], *, idempotent: bool) -> T:
        """What `attempt` brings, tried again where `Retries` and the call allow it. Raises the error it returns last.

        An attempt returns its error instead of raising it: raised inside an `except`, our error would carry requests'
        exception as its context, and that one holds the request with its secrets.
        """
        started = self._monotonic()
        count = 1
        while True:
            outcome = attempt()
            if not isinstance(outcome, errors.MoodleError):
                return outcome
            delay = self._uniform(0, min(self._retries.cap, self._retries.base * 2 ** (count - 1)))
            may_repeat = (
                idempotent
                and outcome.retryable
                and count < self._retries.attempts
                and self._monotonic() - started + delay < self._retries.total
            )
            if not may_repeat:
                raise outcome
            log.info("moodle.retry", function=name, attempt=count, code=outcome.code, delay=round(delay, 2))
            self._sleep(delay)
            count += 1

    def ask(
        self,
        name: str,
        method: str,
        url: str,
        *,
        data: list[tuple[str, str]] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer | errors.MoodleError:
        """One exchange; `name` stands for it in errors and in the log."""
        with exchange(self._guard, self._timeouts.answer) as under_way:
            try:
                response = self._session.request(
                    method,
                    url,
                    data=data,
                    headers=dict(headers or {}),
                    timeout=(self._timeouts.connect, self._timeouts.read),
                    allow_redirects=False,
                    stream=True,
                )
                with response:
                    answer = self._read(name, url, response)
            except AddressRefused:
                return errors.AddressPrivate(name)
            except requests.exceptions.RequestException as error:
                answer = _failure(name, error)
        if under_way.over:
            # Cut off, an answer without a length looks as if it had ended there.
            return errors.TimedOut(name, "the answer took too long")
        return answer

    def _read(self, name: str, url: str, response: requests.Response) -> Answer | errors.MoodleError:
        body = bytearray()
        # Of a redirect the address alone is looked at.
        for chunk in () if 300 <= response.status_code < 400 else response.iter_content(65536):
            body += chunk
            if len(body) > self._max_bytes:
                return errors.AnswerTooLarge(name, self._max_bytes)
        return Answer(url, response.status_code, response.headers, bytes(body))


def strayed(name: str, answer: Answer) -> errors.MoodleError | None:
    """What an answer amounts to that comes from something before Moodle's services, or from a Moodle that is closed."""
    if 300 <= answer.status < 400:
        try:
            target = urlsplit(urljoin(answer.url, answer.headers.get("Location", "")))
            if "/login/" in target.path:
                return errors.LoginDemanded(name)
            # The path and the query stay out: a captive portal may have put anything into them.
            return errors.Redirected(name, origin_of(target.geturl()))
        except ValueError:
            # No address at all, or none of the web.
            return errors.UnexpectedStatus(name, answer.status)
    if "html" in answer.headers.get("Content-Type", "") and _MAINTENANCE.search(answer.text):
        return errors.SiteMaintenance(name, "maintenance-page")
    if answer.status >= 500:
        return errors.ServerFailed(name, answer.status)
    return None


def _failure(name: str, error: requests.exceptions.RequestException) -> errors.MoodleError:
    """Why no answer came."""
    match error:
        case requests.exceptions.ReadTimeout():
            return errors.TimedOut(name)
        case requests.exceptions.ConnectTimeout():
            return errors.Unreachable(name, "no connection in time")
        case requests.exceptions.SSLError():
            return errors.CertificateRefused(name)
        case requests.exceptions.ConnectionError():
            return _connection_failure(name, error)
        case requests.exceptions.ChunkedEncodingError():
            return errors.ConnectionBroken(name)
    return errors.UnexpectedAnswer(name, "", type(error).__name__)


def _connection_failure(name: str, error: requests.exceptions.ConnectionError) -> errors.NoAnswer:
    """requests calls both "never connected" and "cut off" a ConnectionError; urllib3's cause tells them apart."""
    words = repr(error)
    if "Read timed out" in words:
        return errors.TimedOut(name)
    if isinstance(error, requests.exceptions.ProxyError):
        return errors.Unreachable(name, "the proxy refused")
    if "NewConnectionError" in words or "NameResolutionError" in words:
        return errors.Unreachable(name, "no connection")
    return errors.ConnectionBroken(name)
