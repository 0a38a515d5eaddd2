"""Where a form's answer leads: back to the page that the person came from, if that is a page of ours."""

from urllib.parse import parse_qsl, urlencode, urlsplit

from flask import Response, redirect, request
from werkzeug.wrappers import Response as BaseResponse


def is_ours(path: str) -> bool:
    """Whether `path` can only lead to a page of this site: absolute, without host, scheme or control characters.

    Browsers read a backslash as a slash and drop tabs and line ends, so ``/\\evil`` and ``/<tab>/evil`` leave the site.
    """
    if not path.startswith("/") or path.startswith("//") or "\\" in path or not path.isprintable():
        return False
    parts = urlsplit(path)
    return not parts.scheme and not parts.netloc


def here() -> str:
    """The address of the page being shown, for a form's field `back`; a session's handle in it is kept."""
    return request.script_root + (request.full_path if request.query_string else request.path)


def return_to(fallback: str, done: str) -> Response | BaseResponse:
    """303 to the form's field `back`, or to `fallback` where it is missing or not ours, with the notice `done`."""
    asked = request.form.get("back", "")
    parts = urlsplit(asked if is_ours(asked) and asked.startswith(f"{request.script_root}/") else fallback)
    query = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name != "done"]
    return redirect(f"{parts.path}?{urlencode([*query, ('done', done)])}", 303)
