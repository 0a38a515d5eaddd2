"""Who may open a route. Every view carries its rule; a view without one is refused (deny by default).

A guard test walks every route as a stranger, as a person of another school and as each role.
"""

import enum
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Flask

from moodle_mentorship.core.actor import Role

View = TypeVar("View", bound=Callable[..., Any])


class Gate(enum.StrEnum):
    """How a request proves who it is."""

    # A browser session opened by a launch.
    SESSION = "session"
    # Nobody needs to be known (the tool's public description, health).
    PUBLIC = "public"
    # The body proves itself (a signed token or HMAC); no cookie is read, so no CSRF token is asked for.
    SIGNED = "signed"


@dataclass(frozen=True)
class Access:
    """The rule of one view: the gate, and for sessions the roles of which one is needed (empty: any person)."""

    gate: Gate
    roles: frozenset[Role] = frozenset()


def _mark(rule: Access) -> Callable[[View], View]:
    def decorate(view: View) -> View:
        view.access = rule  # type: ignore[attr-defined]
        return view

    return decorate


def roles(*allowed: Role) -> Callable[[View], View]:
    """The view is for people who hold one of these roles."""
    if not allowed:
        raise ValueError("name at least one role, or use any_role")
    return _mark(Access(Gate.SESSION, frozenset(allowed)))


def any_role(view: View) -> View:
    """The view is for everybody who came in by a launch."""
    return _mark(Access(Gate.SESSION))(view)


def public(view: View) -> View:
    """The view shows nothing of any school."""
    return _mark(Access(Gate.PUBLIC))(view)


def signed(view: View) -> View:
    """The view verifies a signature of its own before it does anything."""
    return _mark(Access(Gate.SIGNED))(view)


def uploads(largest: int) -> Callable[[View], View]:
    """The view takes a file: its request may have `largest` bytes."""

    def decorate(view: View) -> View:
        view.largest_request = largest  # type: ignore[attr-defined]
        return view

    return decorate


def largest_request(app: Flask, endpoint: str | None) -> int | None:
    """Bytes that a request for the endpoint may have; None: as many as any other."""
    return getattr(app.view_functions.get(endpoint or ""), "largest_request", None)


def access_of(app: Flask, endpoint: str) -> Access | None:
    """The rule of an endpoint; static files of packages are public, anything else without a rule has none."""
    view = app.view_functions[endpoint]
    rule: Access | None = getattr(view, "access", None)
    if rule is None and (endpoint == "static" or endpoint.endswith(".static")):
        return Access(Gate.PUBLIC)
    return rule
