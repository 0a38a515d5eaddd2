"""Sessions without a cookie: their handle stands in the path, `/~<handle>/pairs/` (docs/decisions/0007).

The middleware takes the handle out of PATH_INFO and puts it at the end of SCRIPT_NAME, where WSGI keeps the place at
which an application is mounted: what `url_for` and redirects make then carries it, and no view or template knows of it.
"""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from flask import Request, current_app, request, url_for

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_KEY = "mentorship.handle"
_PREFIX = re.compile(r"/~([A-Za-z0-9_-]{43})(?![A-Za-z0-9_-])")


class PathHandles:
    """WSGI middleware; the first part of the path alone may be a handle."""

    def __init__(self, app: "WSGIApplication") -> None:
        self._app = app

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        # A client can't set it: headers arrive as HTTP_….
        environ.pop(_KEY, None)
        found = _PREFIX.match(path)
        if found:
            environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + found.group()
            environ["PATH_INFO"] = path[found.end() :]
            environ[_KEY] = found.group(1)
        return self._app(environ, start_response)


def handle_of(incoming: Request) -> str | None:
    """The handle in the request's path."""
    handle: str | None = incoming.environ.get(_KEY)
    return handle


def with_handle(handle: str, path: str) -> str:
    """The address of our page `path` (from its first slash on) for the session of `handle`."""
    return f"/~{handle}{path}"


def without_handles(text: str) -> str:
    """For logs: `text` with each handle taken out."""
    return _PREFIX.sub("/~", text)


def address_for(endpoint: str, **values: Any) -> str:
    """`url_for` of the templates. A file's address carries no handle: each launch would fetch every file anew and leave
    its handle behind in the browser's cache.
    """
    if not is_file(endpoint):
        return url_for(endpoint, **values)
    known: dict[tuple[Any, ...], str] = current_app.extensions.setdefault("mentorship.files", {})
    file = (endpoint, *values.items())
    if file not in known:
        # Of our own templates alone, so there are few.
        known[file] = url_for(endpoint, **values).removeprefix(request.script_root)
    return known[file]


def is_file(endpoint: str | None) -> bool:
    """Whether the endpoint serves files of packages: public, the same for everybody."""
    return endpoint is not None and (endpoint.endswith("static") or endpoint == "web.vendor")
