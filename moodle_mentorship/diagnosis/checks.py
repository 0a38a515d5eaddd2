"""A check: what was looked at and how it stands. Its sentences are in `words.py`, found by code and reason."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from moodle_mentorship.diagnosis.enums import State

Value = str | int


@dataclass(frozen=True)
class Check:
    """`code` says what was looked at, `reason` which of its sentences holds, `params` fill that sentence.

    Params hold numbers, names of functions and capabilities, hosts and codes: no secrets and nobody's name.
    """

    code: str
    state: State
    reason: str = "ok"
    params: Mapping[str, Value] = field(default_factory=dict)

    def stored(self) -> dict[str, Any]:
        return {"code": self.code, "state": self.state.value, "reason": self.reason, "params": dict(self.params)}

    @classmethod
    def restored(cls, row: Mapping[str, Any]) -> "Check":
        return cls(row["code"], State(row["state"]), row["reason"], row["params"])


def ok(code: str, **params: Value) -> Check:
    return Check(code, State.OK, params=params)


def warn(code: str, reason: str, **params: Value) -> Check:
    return Check(code, State.WARN, reason, params)


def bad(code: str, reason: str, **params: Value) -> Check:
    return Check(code, State.BAD, reason, params)


def unknown(code: str, reason: str, **params: Value) -> Check:
    return Check(code, State.UNKNOWN, reason, params)


_ORDER = (State.BAD, State.WARN, State.UNKNOWN, State.OK)


def by_weight(checks: Iterable[Check]) -> list[Check]:
    """What needs somebody's hands first; within one state the order of the examination."""
    return sorted(checks, key=lambda check: _ORDER.index(check.state))
