"""Ways to reach the demonstration Moodle: in the same process, through a real socket, and with the answer lost."""

import io
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests
from requests.adapters import BaseAdapter
from urllib3 import HTTPResponse
from werkzeug.serving import make_server
from werkzeug.test import EnvironBuilder, run_wsgi_app

from moodle_mentorship.demo.moodle.webservice import DROP

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class AnswerLost(ConnectionResetError):
    """The work is done, the answer didn't get through."""


class LostAnswers:
    """WSGI middleware that cuts the connection after the work, where the fault `ANSWER_THEN_DROP` asks for it."""

    def __init__(self, app: "WSGIApplication") -> None:
        self._app = app

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        held: list[tuple[Any, ...]] = []

        def hold(*arguments: Any) -> Callable[[bytes], object]:
            held.append(arguments)
            return lambda data: None

        body = self._app(environ, hold)
        if environ.get(DROP):
            connection: socket.socket | None = environ.get("werkzeug.socket")
            if connection is not None:
                connection.shutdown(socket.SHUT_RDWR)
            raise AnswerLost
        start_response(*held[-1])
        return body


class InProcessAdapter(BaseAdapter):
    """A requests transport that calls a WSGI application directly: `MoodleClient(url, token, adapter=…)`."""

    def __init__(self, app: "WSGIApplication", prefix: str = "") -> None:
        super().__init__()
        self._app = app
        self._prefix = prefix

    def send(self, request: requests.PreparedRequest, *_: object, **__: object) -> requests.Response:
        url = urlsplit(str(request.url))
        body = request.body or b""
        environ = EnvironBuilder(
            path=url.path.removeprefix(self._prefix),
            query_string=url.query,
            base_url=f"{url.scheme}://{url.netloc}{self._prefix}/",
            method=request.method or "GET",
            headers=list(request.headers.items()),
            input_stream=io.BytesIO(body.encode() if isinstance(body, str) else body),
        ).get_environ()
        try:
            chunks, status, headers = run_wsgi_app(self._app, environ, buffered=True)
        except AnswerLost:
            raise requests.exceptions.ConnectionError("Connection reset by peer", request=request) from None
        response = requests.Response()
        response.status_code = int(status.split(" ", 1)[0])
        response.headers.update(headers.items())
        response.raw = HTTPResponse(body=io.BytesIO(b"".join(chunks)), preload_content=False)
        response.url = str(request.url)
        response.request = request
        return response

    def close(self) -> None:
        pass


def free_port() -> int:
    """A port of the loopback address that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def serving(
    app: "WSGIApplication", port: int, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None
) -> Iterator[None]:
    """Serve an application on a real socket, in threads, while the block runs; with `tls` by https."""
    server = make_server(host, port, app, threaded=True, ssl_context=tls)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
