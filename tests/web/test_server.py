"""The web server around the application: whose word counts about the client, and clients that are slow or too many."""

import http.client
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, request

from moodle_mentorship import serve
from moodle_mentorship.app import create_app, create_runtime
from moodle_mentorship.core.jobs import Jobs
from moodle_mentorship.demo.moodle.transport import free_port
from moodle_mentorship.web.access import public
from tests.conftest import make_settings


@contextmanager
def running(application: Any, *, threads: int = 1) -> Iterator[int]:
    """The server as `mentorship serve` makes it; its port."""
    port = free_port()
    server = serve.make_server(application, host="127.0.0.1", port=port, threads=threads)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield port
    finally:
        server.close()
        thread.join(10)


def get(port: int, path: str, **headers: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


@pytest.fixture
def make_app(template_url: str, tmp_path: Path) -> Callable[[int], Flask]:
    def make(hops: int) -> Flask:
        settings = replace(make_settings(template_url, tmp_path), trusted_proxies=hops)
        runtime = create_runtime(settings, jobs=Jobs())
        runtime.db.engine.dispose()
        app = create_app(runtime)

        @app.get("/seen")
        @public
        def seen() -> Any:
            return {"address": request.remote_addr, "scheme": request.scheme, "host": request.host}

        return app

    return make


FORWARDED = {
    "X-Forwarded-For": "198.51.100.9, 203.0.113.7",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "mentor.example",
}


@pytest.mark.parametrize(
    ("hops", "address", "scheme"),
    [(0, "127.0.0.1", "http"), (1, "203.0.113.7", "https"), (2, "198.51.100.9", "http")],
    ids=["none trusted", "one trusted", "two trusted, one spoke"],
)
def test_proxies_are_believed_as_far_as_the_settings_trust_them(
    make_app: Callable[[int], Flask], hops: int, address: str, scheme: str
) -> None:
    with running(make_app(hops)) as port:
        seen = json.loads(get(port, "/seen", **FORWARDED)[1])
    assert (seen["address"], seen["scheme"]) == (address, scheme)
    assert (seen["host"] == "mentor.example") is (hops == 1)


def test_who_drips_a_request_holds_up_nobody(make_app: Callable[[int], Flask]) -> None:
    """One thread answers; twenty clients have sent half of a request."""
    with running(make_app(0), threads=1) as port:
        lines = [socket.create_connection(("127.0.0.1", port)) for _ in range(20)]
        for line in lines:
            line.sendall(b"POST /lti/launch HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nstate=")
        assert get(port, "/seen")[0] == 200
        for line in lines:
            line.close()


def test_who_says_nothing_more_loses_the_connection(
    make_app: Callable[[int], Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serve, "PATIENCE", 1)
    with running(make_app(0)) as port, socket.create_connection(("127.0.0.1", port)) as line:
        line.sendall(b"GET /seen HTTP/1.1\r\nHost: x\r\nX-Slow: ")
        line.settimeout(20)
        begun = time.monotonic()
        assert line.recv(1) == b""
        assert time.monotonic() - begun < 15


def test_a_body_that_no_page_takes_is_refused_before_it_is_there(make_app: Callable[[int], Flask]) -> None:
    with running(make_app(0)) as port, socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        line.sendall(b"POST /lti/launch HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % (serve.LARGEST_BODY + 1))
        assert line.recv(100).startswith(b"HTTP/1.1 413 ")
