"""What keeps a document in the draft, and what helps over it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True)
class Help:
    """A link that helps over an obstacle: its msgid, and where it leads (an endpoint with its arguments)."""

    label: str
    endpoint: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True)
class Reminding:
    """That Moodle can write to the person about it: by a form to `endpoint` with `person_ids`, any number of them, and
    `back`; on which day it last did."""

    endpoint: str
    person_id: int
    written_on: date | None


@dataclass(frozen=True)
class Obstacle:
    """What keeps a document in the draft: `what` (msgid) is missing of `who` (a short name; empty: of the school)."""

    who: str
    what: str
    help: Sequence[Help] = ()
    reminding: Reminding | None = None
