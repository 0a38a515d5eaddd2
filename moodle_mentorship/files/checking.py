"""Whether a Word file can be a template: nothing hostile in it, and every tag of it known.

All work on the file is done in a process of its own (`files.template_reader`), with little time and memory.
"""

import base64
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from moodle_mentorship.files.docx import QrCode
from moodle_mentorship.files.enums import Flaw, Part

#: Bytes of a template as it comes: one with a coat of arms has some hundred thousand.
LARGEST = 5 * 1024 * 1024
#: Seconds by the clock; the process counts its own of the processor.
_PATIENCE = 30


@dataclass(frozen=True)
class Place:
    """Where a tag stands, all counted from one: a paragraph outside of tables, or a cell of a table. `text`: what
    stands around it."""

    part: Part
    text: str
    paragraph: int | None = None
    table: int | None = None
    row: int | None = None
    column: int | None = None


@dataclass(frozen=True)
class Problem:
    """One flaw. `near`: names that there are, and that look like the one that there is not."""

    flaw: Flaw
    params: Mapping[str, Any] = field(default_factory=dict)
    place: Place | None = None
    near: Sequence[str] = ()


@dataclass(frozen=True)
class Found:
    """A name that a template shows or asks for, with the first place of it."""

    name: str
    place: Place


@dataclass(frozen=True)
class Checked:
    """What was found in a file. Without problems it can be filled, and was, with the values of the check."""

    problems: Sequence[Problem]
    found: Sequence[Found] = ()

    def unused(self, *names: str) -> list[str]:
        """Those of these names that the template nowhere uses."""
        used = {one.name for one in self.found}
        return [name for name in names if not any(one == name or one.startswith(f"{name}.") for one in used)]


def checked(content: bytes, values: Mapping[str, Any]) -> Checked:
    """Check a file against values with every name that a template may use (`DocumentKind.sample`)."""
    if len(content) > LARGEST:
        return Checked([Problem(Flaw.LARGE, {"megabytes": LARGEST // (1024 * 1024)})])
    asked = json.dumps({"content": base64.b64encode(content).decode(), "values": values}, default=_plain)
    reader = [sys.executable, "-I", "-m", "moodle_mentorship.files.template_reader"]
    try:
        done = subprocess.run(  # noqa: S603  # ours, with nothing of the file's in it
            reader, input=asked.encode(), capture_output=True, timeout=_PATIENCE, env={}, check=True
        )
    except (subprocess.TimeoutExpired, subprocess.CalledProcessError):
        return Checked([Problem(Flaw.ENDLESS)])
    told = json.loads(done.stdout)
    problems = [
        Problem(Flaw(one["flaw"]), one["params"], _placed(one["place"]) if one["place"] else None, one["near"])
        for one in told["problems"]
    ]
    return Checked(problems, [Found(one["name"], _placed(one["place"])) for one in told["found"]])


def _placed(told: Mapping[str, Any]) -> Place:
    return Place(**{**told, "part": Part(told["part"])})


def _plain(value: Any) -> Any:
    if isinstance(value, QrCode):
        return {"qr code of": value.text}
    raise TypeError(type(value).__name__)
