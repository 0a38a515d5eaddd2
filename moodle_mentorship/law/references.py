"""A legal reference as it is judged by, and those that come with the product."""

import hashlib
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from moodle_mentorship.law.enums import Standing


@dataclass(frozen=True)
class Reference:
    """One act, or one article of it, over one period."""

    key: str
    # As it is cited: «152-ФЗ», «ТК РФ», «АЗ-1128/08/657», «ГОСТ Р 7.0.97-2025»; of an order the bare number.
    number: str
    act: str
    article: str | None = None
    edition: str | None = None
    # Whose order it is, in the forms that stand in texts, separated by semicolons: bare numbers repeat.
    issuer: str | None = None
    dated: date | None = None
    # Days in force, both included; None: from the beginning that nobody has looked up, and without an end.
    in_force_from: date | None = None
    in_force_until: date | None = None
    standing: Standing = Standing.VALID
    # What to write in its place.
    instead: str | None = None
    note: str | None = None
    source: str | None = None

    @property
    def digest(self) -> str:
        """A short name of what the row says: another one tells that the row was changed."""
        return hashlib.sha256(repr(self).encode()).hexdigest()[:16]

    @property
    def issuers(self) -> list[str]:
        return [form.strip().casefold() for form in (self.issuer or "").split(";") if form.strip()]

    def meets(self, other: "Reference") -> bool:
        """Whether both speak of the same act and article on the same day."""
        same = (self.number, self.article, self.issuer) == (other.number, other.article, other.issuer)
        return (
            same
            and (self.in_force_from or date.min) <= (other.in_force_until or date.max)
            and (other.in_force_from or date.min) <= (self.in_force_until or date.max)
        )


@cache
def shipped() -> Sequence[Reference]:
    """The rows that come with the product, in the order of the file."""
    rows = tomllib.loads((files(__package__) / "shipped.toml").read_text(encoding="utf-8"))["reference"]
    return tuple(_row(row) for row in rows)


def _row(row: dict[str, Any]) -> Reference:
    renamed = {"from": "in_force_from", "until": "in_force_until"}
    values = {renamed.get(name, name): value for name, value in row.items()}
    return Reference(**values | {"standing": Standing(values.get("standing", Standing.VALID))})
