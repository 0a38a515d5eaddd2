"""A whole launch, ours against pylti1p3next's: login, verification, session, home page."""

import json
import statistics
from pathlib import Path
from typing import Any

from joserfc.jwk import RSAKey

from benchmarks.bulk import Bulk
from benchmarks.places import database, kinds, runtime_for
from benchmarks.processes import Server, run, server
from benchmarks.report import Add, Row, say

PART = "A whole launch against pylti1p3next: same database, same server, same home page"
FASTER = 2.0
CLIENTS, ROUNDS = 8, 5
ISSUER = "https://moodle-1.example"


def measure_launch(add: Add, folder: Path, launches: int) -> None:
    """Rounds of `launches` by both in turn, of new browsers and of those that were here before. Then what only one of
    them lets in."""
    for kind in kinds():
        with database(kind, folder) as url:
            file = _school(url, folder)
            with (
                server("serving", "ours", url, str(folder)) as ours,
                server("serving", "rival", url, str(folder)) as rival,
            ):
                say(f"launches on {kind}")
                for visit, again in (("first visit", ()), ("another visit", ("again",))):
                    _throughput(add, kind, {"ours": ours, "rival": rival}, file, launches, visit, again)
                _refusals(add, kind, {"ours": ours, "rival": rival}, file)


def _school(url: str, folder: Path) -> Path:
    """A school of sixty whose Moodle's keys are cached; what its visitors need to know."""
    key = RSAKey.generate_key(2048, {"kid": "moodle-key"})
    jwks = {"keys": [{**key.as_dict(private=False), "alg": "RS256", "use": "sig"}]}
    runtime = runtime_for(url, folder)
    bulk = Bulk(runtime.db, runtime.box, runtime.clock.now())
    school = bulk.school(60, jwks)
    bulk.close()
    runtime.db.engine.dispose()
    told = {
        "key": key.as_pem(private=True).decode(),
        "kid": "moodle-key",
        "issuer": ISSUER,
        "client_id": school.client_id,
        "target": f"{runtime.settings.base_url}/",
        # Curator, director, mentees and mentors: who has a page of their own. Nobody who left or is suspended.
        "people": school.moodle_ids[:2] + school.moodle_ids[4:28],
    }
    file = folder / "platform.json"
    file.write_text(json.dumps(told))
    return file


def _throughput(
    add: Add, kind: str, servers: dict[str, Server], file: Path, launches: int, visit: str, again: tuple[str, ...]
) -> None:
    rates: dict[str, list[float]] = {which: [] for which in servers}
    spent: dict[str, list[float]] = {which: [] for which in servers}
    for which, one in servers.items():
        _visit(one, which, launches // 4, file, *again)
    for _ in range(ROUNDS):
        for which, one in servers.items():
            before = one.cpu()
            told = _visit(one, which, launches, file, *again)
            rates[which].append(launches / told["seconds"])
            spent[which].append((one.cpu() - before) / launches * 1000)
    middle = {which: statistics.median(rate) for which, rate in rates.items()}
    cpu = {which: statistics.median(used) for which, used in spent.items()}
    add(
        Row(
            PART,
            f"{visit}: launches a second, {CLIENTS} browsers at once",
            kind,
            f"{middle['ours']:.0f} and {middle['rival']:.0f}",
            middle["ours"] / middle["rival"],
            FASTER,
            at_least=True,
            details={"rates": rates},
        )
    )
    add(
        Row(
            PART,
            f"{visit}: the server's processor time for one",
            kind,
            f"{cpu['ours']:.1f} and {cpu['rival']:.1f} ms",
            cpu["rival"] / cpu["ours"],
        )
    )


def _visit(one: Server, which: str, launches: int, file: Path, *again: str) -> dict[str, Any]:
    return run("visitors", str(one.port), which, str(CLIENTS), str(launches), str(file), *again)


def _refusals(add: Add, kind: str, servers: dict[str, Server], file: Path) -> None:
    let_in = {which: run("visitors", str(one.port), which, "0", "0", str(file)) for which, one in servers.items()}
    for what, ours in let_in["ours"].items():
        words = {True: "LET IN", False: "refused"}
        rival = let_in["rival"][what]
        add(
            Row(
                PART,
                what,
                kind,
                f"ours: {words[ours]}; pylti1p3next: {words[rival]}",
                float(ours),
                0.0,
                details={"ours": ours, "rival": rival},
            )
        )
