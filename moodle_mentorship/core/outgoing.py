"""The one way out: HTTP to addresses that a Moodle, or somebody who says to be one, has named (docs/decisions/0011).

`GuardedAdapter` resolves a name once, judges what it means, and connects to nothing else, so a name that means another
machine a moment later leads nowhere. `exchange` holds the guard, and ends a question whose answer drips.
`GuardedSession` is how it is asked: an answer is what comes, and its caller reads as much of it as it wants.

A name that its server is slow to resolve is not covered by an exchange's time: the system's resolver gives up by
itself, after ten seconds or so.
"""

import ipaddress
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import BaseAdapter, HTTPAdapter
from requests.cookies import RequestsCookieJar
from requests.utils import select_proxy
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError
from urllib3.util import parse_url

from moodle_mentorship.core.settings import Environment, Settings, is_loopback

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
IpNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network

#: All that IANA has given out for the public Internet so far. What lies outside is local, or a translation of IPv4.
_PUBLIC_V6 = ipaddress.IPv6Network("2000::/3")
#: NAT64 (RFC 6052): the last four bytes are the IPv4 address that the gateway connects to.
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")

#: Of a name's addresses so many are tried.
_MOST_ADDRESSES = 4


class AddressRefused(Exception):
    """The name leads into a network that we don't enter. Not an OSError: urllib3 would take it for a bad line."""


@dataclass(frozen=True)
class AddressGuard:
    """Which addresses we connect to: public ones, and those in networks that the operator named.

    Outside production also this very machine, when it is called by a name that means nothing else.
    """

    environment: Environment = Environment.PRODUCTION
    networks: tuple[IpNetwork, ...] = ()

    @classmethod
    def of(cls, settings: Settings) -> "AddressGuard":
        return cls(settings.environment, settings.private_networks)

    def addresses(self, host: str, port: int) -> list[str]:
        """The addresses of `host` that may be connected to, IPv4 first (a server may listen on 127.0.0.1 alone while
        `localhost` also means ::1). Raises `AddressRefused` when there are only others, `OSError` when there are none.
        """
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except UnicodeError:
            # A label that is empty or too long for a name.
            raise socket.gaierror(socket.EAI_NONAME, "not a host name") from None
        named = dict.fromkeys(str(entry[4][0]) for entry in found)
        allowed = [address for address in named if self.allows(address, host)]
        if not allowed:
            raise AddressRefused()
        return sorted(allowed, key=lambda address: ":" in address)

    def allows(self, address: str, host: str = "") -> bool:
        """Whether an IP address may be connected to; `host` is the name that it was found under."""
        # fe80::1%eth0 carries its interface.
        ip = _plain(ipaddress.ip_address(address.partition("%")[0]))
        if ip.is_multicast or ip.is_unspecified:
            return False
        if ip.is_global and (ip.version == 4 or ip in _PUBLIC_V6):
            return True
        local = self.environment is not Environment.PRODUCTION and is_loopback(host)
        return (local and ip.is_loopback) or any(ip in network for network in self.networks)


def _plain(ip: IpAddress) -> IpAddress:
    """An IPv4 address in IPv6 clothes leads where the IPv4 address does."""
    if isinstance(ip, ipaddress.IPv6Address):
        if ip in _NAT64:
            return ipaddress.IPv4Address(ip.packed[-4:])
        return ip.ipv4_mapped or ip.sixtofour or ip
    return ip


class Exchange:
    """One question and its whole answer. `over`: the time ended first, and what was read so far is worth nothing."""

    def __init__(self, guard: AddressGuard) -> None:
        self.guard = guard
        self.over = False
        self._lines: list[socket.socket] = []
        self._lock = threading.Lock()

    def watch(self, line: socket.socket) -> None:
        """Keep a twin of the line's descriptor: TLS takes the socket itself away in the middle of its handshake."""
        with self._lock:
            self._lines.append(socket.socket(fileno=os.dup(line.fileno())))
        if self.over:
            self.cut()

    def cut(self) -> None:
        """End every line of the exchange, whoever waits on it and for whatever."""
        with self._lock:
            self.over = True
            for line in self._lines:
                with suppress(OSError):
                    line.shutdown(socket.SHUT_RDWR)

    def end(self) -> None:
        with self._lock:
            for line in self._lines:
                line.close()
            self._lines.clear()


