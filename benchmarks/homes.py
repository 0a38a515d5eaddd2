"""Home pages of very many schools on PostgreSQL, against a bare view; the server's memory over many requests."""

import json
import statistics
from datetime import timedelta
from pathlib import Path

from benchmarks.bulk import Bulk
from benchmarks.places import POSTGRESQL, database, kinds, runtime_for
from benchmarks.processes import Server, run, server
from benchmarks.report import Add, Row, say
from moodle_mentorship.core.actor import Role
from moodle_mentorship.lti.visits import cookie_name

PART = "Home pages of {schools} schools of 60, 50 clients"
SLOWER = 1.5
CLIENTS, REQUESTS, ROUNDS = 50, 1500, 5
LOOKING = (Role.MENTOR, Role.MENTEE, Role.CURATOR, Role.DIRECTOR)

MEMORY = "Memory of the server"
GROWTH = 1.02
FEW, MANY, STEPS = 1_000, 10_000, 3
PAGES = {
    Role.CURATOR: ("/", "/staff/", "/banks/mentees", "/banks/mentors", "/pairs/", "/journal/", "/school/"),
    Role.DIRECTOR: ("/", "/staff/", "/pairs/"),
    Role.MENTOR: ("/", "/pairs/my-mentees"),
    Role.MENTEE: ("/", "/pairs/my-mentor"),
}


def measure_homes(add: Add, folder: Path, schools: int) -> None:
    """Rounds of requests to both in turn."""
    part = PART.format(schools=schools)
    if POSTGRESQL not in kinds():
        say("home pages need PostgreSQL (TEST_POSTGRES)")
        return
    with database(POSTGRESQL, folder) as url:
        say(f"writing {schools} schools")
        file = _schools(url, folder, schools)
        with server("serving", "ours", url, str(folder)) as ours, server("serving", "bare", url, str(folder)) as bare:
            say("home pages")
            seconds: dict[str, list[float]] = {"ours": [], "bare": []}
            spent: dict[str, list[float]] = {"ours": [], "bare": []}
            for number in range(ROUNDS + 1):
                for which, one in (("ours", ours), ("bare", bare)):
                    before = one.cpu()
                    told = _ask(one, REQUESTS, file)
                    if number:
                        seconds[which].append(told["seconds"])
                        spent[which].append((one.cpu() - before) / REQUESTS * 1000)
    middle = {which: statistics.median(taken) for which, taken in seconds.items()}
    cpu = {which: statistics.median(used) for which, used in spent.items()}
    rates = f"{REQUESTS / middle['ours']:.0f} and {REQUESTS / middle['bare']:.0f} pages a second"
    ratio = middle["ours"] / middle["bare"]
    add(Row(part, "time against a bare view with the same SQL and template", POSTGRESQL, rates, ratio, SLOWER))
    used = f"{cpu['ours']:.1f} and {cpu['bare']:.1f} ms"
    add(Row(part, "the server's processor time for one", POSTGRESQL, used, cpu["ours"] / cpu["bare"]))


def measure_memory(add: Add, folder: Path) -> None:
    """Ten thousand requests to one server: what it holds after the first thousand, and after all."""
    for kind in kinds():
        with database(kind, folder) as url:
            runtime = runtime_for(url, folder)
            bulk = Bulk(runtime.db, runtime.box, runtime.clock.now() + timedelta(minutes=30))
            school = bulk.school(60)
            bulk.close()
            runtime.db.engine.dispose()
            pages = [[school.handles[role], path] for role, paths in PAGES.items() for path in paths]
            file = _told(folder, cookie_name(runtime.settings, "session"), pages)
            with server("serving", "ours", url, str(folder)) as ours:
                say(f"{MANY} requests on {kind}")
                _ask(ours, FEW, file, clients=8)
                held = [ours.rss()]
                for _ in range(STEPS):
                    _ask(ours, (MANY - FEW) // STEPS, file, clients=8)
                    held.append(ours.rss())
        inside = " → ".join(f"{rss / 2**20:.1f}" for rss in held)
        what = f"after {FEW:,} … {MANY:,} requests".replace(",", " ")
        add(Row(MEMORY, what, kind, f"{inside} MiB", held[-1] / held[0], GROWTH))


def _schools(url: str, folder: Path, schools: int) -> Path:
    """So many schools, and one visitor of each: mentor, mentee, curator and director in turn."""
    runtime = runtime_for(url, folder)
    # Seen half an hour from now: a page notes its visit once a minute, which is no part of either view.
    bulk = Bulk(runtime.db, runtime.box, runtime.clock.now() + timedelta(minutes=30))
    handles = [bulk.school(60).handles[LOOKING[number % len(LOOKING)]] for number in range(schools)]
    bulk.close()
    runtime.db.engine.dispose()
    (folder / "handles.json").write_text(json.dumps(handles))
    return _told(folder, cookie_name(runtime.settings, "session"), [[handle, "/"] for handle in handles])


def _told(folder: Path, cookie: str, pages: list[list[str]]) -> Path:
    file = folder / "pages.json"
    file.write_text(json.dumps({"cookie": cookie, "pages": pages}))
    return file


def _ask(one: Server, requests: int, file: Path, clients: int = CLIENTS) -> dict[str, float]:
    return run("askers", str(one.port), str(clients), str(requests), str(file))
