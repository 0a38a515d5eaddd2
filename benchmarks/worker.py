"""A worker over the real queue: ``python -m benchmarks.worker DATABASE_URL FOLDER PASSES``.

Puts a message for every queued pass into the queue, consumes them with two threads as `mentorship worker` does, and
prints JSON when that many passes are done.
"""

import json
import logging
import os
import sys
import threading
import time
from pathlib import Path

import structlog
from sqlalchemy import func, select

from benchmarks.places import settings_for
from moodle_mentorship.app import create_app, create_runtime
from moodle_mentorship.sync.enums import PassState
from moodle_mentorship.sync.models import SyncPass
from moodle_mentorship.sync.service import RUN

THREADS = 2


def consume(url: str, folder: str, passes: int) -> None:
    runtime = create_runtime(settings_for(url, Path(folder)))
    create_app(runtime)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    logging.disable(logging.CRITICAL)
    with runtime.db.unit_of_work(read_only=True) as session:
        ids = session.scalars(select(SyncPass.id).where(SyncPass.state == PassState.QUEUED)).all()
    started = time.perf_counter()
    for pass_id in ids:
        runtime.jobs.wake(RUN, pass_id)
    asked = time.perf_counter() - started

    def watch() -> None:
        done = select(func.count()).select_from(SyncPass).where(SyncPass.state == PassState.DONE)
        while True:
            time.sleep(0.2)
            with runtime.db.unit_of_work(read_only=True) as session:
                if (session.scalar(done) or 0) >= passes:
                    break
        print(json.dumps({"seconds": time.perf_counter() - started, "asked": asked}), flush=True)
        # The consumer owns the main thread and waits for a signal.
        os._exit(0)

    threading.Thread(target=watch, daemon=True).start()
    runtime.jobs.huey.create_consumer(workers=THREADS, worker_type="thread", periodic=False).run()


if __name__ == "__main__":
    consume(sys.argv[1], sys.argv[2], int(sys.argv[3]))
