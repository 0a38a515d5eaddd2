"""A TCP proxy between sidecar and Moodle that spoils exchanges, each in a way that networks and hosts really do."""

import http.client
import select
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

#: Seconds after which an exchange that nobody ends is given up, so that no test hangs for ever.
LONGEST = 30.0


class Fault(StrEnum):
    """What becomes of one request. Only those in `DONE` have reached Moodle."""

    PASS = "pass"
    HTTP_500 = "http_500"
    BAD_GATEWAY = "bad_gateway"
    RESET_BEFORE = "reset_before"
    RESET_AFTER = "reset_after"
    STALL = "stall"
    # Moodle does the work, but its answer comes later than we wait.
    DELAYED = "delayed"
    # Half of the JSON, with a Content-Length that fits, and with one that doesn't.
    CUT_SHORT = "cut_short"
    CUT_OFF = "cut_off"
    MAINTENANCE_PAGE = "maintenance_page"
    MAINTENANCE = "maintenance"
    # Moodle gets the request twice; the answer is that of the second time.
    DUPLICATE = "duplicate"
    # Moodle answers, and at that moment the worker is killed (see `FaultProxy.kill`).
    KILL = "kill"


#: Faults after which Moodle has done the work.
DONE = frozenset(
    {Fault.PASS, Fault.RESET_AFTER, Fault.DELAYED, Fault.CUT_SHORT, Fault.CUT_OFF, Fault.DUPLICATE, Fault.KILL}
)

#: Faults that only the client's own patience ends.
SILENT = frozenset({Fault.STALL, Fault.DELAYED})

Plan = Callable[[str], Fault]

_MAINTENANCE_PAGE = (
    "<!DOCTYPE html><html><head><title>Сайт на техническом обслуживании</title></head><body></body></html>".encode()
)
_MAINTENANCE = (
    b'{"exception":"core\\\\exception\\\\moodle_exception","errorcode":"sitemaintenance",'
    b'"message":"The site is undergoing maintenance and is currently not available"}'
)
_BAD_GATEWAY = b"<html><head><title>502 Bad Gateway</title></head><body><hr>nginx</body></html>"
_HTML, _JSON = "text/html; charset=utf-8", "application/json"


@dataclass(frozen=True)
class _Answer:
    status: int
    content_type: str
    body: bytes


class FaultProxy:
    """Listens on a port of its own; `plan` says for each web-service function what becomes of the request."""

    def __init__(self, upstream: str, plan: Plan) -> None:
        self.upstream = urlsplit(upstream)
        self.plan = plan
        # Kills a worker's process instead of answering it. Without it the answer passes, and whoever receives it dies
        # by itself.
        self.kill: Callable[[], None] | None = None
        self._quiet = threading.Condition()
        self._at_work = 0
        # Requests that have arrived so far.
        self.arrived = 0
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Exchange)
        self._server.daemon_threads = True
        self._server.proxy = self  # type: ignore[attr-defined]
        self.port: int = self._server.server_address[1]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @contextmanager
    def serving(self) -> Iterator["FaultProxy"]:
        thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            thread.join()
            self._server.server_close()

    def settle(self, arrived: int) -> None:
        """Wait until so many requests have arrived, and Moodle has done what it was to do for each of them, whether
        or not the client still waits for the answer.
        """
        with self._quiet:
            if not self._quiet.wait_for(lambda: self.arrived >= arrived and self._at_work == 0, LONGEST):
                raise TimeoutError("an exchange never ended")

    @contextmanager
    def exchange(self) -> Iterator[None]:
        with self._quiet:
            self._at_work += 1
            self.arrived += 1
        try:
            yield
        finally:
            with self._quiet:
                self._at_work -= 1
                self._quiet.notify_all()


class _Exchange(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # A small answer behind its header would otherwise wait for the peer's delayed acknowledgement.
    disable_nagle_algorithm = True

    @property
    def proxy(self) -> FaultProxy:
        proxy: FaultProxy = self.server.proxy  # type: ignore[attr-defined]
        return proxy

    def do_POST(self) -> None:
        with self.proxy.exchange():
            body = self.rfile.read(int(self.headers["Content-Length"]))
            function = parse_qs(body.decode()).get("wsfunction", [""])[0]
            fault = self.proxy.plan(function)
            self._spoil(fault, body)
        if fault in SILENT:
            self.close_connection = True
            select.select([self.connection], [], [], LONGEST)

    def _spoil(self, fault: Fault, body: bytes) -> None:
        match fault:
            case Fault.HTTP_500:
                self._say(_Answer(500, _HTML, b""))
            case Fault.BAD_GATEWAY:
                self._say(_Answer(502, _HTML, _BAD_GATEWAY))
            case Fault.MAINTENANCE_PAGE:
                self._say(_Answer(200, _HTML, _MAINTENANCE_PAGE))
            case Fault.MAINTENANCE:
                self._say(_Answer(200, _JSON, _MAINTENANCE))
            case Fault.RESET_BEFORE:
                self._reset()
            case Fault.RESET_AFTER:
                self._forward(body)
                self._reset()
            case Fault.STALL:
                pass
            case Fault.DELAYED:
                self._forward(body)
            case Fault.CUT_SHORT:
                answer = self._forward(body)
                self._say(_Answer(answer.status, answer.content_type, answer.body[: len(answer.body) // 2]))
            case Fault.CUT_OFF:
                answer = self._forward(body)
                self._say(answer, sent=len(answer.body) // 2)
                self._reset()
            case Fault.DUPLICATE:
                self._forward(body)
                self._say(self._forward(body))
            case Fault.KILL if self.proxy.kill is not None:
                self._forward(body)
                self.proxy.kill()
                self._reset()
            case Fault.PASS | Fault.KILL:
                self._say(self._forward(body))

    def _forward(self, body: bytes) -> _Answer:
        upstream = self.proxy.upstream
        connection = http.client.HTTPConnection(upstream.hostname or "", upstream.port, timeout=LONGEST)
        try:
            connection.request("POST", self.path, body, {"Content-Type": self.headers["Content-Type"]})
            response = connection.getresponse()
            return _Answer(response.status, response.headers["Content-Type"], response.read())
        finally:
            connection.close()

    def _say(self, answer: _Answer, sent: int | None = None) -> None:
        head = (
            f"HTTP/1.1 {answer.status} {http.client.responses[answer.status]}\r\n"
            f"Content-Type: {answer.content_type}\r\nContent-Length: {len(answer.body)}\r\n\r\n"
        )
        self.wfile.write(head.encode() + answer.body[:sent])

    def _reset(self) -> None:
        """RST instead of FIN: what the client gets is "connection reset by peer"."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the run keeps its own log."""
