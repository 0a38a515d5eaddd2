"""Fills documents, ours and bare docxtpl: ``python -m benchmarks.filling order PAIRS`` or ``… pack DOCUMENTS WHOSE``.

In a process of its own, because the most memory it ever held is part of what is measured. Prints JSON.
"""

import io
import json
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from docxtpl import DocxTemplate

from benchmarks.places import runtime_for
from benchmarks.processes import peak_rss
from moodle_mentorship.app import create_app
from moodle_mentorship.documents.kinds import Kinds
from moodle_mentorship.documents.rendering import Stamp, render, stamped
from moodle_mentorship.documents.views import KINDS
from moodle_mentorship.files import docx

STAMP = Stamp(date(2026, 9, 28), "143-ОД", "https://school.example/documents/check/1")
ROUNDS = 5

Filling = tuple[bytes, Mapping[str, Any]]


def main(what: str, number: int, whose: str) -> None:
    print(json.dumps(_order(number) if what == "order" else _pack(number, {"ours": _ours, "bare": _bare}[whose])))


def _order(pairs: int) -> dict[str, Any]:
    template, values = _samples()["pairs_order"]
    long = {**values, **{name: _repeated(values[name], pairs) for name in ("rows", "acquainted")}}
    long["points"] = [{**point, "list": _repeated(point["list"], pairs)} for point in values["points"]]
    taken: dict[str, list[float]] = {"ours": [], "bare": []}
    for _ in range(ROUNDS):
        for name, fill in (("ours", _ours), ("bare", _bare)):
            started = time.process_time()
            content = fill(template, long)
            taken[name].append(time.process_time() - started)
    return {**{name: min(seconds) for name, seconds in taken.items()}, "bytes": len(content)}


def _pack(documents: int, fill: Callable[[bytes, Mapping[str, Any]], bytes]) -> dict[str, Any]:
    """A ZIP of so many documents of all kinds, written to the disk while it grows."""
    samples = list(_samples().values())
    started = time.process_time()
    with tempfile.TemporaryFile() as file, zipfile.ZipFile(file, "w") as pack:
        for number in range(documents):
            pack.writestr(f"{number:03}.docx", fill(*samples[number % len(samples)]))
    return {"seconds": time.process_time() - started, "peak": peak_rss(), "kinds": len(samples)}


def _ours(template: bytes, values: Mapping[str, Any]) -> bytes:
    return render(template, values, STAMP)


def _bare(template: bytes, values: Mapping[str, Any]) -> bytes:
    """What docxtpl does by itself: no sandbox, no cleaning of values, no QR code, files that differ each time."""
    document = DocxTemplate(io.BytesIO(template))
    document.render({**stamped(values, STAMP), "doc": {**stamped({}, STAMP)["doc"], "qr": ""}}, autoescape=True)
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


def _samples() -> dict[str, Filling]:
    """Template and values of each kind that the application knows, by the layout's name."""
    with tempfile.TemporaryDirectory() as folder:
        runtime = runtime_for(f"sqlite:///{folder}/empty.db", Path(folder))
        kinds: Kinds = create_app(runtime).extensions[KINDS]
        found = {kind.layout: (docx.layout(kind.layout), kind.sample()) for kind in kinds}
        runtime.db.engine.dispose()
    return found


def _repeated(items: Sequence[Any], number: int) -> list[Any]:
    def forever() -> Iterator[Any]:
        while items:
            yield from items

    return [item for _, item in zip(range(number), forever(), strict=False)]


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else "ours")
