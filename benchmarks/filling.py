"""Fills documents, ours and bare docxtpl: ``python -m benchmarks.filling order PAIRS``, ``… pack DOCUMENTS WHOSE``, or
``… packed DOCUMENTS``: a pack as «Собрать пакет» makes it, from the press of the button to both files.

In a process of its own, because the most memory it ever held is part of what is measured. Prints JSON.
"""

import io
import json
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import cycle
from pathlib import Path
from typing import Any

from docxtpl import DocxTemplate

from benchmarks.bulk import Bulk
from benchmarks.places import SQLITE, database, runtime_for
from benchmarks.processes import peak_rss
from moodle_mentorship.app import create_app
from moodle_mentorship.core.actor import Actor, Role
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.documents import jobs, packs, printing, queries
from moodle_mentorship.documents import service as documents_service
from moodle_mentorship.documents.enums import Order, PackState
from moodle_mentorship.documents.kinds import Composed, DocumentKind, Kinds
from moodle_mentorship.documents.models import Pack
from moodle_mentorship.documents.rendering import Stamp, render, stamped
from moodle_mentorship.documents.service import packing
from moodle_mentorship.documents.views import KINDS
from moodle_mentorship.files import binding, docx

STAMP = Stamp(date(2026, 9, 28), "143-ОД", "https://school.example/documents/check/1")
ROUNDS = 5

Filling = tuple[bytes, Mapping[str, Any]]


def main(what: str, number: int, whose: str) -> None:
    if what == "packed":
        print(json.dumps(_packed(number)))
        return
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


def _packed(documents: int) -> dict[str, Any]:
    """Drafts of all kinds, composed, filled, sealed and drawn by the job, then written as archive and as print."""
    drawing = 0.0

    def timed(work: Callable[..., Any]) -> Callable[..., Any]:
        def run(*arguments: Any, **more: Any) -> Any:
            nonlocal drawing
            started = time.process_time()
            try:
                return work(*arguments, **more)
            finally:
                drawing += time.process_time() - started

        return run

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with database(SQLITE, folder) as url:
            runtime = runtime_for(url, folder)
            known: Kinds = create_app(runtime).extensions[KINDS]
            kinds = Kinds()
            kinds.add(*(replace(kind, compose=_sampled(kind), drafted=lambda *_about: None) for kind in known))
            now = runtime.clock.now()
            bulk = Bulk(runtime.db, runtime.box, now)
            school = bulk.school(60)
            bulk.close()
            actor = Actor(school.id, school.people[0], frozenset({Role.CURATOR}))
            with runtime.db.unit_of_work() as session:
                for number, kind in zip(range(documents), cycle(kinds), strict=False):
                    params = {"turn": number}
                    documents_service.begin(session, kinds, actor, kind.code, params, now)
            printing.drawn, binding.piece = timed(printing.drawn), timed(binding.piece)
            started = time.process_time()
            with runtime.db.unit_of_work() as session:
                narrowed = queries.Narrowed(search=_HEADING)
                pack = packing.collect(session, runtime.jobs, actor, narrowed, Order.NEWEST, now)
            # The job lines up anew after a while.
            while _unfinished(runtime, pack.id):
                jobs.run(kinds)(runtime, pack.id)
            with runtime.db.unit_of_work(read_only=True) as session, tempfile.TemporaryFile() as file:
                made = session.get_one(Pack, pack.id)
                items = queries.packed(session, made)
                assert [item.printed for item in items] == [True] * documents
                packs.write_archive(file, session, runtime.box, made, items, b"", now)
                archived = time.process_time()
                packs.write_print(file, session, runtime.box, items, both_sides=True)
            bound = time.process_time()
            runtime.db.engine.dispose()
    return {
        "seconds": archived - started - drawing,
        "print": drawing + bound - archived,
        "peak": peak_rss(),
    }


def _unfinished(runtime: Runtime, pack_id: int) -> bool:
    with runtime.db.unit_of_work(read_only=True) as session:
        return session.get_one(Pack, pack_id).state is not PackState.DONE


_HEADING = "Документ пакета"


def _sampled(kind: DocumentKind) -> Callable[..., Composed]:
    values = kind.sample()
    return lambda _session, _school_id, params: Composed(f"{_HEADING} {params['turn']}", values)


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
