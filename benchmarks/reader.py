"""A worker of the synchronisation measurement: one pass, or the bare download of the same pages, in its own process.

``python -m benchmarks.reader download REST_URL`` or ``… full|delta DATABASE_URL FOLDER SCHOOL_ID``. Prints JSON.
"""

import json
import logging
import sys
import time
from pathlib import Path

import requests
import structlog

from benchmarks.places import runtime_for
from benchmarks.processes import peak_rss
from moodle_mentorship.app import create_app
from moodle_mentorship.sync.enums import PassKind
from moodle_mentorship.sync.models import SyncPass
from moodle_mentorship.sync.readers import PAGE
from moodle_mentorship.sync.runner import run_pass
from moodle_mentorship.sync.service import request_pass


def download(rest_url: str) -> dict[str, object]:
    """The pages of a full pass over one connection; their bytes are read and thrown away."""
    started = time.perf_counter()
    with requests.Session() as line:
        after, pages = 0, 0
        while True:
            form = {
                "wstoken": "token",
                "wsfunction": "local_mentorship_get_staff",
                "moodlewsrestformat": "json",
                "afterid": str(after),
                "limit": str(PAGE),
            }
            body = line.post(rest_url, data=form, timeout=60).content
            pages += 1
            # The end of the text names the next page; nothing else is looked at.
            after = int(body.rsplit(b'"next": ', 1)[1].split(b",", 1)[0])
            if not after:
                return {"seconds": time.perf_counter() - started, "pages": pages}


def one_pass(kind: str, url: str, folder: str, school_id: int) -> dict[str, object]:
    """The whole pass as a worker runs it: asked for, run, finished."""
    runtime = runtime_for(url, Path(folder))
    create_app(runtime)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    started = time.perf_counter()
    with runtime.db.unit_of_work() as session:
        asked = request_pass(
            session, runtime.jobs, school_id=school_id, kind=PassKind(kind), now=runtime.clock.now()
        ).id
    run_pass(runtime, asked)
    seconds = time.perf_counter() - started
    with runtime.db.unit_of_work(read_only=True) as session:
        done = session.get_one(SyncPass, asked)
        told = {name: getattr(done, name) for name in ("seen", "created", "updated", "leaving")}
        state = done.state.value
    runtime.db.engine.dispose()
    return {"seconds": seconds, "state": state, "peak": peak_rss(), **told}


if __name__ == "__main__":
    what, *arguments = sys.argv[1:]
    if what == "download":
        told = download(arguments[0])
    else:
        told = one_pass(what, arguments[0], arguments[1], int(arguments[2]))
    print(json.dumps(told))
