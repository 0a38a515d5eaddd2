"""The staff directory: passes against downloading the same pages and throwing them away; the worker's memory."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import requests

from benchmarks import replay
from benchmarks.places import database, kinds, runtime_for
from benchmarks.processes import Server, run, server
from benchmarks.report import Add, Row, say
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.moodle.models import MoodleSite
from moodle_mentorship.school.service import create_school

PART = "Staff directory: {people} people, each page held as long as a real Moodle took"

SLOWER, DELTA_SHARE, DELTA_REQUESTS, MEMORY = 1.25, 0.03, 2, 150


def measure_sync(add: Add, folder: Path, people: int) -> None:
    """First pass, the same again, one with a hundredth renamed, a delta of fifty; the download before and after."""
    part = PART.format(people=people)
    with server("replay", str(people)) as moodle:
        for kind in kinds():
            with database(kind, folder) as url:
                say(f"passes on {kind}")
                _measure(add, part, kind, url, folder, moodle)


def _measure(add: Add, part: str, kind: str, url: str, folder: Path, moodle: Server) -> None:
    runtime = runtime_for(url, folder)
    school_id = _connected_school(runtime, moodle.url)
    runtime.db.engine.dispose()
    _state(moodle, replay.FIRST)
    downloads = [run("reader", "download", moodle.url)["seconds"]]
    passes = {}
    for what, state in (("first full pass", replay.FIRST), ("nothing changed", replay.FIRST)):
        passes[what] = _pass(moodle, state, "full", url, folder, school_id)
    downloads.append(run("reader", "download", moodle.url)["seconds"])
    passes["one in a hundred renamed"] = _pass(moodle, replay.RENAMED, "full", url, folder, school_id)
    delta = _pass(moodle, replay.DELTA, "delta", url, folder, school_id)
    bare = min(downloads)
    add(Row(part, "download, thrown away", kind, f"{downloads[0]:.2f} and {downloads[1]:.2f} s"))
    for what, told in passes.items():
        requests_sent = told["requests"]
        measured = f"{told['seconds']:.2f} s, {requests_sent} requests"
        add(Row(part, what, kind, measured, told["seconds"] / bare, SLOWER, details=told))
    full = passes["nothing changed"]["seconds"]
    measured = f"{delta['seconds']:.3f} s of {full:.2f} s"
    add(
        Row(
            part,
            f"delta of {replay.CHANGES}: share of a full pass",
            kind,
            measured,
            delta["seconds"] / full,
            DELTA_SHARE,
        )
    )
    sent = delta["requests"]
    add(Row(part, f"delta of {replay.CHANGES}: requests", kind, str(sent), float(sent), DELTA_REQUESTS, details=delta))
    peak = max(told["peak"] for told in passes.values()) / 2**20
    add(Row(part, "worker's memory at its peak", kind, f"{peak:.0f} MiB", peak, MEMORY))


def _pass(moodle: Server, state: int, kind: str, url: str, folder: Path, school_id: int) -> dict[str, Any]:
    _state(moodle, state)
    told = run("reader", kind, url, str(folder), str(school_id))
    if told["state"] != "done":
        raise RuntimeError(f"the pass ended as {told['state']}")
    return told | {"requests": _state(moodle, state)}


def _state(moodle: Server, state: int) -> int:
    """Move the replay on; how many requests it had since."""
    answer = requests.get(f"{moodle.url}/control?state={state}", timeout=10)
    return int(answer.json()["requests"])


def _connected_school(runtime: Runtime, url: str) -> int:
    now = runtime.clock.now() - timedelta(seconds=1)
    with runtime.db.unit_of_work() as session:
        school = create_school(session, "Школа измерений", "Измерения", now)
        session.add(
            MoodleSite(
                school_id=school.id,
                issuer=url,
                url=url,
                name="",
                moodle_version="4.5.6",
                plugin_version="2026112200",
                rest_url=url,
                sealed_token=runtime.box.seal("token"),
                course_id=2,
                course_url=url,
                cohort_id=1,
                cohort_name="",
                student_role_id=5,
                field_map={"position": "position", "subjects": "subject", "hire_date": "hired"},
                connected_at=now,
            )
        )
        return school.id
