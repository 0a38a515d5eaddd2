"""What the application's evidence says, in the reader's words."""

from collections.abc import Mapping
from typing import Any, cast

from flask import Flask, current_app
from flask_babel import gettext as _

from moodle_mentorship.roadmap.evidence import Evidence, Seen
from moodle_mentorship.roadmap.models import Tick

KEY = "mentorship.road_map_evidence"


def install(app: Flask, found: Evidence) -> None:
    app.extensions[KEY] = found


def evidence(app: Flask) -> Evidence:
    return cast(Evidence, app.extensions[KEY])


def proof_words(tick: Tick) -> list[tuple[str, str | None]]:
    """What a mark rests on, a sentence each with the endpoint of the page that shows it."""
    return [_said(row["source"], row["values"]) for row in tick.proof]


def seen_words(seen: Mapping[str, Seen]) -> list[tuple[str, str | None]]:
    """What evidence says of a line that is not done yet."""
    return [_said(code, found.values) for code, found in seen.items()]


def titles(codes: list[str]) -> list[str]:
    """What a line waits for, by the names of its sources."""
    known = (evidence(current_app).of(code) for code in codes)
    return [_(source.title) for source in known if source is not None]


def _said(code: str, values: Mapping[str, Any]) -> tuple[str, str | None]:
    source = evidence(current_app).of(code)
    return (source.told(values), source.endpoint) if source is not None else (code, None)
