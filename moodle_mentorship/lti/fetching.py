"""Reads JSON from an address that a platform named: short, small, without redirects, cookies or credentials."""

import ipaddress
import json
import socket
import time
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import requests
from requests.adapters import HTTPAdapter
from requests.cookies import RequestsCookieJar

from moodle_mentorship import __version__
from moodle_mentorship.core.settings import Environment, is_loopback

#: Some Moodles answer 403 to requests without one.
USER_AGENT = f"moodle-mentorship/{__version__}"

#: Seconds to connect, between two bytes, and for the whole answer; bytes of an answer.
CONNECT, READ, WHOLE = 3.0, 5.0, 8.0
MAX_BYTES = 256 * 1024


class FetchFailed(Exception):
    """No usable answer. `reason` is a short code; nothing of the address or of the answer is in it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def fetch_json(
    url: str, *, body: dict[str, Any] | None = None, bearer: str | None = None, pin: str | None = None
) -> dict[str, Any]:
    """GET (or POST `body` as JSON) and read a JSON object. Raises `FetchFailed`.

    `pin` is the address that the host name was found to have (see `public_address`): the connection goes there and
    nowhere else, whatever the name means a moment later.
    """
    deadline = time.monotonic() + WHOLE
    with requests.Session() as session:
        session.headers["User-Agent"] = USER_AGENT
        session.headers["Accept"] = "application/json"
        # A ~/.netrc must not add credentials; proxies of the environment stay in force.
        session.auth = _Bearer(bearer)
        session.cookies = RequestsCookieJar(DefaultCookiePolicy(allowed_domains=()))
        if pin is not None:
            host = urlsplit(url).hostname or ""
            session.mount("https://", _PinnedTls(host))
            session.headers["Host"] = urlsplit(url).netloc
            url = _with_host(url, pin)
        try:
            with session.request(
                "GET" if body is None else "POST",
                url,
                json=body,
                timeout=(CONNECT, READ),
                allow_redirects=False,
                stream=True,
            ) as answer:
                if answer.status_code not in {200, 201}:
                    raise FetchFailed(f"http_{answer.status_code}")
                raw = _read(answer, deadline)
        except requests.RequestException as error:
            raise FetchFailed(_reason(error)) from None
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        raise FetchFailed("not_json") from None
    if not isinstance(value, dict):
        raise FetchFailed("not_an_object")
    return value


def public_address(url: str, environment: Environment) -> str:
    """The one IP address to connect to for `url`; refuses names that lead into a private network.

    Outside production this machine itself is allowed. Raises `FetchFailed`.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        found = socket.getaddrinfo(host, parts.port or 443, type=socket.SOCK_STREAM)
    except OSError:
        raise FetchFailed("unknown_host") from None
    addresses = [str(entry[4][0]) for entry in found]
    local = environment is not Environment.PRODUCTION and is_loopback(host)
    for address in addresses:
        # An address such as fe80::1%eth0 carries its interface.
        ip = ipaddress.ip_address(address.partition("%")[0])
        if not (ip.is_global or (local and ip.is_loopback)) or ip.is_multicast:
            raise FetchFailed("private_address")
    # IPv4 first: a server may listen on 127.0.0.1 alone while `localhost` also means ::1.
    return min(addresses, key=lambda address: ":" in address)


class _Bearer(requests.auth.AuthBase):
    def __init__(self, token: str | None) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._token:
            request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class _PinnedTls(HTTPAdapter):
    """Connects to an IP address, and still asks for (and checks) the certificate of the host name."""

    def __init__(self, host: str) -> None:
        self._host = host
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, server_hostname=self._host, assert_hostname=self._host, **kwargs)


def _with_host(url: str, address: str) -> str:
    parts = urlsplit(url)
    host = f"[{address}]" if ":" in address else address
    netloc = host if parts.port is None else f"{host}:{parts.port}"
    return urlunsplit((parts.scheme, netloc, parts.path, parts.query, ""))


def _read(answer: requests.Response, deadline: float) -> bytes:
    raw = bytearray()
    for piece in answer.iter_content(16 * 1024):
        raw += piece
        if len(raw) > MAX_BYTES:
            raise FetchFailed("too_large")
        if time.monotonic() > deadline:
            raise FetchFailed("too_slow")
    return bytes(raw)


def _reason(error: requests.RequestException) -> str:
    if isinstance(error, requests.exceptions.SSLError):
        return "certificate"
    return "timeout" if isinstance(error, requests.Timeout) else "no_connection"
