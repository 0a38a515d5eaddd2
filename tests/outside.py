"""A server outside that says what a test wants, byte by byte if need be, over TCP or TLS; and names that it has."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest

from moodle_mentorship.core.outgoing import AddressGuard
from moodle_mentorship.core.settings import Environment

#: For tests whose servers stand on 127.0.0.1.
LOCAL = AddressGuard(Environment.DEVELOPMENT)

OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


class Outside:
    """Answers each request with the same pieces; `heard` are the heads of the requests."""

    def __init__(self, context: ssl.SSLContext | None = None, host: str = "127.0.0.1", port: int = 0) -> None:
        self.heard: list[str] = []
        self.connections = 0
        self._pieces: tuple[bytes, ...] = ()
        self._pause = 0.0
        self._context = context
        self._over = threading.Event()
        self._listener = socket.create_server((host, port))
        self.port: int = self._listener.getsockname()[1]
        self.url = f"{'https' if context else 'http'}://{host}:{self.port}/"
        threading.Thread(target=self._accept, daemon=True).start()

    def says(self, *pieces: bytes, pause: float = 0.0) -> None:
        """What comes back, with `pause` seconds before each piece but the first."""
        self._pieces, self._pause = pieces, pause

    def json(self, body: bytes) -> None:
        self.says(OK + b"Content-Length: %d\r\n\r\n" % len(body) + body)

    def close(self) -> None:
        self._over.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while not self._over.is_set():
            try:
                line, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._answer, args=(line,), daemon=True).start()

    def _answer(self, line: socket.socket) -> None:
        with suppress(OSError, ssl.SSLError):
            if self._context is not None:
                line = self._context.wrap_socket(line, server_side=True)
            with line:
                while head := _head(line):
                    self.heard.append(head)
                    for number, piece in enumerate(self._pieces):
                        if number and self._over.wait(self._pause):
                            return
                        line.sendall(piece)
                    if b"Content-Length" not in self._pieces[0]:
                        return
        line.close()


def _head(line: socket.socket) -> str:
    """A request's head; its body, if any, is read as far as it is announced."""
    raw = b""
    while b"\r\n\r\n" not in raw:
        piece = line.recv(4096)
        if not piece:
            return ""
        raw += piece
    head, _, rest = raw.partition(b"\r\n\r\n")
    lines = dict(row.lower().split(b": ", 1) for row in head.split(b"\r\n")[1:] if b": " in row)
    missing = int(lines.get(b"content-length", b"0")) - len(rest)
    while missing > 0:
        missing -= len(line.recv(min(4096, missing)) or b"x" * missing)
    return head.decode("latin-1")


@contextmanager
def outside_server(**options: Any) -> Iterator[Outside]:
    server = Outside(**options)
    try:
        yield server
    finally:
        server.close()


class Names:
    """A resolver of the test's own: a name has a queue of answers, of which the last one stays."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.answers: dict[str, list[list[str]]] = {}
        self.asked: list[str] = []
        self._real = socket.getaddrinfo
        monkeypatch.setattr(socket, "getaddrinfo", self._resolve)

    def __setitem__(self, name: str, answers: list[list[str]]) -> None:
        self.answers[name] = answers

    def _resolve(self, host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else str(host)
        if name not in self.answers:
            return self._real(host, port, *args, **kwargs)
        self.asked.append(name)
        queue = self.answers[name]
        now = queue.pop(0) if len(queue) > 1 else queue[0]
        return [
            (
                socket.AF_INET6 if ":" in address else socket.AF_INET,
                socket.SOCK_STREAM,
                6,
                "",
                (address, port, 0, 0) if ":" in address else (address, port),
            )
            for address in now
        ]
