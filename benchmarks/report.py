"""What a measurement says: a ratio, its target and whether it holds; as JSON lines and as tables."""

import json
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Row:
    """One line. `target` is the bound that the ratio must keep: at most, or with `at_least` at least.

    Without a target the line only explains others.
    """

    part: str
    what: str
    where: str
    value: str
    ratio: float | None = None
    target: float | None = None
    at_least: bool = False
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def holds(self) -> bool | None:
        if self.ratio is None or self.target is None:
            return None
        return self.ratio >= self.target if self.at_least else self.ratio <= self.target

    def cells(self) -> list[str]:
        bound = "" if self.target is None else f"{'≥' if self.at_least else '≤'} {self.target:g}"
        ratio = "" if self.ratio is None else f"{self.ratio:.3f}" if self.ratio < 0.1 else f"{self.ratio:.2f}"
        return [self.what, self.where, self.value, ratio, bound, {None: "", True: "yes", False: "NO"}[self.holds]]


HEAD = ["what", "where", "measured", "ratio", "target", "holds"]


class Report:
    """Rows as they come out: each is written at once, so that a run that is cut keeps what it measured."""

    def __init__(self, folder: Path, head: list[str]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._lines = folder / "benchmarks.jsonl"
        self._table = folder / "benchmarks.md"
        self._head = head
        self._rows: list[Row] = []
        self._lines.write_text("", encoding="utf-8")

    def add(self, row: Row) -> None:
        self._rows.append(row)
        line = {name: value for name, value in asdict(row).items() if value not in (None, {})} | {"holds": row.holds}
        with self._lines.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
        print(json.dumps(line, ensure_ascii=False), flush=True)

    def close(self) -> None:
        """Print the table, and write it as Markdown for docs/benchmarks.md."""
        parts = list(dict.fromkeys(row.part for row in self._rows))
        markdown = [*self._head, ""]
        for part in parts:
            rows = [row.cells() for row in self._rows if row.part == part]
            markdown += [f"## {part}", "", *_lines([HEAD, ["---"] * len(HEAD), *rows], "| ", " | ", " |"), ""]
            print(f"\n{part}\n")
            widths = [max(len(line[column]) for line in [HEAD, *rows]) for column in range(len(HEAD))]
            for line in [HEAD, *rows]:
                print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
        self._table.write_text("\n".join(markdown), encoding="utf-8")
        short = [row for row in self._rows if row.holds is False]
        print(f"\n{len(self._rows)} lines, {len(short)} short of their target: {self._lines}, {self._table}")


def _lines(rows: list[list[str]], first: str, between: str, last: str) -> list[str]:
    return [first + between.join(row) + last for row in rows]


def say(text: str) -> None:
    """What goes on, beside the lines."""
    print(text, file=sys.stderr, flush=True)


Add = Callable[[Row], None]
