"""Reads JSON from an address that a platform named: short, small, without redirects, cookies or credentials."""

import json
from typing import Any

import requests

from moodle_mentorship import __version__
from moodle_mentorship.core.outgoing import AddressGuard, AddressRefused, GuardedSession, exchange

#: Some Moodles answer 403 to requests without one.
USER_AGENT = f"moodle-mentorship/{__version__}"

#: Seconds to connect, between two bytes, and for the whole answer; bytes of an answer, unpacked.
CONNECT, READ, WHOLE = 3.0, 5.0, 8.0
MAX_BYTES = 256 * 1024


class FetchFailed(Exception):
    """No usable answer. `reason` is a short code; nothing of the address or of the answer is in it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def fetch_json(
    url: str, guard: AddressGuard, *, body: dict[str, Any] | None = None, bearer: str | None = None
) -> dict[str, Any]:
    """GET (or POST `body` as JSON) and read a JSON object. Raises `FetchFailed`."""
    with GuardedSession() as session, exchange(guard, WHOLE) as under_way:
        session.headers["User-Agent"] = USER_AGENT
        session.headers["Accept"] = "application/json"
        session.auth = _Bearer(bearer)
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
                raw = _read(answer)
        except AddressRefused:
            raise FetchFailed("private_address") from None
        except requests.RequestException as error:
            raise FetchFailed("too_slow" if under_way.over else _reason(error)) from None
        if under_way.over:
            # Cut off, an answer without a length looks as if it had ended there.
            raise FetchFailed("too_slow")
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        raise FetchFailed("not_json") from None
    if not isinstance(value, dict):
        raise FetchFailed("not_an_object")
    return value


class _Bearer(requests.auth.AuthBase):
    def __init__(self, token: str | None) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._token:
            request.headers["Authorization"] = f"Bearer {self._token}"
        return request


def _read(answer: requests.Response) -> bytes:
    raw = bytearray()
    for piece in answer.iter_content(16 * 1024):
        raw += piece
        if len(raw) > MAX_BYTES:
            raise FetchFailed("too_large")
    return bytes(raw)


def _reason(error: requests.RequestException) -> str:
    if isinstance(error, requests.exceptions.SSLError):
        return "certificate"
    if "NameResolutionError" in repr(error):
        return "unknown_host"
    return "timeout" if isinstance(error, requests.Timeout) else "no_connection"