_current: ContextVar[Exchange] = ContextVar("exchange")


@contextmanager
def exchange(guard: AddressGuard, seconds: float) -> Iterator[Exchange]:
    """Guards what the block asks through a `GuardedAdapter`, and cuts it off after `seconds`.

    The timeouts of a socket begin anew with each byte: who sends one every four seconds would hold us for days.
    """
    current = Exchange(guard)
    timer = threading.Timer(seconds, current.cut)
    timer.daemon = True
    timer.start()
    token = _current.set(current)
    try:
        yield current
    finally:
        _current.reset(token)
        timer.cancel()
        current.end()


class _Watched(HTTPConnection):
    """A connection that the exchange under way can cut off."""

    def _new_conn(self) -> socket.socket:
        line = super()._new_conn()
        _current.get().watch(line)
        return line

    def request(self, *args: Any, **kwargs: Any) -> None:
        if self.sock is not None:
            # From the pool: the exchange that opened it has ended.
            _current.get().watch(self.sock)
        super().request(*args, **kwargs)


class _Guarded(_Watched):
    """Connects to an address that the guard has judged. TLS goes on asking for the certificate of the name."""

    def _new_conn(self) -> socket.socket:
        under_way, name = _current.get(), self._dns_host
        try:
            addresses = under_way.guard.addresses(name, self.port)
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from error
        failure: NewConnectionError | ConnectTimeoutError | None = None
        try:
            for address in addresses[:_MOST_ADDRESSES]:
                if under_way.over:
                    break
                self._dns_host = address
                try:
                    return super()._new_conn()
                except (NewConnectionError, ConnectTimeoutError) as error:
                    failure = error
        finally:
            self._dns_host = name
        raise failure or ConnectTimeoutError(self, "the time ended before a connection was made")


class _WatchedTls(_Watched, HTTPSConnection):
    pass


class _GuardedTls(_Guarded, HTTPSConnection):
    pass


def _pools(plain: type[HTTPConnection], tls: type[HTTPSConnection]) -> dict[str, type[HTTPConnectionPool]]:
    return {
        "http": type("Pool", (HTTPConnectionPool,), {"ConnectionCls": plain}),
        "https": type("Pool", (HTTPSConnectionPool,), {"ConnectionCls": tls}),
    }


class GuardedAdapter(HTTPAdapter):
    """The transport of every `requests` session that asks a Moodle; works inside an `exchange` only.

    A proxy that the environment names (`HTTPS_PROXY`) is the operator's own way out: it is connected to wherever it
    stands, and resolves names itself. What our own resolver calls private is not asked through it either.
    """

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _pools(_Guarded, _GuardedTls)

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(*args, **kwargs)
        manager.pool_classes_by_scheme = _pools(_Watched, _WatchedTls)
        return manager

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        if select_proxy(request.url or "", kwargs.get("proxies")):
            url = parse_url(request.url or "")
            with suppress(OSError):
                _current.get().guard.addresses((url.host or "").strip("[]"), url.port or 443)
        return super().send(request, *args, **kwargs)


class GuardedSession(requests.Session):
    """A session that follows nothing, keeps no cookie and adds no credentials of the environment.

    `adapter` stands in for the network in tests.
    """

    def __init__(self, adapter: BaseAdapter | None = None) -> None:
        super().__init__()
        # Proxies come from the environment, credentials for a Moodle don't: a ~/.netrc would add a header of its own.
        self.auth = _no_auth
        # A shared jar would tie threads together.
        self.cookies = RequestsCookieJar(DefaultCookiePolicy(allowed_domains=()))
        for scheme in ("https://", "http://"):
            self.mount(scheme, adapter or GuardedAdapter(max_retries=0))

    def get_redirect_target(self, resp: requests.Response) -> None:
        """None: nothing is a redirect here. Told `allow_redirects=False`, requests prepares the next request all the
        same, for which it reads the whole body, however large, and stumbles over an address that is none.
        """


def _no_auth(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request
